// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/midi/decoder.hpp"
#include "jack_client/midi/encoder.hpp"
#include "tests/support/catch.hpp"

#include <random>
#include <string>
#include <vector>

using namespace headroom;
using namespace headroom::midi;

namespace {

/// "cc 7 channel 1 = 64 of 127; ..." for the messages, one after the other.
std::string heard(Decoder &decoder, const std::vector<Message> &messages) {
    std::string out;
    for (const Message &message : messages) {
        Decoder::Movements movements;
        const std::size_t count = decoder.decode(message, movements);
        for (std::size_t i = 0; i < count && !Decoder::is_selection(movements[i].control); ++i)
            out += (out.empty() ? "" : "; ") + movements[i].control.full_text() + " = " +
                   std::to_string(movements[i].value) + " of " +
                   std::to_string(movements[i].maximum);
    }
    return out;
}

std::string heard(const std::vector<Message> &messages) {
    Decoder decoder;
    return heard(decoder, messages);
}

} // namespace

TEST_CASE("every kind of message names its control") {
    CHECK(heard({{0xb0, 70, 64}}) == "cc 70 channel 1 = 64 of 127");
    CHECK(heard({{0x95, 60, 100}}) == "note 60 channel 6 = 100 of 127");
    CHECK(heard({{0x95, 60, 0}}) == "note 60 channel 6 = 0 of 127");
    CHECK(heard({{0x85, 60, 100}}) == "note 60 channel 6 = 0 of 127");
    CHECK(heard({{0xe8, 0x7f, 0x7f}}) == "pitch_bend channel 9 = 16383 of 16383");
    CHECK(heard({{0xe8, 0x00, 0x40}}) == "pitch_bend channel 9 = 8192 of 16383");
    CHECK(heard({{0xdf, 90}}) == "pressure channel 16 = 90 of 127");
    CHECK(heard({{0xc0, 5}}) == "program 5 channel 1 = 127 of 127; program channel 1 = 5 of 127");
}

TEST_CASE("14 bits come in two controllers, the first of which counts at once") {
    CHECK(heard({{0xb0, 7, 64}}) == "cc 7 channel 1 = 64 of 127; cc14 7 channel 1 = 64 of 127");
    CHECK(heard({{0xb0, 7, 64}, {0xb0, 39, 5}}) ==
          "cc 7 channel 1 = 64 of 127; cc14 7 channel 1 = 64 of 127; "
          "cc 39 channel 1 = 5 of 127; cc14 7 channel 1 = 8197 of 16383");
    Decoder decoder;
    heard(decoder, {{0xb0, 7, 64}, {0xb0, 39, 5}});
    // Once it is known that there is a second part, the first begins at 0 in it.
    CHECK(heard(decoder, {{0xb0, 7, 65}}) ==
          "cc 7 channel 1 = 65 of 127; cc14 7 channel 1 = 8320 of 16383");
    CHECK(heard(decoder, {{0xb0, 39, 6}}) ==
          "cc 39 channel 1 = 6 of 127; cc14 7 channel 1 = 8326 of 16383");
    CHECK(heard(decoder, {{0xb1, 39, 6}}) == "cc 39 channel 2 = 6 of 127");
}

TEST_CASE("data entries are for the parameter number that was selected, until the null") {
    Decoder decoder;
    CHECK(heard(decoder, {{0xb2, 6, 10}}) ==
          "cc 6 channel 3 = 10 of 127; cc14 6 channel 3 = 10 of 127");
    CHECK(heard(decoder, {{0xb2, 99, 2}, {0xb2, 98, 44}}).empty());
    CHECK(heard(decoder, {{0xb2, 38, 1}}).empty()); // of what?
    CHECK(heard(decoder, {{0xb2, 6, 100}}) == "nrpn 300 channel 3 = 100 of 127");
    CHECK(heard(decoder, {{0xb2, 38, 3}}) == "nrpn 300 channel 3 = 12803 of 16383");
    CHECK(heard(decoder, {{0xb2, 96, 0}}) == "nrpn 300 channel 3 = 12804 of 16383");
    CHECK(heard(decoder, {{0xb2, 97, 0}, {0xb2, 97, 0}}) ==
          "nrpn 300 channel 3 = 12803 of 16383; nrpn 300 channel 3 = 12802 of 16383");
    CHECK(heard(decoder, {{0xb2, 7, 1}}) ==
          "cc 7 channel 3 = 1 of 127; cc14 7 channel 3 = 1 of 127");
    CHECK(heard(decoder, {{0xb2, 101, 0}, {0xb2, 100, 1}, {0xb2, 6, 64}}) ==
          "rpn 1 channel 3 = 8192 of 16383");
    CHECK(heard(decoder, {{0xb2, 101, 127}, {0xb2, 100, 127}, {0xb2, 6, 10}}) ==
          "cc 6 channel 3 = 10 of 127; cc14 6 channel 3 = 10 of 127");
    // Another channel has selected nothing.
    CHECK(heard(decoder, {{0xb2, 99, 0}, {0xb2, 98, 1}, {0xb3, 6, 1}}) ==
          "cc 6 channel 4 = 1 of 127; cc14 6 channel 4 = 1 of 127");
}

