// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/midi_map.hpp"
#include "tests/support/catch.hpp"

using namespace headroom;

namespace {

std::string label_complaint(const std::string &label) {
    const auto map = read_midi_map("labels: [ " + label + " ]", "map.yaml");
    return map ? "none" : map.error().text();
}

} // namespace

TEST_CASE("a display is written by one message for each strip") {
    const auto map = read_midi_map(
        "labels:\n"
        "  - { lines: [strip/*/name, strip/*/trim, bus/main/limiter/ceiling], strips: 8, step: 7,\n"
        "      place: 10, width: 6, send: F0 12 place text 20 F7 }\n",
        "map.yaml");
    INFO((map ? "" : map.error().text()));
    REQUIRE(map);
    REQUIRE(map->labels.size() == 8);
    const MidiLabel &last = map->labels[7];
    CHECK(last.width == 6);
    CHECK(last.before == std::vector<std::uint8_t>{0xf0, 0x12, 10 + 7 * 7});
    CHECK(last.after == std::vector<std::uint8_t>{0x20, 0xf7});
    REQUIRE(last.lines.size() == 3);
    CHECK(last.lines[0].is_name);
    CHECK(last.lines[0].source.position == 8);
    CHECK_FALSE(last.lines[1].is_name);
    CHECK(last.lines[1].source.text() == "strip/8/trim");
    CHECK(last.lines[2].source.text() == "bus/main/limiter/ceiling");
}

TEST_CASE("what is no display is told with its place") {
    CHECK(label_complaint("{ lines: [strip/1/name], width: 7, send: F0 00 text F7 }") == "none");
    for (const char *label : {
             "{ lines: [strip/1/name], send: F0 00 text F7 }",
             "{ lines: [strip/1/name], width: 7, send: F0 00 F7 }",
             "{ lines: [strip/1/name], width: 7, send: 00 text F7 }",
             "{ lines: [strip/1/name], width: 7, send: F0 text 00 }",
             "{ lines: [strip/1/name], width: 7, send: F0 100 text F7 }",
             "{ lines: [strip/1/name], width: 7, send: F0 80 text F7 }",
             "{ lines: [strip/1/name], width: 7, send: F0 00 text F7 F7 }",
             "{ lines: [strip/1/name], width: 7, send: F0 xx text F7 }",
             "{ lines: [strip/1/name], width: 113, send: F0 00 text F7 }",
             "{ lines: [strip/1/name, strip/2/name], width: 60, send: F0 00 text F7 }",
             "{ lines: [meter/strip/1/peak], width: 7, send: F0 00 text F7 }",
             "{ lines: [strip/1/nmae], width: 7, send: F0 00 text F7 }",
             "{ lines: [strip/*/name], strips: 20, step: 7, width: 7, send: F0 place text F7 }",
             "{ lines: [strip/1/name], width: 7, colour: red, send: F0 00 text F7 }",
             "lines",
         }) {
        CAPTURE(label);
        CHECK(label_complaint(label).starts_with("map.yaml:1:"));
    }
}
