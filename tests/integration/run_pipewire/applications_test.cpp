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

/// What `headroom route list` tells of each application.
json routes(Desktop &desktop) {
    return json::parse(desktop.session.run({headroom_program(), "route", "list", "--json", "--port",
                                            std::to_string(desktop.headroom->osc_port())}));
}

/// One stream of an application.
std::unique_ptr<ChildProcess> stream(const Desktop &desktop, const std::string &file,
                                     const std::string &application, const std::string &title) {
    return std::make_unique<ChildProcess>(
        std::vector<std::string>{"paplay", "--client-name=" + application, "--stream-name=" + title,
                                 file},
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
        for (const json &known : routes(desktop)) {
            const bool is_set = known["title"] != "Lecture" && known["route"] == route;
            count += known["application"] == "mpv" && is_set ? 1 : 0;
        }
        return count;
    };
    REQUIRE(eventually([&] { return routed("main") == 3; }));
    CHECK(eventually([&] {
        const json known = routes(desktop);
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
