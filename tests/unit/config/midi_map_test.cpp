// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/midi_map.hpp"
#include "config/name_pattern.hpp"
#include "config/profile.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace headroom;
using namespace headroom::test;

namespace {

std::string map_complaint(const std::string &yaml) {
    const auto map = read_midi_map(yaml, "map.yaml");
    return map ? "none" : map.error().text();
}

MidiBinding binding(const std::string &line) {
    const auto read = midi_binding_from_yaml(line);
    INFO((read ? "" : read.error().text()));
    REQUIRE(read.has_value());
    return *read;
}

} // namespace

TEST_CASE("a map says what controls do and what is shown") {
    const auto map = read_midi_map(R"(
name: Some controller
description: Eight faders.
start: [F0 7E 7F 06 01 F7, B0 7F 01]
bindings:
  - { control: cc 0, channel: 2, strips: 8, target: strip/*/trim, takeover: scale }
  - { control: pitch_bend, strips: 8, target: strip/*/trim, range: [-40 dB, 0], touch: note 104,
      feedback: same }
  - { control: cc 16, strips: 2, step: 4, target: strip/*/pan, mode: sign_magnitude, steps: 50,
      feedback: { send: cc 48, channel: 3, display: boost } }
  - { control: note 40, target: route/firefox, route: bypass, mode: toggle, feedback: same }
  - { control: program 3, target: profile/night }
  - { control: note 47, target: bank/next }
  - { control: note 1, target: bus/main/limiter/ceiling, mode: trigger, value: -6 }
indicators:
  - { source: meter/strip/*/peak, strips: 2, send: cc 90, range: [-60, 0], values: [0, 8] }
  - { source: bypass, send: note 7, channel: 5 }
)",
                                   "some.yaml");
    INFO((map ? "" : map.error().text()));
    REQUIRE(map.has_value());
    CHECK(map->name == "Some controller");
    CHECK(map->start.size() == 2);
    REQUIRE(map->bindings.size() == 8 + 8 + 2 + 4);
    CHECK(map->bindings[7].control.full_text() == "cc 7 channel 2");
    CHECK(map->bindings[7].target.text() == "strip/8/trim");
    CHECK(map->bindings[7].takeover == MidiTakeover::scale);
    const MidiBinding &fader = map->bindings[10];
    CHECK(fader.control.full_text() == "pitch_bend channel 3");
    CHECK(fader.range == MidiRange{-40.0f, 0.0f});
    CHECK(fader.touch->text() == "note 106");
    CHECK(fader.feedback->send.full_text() == "pitch_bend channel 3");
    CHECK(fader.feedback->high == 16383);
    CHECK(fader.takeover == MidiTakeover::none);
    const MidiBinding &pot = map->bindings[17];
    CHECK(pot.control.text() == "cc 20");
    CHECK(pot.feedback->send.full_text() == "cc 52 channel 3");
    CHECK(pot.feedback->display == MidiDisplay::boost);
    CHECK(map->bindings[18].target.route == "bypass");
    CHECK(map->bindings[19].mode == MidiMode::trigger);
    CHECK(map->bindings[21].range == MidiRange{-6.0f, -6.0f});
    REQUIRE(map->indicators.size() == 3);
    CHECK(map->indicators[1].source.text() == "meter/strip/2/peak");
    CHECK(map->indicators[1].feedback.send.text() == "cc 91");
    CHECK(map->indicators[2].feedback.send.full_text() == "note 7 channel 5");
}

TEST_CASE("a mistake in a map is shown where it stands") {
    const auto in_binding = [](const std::string &binding) {
        return map_complaint("bindings:\n  - { " + binding + " }\n");
    };
    CHECK(in_binding("control: cc 128, target: bypass")
              .starts_with("map.yaml:2:16: found \"cc 128\", expected cc 0..127, cc14"));
    CHECK(in_binding("target: bypass").find("expected a control") != std::string::npos);
    CHECK(in_binding("control: cc 1").find("expected a target") != std::string::npos);
    CHECK(in_binding("control: cc 1, target: bus/main/limiter/cieling")
              .find("did you mean limiter/ceiling?") != std::string::npos);
    CHECK(in_binding("control: cc 1, target: bypass, mode: togle").find("did you mean toggle?") !=
          std::string::npos);
    CHECK(in_binding("control: cc 1, target: bypass, moed: toggle").find("did you mean mode?") !=
          std::string::npos);
    CHECK(in_binding("control: cc 1, target: bus/main/limiter/ceiling, range: [-40, 0]")
              .starts_with("map.yaml:2:64: found \"-40\", expected a number from -20.0 to 0.0"));
    CHECK(in_binding("control: cc 1, target: meter/strip/1/peak").find("can be set") !=
          std::string::npos);
    CHECK(in_binding("control: cc 1, target: profile/night, mode: absolute").find("trigger") !=
          std::string::npos);
    CHECK(in_binding("control: note 1, target: bypass, mode: binary_offset").find("cc only") !=
          std::string::npos);
    CHECK(in_binding("control: note 1, target: route/firefox").find("expected a route") !=
          std::string::npos);
    CHECK(in_binding("control: cc 125, strips: 8, target: strip/*/trim").find("room for all") !=
          std::string::npos);
    CHECK(in_binding("control: pitch_bend, strips: 20, target: strip/*/trim").find("at most 16") !=
          std::string::npos);
    CHECK(map_complaint("start: [40 41]\n").find("the bytes of a message") != std::string::npos);
    CHECK(map_complaint("start: [F0 41]\n").find("the bytes of a message") != std::string::npos);
    CHECK(map_complaint("device: \"/(/\"\n").starts_with("map.yaml:1:9: "));
    CHECK(map_complaint("binding: []\n").find("did you mean bindings?") != std::string::npos);
}

