// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/embedded_files.hpp"
#include "config/profile.hpp"
#include "tests/support/catch.hpp"

#include <cmath>

using namespace headroom;

namespace {

Profile read_good(const std::string &yaml) {
    const Result<Profile> profile = read_profile(yaml, "good.yaml");
    INFO(yaml);
    INFO((profile ? std::string() : profile.error().text()));
    REQUIRE(profile.has_value());
    return *profile;
}

Diagnostic read_bad(const std::string &yaml) {
    const Result<Profile> profile = read_profile(yaml, "bad.yaml");
    INFO(yaml);
    REQUIRE_FALSE(profile.has_value());
    CHECK(profile.error().file == "bad.yaml");
    return profile.error();
}

/// "line:column message (remedy)"
std::string complaint(const std::string &yaml) {
    const std::string text = read_bad(yaml).text();
    return text.substr(std::string("bad.yaml:").size());
}

bool contains(const std::string &text, const std::string &part) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
    return text.find(part) != std::string::npos;
}

/// A profile that sets one parameter to a text.
std::string setting(const Parameter &parameter, const std::string &value) {
    std::string path(parameter.path);
    auto slash = path.rfind('/');
    std::string map = path.substr(slash + 1) + ": " + value;
    for (; slash != path.npos; slash = path.rfind('/')) {
        path.resize(slash);
        std::string outer = path.substr(path.rfind('/') + 1);
        outer.append(": { ").append(map).append(" }");
        map = std::move(outer);
    }
    return parameter.scope == Scope::global ? map + "\n" : "buses:\n  main:\n    " + map + "\n";
}

float value_of(const Profile &profile, std::size_t index) {
    const ParameterId id{static_cast<std::uint16_t>(index)};
    return parameter(id).scope == Scope::global ? profile.globals[id]
                                                : profile.buses.front().values[id];
}

std::string exact_text(float value) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.9g", static_cast<double>(value));
    return buffer;
}

} // namespace

TEST_CASE("a profile reads as it is written") {
    const Profile profile = read_good(R"(
description: One sentence.
bypass: off
buses:
  main:
    channels: stereo
    sink: "system:playback_*"
    order: [compressor, gate]
    agc: { on: true, target: -20 LUFS }
    limiter: { ceiling: -3 dBTP, mode: quality }
  film:
    channels: [FL, fr, FC]
    bypass: on
rules:
  - name: music stays untouched
    match: { client: [ardour, "mpd*", "/REAPER.*/"], not: { port: "monitor*" } }
    route: bypass
  - match: { client: "vlc*" }
    route: film
  - match: { client: "*" }
    route: main
)");
    CHECK(profile.name == "good");
    CHECK(profile.description == "One sentence.");
    CHECK(profile.globals[global_parameter_id("bypass")] == 0.0f);
    REQUIRE(profile.buses.size() == 2);
    const BusProfile &main = profile.buses[0];
    CHECK(main.name == "main");
    CHECK(main.channels == find_layout("stereo").value());
    CHECK(main.sink == "system:playback_*");
    CHECK(to_text(main.order) == "compressor gate equaliser agc insert limiter");
    CHECK(main.values[parameter_id("agc/on")] == 1.0f);
    CHECK(main.values[parameter_id("agc/target")] == -20.0f);
    CHECK(main.values[parameter_id("limiter/ceiling")] == -3.0f);
    CHECK(main.values[parameter_id("limiter/mode")] == 2.0f);
    CHECK(main.values[parameter_id("compressor/ratio")] ==
          parameter(parameter_id("compressor/ratio")).default_value);
    const BusProfile &film = profile.buses[1];
    CHECK(film.order == kDefaultStageOrder);
    CHECK(film.channels == ChannelLayout{Channel::fl, Channel::fr, Channel::fc});
    CHECK(film.values[parameter_id("bypass")] == 1.0f);
    REQUIRE(profile.rules.size() == 3);
    CHECK(profile.rules[0].name == "music stays untouched");
    CHECK(profile.rules[1].name == "rule 2");
    const auto route = [&](const ApplicationNames &names) {
        const Rule *rule = decide(profile.rules, names).route;
        REQUIRE(rule);
        return rule->route.text();
    };
    CHECK(route({.client = "ardour"}) == "bypass");
    CHECK(route({.client = "REAPER 7"}) == "bypass");
    CHECK(route({.client = "ardour", .ports = {"monitor_1"}}) == "main");
    CHECK(route({.client = "vlc-3"}) == "film");
    CHECK(route({.client = "demo"}) == "main");
}

