// SPDX-License-Identifier: GPL-3.0-or-later
// Which channel of an application is heard where.
#include "tests/integration/rules/studio.hpp"

using namespace headroom::test;

namespace {

constexpr std::size_t kFrames = 12000;

std::string profile(const std::string &channels, const std::string &more) {
    return "buses: { main: { channels: " + channels + ", " + exact_copy + " } }\n" +
           "rules:\n  - { match: { client: \"probe*\" }, route: ignore }\n" +
           "  - { match: {}, route: main" + more + " }\n";
}

/// What the bus gives for what an application plays, once the application's last port is where it
/// should be. `expected` may differ by rounding.
bool hears(Studio &studio, const Channels &played, const std::string &last_input,
           const Channels &expected) {
    return a_take_is_good([&] {
        ProbeClient application(studio.server.name(), "film", static_cast<int>(played.size()), 0);
        ProbeClient ear(studio.server.name(), "probe", 0, static_cast<int>(expected.size()));
        const std::string last = numbered("film:play_", played.size());
        const auto arrived = [&] {
            const auto links = links_of(application, last);
            return std::find(links.begin(), links.end(), last_input) != links.end();
        };
        REQUIRE(eventually(arrived));
        for (std::size_t c = 1; c <= expected.size(); ++c)
            REQUIRE(ear.connect(numbered("headroom:main_out_", c), numbered("probe:record_", c)));
        const std::uint32_t start = application.frame_ahead() + 4800; // a strip has faded in
        application.play(played, start);
        const Channels heard = ear.recorded(start + kLatency_frames, kFrames);
        const bool same = largest_difference(heard, expected) < 1e-6f;
        CHECK((same || ear.xruns() > 0));
        return same;
    });
}

} // namespace

TEST_CASE("surround goes through a surround bus to a surround sink, channel by channel") {
    const auto [name, channels] =
        GENERATE(std::pair<const char *, int>{"5.1", 6}, std::pair<const char *, int>{"7.1", 8});
    CAPTURE(name);
    Studio studio(profile(std::string("\"") + name + "\"", ""), 8);
    const auto count = static_cast<std::size_t>(channels);
    const Channels played = tones(count, kFrames);
    CHECK(hears(studio, played, numbered("headroom:main_in_", count), played));
    const ProbeClient look(studio.server.name(), "probe-look", 0, 0);
    for (std::size_t c = 1; c <= count; ++c)
        CHECK(goes_to(look, numbered("headroom:main_out_", c), {numbered("system:playback_", c)}));
}

TEST_CASE("with downmix: itu, 5.1 in a stereo bus is mixed down as BS.775 says") {
    Studio studio(profile("stereo", ", downmix: itu"));
    const Channels film = tones(6, kFrames);
    Channels stereo(2, std::vector<float>(kFrames));
    for (std::size_t i = 0; i < kFrames; ++i)
        for (std::size_t side = 0; side < 2; ++side)
            stereo[side][i] =
                film[side][i] + 0.70710678f * film[2][i] + 0.70710678f * film[4 + side][i];
    CHECK(hears(studio, film, "headroom:film_6", stereo));
}

TEST_CASE("without it, such an application passes the bus by, and it is told") {
    Studio studio(profile("stereo", ""));
    const ProbeClient film(studio.server.name(), "film", 6, 0);
    const std::string port = std::to_string(studio.headroom->osc_port());
    CHECK(eventually([&] {
        const RunResult list = run_program({headroom_program(), "route", "list", "--port", port});
        return list.standard_output.find("do not fit the 2 of bus main; bypassed") !=
               std::string::npos;
    }));
    CHECK(links_of(film, "film:play_6").empty());
}

TEST_CASE("mono goes to both sides") {
    Studio studio(profile("stereo", ""));
    const Channels mono = tones(1, kFrames);
    CHECK(hears(studio, mono, "headroom:main_in_2", {mono[0], mono[0]}));
}

TEST_CASE("a rule's map of channels is heard") {
    Studio studio(profile("stereo", ", channels: { play_1: FR, play_2: FL }"));
    const Channels played = tones(2, kFrames);
    CHECK(hears(studio, played, "headroom:main_in_1", {played[1], played[0]}));
}
