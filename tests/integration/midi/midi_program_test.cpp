// SPDX-License-Identifier: GPL-3.0-or-later
// Controllers and the program that runs: what they show, what they are taught, and how much of it
// they may send.
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/midi_device.hpp"
#include "tests/support/midi_load.hpp"
#include "tests/support/probe_client.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wait.hpp"

#include <algorithm>
#include <fstream>
#include <thread>

using namespace headroom::test;

namespace {

using Message = MidiDevice::Message;

constexpr auto kRules = R"(
rules:
  - { match: { client: "player*" }, route: main, strip: on }
  - { match: { client: "*" }, route: ignore }
)";

struct Desk {
    TemporaryFolder folder;
    JackServer server;
    ChildProcess::Environment environment() const {
        auto out = server.environment();
        out["XDG_STATE_HOME"] = folder.path() / "state";
        out["XDG_CONFIG_HOME"] = folder.path() / "config";
        return out;
    }
    std::string profile(const std::string &midi) const {
        std::string file = folder.path() / "profile.yaml";
        std::ofstream(file) << midi << kRules;
        return file;
    }
    RunResult command(const HeadroomProcess &headroom, std::vector<std::string> words) const {
        words.insert(words.begin(), headroom_program());
        words.insert(words.end(), {"--port", std::to_string(headroom.osc_port())});
        return run_program(words, environment());
    }
};

bool has_heard(const MidiDevice &device, const Message &message) {
    const auto all = device.received();
    return std::any_of(all.begin(), all.end(),
                       [&](const auto &received) { return received.bytes == message; });
}

} // namespace

TEST_CASE("a controller with motors and lights shows what is, whoever changed it") {
    const Desk desk;
    const std::string profile = desk.profile(R"(
midi:
  start: [F0 7D 01 02 F7]
  bindings:
    - { control: pitch_bend, channel: 1, strips: 2, target: strip/*/trim, feedback: same, touch: note 104 }
    - { control: note 94, target: bypass, mode: toggle, feedback: same }
  indicators:
    - { source: meter/strip/*/peak, strips: 1, send: cc 90, range: [-60, 0], values: [0, 100] }
)");
    HeadroomProcess headroom({"--profile", profile}, desk.environment());
    ProbeClient player(desk.server.name(), "player", 2, 0);
    REQUIRE(eventually([&] { return headroom.get("strip/player/trim") == 0.0; }));
    MidiDevice device(desk.server.name(), "device");
    REQUIRE(device.connect_to_headroom());
    // Everything on connect: 0 dB of -60..12 is 13653 of 16383.
    CHECK(eventually([&] { return has_heard(device, {0xf0, 0x7d, 1, 2, 0xf7}); }));
    CHECK(eventually([&] { return has_heard(device, {0xe0, 0x55, 0x6a}); }));
    CHECK(eventually([&] { return has_heard(device, {0x90, 94, 0}); }));

    // OSC moves the fader, the fader moves OSC.
    REQUIRE(headroom.set("strip/player/trim", -60.0f));
    CHECK(eventually([&] { return has_heard(device, {0xe0, 0, 0}); }));
    device.send({0x90, 104, 127});
    device.send({0xe0, 0x7f, 0x7f});
    CHECK(eventually([&] { return headroom.get("strip/player/trim") == 12.0; }));
    device.send({0x90, 94, 127});
    CHECK(eventually([&] { return headroom.get("bypass") == 1.0; }));
    CHECK(eventually([&] { return has_heard(device, {0x90, 94, 127}); }));

    // While it is touched it is left alone.
    device.forget_received();
    REQUIRE(headroom.set("strip/player/trim", -60.0f));
    REQUIRE(headroom.set("bypass", 0.0f));
    CHECK(eventually([&] { return has_heard(device, {0x90, 94, 0}); }));
    CHECK_FALSE(has_heard(device, {0xe0, 0, 0}));
    device.send({0x90, 104, 0});
    CHECK(eventually([&] { return has_heard(device, {0xe0, 0, 0}); }));

    // A meter of half of full scale: -6 of -60..0 dB.
    REQUIRE(headroom.set("strip/player/trim", 0.0f));
    player.play({std::vector<float>(480000, 0.5f), std::vector<float>(480000, 0.5f)},
                player.frame_ahead());
    CHECK(eventually([&] { return has_heard(device, {0xb0, 90, 90}); }));

    // Again when it is connected again, and when it is asked for.
    for (const bool ask : {false, true}) {
        if (!ask)
            REQUIRE(device.disconnect_from_headroom());
        device.forget_received();
        if (ask)
            CHECK(desk.command(headroom, {"midi", "resend"}).exit_code == 0);
        else
            REQUIRE(device.connect_to_headroom());
        CHECK(eventually([&] { return has_heard(device, {0xf0, 0x7d, 1, 2, 0xf7}); }));
        CHECK(eventually([&] { return has_heard(device, {0xe0, 0x55, 0x6a}); }));
    }
    headroom.finish();
}

