// SPDX-License-Identifier: GPL-3.0-or-later
// What is an application, and of which program it is.
#include "tests/integration/run_pipewire/desktop.hpp"

using namespace headroom::test;

namespace {

/// A profile whose bus is as that of kProfile.
std::string profile_with(const std::string &rules) {
    const std::string profile = kProfile;
    return profile.substr(0, profile.find("rules:")) + "rules:\n" + rules;
}

/// One stream of an application.
std::unique_ptr<ChildProcess> stream(const Desktop &desktop, const std::string &file,
                                     const std::string &application, const std::string &title) {
    return std::make_unique<ChildProcess>(std::vector<std::string>{"paplay",
                                                                   "--client-name=" + application,
                                                                   "--stream-name=" + title, file},
                                          desktop.session.environment());
}

} // namespace

TEST_CASE("three streams of an application are one application, and each can be named") {
    Desktop desktop(profile_with(R"(
  - match: { title: "Lecture" }
    route: bypass
  - match: { client: "*" }
    route: main
    strip: on
)"));
    REQUIRE(eventually([&] { return desktop.is_ready(); }));
    const std::string file = desktop.signal_file(60.0);
    const auto one = stream(desktop, file, "mpv", "One");
    const auto two = stream(desktop, file, "mpv", "Two");
    const auto three = stream(desktop, file, "mpv", "Three");
    const auto lecture = stream(desktop, file, "mpv", "Lecture");
    const auto routed = [&](const std::string &route) {
        int count = 0;
        for (const json &known : desktop.routes()) {
            const bool is_set = known["title"] != "Lecture" && known["route"] == route;
            count += known["application"] == "mpv" && is_set ? 1 : 0;
        }
        return count;
    };
    REQUIRE(eventually([&] { return routed("main") == 3; }));
    CHECK(eventually([&] {
        const json known = desktop.routes();
        return std::any_of(known.begin(), known.end(), [](const json &application) {
            return application["title"] == "Lecture" && application["route"] == "bypass";
        });
    }));
    CHECK(desktop.headroom->status("strips") == "mpv");
    // Three of -12 dBFS at the peak, less the trim.
    CHECK(desktop.headroom->set("strip/mpv/trim", -30.0f));
    CHECK(eventually([&] {
        const double peak = desktop.headroom->get("meter/strip/mpv/peak");
        return peak > -39.0 && peak < -31.0;
    }));
    desktop.session.run({headroom_program(), "route", "set", "mpv", "bypass", "--port",
                         std::to_string(desktop.headroom->osc_port())});
    CHECK(eventually([&] { return routed("bypass") == 3; }));
    CHECK(desktop.headroom->status("notice").empty());
}

TEST_CASE("virtual microphones and recorders are no applications") {
    Desktop desktop;
    REQUIRE(eventually([&] { return desktop.is_ready(); }));
    const auto environment = desktop.session.environment();
    const ChildProcess microphone({"pw-loopback", "--capture-props=node.name=denoised-in",
                                   "--playback-props=media.class=Audio/Source node.name=denoised"},
                                  environment);
    desktop.session.run({"pw-cli", "create-node", "adapter",
                         "{ factory.name=support.null-audio-sink node.name=virtual-mic "
                         "media.class=Audio/Source/Virtual object.linger=true "
                         "audio.position=[FL FR] }"});
    const ChildProcess recorder({"pw-record", "/dev/null"}, environment);
    const ChildProcess player({"pw-play", desktop.signal_file(60.0)}, environment);
    const auto there = [&](const std::string &port) {
        return desktop.session.run({"pw-link", "-io"}).find(port + "\n") != std::string::npos;
    };
    REQUIRE(eventually([&] {
        return there("denoised:capture_FR") && there("virtual-mic:capture_FR") &&
               there("pw-record:input_FR") && desktop.routes().size() == 1;
    }));
    std::this_thread::sleep_for(std::chrono::milliseconds(1500)); // a look at everything
    const json known = desktop.routes();
    CAPTURE(known.dump(1));
    REQUIRE(known.size() == 1);
    CHECK(known[0]["name"] == "pw-play");
}

TEST_CASE("an application plays to the sink that it has chosen, processed or told not to be") {
    const bool has_bus = GENERATE(false, true);
    const std::string bus = R"(
  phones:
    sink: phones
    agc: { on: off }
    compressor: { on: off }
    limiter: { ceiling: -18 dBTP }
)";
    std::string profile = kProfile;
    profile.insert(profile.find("    agc:"), "    sink: speakers\n");
    if (has_bus)
        profile.insert(profile.find("rules:"), bus.substr(1));
    Desktop desktop(profile, {"phones"});
    REQUIRE(eventually([&] { return desktop.is_ready(); }));
    Ear speakers(desktop.session);
    Ear phones(desktop.session, "phones");
    const std::string file = desktop.signal_file(60.0);
    for (const std::vector<std::string> &player :
         {std::vector<std::string>{"pw-play", "--target=phones", file},
          std::vector<std::string>{"paplay", "--device=phones", file}}) {
        CAPTURE(player.front(), has_bus);
        const ChildProcess playing(player, desktop.session.environment());
        REQUIRE(eventually([&] { return phones.heard()[has_bus ? "processed" : "raw"] > 0; }));
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        phones.heard();
        speakers.heard();
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        const json there = phones.heard();
        const json here = speakers.heard();
        const json known = desktop.routes();
        CAPTURE(there.dump(), here.dump(), known.dump(1));
        CHECK(there[has_bus ? "processed" : "raw"] > 0);
        CHECK(there[has_bus ? "raw" : "processed"] == 0);
        CHECK(here["processed"] == 0);
        CHECK(here["raw"] == 0);
        REQUIRE(known.size() == 1);
        CHECK(known[0]["route"] == (has_bus ? "phones" : "bypass"));
        CHECK(known[0]["notice"].get<std::string>().empty() == has_bus);
        if (player.front() != "paplay")
            continue;
        desktop.headroom->finish();
        CHECK(eventually([&] { return phones.heard()["raw"] > 0; }));
    }
}

