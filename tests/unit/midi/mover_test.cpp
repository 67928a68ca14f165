// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/midi/mover.hpp"
#include "tests/support/catch.hpp"

using namespace headroom;
using namespace headroom::midi;

namespace {

MidiBinding binding(const std::string &rest, const std::string &target = "strip/1/pan") {
    const auto read =
        midi_binding_from_yaml("{ control: cc 1, target: " + target + ", " + rest + " }");
    REQUIRE(read.has_value());
    return *read;
}

/// A control that was moved, with its parameter.
struct Hand {
    Mover mover;
    float value;
    explicit Hand(const MidiBinding &b, float start = 0.0f) : mover(b), value(start) {}

    float move(int to) {
        value = mover.move({{.number = 1}, to, 127}, value).value_or(value);
        return value;
    }
};

} // namespace

TEST_CASE("a control jumps, or takes the value over where it meets it") {
    Hand jumping(binding("takeover: jump"));
    CHECK(jumping.move(127) == 100.0f);
    CHECK(jumping.move(0) == -100.0f);

    Hand picking(binding("takeover: pickup"));
    CHECK(picking.move(10) == 0.0f);
    CHECK(picking.move(40) == 0.0f);
    CHECK(picking.move(90) == Approx(41.7).epsilon(0.01)); // has crossed
    CHECK(picking.move(10) == Approx(-84.3).epsilon(0.01));
    picking.value = 50.0f; // set elsewhere
    CHECK(picking.move(11) == 50.0f);
    CHECK(picking.move(94) == Approx(48.0).epsilon(0.01)); // near enough
    CHECK(picking.move(127) == 100.0f);
    picking.value = 100.0f; // to what it is
    CHECK(picking.move(0) == -100.0f);

    Hand near(binding("takeover: pickup"));
    CHECK(near.move(64) != 0.0f);
}

TEST_CASE("a control that scales brings the value to both ends with it") {
    Hand hand(binding("takeover: scale"));
    CHECK(hand.move(100) == 0.0f);
    const float up = hand.move(110);
    CHECK(up > 0.0f);
    CHECK(up < 74.0f);
    CHECK(hand.move(127) == Approx(100.0));
    CHECK(hand.move(126) == Approx(98.4).epsilon(0.01));
    hand.value = -20.0f;
    const float down = hand.move(100);
    CHECK(down < -20.0f);
    CHECK(down > -50.0f);
    CHECK(hand.move(0) == Approx(-100.0));
}

TEST_CASE("relative controls go on from the value") {
    const auto steps = [](const char *mode, int up, int down, int up_two) {
        Hand hand(binding(std::string("steps: 100, mode: ") + mode));
        CHECK(hand.move(up) == Approx(2.0));
        CHECK(hand.move(up_two) == Approx(6.0));
        CHECK(hand.move(down) == Approx(4.0));
        hand.value = -99.0f;
        CHECK(hand.move(down) == -100.0f);
        CHECK(hand.move(down) == -100.0f);
    };
    steps("twos_complement", 1, 127, 2);
    steps("binary_offset", 65, 63, 66);
    steps("sign_magnitude", 1, 65, 2);

    Hand choice(binding("mode: sign_magnitude", "bus/main/limiter/mode"), 0.0f);
    CHECK(choice.move(1) == 1.0f);
    CHECK(choice.move(5) == 2.0f);
    CHECK(choice.move(65) == 1.0f);
    Hand on(binding("mode: sign_magnitude", "bypass"));
    CHECK(on.move(1) == 1.0f);
    CHECK(on.move(1) == 1.0f);
    CHECK(on.move(65) == 0.0f);
}

TEST_CASE("buttons toggle, hold and trigger") {
    Hand toggle(binding("mode: toggle", "bypass"));
    CHECK(toggle.move(127) == 1.0f);
    CHECK(toggle.move(0) == 1.0f);
    CHECK(toggle.move(127) == 0.0f);
    Hand choice(binding("mode: toggle", "bus/main/limiter/mode"), 1.0f);
    CHECK(choice.move(127) == 2.0f);
    CHECK(choice.move(127) == 0.0f);
    Hand ends(binding("mode: toggle, range: [-6, -1]", "bus/main/limiter/ceiling"), -3.0f);
    CHECK(ends.move(127) == -1.0f);
    CHECK(ends.move(127) == -6.0f);
    Hand momentary(binding("mode: momentary", "bypass"));
    CHECK(momentary.move(127) == 1.0f);
    CHECK(momentary.move(0) == 0.0f);
    Hand trigger(binding("mode: trigger, value: -6", "bus/main/limiter/ceiling"), -1.0f);
    CHECK(trigger.move(127) == -6.0f);
    CHECK(trigger.move(0) == -6.0f);
}

TEST_CASE("range and curve bend the way of a control, and it is found back") {
    for (const char *curve : {"linear", "exponential", "logarithmic"}) {
        CAPTURE(curve);
        for (const char *range : {"[-12, -1]", "[-1, -12]"}) {
            Hand hand(binding(std::string("takeover: jump, curve: ") + curve + ", range: " + range,
                              "bus/main/limiter/ceiling"),
                      -5.0f);
            const bool falls = range[1] == '-' && range[2] == '1' && range[3] == ',';
            CHECK(hand.move(0) == (falls ? -1.0f : -12.0f));
            CHECK(hand.move(127) == (falls ? -12.0f : -1.0f));
            for (const int at : {1, 30, 64, 100})
                CHECK(hand.mover.position_of(hand.move(at)) ==
                      Approx(static_cast<float>(at) / 127.0f).margin(1e-4));
        }
    }
    Hand slow(binding("takeover: jump, curve: exponential"));
    CHECK(slow.move(64) == Approx(-49.2).epsilon(0.01));
    Hand fast(binding("takeover: jump, curve: logarithmic"));
    CHECK(fast.move(64) == Approx(42.0).epsilon(0.01));
    // Along the parameter's own scale.
    Hand frequency(binding("takeover: jump", "bus/main/equaliser/bell_1/frequency"), 100.0f);
    CHECK(frequency.move(127) == 20000.0f);
    CHECK(frequency.move(64) == Approx(650.0).epsilon(0.02));
}
