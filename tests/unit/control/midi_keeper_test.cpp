// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/controller_rig.hpp"

#include <algorithm>

using namespace headroom;
using namespace headroom::control;
using namespace headroom::test;
using std::chrono::milliseconds;

namespace {

using Message = midi::Message;

constexpr const char *kProfile = R"(
description: A controller with motors, lights, a bank and meters.
midi:
  start: [F0 7D 01 F7]
  bindings:
    - { control: cc 70, target: bus/main/limiter/ceiling, feedback: same, touch: note 110 }
    - { control: cc 71, target: bus/main/limiter/mode, mode: toggle }
    - { control: note 1, target: bus/main/bypass, mode: toggle, feedback: same }
    - { control: cc 0, strips: 2, target: strip/*/trim, takeover: jump, feedback: cc 40 }
    - { control: note 46, target: bank/previous }
    - { control: note 47, target: bank/next }
    - { control: program 3, target: profile/night }
    - { control: note 20, target: route/firefox, route: bypass, mode: toggle, feedback: same }
)";

struct Rig : ControllerRig {
    explicit Rig(const std::string &yaml = kProfile) : ControllerRig(yaml) {}
};

} // namespace

TEST_CASE("what a controller moves is in the state, in the overlay and told to others") {
    Rig rig;
    int told = 0;
    rig.state.observe([&](ParameterTarget, float) { ++told; });
    rig.receive({{0xb0, 70, 127}});
    CHECK(rig.value("bus/main/limiter/ceiling") == 0.0f);
    CHECK(told == 1);
    CHECK(rig.profiles.overlay().entries().at("bus/main/limiter/ceiling") == "0");
    // A structural parameter goes the way through the control thread.
    rig.receive({{0xb0, 71, 127}});
    CHECK(rig.value("bus/main/limiter/mode") == 2.0f);
    for (int i = 0; i < 100; ++i)
        rig.receive({}); // until it is in force
    CHECK(rig.engine.latency_frames(0) == 480);
}

TEST_CASE("controllers show what is, from the start and after every change elsewhere") {
    Rig rig;
    rig.keeper->resend();
    auto sent = rig.settle();
    REQUIRE(sent.size() > 2);
    CHECK(sent.front() == Message{0xf0, 0x7d, 0x01, 0xf7});
    CHECK(std::count(sent.begin(), sent.end(), Message{0xb0, 70, 121}) == 1); // -1 of -20..0
    CHECK(std::count(sent.begin(), sent.end(), Message{0x90, 1, 0}) == 1);
    CHECK(rig.settle().empty());

    rig.set("bus/main/limiter/ceiling", -20.0f);
    rig.set("bus/main/bypass", 1.0f);
    CHECK(rig.settle() == std::vector<Message>{{0xb0, 70, 0}, {0x90, 1, 127}});

    // Something new is connected.
    rig.bridge.note_connection();
    sent = rig.settle();
    CHECK(sent.size() > 2);
    rig.keeper->resend();
    CHECK(rig.settle() == sent);
}

TEST_CASE("a control is left alone while it is moved or touched") {
    Rig rig;
    rig.receive({{0xb0, 70, 100}});
    rig.set("bus/main/limiter/ceiling", -10.0f);
    CHECK(rig.settle(milliseconds(150)).empty());
    CHECK(rig.settle(milliseconds(100)) == std::vector<Message>{{0xb0, 70, 64}});
    // It shows what it was moved to by itself.
    rig.receive({{0xb0, 70, 30}});
    CHECK(rig.settle().empty());

    rig.receive({{0x90, 110, 127}});
    rig.set("bus/main/limiter/ceiling", -5.0f);
    CHECK(rig.settle().empty());
    rig.receive({{0x90, 110, 0}});
    CHECK(rig.settle() == std::vector<Message>{{0xb0, 70, 95}});
}

TEST_CASE("changes that come faster than the line are sent as they are in the end") {
    Rig rig;
    std::size_t bytes = 0;
    for (int i = 0; i < 1000; ++i) {
        rig.now += milliseconds(1);
        rig.set("bus/main/limiter/ceiling", -20.0f + 0.02f * static_cast<float>(i % 900));
        rig.set("bus/main/bypass", static_cast<float>(i % 2));
        rig.receive({});
        for (const Message &message : rig.sent())
            bytes += message.size();
    }
    CHECK(bytes > 1000);
    CHECK(bytes < 3125);
    rig.set("bus/main/limiter/ceiling", 0.0f);
    rig.set("bus/main/bypass", 1.0f);
    const auto sent = rig.settle();
    CHECK(std::count(sent.begin(), sent.end(), Message{0xb0, 70, 127}) == 1);
}

TEST_CASE("strips follow the applications as they come, and banks show others") {
    Rig rig;
    const int first = rig.open_strip("mpv");
    rig.open_strip("fire fox");
    rig.open_strip("chat");
    rig.settle();
    rig.receive({{0xb0, 0, 127}, {0xb0, 1, 0}});
    CHECK(rig.value("strip/mpv/trim") == 12.0f);
    CHECK(rig.value("strip/fire_fox/trim") == -60.0f);
    rig.settle();

    rig.receive({{0x90, 47, 127}});
    rig.receive({{0xb0, 0, 0}});
    CHECK(rig.value("strip/chat/trim") == -60.0f);
    const auto sent = rig.settle();
    // The first fader shows the third application; the second one has none.
    CHECK(std::count(sent.begin(), sent.end(), Message{0xb0, 40, 0}) == 1);
    rig.receive({{0x90, 47, 127}}); // there are no more
    rig.receive({{0x90, 46, 127}});
    CHECK(rig.keeper->window().offset() == 0);

    // Who stays keeps his place, and who comes takes the free one.
    rig.close_strip(first);
    rig.settle();
    rig.open_strip("game");
    rig.settle();
    rig.receive({{0xb0, 0, 64}, {0xb0, 1, 64}});
    CHECK(rig.value("strip/game/trim") == Approx(-23.7).epsilon(0.01));
    CHECK(rig.value("strip/fire_fox/trim") == Approx(-23.7).epsilon(0.01));
    CHECK(rig.value("strip/mpv/trim") == 12.0f);
}

TEST_CASE("buttons switch profiles and routes") {
    Rig rig;
    rig.receive({{0x90, 20, 127}});
    CHECK(rig.profiles.overlay().entries().at("route/firefox") == "bypass");
    auto sent = rig.settle();
    CHECK(std::count(sent.begin(), sent.end(), Message{0x90, 20, 127}) == 1);
    rig.receive({{0x90, 20, 0}});
    rig.receive({{0x90, 20, 127}});
    CHECK_FALSE(rig.profiles.overlay().entries().contains("route/firefox"));
    rig.receive({{0xc0, 3}});
    CHECK(rig.profiles.profile().name == "night");
    CHECK(rig.profiles_applied == 1);
    // The night says nothing of controllers, so they are what they were.
    rig.receive({{0x90, 20, 0}});
    rig.receive({{0x90, 20, 127}});
    CHECK(rig.profiles.overlay().entries().contains("route/firefox"));
}

TEST_CASE("a control is learned, kept, listed and forgotten") {
    Rig rig;
    rig.receive({{0xb0, 5, 1}}); // moved before
    REQUIRE(rig.keeper->learn("bus/main/agc/target").has_value());
    CHECK(rig.keeper->learning().address == "bus/main/agc/target");
    rig.settle();
    CHECK(rig.keeper->learning().address == "bus/main/agc/target");
    rig.receive({{0xb2, 20, 10}, {0xb2, 20, 20}, {0xb2, 20, 30}});
    rig.settle();
    CHECK(rig.keeper->learning().address.empty());
    CHECK(rig.keeper->learning().learned.starts_with("{ control: cc 20, channel: 3, target: "
                                                     "\"bus/main/agc/target\", mode: absolute"));
    CHECK(rig.keeper->bindings().back().map == "learned");
    // It has to meet the value first.
    rig.receive({{0xb2, 20, 0}});
    CHECK(rig.value("bus/main/agc/target") == -18.0f);
    rig.receive({{0xb2, 20, 127}});
    CHECK(rig.value("bus/main/agc/target") == -8.0f);

    // What the profile says of a control that was learned does not hold.
    REQUIRE(rig.keeper->learn("bypass").has_value());
    rig.receive({{0x90, 1, 127}});
    rig.receive({{0x90, 1, 0}});
    rig.settle();
    const float bus_bypass = rig.value("bus/main/bypass");
    rig.receive({{0x90, 1, 127}});
    CHECK(rig.value("bypass") == 1.0f);
    CHECK(rig.value("bus/main/bypass") == bus_bypass);

    CHECK(*rig.keeper->forget("bus/main/agc/target") == 1);
    CHECK(*rig.keeper->forget("note 1") == 1);
    CHECK_FALSE(rig.keeper->forget("note 1").has_value());
    rig.receive({{0x90, 1, 127}});
    CHECK(rig.value("bus/main/bypass") == 1.0f - bus_bypass);
}

TEST_CASE("a control that was learned shows what it is bound to, by the message that it sends") {
    struct Case {
        const char *address;
        std::vector<Message> moves;
        float value;
        std::vector<Message> shown;
    };
    const auto [address, moves, value, shown] = GENERATE(values<Case>({
        {"bus/main/agc/target",
         {{0xb2, 20, 1}, {0xb2, 20, 2}, {0xb2, 20, 4}},
         -8,
         {{0xb2, 20, 127}}},
        {"bus/main/agc/target",
         {{0xb0, 3, 1}, {0xb0, 35, 9}, {0xb0, 3, 1}, {0xb0, 35, 12}},
         -8,
         {{0xb0, 3, 127}, {0xb0, 35, 127}}},
        {"bus/main/agc/target", {{0xe5, 1, 2}, {0xe5, 1, 3}}, -8, {{0xe5, 127, 127}}},
        {"bypass", {{0x96, 60, 100}, {0x86, 60, 0}}, 1, {{0x96, 60, 127}}},
        {"bypass", {{0xb0, 9, 127}, {0xb0, 9, 0}}, 1, {{0xb0, 9, 127}}},
        {"route/vlc/bypass", {{0x90, 61, 127}}, 1, {{0x90, 61, 127}}},
        // Nothing says how these would show it.
        {"bypass", {{0xc0, 5}}, 1, {}},
        {"bus/main/agc/target", {{0xd0, 5}, {0xd0, 9}}, -8, {}},
        {"bus/main/agc/target", {{0xb0, 22, 1}, {0xb0, 22, 1}, {0xb0, 22, 127}}, -8, {}},
        {"bank/next", {{0x90, 62, 127}, {0x90, 62, 0}}, 0, {}},
    }));
    CAPTURE(address, moves);
    Rig rig;
    REQUIRE(rig.keeper->learn(address).has_value());
    rig.receive(moves);
    rig.settle();
    REQUIRE_FALSE(rig.keeper->learning().learned.empty());
    const bool shows = rig.keeper->learning().learned.find("feedback: ") != std::string::npos;
    CHECK(shows == !shown.empty());

    const std::string path = address;
    if (path.starts_with("route/"))
        REQUIRE(rig.routes.set_route("vlc", "bypass").has_value());
    else if (path != "bank/next")
        rig.set(path, value);
    CHECK(rig.settle() == shown);
    // Again for who is connected now, also after a restart.
    rig.bridge.note_connection();
    rig.keeper->apply();
    const auto again = rig.settle();
    for (const Message &message : shown)
        CHECK(std::count(again.begin(), again.end(), message) == 1);
}

TEST_CASE("a control that was learned is left alone while it is moved") {
    Rig rig;
    REQUIRE(rig.keeper->learn("bus/main/agc/target").has_value());
    rig.receive({{0xe0, 0, 1}, {0xe0, 0, 2}, {0xe0, 0, 3}});
    // It goes to the value once the hand rests.
    const auto sent = rig.settle();
    CHECK(sent.size() == 1);
    rig.receive({{0xe0, 0, 10}});
    rig.set("bus/main/agc/target", -8.0f);
    CHECK(rig.settle(milliseconds(150)).empty());
    CHECK(rig.settle(milliseconds(100)) == std::vector<Message>{{0xe0, 127, 127}});
}

TEST_CASE("a control that a map knows goes on showing as the map says when it has learned") {
    Rig rig(R"(
midi:
  bindings:
    - { control: cc 16, target: bus/main/agc/target, mode: sign_magnitude,
        feedback: { send: cc 48, display: wrap } }
    - { control: pitch_bend, channel: 2, target: bus/main/limiter/ceiling, feedback: same,
        touch: note 105 }
)");
    const auto taught = [&](const char *address, const std::vector<Message> &messages) {
        REQUIRE(rig.keeper->learn(address).has_value());
        rig.receive(messages);
        rig.settle();
        REQUIRE_FALSE(rig.keeper->learning().learned.empty());
    };
    taught("bus/main/agc/max_boost", {{0xb0, 16, 1}, {0xb0, 16, 1}, {0xb0, 16, 65}});
    taught("bus/main/compressor/threshold", {{0x91, 105, 127}, {0xe1, 0, 1}, {0xe1, 0, 2}});
    rig.receive({{0x91, 105, 0}});
    rig.settle();

    rig.set("bus/main/agc/max_boost", 0.0f);
    CHECK(rig.settle() == std::vector<Message>{{0xb0, 48, 0x21}});
    rig.receive({{0x91, 105, 127}});
    rig.set("bus/main/compressor/threshold", 0.0f);
    CHECK(rig.settle().empty());
    rig.receive({{0x91, 105, 0}});
    CHECK(rig.settle() == std::vector<Message>{{0xe1, 127, 127}});
}

TEST_CASE("what cannot be learned is refused, and a wait ends") {
    Rig rig;
    CHECK_FALSE(rig.keeper->learn("bus/main/limiter/cieling").has_value());
    CHECK_FALSE(rig.keeper->learn("bus/none/limiter/ceiling").has_value());
    CHECK_FALSE(rig.keeper->learn("meter/bus/main/output/momentary").has_value());
    CHECK_FALSE(rig.keeper->learn("route/firefox").has_value());
    REQUIRE(rig.keeper->learn("bypass").has_value());
    REQUIRE(rig.keeper->learn("").has_value());
    CHECK(rig.keeper->learning().address.empty());
    REQUIRE(rig.keeper->learn("bypass").has_value());
    rig.now += std::chrono::seconds(61);
    rig.receive({});
    CHECK(rig.keeper->learning().address.empty());
    CHECK(rig.keeper->learning().learned.empty());
}

TEST_CASE("a control must meet a value again that was set elsewhere") {
    Rig rig("midi: { bindings: [{ control: cc 7, target: bus/main/limiter/ceiling }] }\n");
    rig.receive({{0xb0, 7, 121}});
    rig.receive({{0xb0, 7, 100}});
    CHECK(rig.value("bus/main/limiter/ceiling") == Approx(-4.25).epsilon(0.01));
    rig.set("bus/main/limiter/ceiling", -15.0f);
    rig.receive({{0xb0, 7, 99}});
    CHECK(rig.value("bus/main/limiter/ceiling") == -15.0f);
    rig.receive({{0xb0, 7, 20}});
    CHECK(rig.value("bus/main/limiter/ceiling") == Approx(-16.85).epsilon(0.01));
}
