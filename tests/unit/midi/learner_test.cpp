// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/midi/encoder.hpp"
#include "jack_client/midi/learner.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <vector>

using namespace headroom;
using namespace headroom::midi;

namespace {

std::string learned(const std::vector<Message> &messages) {
    Learner learner;
    Learner::TimePoint now{};
    for (const Message &message : messages) {
        now += std::chrono::milliseconds(10);
        learner.take(message, now);
    }
    CHECK((messages.size() >= Learner::kEnough || !learner.decide(now)));
    const auto control = learner.decide(now + Learner::kPause);
    return control ? control->control.full_text() + " " +
                         midi_mode_names()[static_cast<std::size_t>(control->mode)]
                   : "nothing";
}

std::vector<Message> controllers(std::uint8_t number, const std::vector<int> &values) {
    std::vector<Message> out;
    out.reserve(values.size());
    for (const int value : values)
        out.push_back({0xb0, number, static_cast<std::uint8_t>(value)});
    return out;
}

} // namespace

TEST_CASE("the kind of a control is recognised by what it sends") {
    CHECK(learned(controllers(7, {10, 11, 12, 14})) == "cc 7 channel 1 absolute");
    CHECK(learned(controllers(7, {64})) == "cc 7 channel 1 absolute");
    CHECK(learned(controllers(50, {127, 0})) == "cc 50 channel 1 toggle");
    CHECK(learned(controllers(50, {127})) == "cc 50 channel 1 toggle");
    CHECK(learned(controllers(16, {1, 1, 2, 127, 127})) == "cc 16 channel 1 twos_complement");
    CHECK(learned(controllers(16, {1, 1, 65, 65, 1})) == "cc 16 channel 1 sign_magnitude");
    CHECK(learned(controllers(16, {65, 65, 63, 63})) == "cc 16 channel 1 binary_offset");
    CHECK(learned({{0x93, 60, 90}, {0x83, 60, 0}}) == "note 60 channel 4 toggle");
    CHECK(learned({{0xc1, 9}}) == "program 9 channel 2 toggle");
    CHECK(learned({{0xd1, 9}, {0xd1, 19}}) == "pressure channel 2 absolute");
}

TEST_CASE("fine controls are recognised as such") {
    std::vector<Message> fader;
    std::vector<Message> nrpn;
    for (int value = 8000; value < 8300; value += 30) {
        for (const Message &m : encode({MidiControl::Kind::control_change_14, 1, 7}, value))
            fader.push_back(m);
        for (const Message &m : encode({MidiControl::Kind::nrpn, 1, 1000}, value))
            nrpn.push_back(m);
    }
    CHECK(learned(fader) == "cc14 7 channel 1 absolute");
    CHECK(learned(nrpn) == "nrpn 1000 channel 1 absolute");
    // A motor fader is touched before it moves.
    CHECK(learned({{0x90, 104, 127}, {0xe0, 0, 64}, {0xe0, 5, 64}, {0x90, 104, 0}}) ==
          "pitch_bend channel 1 absolute");
    // A button beside a slider is no finer part of it.
    CHECK(learned({{0xb0, 0, 20}, {0xb0, 0, 21}, {0xb0, 32, 127}}) == "cc 0 channel 1 absolute");
}

TEST_CASE("nothing is learned from silence or from garbage") {
    CHECK(learned({}) == "nothing");
    CHECK(learned({{0xf8}, {0xfe}, {0xb0, 7}, {1, 2, 3}}) == "nothing");
}