TEST_CASE("a compressor may hear a bus that stands before or behind its own") {
    const Profile profile = read_good("buses:\n"
                                      "  main: { compressor: { ratio: 5, sidechain: voice } }\n"
                                      "  voice: { compressor: { sidechain: } }\n"
                                      "  effects: { compressor: { sidechain: main } }\n");
    CHECK(profile.buses[0].sidechain == "voice");
    CHECK(profile.buses[0].values[parameter_id("compressor/ratio")] == 5.0f);
    CHECK(profile.buses[1].sidechain.empty());
    CHECK(profile.buses[2].sidechain == "main");
}

TEST_CASE("a bus may have ports for its sidechain and its insert") {
    const Profile profile = read_good("buses:\n"
                                      "  main: { compressor: { sidechain: ports } }\n"
                                      "  voice: { insert: { ports: on, on: off } }\n"
                                      "  effects: { insert: { ports: false } }\n"
                                      "  other: { insert: { ports: } }\n");
    CHECK(profile.buses[0].sidechain == kSidechainPorts);
    CHECK_FALSE(profile.buses[0].insert_ports);
    CHECK(profile.buses[1].sidechain.empty());
    CHECK(profile.buses[1].insert_ports);
    CHECK(profile.buses[1].values[parameter_id("insert/on")] == 0.0f);
    CHECK_FALSE(profile.buses[2].insert_ports);
    CHECK_FALSE(profile.buses[3].insert_ports);
    contains(complaint("buses: { main: { insert: { ports: two } } }\n"),
             "1:35: found \"two\", expected on or off");
    contains(complaint("buses: { main: { insert: { ports: [on] } } }\n"), "1:35: found a list");
    contains(complaint("buses: { main: { insert: { port: on } } }\n"), "did you mean ports?");
    contains(complaint("buses: { ports: }\n"), "1:10: found the bus name \"ports\"");
}

TEST_CASE("a profile without buses has one stereo bus main with the defaults") {
    const Profile profile = read_good("description: Nothing else.\n");
    REQUIRE(profile.buses.size() == 1);
    CHECK(profile.buses[0].name == "main");
    CHECK(profile.buses[0].channels.size() == 2);
    for (std::size_t i = 0; i < kParameterCount; ++i)
        CHECK(value_of(profile, i) == parameters()[i].default_value);
}

TEST_CASE("a profile without rules takes those of default") {
    const Profile profile = read_good("bypass: off\n");
    const Profile standard = find_profile("default").value();
    REQUIRE(profile.rules.size() == standard.rules.size());
    CHECK(profile.rules.size() > 3);
    CHECK(profile.rules.back().name == standard.rules.back().name);
    CHECK(read_good("rules: []\n").rules.empty());
    contains(complaint("buses: { film: }\n"), "1:1: found neither rules nor a bus main");
    CHECK(read_good("buses: { film: }\nrules: []\n").buses[0].name == "film");
}

TEST_CASE("a file may begin with a byte order mark and end its lines as Windows does") {
    CHECK(read_good("\xef\xbb\xbf"
                    "description: a\r\nbypass: on\r\n")
              .globals[global_parameter_id("bypass")] == 1.0f);
}

TEST_CASE("the profile may name itself") {
    CHECK(read_good("name: Living room\n").name == "Living room");
    CHECK(read_profile("bypass: on\n", "/a/b.c/quiet.hours.yaml").value().name == "quiet.hours");
}

TEST_CASE("every parameter of the registry is settable at its bounds and refused outside") {
    for (std::size_t i = 0; i < kParameterCount; ++i) {
        const Parameter &p = parameters()[i];
        CAPTURE(std::string(p.path));
        for (float value : {p.minimum, p.default_value, p.maximum}) {
            CHECK(value_of(read_good(setting(p, exact_text(value))), i) == value);
            CHECK(value_of(read_good(setting(p, "\"" + to_text(p, value) + "\"")), i) ==
                  Approx(value).epsilon(0.01));
        }
        const float outside = std::max(1e-6f * (p.maximum - p.minimum), 1e-6f);
        for (float value : {std::nextafter(p.minimum - outside, -1e30f),
                            std::nextafter(p.maximum + outside, 1e30f)}) {
            CAPTURE(value);
            contains(complaint(setting(p, exact_text(value))),
                     "expected " + expected_values(p) + " for " + std::string(p.path));
        }
        if (p.path != "bypass" || p.scope != Scope::bus)
            contains(complaint(setting(p, "{ a: 1 }")), "expected " + expected_values(p));
        for (const char *wrong : {"[1]", "~", "\"\"", "loud", ".nan", ".inf", "1 2"})
            contains(complaint(setting(p, wrong)), "expected " + expected_values(p));
    }
}

