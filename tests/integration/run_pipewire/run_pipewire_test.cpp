// SPDX-License-Identifier: GPL-3.0-or-later
// The program as a desktop meets it: PipeWire runs, no JACK server does, and the JACK library at
// hand is not PipeWire's.
#include "tests/integration/run_pipewire/desktop.hpp"

using namespace headroom::test;

TEST_CASE("where only PipeWire runs, headroom starts itself again through pw-jack") {
    Desktop desktop;
    HeadroomProcess &headroom = *desktop.headroom;
    const std::string said = headroom.process().standard_error();
    CHECK(said.find("starting again through pw-jack") != said.npos);
    CHECK(said.find("backend " + desktop.backend + ": asked for") != said.npos);
    CHECK((said.find("Headroom Sink ends with headroom") == said.npos) == desktop.is_smart());
    CHECK(desktop.has_sink());
    CHECK(eventually([&] { return desktop.has_usual_default(); }));
    CHECK(headroom.status("backend") == desktop.backend);
    CHECK(headroom.status("server").find("PipeWire") == 0);
    CHECK(headroom.get(kCeiling) == -18.0);
    CHECK(headroom.set(kCeiling, -20.0f));
    CHECK(eventually([&] { return headroom.status("notice").empty(); }));
}

TEST_CASE("auto takes a smart filter where there is one and no sink is installed") {
    Desktop desktop;
    const auto start = [&](const std::string &backend) {
        desktop.headroom->finish();
        desktop.backend = backend;
        desktop.headroom = desktop.start();
    };
    start("auto");
    const std::string best = PipeWireSession::backends().back();
    CHECK(desktop.headroom->status("backend") == best);
    CHECK(desktop.headroom->status("backend_reason").find("PipeWire") == 0);
    const std::string doctor =
        run_program({headroom_program(), "doctor"}, desktop.session.environment()).standard_output;
    CHECK(doctor.find("backend      " + best + ": PipeWire") != doctor.npos);
    desktop.headroom->finish();
    desktop.session.run({headroom_program(), "sink", "install"});
    start("auto");
    CHECK(desktop.headroom->status("backend") == "null-sink");
    desktop.headroom->finish();
    const RunResult refused =
        run_program({headroom_program(), "run", "--backend", "smart-filter", "--osc-port", "0"},
                    desktop.session.environment());
    CHECK(refused.exit_code == 1);
    CHECK(refused.standard_error.find("null-sink") != std::string::npos);
}

TEST_CASE("the program lets applications start 20 of 20 times, and nothing raw out") {
    Desktop desktop;
    const auto ear = desktop.listen();
    for (const char *player : {"pw-play", "paplay"})
        for (int start = 0; start < 20; ++start) {
            CAPTURE(player, start);
            desktop.check_processed(*ear, {player}, 0.25);
        }
    const json summary = desktop.headroom->finish();
    CHECK(summary.at("raw_frames") == 0);
    CHECK(summary.at("backend") == desktop.backend);
    CHECK(summary.at("input_true_peak_dbtp") > -12.1);
    CHECK(summary.at("output_true_peak_dbtp") <= summary.at("ceiling_dbtp"));
}

TEST_CASE("a bypass rule of the profile sends an application straight to the real sink") {
    Desktop desktop;
    const auto ear = desktop.listen();
    std::vector<std::string> player;
    SECTION("a PipeWire application") {
        player = {"pw-play", "-P", R"({ "node.name": "bypassed" })"};
    }
    SECTION("a PulseAudio application") {
        player = {"paplay", "--client-name=bypassed"};
    }
    ear->heard();
    desktop.play(player, 1.0);
    const json heard = ear->heard();
    CAPTURE(heard.dump());
    CHECK(heard["raw"] > kRate);
    CHECK(heard["both"] == 0);
    CHECK(heard["breaks"] == 0); // bit for bit
    desktop.check_processed(*ear, {"pw-play"});
    CHECK(desktop.headroom->finish().at("raw_frames") == 0);
}

TEST_CASE("when headroom ends, applications are heard on the real sink") {
    Desktop desktop;
    desktop.session.run({"pactl", "set-default-sink", "speakers"}); // the user's choice
    desktop.headroom->finish();
    desktop.headroom = desktop.start();
    const auto ear = desktop.listen();
    CHECK(desktop.has_usual_default());
    ChildProcess playing({"pw-play", desktop.signal_file(60.0)}, desktop.session.environment());
    REQUIRE(eventually([&] { return ear->heard()["processed"] > 0; }));
    desktop.headroom->finish();
    CHECK(eventually([&] { return ear->heard()["raw"] > 0; }));
    CHECK(playing.is_running());
    playing.signal(SIGTERM);
    playing.wait();
    CHECK(eventually([&] { return !desktop.has_sink(); }));
    CHECK(eventually([&] { return desktop.default_sink() == "speakers\n"; }));
    for (const char *player : {"pw-play", "paplay"}) {
        ear->heard();
        desktop.play({player}, 0.5);
        const json heard = ear->heard();
        CAPTURE(player, heard.dump());
        CHECK(heard["raw"] > kRate / 2);
    }
}