TEST_CASE("a bypassed application plays where it would without headroom") {
    Desktop desktop(kProfile, {"others"});
    desktop.headroom->finish();
    desktop.session.run({"pactl", "set-default-sink", "speakers"});
    desktop.headroom = desktop.start();
    REQUIRE(eventually([&] { return desktop.is_ready(); }));
    const ChildProcess playing({"paplay", "--client-name=bypassed", desktop.signal_file(60.0)},
                               desktop.session.environment());
    const auto plays_to = [&](const std::string &sink) {
        return eventually([&] {
            return desktop.session.run({"pw-link", "-l"})
                       .find("\nbypassed:output_FR\n  |-> " + sink + ":playback_FR\n") !=
                   std::string::npos;
        });
    };
    REQUIRE(plays_to("speakers"));
    std::this_thread::sleep_for(std::chrono::milliseconds(2500)); // what moves it then is a user
    desktop.session.destroy_node("speakers");
    CHECK(plays_to("others"));
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    desktop.session.add_sink("speakers");
    CHECK(plays_to("speakers"));
    CHECK(eventually([&] { return desktop.is_ready(); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    desktop.session.run({"pactl", "set-default-sink", "others"});
    CHECK(plays_to("others"));
}

TEST_CASE("an application that the user moves to another sink stays there, and that is told") {
    Desktop desktop(std::string(kProfile).replace(std::string(kProfile).find("    agc:"), 0,
                                                  "    sink: speakers\n"),
                    {"phones"});
    REQUIRE(eventually([&] { return desktop.is_ready(); }));
    Ear phones(desktop.session, "phones");
    const ChildProcess playing({"paplay", desktop.signal_file(60.0)},
                               desktop.session.environment());
    const auto notice = [&] {
        const json known = desktop.routes();
        return known.size() == 1 ? known[0]["notice"].get<std::string>() : "no application";
    };
    REQUIRE(eventually([&] { return notice().empty(); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(2500)); // it has settled
    const json inputs =
        json::parse(desktop.session.run({"pactl", "--format=json", "list", "sink-inputs"}));
    const auto input = std::find_if(inputs.begin(), inputs.end(), [](const json &each) {
        return each["properties"].value("application.name", "") == "paplay";
    });
    REQUIRE(input != inputs.end());
    desktop.session.run(
        {"pactl", "move-sink-input", std::to_string((*input)["index"].get<int>()), "phones"});
    CHECK(eventually([&] { return phones.heard()["raw"] > 0; }));
    CHECK(eventually([&] {
        return notice() == "plays to phones, to which it was moved by hand; it is not processed";
    }));
}