TEST_CASE("a mistake is shown where it stands, with what was expected") {
    CHECK(complaint("bypas: on\n") ==
          "1:1: found the unknown key \"bypas\", expected one of name, description, "
          "when, buses, rules, osc, midi and bypass (did you mean bypass?)");
    CHECK(complaint("buses:\n  main:\n    limiter: { cieling: -1 }\n") ==
          "3:16: found the unknown key \"cieling\", expected one of ceiling, release, mode, soft "
          "and max_plr (did you mean ceiling?)");
    CHECK(complaint("buses:\n  main:\n    limiter: { ceiling: 3 dBTP }\n") ==
          "3:25: found \"3 dBTP\", expected a number from -20.0 to 0.0 dBTP, such as -1.0 dBTP for "
          "limiter/ceiling");
    CHECK(complaint("buses:\n  main:\n    limiter: { ceiling: -3 ms }\n") ==
          "3:25: found \"-3 ms\", expected a number from -20.0 to 0.0 dBTP, such as -1.0 dBTP for "
          "limiter/ceiling");
    contains(complaint("buses:\n  main:\n    limiter: { mode: fast }\n"),
             "3:22: found \"fast\", expected one of low normal quality");
    contains(
        complaint("buses:\n  main:\n    agc: off\n"),
        "3:10: found \"off\", expected a map of the parameters of agc (for instance agc: { on:");
    contains(complaint("buses:\n  main:\n    limiter/ceiling: -1\n"), "3:5: found the unknown key");
    contains(complaint("buses:\n  main:\n    limiter: { ceiling/x: -1 }\n"), "3:16: found the unk");
    contains(complaint("bypass: maybe\n"), "1:9: found \"maybe\", expected on or off for bypass");
    contains(complaint("buses: []\n"), "1:8: found a list, expected a map of buses by name");
    contains(complaint("buses: {}\n"), "1:8: found a map, expected at least one bus");
    contains(complaint("buses:\n"), "found nothing, expected a map of buses by name");
    contains(complaint("buses: { bypass: {} }\n"), "1:10: found the bus name \"bypass\"");
    contains(complaint("buses: { \"a/b\": {} }\n"), "1:10: found the bus name \"a/b\"");
    contains(complaint("buses: { main: { channels: 6.1 } }\n"),
             "1:28: found \"6.1\", expected mono");
    contains(complaint("buses: { main: { channels: [FL, FL] } }\n"), "1:33: found \"FL\", expected "
                                                                     "every channel once");
    contains(complaint("buses: { main: { channels: [FL, MONO] } }\n"), "1:33: found \"MONO\"");
    contains(complaint("buses: { main: { channels: [] } }\n"), "1:28: found a list");
    contains(complaint("buses: { main: { sink: [a] } }\n"), "1:24: found a list");
    contains(complaint("buses: { main: { sink: \"/(/\" } }\n"), "a parenthesis is not closed");
    CHECK(complaint("buses: { main: { order: [agc, compresor] } }\n") ==
          "1:31: found \"compresor\", expected one of gate, equaliser, agc, compressor and insert "
          "(did you "
          "mean "
          "compressor?)");
    CHECK(complaint("buses:\n  main:\n    order: [agc, limiter]\n") ==
          "3:18: found \"limiter\", expected one of gate, equaliser, agc, compressor and insert "
          "(leave "
          "the limiter out: it is always last)");
    contains(complaint("buses: { main: { order: [agc, gate, agc] } }\n"),
             "1:37: found \"agc\", expected every stage once (take out one of the two)");
    contains(complaint("buses: { main: { order: [] } }\n"), "1:25: found a list, expected a list");
    CHECK(complaint("buses:\n  main:\n    compressor: { sidechain: voise }\n  voice:\n") ==
          "3:30: found \"voise\", expected another bus or its own ports: voice and ports (did "
          "you mean voice?)");
    CHECK(complaint("buses: { main: { compressor: { sidechain: main } }, voice: }\n") ==
          "1:43: found \"main\", expected another bus, or ports (leave sidechain out: the "
          "compressor then measures its own input)");
    contains(complaint("buses: { main: { compressor: { sidechain: voice } } }\n"),
             "1:43: found \"voice\", expected ports");
    contains(complaint("buses: { main: { compressor: { sidechain: [voice] } }, voice: }\n"),
             "1:43: found a list, expected another bus");
    contains(complaint("buses: { main: { compressor: { sidechan: voice } }, voice: }\n"),
             "did you mean sidechain?");
    contains(complaint("buses: { main: { agc: { sidechain: voice } }, voice: }\n"),
             "1:25: found the unknown key");
    contains(complaint("description: [a]\n"), "1:14: found a list, expected a sentence");
    contains(complaint("description: \"a\\nb\"\n"), "1:14: found \"a b\", expected a sentence on");
    contains(complaint("description:\n"), "found nothing, expected a sentence");
    contains(complaint("- a\n"), "1:1: found a list, expected a map");
    contains(complaint("text\n"), "1:1: found \"text\", expected a map");
}

