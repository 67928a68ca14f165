// SPDX-License-Identifier: GPL-3.0-or-later
// Sinks of our own beside the Headroom Sink: of further buses, and of applications with a strip.
#include "tests/integration/run_pipewire/desktop.hpp"

using namespace headroom::test;

namespace {

constexpr const char *kBusesAndStrips = R"(
buses:
  main:
    sink: speakers
    agc: { on: off }
    compressor: { on: off }
    limiter: { ceiling: -18 dBTP }
  phones:
    sink: headphones
    agc: { on: off }
    compressor: { on: off }
    limiter: { ceiling: -18 dBTP }
rules:
  - match: { client: "*bypassed" }
    route: bypass
    sink: headphones
  - match: { client: "*phone" }
    route: phones
  - match: { client: "*both" }
    route: [main, phones]
  - match: { client: "*" }
    route: main
    strip: on
)";

class Studio : public Desktop {
  public:
    Studio() : Desktop(kBusesAndStrips, {"headphones"}) {
        REQUIRE(eventually([&] { return is_ready() && has_link("headroom:phones_in_2"); }));
    }
    bool has_link(const std::string &port) const {
        return session.run({"pw-link", "-l"}).find("|-> " + port + "\n") != std::string::npos;
    }
    bool has_node(const std::string &name) const {
        return session.run({"pactl", "list", "short", "sinks"}).find("\t" + name + "\t") !=
               std::string::npos;
    }
    /// WirePlumber has kept a target for the next start of some application.
    bool remembers_target() const {
        const auto folder = session.folder() / "home/.local/state/wireplumber";
        return std::any_of(std::filesystem::directory_iterator(folder), {}, [](const auto &entry) {
            std::ifstream file(entry.path());
            const std::string text(std::istreambuf_iterator<char>(file), {});
            return text.find("target") != text.npos;
        });
    }
};

} // namespace

TEST_CASE("under PipeWire a rule with a strip gives each application a fader of its own") {
    Studio studio;
    HeadroomProcess &headroom = *studio.headroom;
    Ear ear(studio.session);
    ear.heard();
    const std::string file = studio.signal_file(60.0);
    {
        ChildProcess one({"pw-play", file}, studio.session.environment());
        ChildProcess two({"paplay", "--client-name=other", file}, studio.session.environment());
        REQUIRE(eventually([&] {
            return studio.has_link("headroom-strip-pw-play:playback_FR") &&
                   studio.has_link("headroom-strip-other:playback_FR");
        }));
        CHECK(headroom.status("strips").find("other") != std::string::npos);
        REQUIRE(headroom.set("strip/other/mute", 1.0f));
        CHECK(headroom.set("strip/pw-play/trim", -40.0f));
        // -12 dBFS at the peak of the signal, less the trim; too quiet for the limiter.
        CHECK(eventually([&] {
            return std::fabs(headroom.get("meter/strip/pw-play/peak") - -52.0) < 0.3 &&
                   headroom.get("meter/strip/other/peak") < -100.0;
        }));
        const json heard = ear.heard();
        CAPTURE(heard.dump());
        CHECK(heard["raw"] == 0);
        CHECK(heard["both"] == 0);
        CHECK(heard["other"] == 0);
        CHECK(heard["processed"] > 0);
    }
    CHECK(eventually([&] {
        return !studio.has_node("headroom-strip-pw-play") &&
               !studio.has_node("headroom-strip-other");
    }));
    REQUIRE(headroom.set("strip/pw-play/trim", 0.0f));
    for (const char *player : {"pw-play", "paplay"})
        for (int start = 0; start < 5; ++start) {
            CAPTURE(player, start);
            studio.check_processed(ear, {player}, 0.5);
        }
    CHECK(headroom.status("notice").empty());
    CHECK(headroom.finish().at("raw_frames") == 0);
    CHECK_FALSE(studio.remembers_target());
}

TEST_CASE("under PipeWire buses and bypass rules play to different sinks") {
    Studio studio;
    Ear speakers(studio.session);
    Ear headphones(studio.session, "headphones");
    const auto start = [&](const std::string &name) {
        return std::make_unique<ChildProcess>(
            std::vector<std::string>{"pw-play", "-P", R"({ "node.name": ")" + name + R"(" })",
                                     studio.signal_file(60.0)},
            studio.session.environment());
    };
    const auto hear = [&](Ear &ear, const char *kind) {
        return eventually([&] { return ear.heard()[kind] > 0; });
    };
    // What is still in the air when an application has found its place is not looked at.
    const auto settled = [&](Ear &ear) {
        REQUIRE(eventually([&] {
            const json before = ear.heard();
            return before["raw"] == 0 || before["processed"] == 0;
        }));
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        ear.heard();
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        return ear.heard();
    };
    SECTION("a bus with a sink of its own") {
        const auto playing = start("phone");
        REQUIRE(hear(headphones, "processed"));
        const json there = settled(headphones);
        const json here = settled(speakers);
        CAPTURE(there.dump(), here.dump());
        CHECK(there["processed"] > 0);
        CHECK(there["raw"] == 0);
        CHECK(here["processed"] == 0);
        CHECK(here["raw"] == 0);
    }
    SECTION("two buses for one application") {
        const auto playing = start("both");
        CHECK(hear(headphones, "processed"));
        CHECK(hear(speakers, "processed"));
        CHECK(settled(headphones)["raw"] == 0);
        CHECK(settled(speakers)["raw"] == 0);
    }
    SECTION("a bypass rule that names a sink") {
        const auto playing = start("bypassed");
        REQUIRE(hear(headphones, "raw"));
        const json there = settled(headphones);
        const json here = settled(speakers);
        CAPTURE(there.dump(), here.dump());
        CHECK(there["raw"] > 0);
        CHECK(there["processed"] == 0);
        CHECK(here["raw"] == 0);
        CHECK(here["processed"] == 0);
    }
    CHECK(studio.headroom->status("raw_frames") == "0");
    CHECK(studio.headroom->status("notice").empty());
}

TEST_CASE("after kill -9 no application stays in a sink of ours that has ended") {
    Studio studio;
    const std::string file = studio.signal_file(60.0);
    ChildProcess strip({"pw-play", file}, studio.session.environment());
    ChildProcess phone({"pw-play", "-P", R"({ "node.name": "phone" })", file},
                       studio.session.environment());
    REQUIRE(eventually([&] {
        return studio.has_link("headroom-strip-pw-play:playback_FR") &&
               studio.has_link("headroom-sink-phones:playback_FR");
    }));
    studio.headroom->process().signal(SIGKILL);
    REQUIRE(studio.headroom->process().wait().has_value());
    CHECK(eventually([&] {
        const std::string links = studio.session.run({"pw-link", "-l"});
        return links.find("headroom") == links.npos &&
               links.find("\npw-play:output_FR\n  |->") != links.npos &&
               links.find("\nphone:output_FR\n  |->") != links.npos;
    }));
    studio.headroom = studio.start();
    CHECK(eventually([&] {
        return studio.has_link("headroom-strip-pw-play:playback_FR") &&
               studio.has_link("headroom-sink-phones:playback_FR");
    }));
}
