// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/network.hpp"
#include "config/profile.hpp"
#include "tests/support/catch.hpp"

using namespace headroom;

namespace {

bool holds(const char *network, const char *address) {
    return Network::parse(network).value().contains(Network::parse_address(address).value());
}

Result<Profile> with_osc(const std::string &section) {
    return read_profile("osc:\n" + section, "test.yaml");
}

} // namespace

TEST_CASE("networks hold their addresses and no others") {
    CHECK(holds("192.168.1.0/24", "192.168.1.255"));
    CHECK_FALSE(holds("192.168.1.0/24", "192.168.2.0"));
    CHECK(holds("10.0.0.0/9", "10.127.255.255"));
    CHECK_FALSE(holds("10.0.0.0/9", "10.128.0.0"));
    CHECK(holds("0.0.0.0/0", "8.8.8.8"));
    CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
    CHECK(holds("fe80::/10", "fe80::1"));
    CHECK_FALSE(holds("fe80::/10", "fec0::1"));
    CHECK(holds("::/0", "192.168.1.1"));
    CHECK(holds("192.168.1.1", "192.168.1.1"));
    CHECK_FALSE(holds("192.168.1.1", "192.168.1.2"));
    CHECK(Network::parse("192.168.1.1")->is_single());
    CHECK_FALSE(Network::parse("192.168.1.0/24")->is_single());
}

TEST_CASE("what is no network is refused") {
    for (const char *text :
         {"", "192.168.1", "192.168.1.0/33", "192.168.1.0/-1", "192.168.1.0/", "192.168.1.0/24x",
          "192.168.1.1/24", "fe80::/129", "localhost", "/8"}) {
        CAPTURE(text);
        CHECK_FALSE(Network::parse(text).has_value());
    }
}

TEST_CASE("a profile says who may speak OSC") {
    const auto profile =
        with_osc("  listen: 192.168.1.10\n"
                 "  allow: [192.168.1.0/24, fd00::/8]\n"
                 "  read_only: 192.168.1.77\n"
                 "  write: [192.168.1.50, 192.168.1.51]\n"
                 "  local: everyone\n"
                 "  peers:\n"
                 "    - { address: 192.168.1.50 }\n"
                 "    - { address: 127.0.0.1, port: 9001, pattern: /headroom/bus,\n"
                 "        rate: 30, form: norm, read_only: on }\n");
    REQUIRE(profile.has_value());
    const OscSettings &osc = profile->osc;
    CHECK(osc.listen == std::vector<std::string>{"192.168.1.10"});
    CHECK(osc.allow == std::vector{*Network::parse("192.168.1.0/24"), *Network::parse("fd00::/8")});
    CHECK(osc.read_only == std::vector{*Network::parse("192.168.1.77")});
    CHECK(osc.write ==
          std::vector{*Network::parse("192.168.1.50"), *Network::parse("192.168.1.51")});
    CHECK(osc.local_everyone);
    REQUIRE(osc.peers.size() == 2);
    CHECK(osc.peers[0].port == 9000);
    CHECK(osc.peers[0].pattern == "/headroom");
    CHECK_FALSE(osc.peers[0].read_only);
    CHECK(osc.peers[1].port == 9001);
    CHECK(osc.peers[1].rate_hz == 30);
    CHECK(osc.peers[1].form == "norm");
    CHECK(osc.peers[1].read_only);
    CHECK(read_profile("osc:\n", "test.yaml").value().osc.listen.empty());
    CHECK_FALSE(read_profile("osc:\n  local: user\n", "test.yaml").value().osc.local_everyone);
}

TEST_CASE("a mistake in the section is told with its place") {
    const struct {
        const char *section;
        int line;
    } mistakes[] = {{"  listen: localhost\n", 2},
                    {"  listen: 192.168.1.10\n", 2}, // and nobody is allowed
                    {"  allow: 192.168.1.1/24\n", 2},
                    {"  local: nobody\n", 2},
                    {"  alow: 192.168.1.0/24\n", 2},
                    {"  peers:\n    - { port: 9000 }\n", 3},
                    {"  peers:\n    - { address: 127.0.0.1, port: 70000 }\n", 3},
                    {"  peers:\n    - { address: 127.0.0.1, rate: 0 }\n", 3},
                    {"  peers:\n    - { address: 127.0.0.1, form: loud }\n", 3},
                    {"  peers:\n    - { address: 127.0.0.1, pattern: bus }\n", 3},
                    {"  peers:\n    - { address: 127.0.0.1, read_only: maybe }\n", 3},
                    {"  peers: 127.0.0.1\n", 2}};
    for (const auto &[section, line] : mistakes) {
        CAPTURE(section);
        const auto profile = with_osc(section);
        REQUIRE_FALSE(profile.has_value());
        CHECK(profile.error().line == line);
        CHECK(profile.error().message.find("expected") != std::string::npos);
    }
}