TEST_CASE("a mistake in a rule is shown where it stands") {
    contains(complaint("rules: main\n"), "1:8: found \"main\", expected a list of rules");
    contains(complaint("rules:\n  - main\n"), "2:5: found \"main\", expected a map of name, match");
    CHECK(complaint("rules:\n  - match: {}\n    route: mian\n") ==
          "3:12: found \"mian\", expected the bus main, or bypass or ignore (did you mean main?)");
    contains(complaint("rules:\n  - route: main\n"),
             "2:5: found a map, expected the rule to have a");
    contains(complaint("rules:\n  - match: {}\n"),
             "2:5: found a map, expected the rule to have a ro");
    contains(complaint("rules:\n  - match: { clint: a }\n    route: main\n"),
             "2:14: found the unknown key \"clint\", expected one of client, "
             "application, binary, role, title, device, alias, port, pretty, media, channels, any, "
             "all and not (did you mean client?)");
    contains(complaint("rules:\n  - match: { client: \"/a(/\" }\n    route: main\n"),
             "2:22: found \"/a(/\", expected a name, a glob or a /regular expression/: the regular "
             "expression cannot be read: a parenthesis is not closed");
    contains(complaint("rules:\n  - match: { client: [] }\n    route: main\n"),
             "2:22: found a list");
    contains(complaint("rules:\n  - match: { client: [a, [b]] }\n    route: main\n"),
             "2:26: found a");
    contains(complaint("rules:\n  - match: { not: {} }\n    route: main\n"), "2:19: found a map");
    contains(complaint("rules:\n  - match: [a]\n    route: main\n"),
             "2:12: found a list, expected");
    contains(complaint("rules:\n  - match: {}\n    route: main\n    if: x\n"),
             "4:5: found the unkn");
    contains(complaint("rules:\n  - match: { channels: 0 }\n    route: main\n"),
             "2:24: found \"0\", expected a number of channels such as 2, 3-6 or 3+");
    contains(complaint("rules:\n  - match: { channels: 6-3 }\n    route: main\n"), "2:24: found");
    contains(complaint("rules:\n  - match: { any: [] }\n    route: main\n"), "2:19: found a list");
    contains(complaint("rules:\n  - match: {}\n    route: [main, mian]\n"),
             "3:19: found \"mian\", expected one of the buses main (did you mean main?)");
    contains(complaint("rules:\n  - match: {}\n    route: [main, main]\n"), "3:19: found");
    contains(complaint("rules:\n  - match: {}\n    route: main\n    exclusive: often\n"),
             "4:16: found \"often\", expected on or off");
    contains(complaint("rules:\n  - match: {}\n    route: main\n    sink: usb\n"),
             "4:5: found a sink, expected it beside route: bypass only");
    contains(complaint("rules:\n  - match: {}\n    route: main\n    channels: { out_1: LEFT }\n"),
             "4:24: found \"LEFT\", expected one of FL");
    contains(complaint("rules:\n  - connect: { from: mic }\n"),
             "2:14: found a map, expected both from and to");
    contains(complaint("rules:\n  - connect: { from: mic, to: main }\n    route: main\n"),
             "3:5: found \"route\" beside connect");
}

