// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/query/listeners.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_control_surface.hpp"

using namespace headroom;
using namespace headroom::osc;

namespace {

const std::string ceiling = "/headroom/bus/main/limiter/ceiling";
const std::string momentary = "/headroom/meter/bus/main/output/momentary";

std::string listen(const std::string &address) {
    return R"({"COMMAND": "LISTEN", "DATA": ")" + address + "\"}";
}
std::string ignore(const std::string &address) {
    return R"({"COMMAND": "IGNORE", "DATA": ")" + address + "\"}";
}

struct Fixture {
    tests::FakeControlSurface surface;
    AddressSpace addresses{surface};
    bool takes = true;
    std::vector<Message> told;
    Listeners listeners{
        addresses, [this](const Peer &, std::span<const std::uint8_t> bytes, Delivery delivery) {
            REQUIRE(delivery == Delivery::update);
            const auto packet = decode(bytes);
            REQUIRE(packet);
            if (takes)
                for (const auto &element : packet->elements)
                    told.push_back(element.message);
            return takes;
        }};
    Peer peer{*Endpoint::parse("127.0.0.1", 5000), 1};
    TimePoint now{std::chrono::hours(1)};

    void set(float value) {
        const auto target = *surface.find_parameter("bus/main/limiter/ceiling");
        REQUIRE(surface.write(std::array{control::ParameterWrite{target, value}}));
        listeners.changed(*addresses.find(target));
    }
    /// What is told now, and when more may be.
    std::optional<TimePoint> flush() {
        told.clear();
        return listeners.flush(now);
    }
};

} // namespace

TEST_CASE("a listener is told the value, then the newest of each change") {
    Fixture f;
    REQUIRE(f.listeners.command(f.peer, listen(ceiling)));
    CHECK(!f.flush());
    CHECK(f.told == std::vector{Message{ceiling, {-1.0f}}});
    for (const float value : {-2.0f, -3.0f, -4.0f})
        f.set(value);
    CHECK(f.flush() == f.now + Listeners::kInterval);
    CHECK(f.told.empty());
    f.now += Listeners::kInterval;
    CHECK(!f.flush());
    CHECK(f.told == std::vector{Message{ceiling, {-4.0f}}});
}

TEST_CASE("only what is listened to is told, and in its form") {
    Fixture f;
    REQUIRE(f.listeners.command(f.peer, listen(ceiling + "/text")));
    REQUIRE(f.listeners.command(f.peer, listen("/headroom/bypass")));
    REQUIRE(f.listeners.command(f.peer, ignore("/headroom/bypass")));
    f.flush();
    CHECK(f.told == std::vector{Message{ceiling + "/text", {std::string("-1.0 dBTP")}}});
}

TEST_CASE("a meter is told when it has moved") {
    Fixture f;
    REQUIRE(f.listeners.command(f.peer, listen(momentary)));
    f.flush();
    CHECK(f.told.size() == 1);
    f.now += Listeners::kInterval;
    CHECK(f.flush() == f.now + Listeners::kInterval);
    CHECK(f.told.empty());
    f.surface.set_meter(*f.surface.find_meter("meter/bus/main/output/momentary"), -23.0f);
    f.now += Listeners::kInterval;
    f.flush();
    CHECK(f.told == std::vector{Message{momentary, {-23.0f}}});
}

TEST_CASE("what a client does not take comes later, with the newest value") {
    Fixture f;
    REQUIRE(f.listeners.command(f.peer, listen(ceiling)));
    f.takes = false;
    CHECK(f.flush() == f.now + Listeners::kInterval);
    f.set(-6.0f);
    f.takes = true;
    f.now += Listeners::kInterval;
    f.flush();
    CHECK(f.told == std::vector{Message{ceiling, {-6.0f}}});
}

TEST_CASE("a client that is gone is told nothing") {
    Fixture f;
    REQUIRE(f.listeners.command(f.peer, listen(ceiling)));
    f.listeners.forget(f.peer);
    CHECK(!f.flush());
    CHECK(f.told.empty());
}

TEST_CASE("what is no command does nothing") {
    Fixture f;
    for (const std::string &text :
         {std::string(), std::string("{"), std::string("[]"), std::string("7"),
          std::string(R"({"COMMAND": "LISTEN"})"), std::string(R"({"COMMAND": 1, "DATA": 2})"),
          listen("/headroom/nothing"), listen("/headroom/bypass/toggle"),
          std::string(R"({"COMMAND": "START", "DATA": "/headroom/bypass"})"),
          std::string(4000, '[')})
        CHECK(!f.listeners.command(f.peer, text));
    CHECK(!f.flush());
    CHECK(f.told.empty());
}