TEST_CASE("headroom outlives the real sink and meets its return") {
    Desktop desktop;
    CHECK(eventually([&] { return desktop.is_ready(); }));
    desktop.session.destroy_node("speakers");
    CHECK(eventually(
        [&] { return desktop.headroom->status("notice").find("no sink") != std::string::npos; }));
    desktop.session.add_sink("speakers");
    const auto ear = desktop.listen();
    desktop.check_processed(*ear, {"pw-play"});
    CHECK(desktop.headroom->status("notice").empty());
}

TEST_CASE("after a restart of PipeWire everything is as it was") {
    Desktop desktop;
    HeadroomProcess &headroom = *desktop.headroom;
    REQUIRE(headroom.set("bus/main/limiter/release", 77.0f));
    for (int restart = 1; restart <= 2; ++restart) {
        CAPTURE(restart);
        desktop.session.stop_pipewire();
        REQUIRE(eventually(
            [&] { return headroom.status("server").find("lost") != std::string::npos; }));
        desktop.session.start_pipewire();
        const auto ear = desktop.listen();
        CHECK(headroom.get("bus/main/limiter/release") == 77.0);
        // The default is remembered by name: that alone does not say that the sink is back.
        REQUIRE(eventually(
            [&] { return headroom.status("server").find("lost") == std::string::npos; }));
        REQUIRE(eventually([&] { return desktop.is_ready(); }));
        CHECK(eventually([&] { return desktop.has_usual_default(); }));
        for (const char *player : {"pw-play", "paplay"})
            desktop.check_processed(*ear, {player});
        // A server that is still starting may be met and lost once more.
        CHECK(std::stoi(headroom.status("reconnects")) >= restart);
        CHECK(headroom.status("notice").empty());
    }
    CHECK(headroom.finish().at("raw_frames") == 0);
    CHECK(eventually([&] { return !desktop.has_sink(); }));
}

TEST_CASE("another period is followed at run time") {
    Desktop desktop;
    const auto ear = desktop.listen();
    for (const char *period : {"512", "256", "2048"}) {
        CAPTURE(period);
        desktop.session.run({"pw-metadata", "-n", "settings", "0", "clock.force-quantum", period});
        desktop.check_processed(*ear, {"pw-play"});
        CHECK(eventually([&] { return desktop.headroom->status("period") == period; }));
    }
    CHECK(desktop.headroom->finish().at("raw_frames") == 0);
}

TEST_CASE("another sample rate is followed at run time") {
    Desktop desktop;
    HeadroomProcess &headroom = *desktop.headroom;
    REQUIRE(eventually([&] { return desktop.is_ready(); }));
    REQUIRE(headroom.set("bus/main/limiter/release", 77.0f));
    ChildProcess playing({"pw-play", desktop.signal_file(60.0)}, desktop.session.environment());
    for (const char *rate : {"44100", "96000"}) {
        CAPTURE(rate);
        desktop.session.run({"pw-metadata", "-n", "settings", "0", "clock.force-rate", rate});
        REQUIRE(eventually([&] { return headroom.status("sample_rate") == rate; }));
        // An ear of each rate: PipeWire 0.3.65 may leave a client that only listens without cycles.
        const auto ear = desktop.listen();
        CHECK(eventually([&] { return ear->heard()["processed"] > 0; }));
        CHECK(ear->heard()["raw"] == 0);
        CHECK(headroom.get("bus/main/limiter/release") == 77.0);
        CHECK(headroom.status("notice").empty());
    }
    CHECK(playing.is_running());
    CHECK(headroom.finish().at("raw_frames") == 0);
}

TEST_CASE("after kill -9 under PipeWire, restore makes applications heard again") {
    Desktop desktop;
    desktop.headroom->finish();
    if (!desktop.is_smart())
        desktop.session.run({headroom_program(), "sink", "install"});
    desktop.headroom = desktop.start();
    const auto ear = desktop.listen();
    ChildProcess playing({"pw-play", desktop.signal_file(60.0)}, desktop.session.environment());
    REQUIRE(eventually([&] { return ear->heard()["processed"] > 0; }));
    desktop.headroom->process().signal(SIGKILL);
    REQUIRE(desktop.headroom->process().wait().has_value());
    ear->heard();
    SECTION("headroom restore") {
        const json done =
            json::parse(desktop.session.run({headroom_program(), "restore", "--json"}));
        // A smart filter ends with the program, and the session manager has linked them already.
        CHECK(done.at("links").size() == (desktop.is_smart() ? 0 : 2));
        // PipeWire 0.3.65 may leave a client that only listens without cycles: a new one.
        Ear fresh(desktop.session);
        CHECK(eventually([&] { return fresh.heard()["raw"] > 0; }));
    }
    SECTION("the next start") {
        desktop.headroom = desktop.start();
        REQUIRE(eventually([&] { return ear->heard()["processed"] > 0; }));
        REQUIRE(eventually([&] { return ear->heard()["processed"] > 0; }));
        const json heard = ear->heard();
        CHECK(heard["raw"] == 0);
        CHECK(heard["both"] == 0);
    }
    playing.signal(SIGTERM);
    playing.wait();
}