TEST_CASE("a control is taught over the command line, and is known after a restart") {
    const Desk desk;
    const std::string profile = desk.profile("");
    const auto taught = [&](HeadroomProcess &headroom, MidiDevice &device,
                            const std::string &address, const std::vector<Message> &messages) {
        ChildProcess learning({headroom_program(), "midi", "learn", address, "--port",
                               std::to_string(headroom.osc_port())},
                              desk.environment());
        REQUIRE(eventually([&] {
            return learning.standard_output().find("move the control") != std::string::npos;
        }));
        for (const Message &message : messages)
            device.send(message);
        CHECK(learning.wait() == 0);
        return learning.standard_output();
    };
    {
        HeadroomProcess headroom({"--profile", profile}, desk.environment());
        MidiDevice device(desk.server.name(), "device");
        REQUIRE(device.connect_to_headroom());
        CHECK(taught(headroom, device, "bus/main/limiter/ceiling",
                     {{0xb3, 21, 60}, {0xb3, 21, 61}, {0xb3, 21, 63}})
                  .find("control: cc 21, channel: 4, target: \"bus/main/limiter/ceiling\", mode: "
                        "absolute") != std::string::npos);
        CHECK(taught(headroom, device, "bypass", {{0x90, 5, 127}, {0x90, 5, 0}})
                  .find("control: note 5, channel: 1, target: \"bypass\", mode: toggle") !=
              std::string::npos);
        const RunResult list = desk.command(headroom, {"midi", "list"});
        CHECK(list.standard_output.find("learned: { control: note 5") != std::string::npos);
        headroom.finish();
    }
    const std::string file = desk.folder.path() / "config/headroom/controllers/mine.yaml";
    {
        HeadroomProcess headroom({"--profile", profile}, desk.environment());
        MidiDevice device(desk.server.name(), "device");
        REQUIRE(device.connect_to_headroom());
        device.send({0xb3, 21, 127});
        device.send({0xb3, 21, 0}); // past the value
        CHECK(eventually([&] { return headroom.get("bus/main/limiter/ceiling") == -20.0; }));
        device.send({0x90, 5, 127});
        CHECK(eventually([&] { return headroom.get("bypass") == 1.0; }));
        CHECK(desk.command(headroom, {"midi", "save", file}).exit_code == 0);
        CHECK(desk.command(headroom, {"midi", "forget", "bypass", "cc 21"}).standard_output ==
              "2 forgotten\n");
        CHECK(desk.command(headroom, {"midi", "forget", "bypass"}).exit_code == 1);
        CHECK(desk.command(headroom, {"midi", "learn", "bypas"}).exit_code == 1);
        headroom.finish();
    }
    // The file is a map like any other.
    HeadroomProcess headroom({"--profile", desk.profile("midi: { controllers: mine }")},
                             desk.environment());
    MidiDevice device(desk.server.name(), "device");
    REQUIRE(device.connect_to_headroom());
    device.send({0x90, 5, 127});
    CHECK(eventually([&] { return headroom.get("bypass") == 0.0; }));
    CHECK(
        desk.command(headroom, {"midi", "list"}).standard_output.find("mine: { control: note 5") !=
        std::string::npos);
}

TEST_CASE("a thousand messages a second lose no last value, and the answer is bounded") {
    const JackServer server({.realtime = true});
    // What other programs do to the machine is not headroom's: where periods are lost, a take
    // without messages tells how many are lost anyway. A value is never lost and a line never
    // overrun.
    constexpr int kTakes = 6;
    bool good = false;
    for (int take = 0; take < kTakes && !good; ++take) {
        const MidiLoadFigures figures = measure_midi_load(server, 1000, 5.0);
        CHECK(figures.messages == 5000);
        CHECK(figures.wrong_values == 0);
        CHECK(figures.wrong_feedback == 0);
        CHECK(figures.feedback_bytes_per_second < 3125.0);
        CHECK(figures.feedback_bytes_per_second > 100.0);
        const std::int64_t xruns_at_rest =
            figures.xruns == 0 ? 0 : measure_midi_load(server, 0, 5.0).xruns;
        UNSCOPED_INFO(figures.messages << " messages, " << figures.late << " late, "
                                       << figures.xruns << " xruns, " << xruns_at_rest
                                       << " without messages, " << figures.feedback_bytes_per_second
                                       << " bytes/s back");
        good = figures.xruns <= xruns_at_rest;
    }
    CHECK(good);
}

TEST_CASE("a controller that a map names is connected when it comes") {
    const Desk desk;
    const std::string folder = desk.folder.path() / "config/headroom/controllers";
    std::filesystem::create_directories(folder);
    const auto map = [&](const std::string &more) {
        std::ofstream(folder + "/mine.yaml")
            << "bindings:\n  - { control: cc 7, channel: 1, target: bus/main/limiter/ceiling,\n"
               "      takeover: jump, feedback: same }\n"
            << more;
    };
    map("device: \"fader*\"\n");
    HeadroomProcess headroom({"--profile", desk.profile("midi: { controllers: mine }\n")},
                             desk.environment());
    const MidiDevice other(desk.server.name(), "other");
    {
        MidiDevice device(desk.server.name(), "fader");
        REQUIRE(eventually([&] { return device.is_connected_to_headroom(); }));
        CHECK(eventually([&] { return has_heard(device, {0xb0, 7, 121}); }));
        device.send({0xb0, 7, 0});
        CHECK(eventually([&] { return headroom.get("bus/main/limiter/ceiling") == -20.0; }));
    }
    // It is plugged in again, and the user takes it away.
    MidiDevice device(desk.server.name(), "fader");
    REQUIRE(eventually([&] { return device.is_connected_to_headroom(); }));
    REQUIRE(device.disconnect_from_headroom());
    const MidiDevice another(desk.server.name(), "fader-2");
    REQUIRE(eventually([&] { return another.is_connected_to_headroom(); }));
    CHECK_FALSE(device.is_connected_to_headroom());
    CHECK_FALSE(other.is_connected_to_headroom());

    // The map is edited while headroom runs.
    map("device: other\n");
    CHECK(eventually([&] { return other.is_connected_to_headroom(); }));
    CHECK(eventually([&] { return !another.is_connected_to_headroom(); }));
    headroom.finish();
}
