// SPDX-License-Identifier: GPL-3.0-or-later
// Volume keys turn the default sink, which is ours: they are for what is behind the ceiling.
#include "tests/integration/run_pipewire/desktop.hpp"

using namespace headroom::test;
using namespace std::chrono_literals;

namespace {

/// Sinks are named as they are for pactl.
class Keys {
  public:
    explicit Keys(const Desktop &desktop) : desktop_(desktop) {}

    void set(const std::string &sink, const std::string &volume) const {
        desktop_.session.run({"pactl", "set-sink-volume", sink, volume});
    }
    void mute(const std::string &sink, bool on) const {
        desktop_.session.run({"pactl", "set-sink-mute", sink, on ? "1" : "0"});
    }
    bool shows(const std::string &sink, const std::string &volume) const {
        return desktop_.session.run({"pactl", "get-sink-volume", sink}).find(" " + volume + " ") !=
               std::string::npos;
    }
    bool is_muted(const std::string &sink) const {
        return desktop_.session.run({"pactl", "get-sink-mute", sink}) == "Mute: yes\n";
    }

  private:
    const Desktop &desktop_;
};

constexpr const char *kOurs = "headroom-sink";
constexpr const char *kReal = "speakers";

/// A session manager may restore a sink's volume when the sink comes.
constexpr auto kSettleTime = 1200ms;

} // namespace

TEST_CASE("volume keys turn the real sink, and ours shows what that has") {
    Desktop desktop;
    if (desktop.is_smart()) // the keys turn the real sink by themselves
        return;
    const Keys keys(desktop);
    REQUIRE(eventually([&] { return desktop.is_ready(); }));
    std::this_thread::sleep_for(kSettleTime);
    for (const std::string volume : {"70%", "35%", "100%", "120%"}) {
        CAPTURE(volume);
        keys.set(kOurs, volume);
        CHECK(eventually([&] { return keys.shows(kReal, volume); }));
    }
    keys.mute(kOurs, true);
    CHECK(eventually([&] { return keys.is_muted(kReal); }));
    keys.mute(kReal, false);
    CHECK(eventually([&] { return !keys.is_muted(kOurs); }));
    keys.set(kReal, "45%");
    CHECK(eventually([&] { return keys.shows(kOurs, "45%"); }));
    for (int percent = 40; percent <= 60; ++percent)
        keys.set(kOurs, std::to_string(percent) + "%");
    CHECK(eventually([&] { return keys.shows(kReal, "60%"); }));
    std::this_thread::sleep_for(500ms); // nothing swings
    CHECK(keys.shows(kReal, "60%"));
    CHECK(keys.shows(kOurs, "60%"));
}

TEST_CASE("the chain hears what applications played, whatever the volume") {
    Desktop desktop;
    const Keys keys(desktop);
    const auto ear = desktop.listen();
    std::this_thread::sleep_for(kSettleTime);
    keys.set(kOurs, "20%");
    desktop.check_processed(*ear, {"pw-play"});
    keys.mute(kOurs, true);
    desktop.check_processed(*ear, {"paplay"});
    CHECK(desktop.headroom->finish().at("input_true_peak_dbtp") > -12.1);
}

TEST_CASE("headroom starts at the volume that the real sink has, and leaves it there") {
    Desktop desktop;
    if (desktop.is_smart())
        return;
    const Keys keys(desktop);
    REQUIRE(eventually([&] { return desktop.is_ready(); }));
    std::this_thread::sleep_for(kSettleTime);
    keys.set(kOurs, "90%");
    REQUIRE(eventually([&] { return keys.shows(kReal, "90%"); }));
    std::this_thread::sleep_for(1500ms); // a session manager that keeps it has done so
    for (const int signal : {SIGTERM, SIGKILL}) {
        CAPTURE(signal);
        desktop.headroom->process().signal(signal);
        REQUIRE(desktop.headroom->process().wait().has_value());
        CHECK(keys.shows(kReal, signal == SIGTERM ? "90%" : "30%"));
        keys.set(kReal, "30%");
        REQUIRE(eventually([&] { return !desktop.has_sink(); }));
        desktop.headroom = desktop.start();
        REQUIRE(eventually([&] { return desktop.is_ready(); }));
        CHECK(eventually([&] { return keys.shows(kOurs, "30%"); }));
        std::this_thread::sleep_for(kSettleTime);
        CHECK(keys.shows(kOurs, "30%"));
        CHECK(keys.shows(kReal, "30%"));
    }
}

