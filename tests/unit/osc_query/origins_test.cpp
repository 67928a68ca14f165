// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/query/origins.hpp"
#include "osc/query/token.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

#include <array>
#include <climits>
#include <cstdlib>
#include <unistd.h>

using namespace headroom;
using namespace headroom::osc;

namespace {

const Origins own_port(9140);

/// A page's request, to an address of the machine.
std::string page(const std::string &origin, const std::string &host = "localhost:9140",
                 const std::string &local_address = "127.0.0.1") {
    return own_port.refusal({.origin = origin, .host = host, .local_address = local_address});
}

/// A program's: it has no origin.
std::string program(const std::string &host, const std::string &local_address = "127.0.0.1") {
    return page("", host, local_address);
}

std::string machine_name() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    REQUIRE(::gethostname(name.data(), name.size()) == 0);
    return name.data();
}

/// A runtime folder of the test's own, where the token is.
struct OwnRuntime {
    test::TemporaryFolder folder;
    OwnRuntime() { setenv("XDG_RUNTIME_DIR", folder.path().c_str(), 1); }
    ~OwnRuntime() { unsetenv("XDG_RUNTIME_DIR"); }
};

} // namespace

TEST_CASE("pages that the program serves under the machine's own names and addresses are welcome") {
    const std::string name = machine_name();
    for (const std::string &host :
         {std::string("localhost"), std::string("LocalHost"), std::string("localhost."),
          std::string("127.0.0.1"), std::string("127.8.9.10"), std::string("[::1]"), name,
          name.substr(0, name.find('.')) + ".local"}) {
        CAPTURE(host);
        CHECK(page("http://" + host + ":9140", host + ":9140").empty());
        CHECK(page("HTTP://" + host + ":9140", host).empty());
    }
    // Of a network: the address that the connection has come to.
    CHECK(page("http://192.168.1.7:9140", "192.168.1.7:9140", "192.168.1.7").empty());
    CHECK(Origins(80).refusal({.origin = "http://localhost", .host = "localhost"}).empty());
}

TEST_CASE("every other page is refused, and told how it may come in") {
    for (const std::string origin :
         {"http://localhost", "http://localhost:8080", "http://localhost:91400",
          "https://localhost:9140", "http://localhost:9140.evil.example",
          "http://localhost.evil.example:9140", "http://evil.example:9140",
          "http://192.168.1.8:9140", "null", "file://", "http://", "localhost:9140",
          "http://[::1:9140", "http://user@localhost:9140"}) {
        CAPTURE(origin);
        const std::string why = page(origin, "localhost:9140", "192.168.1.7");
        CHECK(why.find("headroom token") != std::string::npos);
    }
}

TEST_CASE("a name of another machine that leads here is refused, an address is not") {
    for (const std::string host :
         {"rebind.local:9140", "evil.example", "localhost.example", "0x7f.1"})
        CHECK(program(host).find("headroom token") != std::string::npos);
    CHECK(
        page("http://rebind.local:9140", "rebind.local:9140").find("is not called rebind.local") !=
        std::string::npos);
    for (const std::string host :
         {"", "127.0.0.1", "[::1]:9140", "192.168.1.7:9140", "10.0.0.1", "localhost"})
        CHECK(program(host, "192.168.1.7").empty());
}

TEST_CASE("the token opens to every page, and a wrong one to none") {
    const OwnRuntime runtime;
    Origins::Request far{.origin = "https://far.example", .host = "localhost:9140"};
    far.query = "token=" + std::string(32, '0');
    CHECK_FALSE(own_port.refusal(far).empty()); // none was made
    const auto token = web_token();
    REQUIRE(token);
    far.query = "VALUE&token=" + *token;
    CHECK(own_port.refusal(far).empty());
    far.query = "";
    for (const std::string word : {"Bearer ", "bearer ", "BEARER "}) {
        far.authorization = word + *token;
        CHECK(own_port.refusal(far).empty());
    }
    far.authorization = "Basic " + *token;
    CHECK_FALSE(own_port.refusal(far).empty());
    far.authorization = "Bearer " + token->substr(1) + "x";
    CHECK(own_port.refusal(far).find("not the token") != std::string::npos);
    // Also a page of our own that brings a wrong one.
    CHECK_FALSE(own_port
                    .refusal({.origin = "http://localhost:9140",
                              .host = "localhost:9140",
                              .query = "token=" + token->substr(1)})
                    .empty());
    REQUIRE(new_web_token());
    far.authorization = "Bearer " + *token;
    CHECK_FALSE(own_port.refusal(far).empty());
}

TEST_CASE("what is asked does not hold the token any more") {
    CHECK(Origins::without_token("token=1").empty());
    CHECK(Origins::without_token("VALUE&token=1") == "VALUE");
    CHECK(Origins::without_token("token=1&VALUE") == "VALUE");
    CHECK(Origins::without_token("HOST_INFO") == "HOST_INFO");
}