TEST_CASE("a profile has limits") {
    std::string buses = "rules: []\nbuses:\n";
    for (std::size_t i = 0; i < kMaxBuses; ++i)
        buses += "  b" + std::to_string(i) + ":\n";
    CHECK(read_good(buses).buses.size() == kMaxBuses);
    contains(complaint(buses + "  c:\n"), "67:3: found more than 64 buses");

    std::string rules = "rules:\n";
    for (std::size_t i = 0; i < kMaxRules; ++i)
        rules += "  - { match: {}, route: main }\n";
    CHECK(read_good(rules).rules.size() == kMaxRules);
    contains(complaint(rules + "  - { match: {}, route: main }\n"), "258:5: found more than 256");

    const std::string longest(kMaxBusNameBytes, 'b');
    CHECK(read_good("rules: []\nbuses: { " + longest + ": }\n").buses[0].name == longest);
    contains(complaint("rules: []\nbuses: { " + longest + "b: }\n"), "2:10: found the bus name");
}

TEST_CASE("every built-in profile loads and says what it is for") {
    for (const EmbeddedFile &file : embedded_profiles()) {
        CAPTURE(std::string(file.name));
        const Profile profile = read_good(std::string(file.text));
        CHECK(profile.description.size() > 20);
        CHECK(profile.description.back() == '.');
        CHECK_FALSE(profile.rules.empty());
        CHECK(file.text.find('#') != std::string_view::npos);
    }
    for (const char *name : {"default", "transparent", "night", "quiet-hours", "speech", "podcast",
                             "movie", "gaming", "music", "party", "commute", "broadcast",
                             "streaming", "spike-protection", "bypass-all"}) {
        CAPTURE(name);
        CHECK(find_profile(name).has_value());
    }
}

TEST_CASE("the default rules send each kind of application where it belongs") {
    const Profile profile = find_profile("default").value();
    const auto route = [&](const char *client, std::vector<std::string> ports = {"out_1"}) {
        const Rule *rule =
            decide(profile.rules, {.client = client, .ports = std::move(ports)}).route;
        return rule ? rule->route.text() : "none";
    };
    for (const char *heard : {"demo", "Firefox", "firefox", "Chromium", "Google Chrome", "ZOOM",
                              "WEBRTC VoiceEngine", "Discord", "pw-play", "paplay", "mpv", "VLC"})
        CHECK(route(heard) == "main");
    for (const char *untouched : {"ardour", "REAPER", "Bitwig Studio", "mpd", "squeezelite"})
        CHECK(route(untouched) == "bypass");
    for (const char *left_alone : {"system", "qjackctl", "qpwgraph", "PulseAudio Volume Control"})
        CHECK(route(left_alone) == "ignore");
    CHECK(route("Built-in Audio", {"monitor_FL", "monitor_FR"}) == "ignore");
    CHECK(route("Built-in Audio", {"capture_FL"}) == "ignore");
}

TEST_CASE("profiles that name a loudness or a limit keep to it") {
    const auto value = [](const char *name, ParameterId id) {
        return find_profile(name).value().buses.at(0).values[id];
    };
    CHECK(value("broadcast", parameter_id("agc/target")) == -23.0f);
    CHECK(value("broadcast", parameter_id("limiter/ceiling")) <= -1.0f);
    CHECK(value("streaming", parameter_id("agc/target")) == -14.0f);
    CHECK(value("streaming", parameter_id("limiter/ceiling")) <= -1.0f);
    CHECK(value("gaming", parameter_id("limiter/mode")) == 0.0f);
    CHECK(value("spike-protection", parameter_id("agc/on")) == 0.0f);
    CHECK(value("quiet-hours", parameter_id("agc/target")) <
          value("night", parameter_id("agc/target")));
}

TEST_CASE("bypass-all routes nothing, transparent does nothing but limit") {
    const Profile off = find_profile("bypass-all").value();
    CHECK(off.globals[global_parameter_id("bypass")] == 1.0f);
    CHECK(decide(off.rules, {.client = "demo"}).route->route.text() == "bypass");
    const Profile clear = find_profile("transparent").value();
    const ParameterValues &values = clear.buses.at(0).values;
    for (ParameterId id : {parameter_id("agc/on"), parameter_id("compressor/on"),
                           parameter_id("limiter/soft"), parameter_id("bypass")})
        CHECK(values[id] == 0.0f);
}