TEST_CASE("what selects a parameter number is a control as well") {
    Decoder decoder;
    Decoder::Movements movements;
    for (const int number : {98, 99, 100, 101}) {
        const Message message{0xb0, static_cast<std::uint8_t>(number), 127};
        REQUIRE(decoder.decode(message, movements) == 1);
        CHECK(movements[0].control == MidiControl{MidiControl::Kind::control_change, 1, number});
        CHECK(movements[0].is_press());
        CHECK(Decoder::is_selection(movements[0].control));
    }
}

TEST_CASE("what is no whole message about a control is nothing") {
    CHECK(heard({{}, {0xb0}, {0xb0, 7}, {0x90, 60}, {0xc0}, {0xc0, 5, 6}, {0xd0, 5, 6}}).empty());
    CHECK(heard({{7, 64}, {7, 64, 1}, {0xb0, 0x80, 1}, {0xb0, 1, 0x80}, {0xf8}}).empty());
    CHECK(heard({{0xb0, 7, 64, 7}, {0xf0, 1, 0xf7}, {0xa0, 60, 1}, {0xff, 1, 1}}).empty());
    std::mt19937 random(1);
    Decoder decoder;
    Decoder::Movements movements;
    for (int i = 0; i < 200000; ++i) {
        Message message(random() % 5);
        for (auto &byte : message)
            byte = static_cast<std::uint8_t>(random() % 4 == 0 ? 0xb0 : random());
        const std::size_t count = decoder.decode(message, movements);
        REQUIRE(count <= movements.size());
        for (std::size_t m = 0; m < count; ++m) {
            REQUIRE(movements[m].value >= 0);
            REQUIRE(movements[m].value <= movements[m].maximum);
            REQUIRE(movements[m].control.channel >= 1);
            REQUIRE(movements[m].control.channel <= 16);
        }
    }
}

TEST_CASE("what is sent is understood as what it was") {
    for (const char *text :
         {"cc 70", "cc14 7", "nrpn 300", "rpn 2", "pitch_bend", "note 60", "pressure"}) {
        CAPTURE(text);
        MidiControl control = *MidiControl::parse(text);
        control.channel = 3;
        Decoder decoder;
        Decoder::Movements movements;
        std::size_t count = 0;
        // The second time it is known that there are 14 bits.
        for (int i = 0; i < 2; ++i)
            for (const Message &message : encode(control, 100))
                count = decoder.decode(message, movements);
        REQUIRE(count > 0);
        CHECK(movements[count - 1].control == control);
        CHECK(movements[count - 1].value == 100);
        CHECK(movements[count - 1].maximum == control.maximum());
    }
}

TEST_CASE("rings show a position in Mackie's way, anything else from low to high") {
    const auto shown = [](MidiDisplay display, float position) {
        return shown_value({.display = display}, position);
    };
    CHECK(shown(MidiDisplay::dot, 0.0f) == 0x01);
    CHECK(shown(MidiDisplay::dot, 1.0f) == 0x0b);
    CHECK(shown(MidiDisplay::boost, 0.5f) == 0x16);
    CHECK(shown(MidiDisplay::wrap, 1.0f) == 0x2b);
    CHECK(shown(MidiDisplay::spread, 1.0f) == 0x36);
    CHECK(shown_value({.low = 0, .high = 127}, 0.5f) == 64);
    CHECK(shown_value({.low = 20, .high = 10}, 1.0f) == 10);
    CHECK(shown_value({.low = 20, .high = 10}, 7.0f) == 10);
}