TEST_CASE("the sink of a further bus has the volume of what that bus plays to") {
    Desktop desktop(R"(
buses:
  main: { sink: speakers }
  film: { sink: headphones }
rules:
  - match: { client: "*film" }
    route: film
  - match: { client: "*" }
    route: main
)",
                    {"headphones"});
    const Keys keys(desktop);
    const std::string film = "headroom-sink-film";
    const auto has_film = [&] {
        return desktop.session.run({"pactl", "list", "short", "sinks"}).find(film) !=
               std::string::npos;
    };
    REQUIRE(eventually([&] { return desktop.is_ready() && has_film(); }));
    std::this_thread::sleep_for(kSettleTime);
    keys.set(film, "40%");
    CHECK(eventually([&] { return keys.shows("headphones", "40%"); }));
    keys.set("headphones", "55%");
    CHECK(eventually([&] { return keys.shows(film, "55%"); }));
    CHECK(keys.shows(kReal, "100%"));
}

TEST_CASE("an installed sink whose volume acts before the chain is told") {
    Desktop desktop;
    if (desktop.is_smart())
        return;
    desktop.headroom->finish();
    REQUIRE(eventually([&] { return !desktop.has_sink(); }));
    desktop.session.run(
        {"pw-cli", "create-node", "adapter",
         "{ factory.name=support.null-audio-sink node.name=headroom-sink "
         "node.description=\"Headroom Sink\" media.class=Audio/Sink object.linger=true "
         "audio.position=[FL FR] monitor.channel-volumes=true }"});
    desktop.headroom = desktop.start();
    CHECK(desktop.headroom->process().standard_error().find("sink install") != std::string::npos);
    const Keys keys(desktop);
    REQUIRE(eventually([&] { return desktop.is_ready(); }));
    keys.set(kOurs, "50%"); // would hold twice
    std::this_thread::sleep_for(500ms);
    CHECK(keys.shows(kReal, "100%"));
}

TEST_CASE("volume keys turn a sound card by its route, as mixers do") {
    Desktop desktop;
    if (desktop.is_smart())
        return;
    desktop.headroom->finish();
    ChildProcess card({CARD_TOOL}, desktop.session.environment());
    REQUIRE(card.wait_for_output("ready"));
    const std::string said = card.standard_output();
    const std::string id = said.substr(6, said.find('\n') - 6);
    desktop.session.run({"pw-cli", "create-node", "adapter",
                         "{ factory.name=support.null-audio-sink node.name=card "
                         "media.class=Audio/Sink object.linger=true audio.position=[FL FR] "
                         "card.profile.device=4 device.id=" +
                             id + " }"});
    desktop.profile = "buses: { main: { sink: card } }\nrules: []\n";
    desktop.headroom = desktop.start();
    REQUIRE(eventually([&] { return desktop.plays_to("card"); }));
    std::this_thread::sleep_for(kSettleTime);
    const Keys keys(desktop);
    keys.set(kOurs, "50%");
    CHECK(card.wait_for_output("volume 0.125 0"));
    keys.mute(kOurs, true);
    CHECK(card.wait_for_output("volume 0.125 1"));
    keys.mute(kOurs, false);
    keys.set(kOurs, "100%");
    CHECK(card.wait_for_output("volume 1 0"));
    std::this_thread::sleep_for(500ms); // until PipeWire has told of it
    card.signal(SIGUSR1);               // its own knob
    CHECK(eventually([&] { return keys.shows(kOurs, "50%"); }));
}