TEST_CASE("built-in maps know the ports of their controllers however the server names them") {
    const auto knows = [](const char *map, const char *port) {
        const auto read = find_midi_map(map);
        REQUIRE(read.has_value());
        return std::any_of(
            read->devices.begin(), read->devices.end(),
            [&](const std::string &device) { return NamePattern(device).matches(port); });
    };
    // a2jmidid, the aliases of jackd with -X seq, and PipeWire.
    for (const char *port : {"a2j:nanoKONTROL2 [24] (capture): nanoKONTROL2 MIDI 1",
                             "alsa_pcm:nanoKONTROL2/midi_capture_1",
                             "Midi-Bridge:nanoKONTROL2:(playback_0) nanoKONTROL2 MIDI 1"})
        CHECK(knows("korg-nanokontrol2", port));
    CHECK(knows("behringer-x-touch-mini", "a2j:X-TOUCH MINI [20] (capture): X-TOUCH MINI MIDI 1"));
    CHECK(knows("akai-midimix", "a2j:MIDI Mix [20] (playback): MIDI Mix MIDI 1"));
    CHECK(knows("akai-lpd8", "alsa_pcm:LPD8/midi_capture_1"));
    // The sockets at the back are other people's devices.
    CHECK(knows("behringer-bcf2000", "a2j:BCF2000 [32] (capture): BCF2000 MIDI 1"));
    CHECK(knows("behringer-bcf2000", "alsa_pcm:BCF2000/midi_playback_1"));
    CHECK_FALSE(knows("behringer-bcf2000", "a2j:BCF2000 [32] (playback): BCF2000 MIDI 2"));
    CHECK_FALSE(knows("behringer-bcf2000", "alsa_pcm:BCF2000/midi_playback_2"));
    CHECK_FALSE(knows("mackie-control", "a2j:BCF2000 [32] (capture): BCF2000 MIDI 1"));
}

TEST_CASE("a binding is one line, and is read back from it") {
    for (const char *line :
         {"{ control: cc 7, channel: 1, target: bus/main/limiter/ceiling, range: [-12, -1], "
          "curve: exponential, takeover: scale }",
          "{ control: cc 16, target: strip/1/pan, mode: sign_magnitude, steps: 50, "
          "feedback: { send: cc 48, display: boost } }",
          "{ control: pitch_bend, channel: 9, target: strip/firefox/trim, touch: note 112, "
          "feedback: { send: pitch_bend, channel: 9, values: [16383, 0] } }",
          "{ control: note 1, target: \"route/Web \\\"Browser\\\"\", route: main, mode: toggle }",
          "{ control: program 1, target: profile/night }",
          "{ control: cc14 3, target: bus/main/limiter/mode }"}) {
        CAPTURE(line);
        const MidiBinding read = binding(line);
        const std::string text = to_yaml(read);
        CAPTURE(text);
        CHECK(binding(text) == read);
    }
}

TEST_CASE("a profile names its controllers and has bindings of its own") {
    const TemporaryFolder folder;
    const auto controllers = std::filesystem::path(folder.path()) / "headroom" / "controllers";
    std::filesystem::create_directories(controllers);
    std::ofstream(controllers / "mine.yaml")
        << "bindings:\n  - { control: cc 1, target: bus/other/limiter/ceiling }\n";
    std::ofstream(controllers / "broken.yaml") << "bindings:\n  - { control: cc 1 }\n";
    setenv("XDG_CONFIG_HOME", folder.path().c_str(), 1); // NOLINT(concurrency-mt-unsafe)
    const auto read = [](const std::string &midi) {
        return read_profile("midi:\n" + midi, "profile.yaml");
    };
    const auto profile = read("  controllers: mine\n"
                              "  bindings:\n"
                              "    - { control: cc 2, target: bus/main/limiter/ceiling }\n");
    INFO((profile ? "" : profile.error().text()));
    REQUIRE(profile.has_value());
    REQUIRE(profile->midi.size() == 2);
    CHECK(profile->midi[0].name == "mine");
    CHECK(profile->midi[1].bindings.size() == 1);
    CHECK(read("  controllers: [nobodys]\n").error().text().starts_with("profile.yaml:2:17: "));
    CHECK(read("  controllers: [broken]\n").error().text().find("broken.yaml:2:5: ") !=
          std::string::npos);
    // What the profile says of devices holds instead of what maps say.
    const auto devices = [&](const std::string &device) {
        const auto with = read("  controllers: [mine, korg-nanokontrol2]\n" + device);
        REQUIRE(with.has_value());
        std::vector<std::string> out;
        for (const MidiMap &map : with->midi)
            out.insert(out.end(), map.devices.begin(), map.devices.end());
        return out;
    };
    CHECK(devices("") == std::vector<std::string>{"*nanoKONTROL2*"});
    CHECK(devices("  device: [one, \"t*\"]\n") == std::vector<std::string>{"one", "t*"});
    CHECK(devices("  device: none\n").empty());
    // The buses of a profile are known to it.
    CHECK(read("  bindings:\n    - { control: cc 2, target: bus/mian/limiter/ceiling }\n")
              .error()
              .text()
              .find("did you mean main?") != std::string::npos);
    unsetenv("XDG_CONFIG_HOME"); // NOLINT(concurrency-mt-unsafe)
}
