// SPDX-License-Identifier: GPL-3.0-or-later
// What else a rule may ask for, and how the program takes on another profile.
#include "tests/integration/rules/studio.hpp"

using namespace headroom::test;

namespace {

const std::string ignore_probes = "rules:\n  - { match: { client: \"probe*\" }, route: ignore }\n";

double rms_db(const std::vector<float> &samples) {
    double sum = 0.0;
    for (const float x : samples)
        sum += static_cast<double>(x) * static_cast<double>(x);
    return 10.0 * std::log10(sum / static_cast<double>(samples.size()) + 1e-20);
}

} // namespace

TEST_CASE("an application feeds two buses with different sinks, and both get it at one frame") {
    Studio studio("buses:\n  main: { " + exact_copy + ", sink: probe-speakers }\n" +
                  "  phones: { " + exact_copy + ", sink: probe-phones }\n" + ignore_probes +
                  "  - { match: {}, route: [main, phones] }\n");
    const Channels played = tones(2, 12000);
    const bool together = a_take_is_good([&] {
        ProbeClient speakers(studio.server.name(), "probe-speakers", 0, 2);
        ProbeClient phones(studio.server.name(), "probe-phones", 0, 2);
        ProbeClient player(studio.server.name(), "player", 2, 0);
        REQUIRE(goes_to(player, "player:play_2", {"headroom:main_in_2", "headroom:phones_in_2"}));
        REQUIRE(goes_to(speakers, "headroom:main_out_2", {"probe-speakers:record_2"}));
        REQUIRE(goes_to(phones, "headroom:phones_out_2", {"probe-phones:record_2"}));
        const std::uint32_t start = player.frame_ahead();
        player.play(played, start);
        const bool same = speakers.recorded(start + kLatency_frames, played[0].size()) == played &&
                          phones.recorded(start + kLatency_frames, played[0].size()) == played;
        CHECK((same || speakers.xruns() > 0 || phones.xruns() > 0));
        return same;
    });
    CHECK(together);
}

TEST_CASE("a rule's level is heard, until the user sets another") {
    const auto rules = [](const std::string &level) {
        return "buses: { main: { " + exact_copy + " } }\n" + ignore_probes +
               "  - { match: {}, route: main" + level + " }\n";
    };
    Studio studio(rules(", level: -30"));
    ProbeClient loud(studio.server.name(), "loud", 2, 0);
    ProbeClient ear(studio.server.name(), "probe", 0, 1);
    REQUIRE(goes_to(loud, "loud:play_2", {"headroom:loud_2"}));
    REQUIRE(ear.connect("headroom:main_out_1", "probe:record_1"));
    CHECK(eventually([&] { return studio.headroom->get("strip/loud/rider/target") == -30.0; }));
    CHECK(studio.headroom->get("strip/loud/rider/on") == 1.0);
    loud.play(tones(2, 48000 * 25, 0.2f), loud.frame_ahead());
    const auto level_db = [&] { return rms_db(ear.recorded(ear.frame_now(), 9600)[0]); };
    CHECK(eventually([&] { return std::fabs(level_db() + 30.0) < 1.0; }));

    studio.write("test", rules(", level: -36"));
    CHECK(eventually([&] { return studio.headroom->get("strip/loud/rider/target") == -36.0; }));
    REQUIRE(studio.headroom->set("strip/loud/rider/target", -25.0f));
    studio.write("test", rules(", strip: on"));
    CHECK(eventually([&] { return studio.headroom->get("strip/loud/rider/on") == 0.0; }));
    CHECK(studio.headroom->get("strip/loud/rider/target") == -25.0);
    CHECK(goes_to(loud, "loud:play_2", {"headroom:loud_2"}));
    studio.write("test", rules(""));
    CHECK(goes_to(loud, "loud:play_2", {"headroom:main_in_2"}));
}

TEST_CASE(
    "a bypassed application plays to the sink of its rule, an exclusive one to its bus only") {
    Studio studio("buses: { main: { " + exact_copy + " } }\n" + ignore_probes +
                  "  - { match: { client: daw }, route: bypass, sink: probe-monitors }\n" +
                  "  - { match: { client: radio }, route: main, exclusive: on }\n");
    const ProbeClient monitors(studio.server.name(), "probe-monitors", 0, 2);
    ProbeClient daw(studio.server.name(), "daw", 2, 0);
    daw.connect("daw:play_1", "system:playback_1");
    CHECK(goes_to(daw, "daw:play_1", {"probe-monitors:record_1"}));
    CHECK(goes_to(daw, "daw:play_2", {"probe-monitors:record_2"}));
    ProbeClient radio(studio.server.name(), "radio", 2, 0);
    radio.connect("radio:play_1", "probe-monitors:record_1");
    CHECK(goes_to(radio, "radio:play_1", {"headroom:main_in_1"}));
}

TEST_CASE("another profile with the same buses is taken on without a gap or a click") {
    const auto profile = [](const std::string &bus, const std::string &rules) {
        return "buses: { main: { " + bus + " } }\n" + ignore_probes + rules;
    };
    Studio studio(profile("agc: { on: off }", "  - { match: {}, route: main }\n"));
    studio.write("other",
                 profile("agc: { on: off }, order: [compressor, equaliser], sink: probe-other, "
                         "equaliser: { on: on }, limiter: { ceiling: -3 }",
                         "  - { match: { client: guest }, route: bypass }\n"
                         "  - { match: {}, route: main }\n"));
    ProbeClient player(studio.server.name(), "player", 1, 0);
    ProbeClient guest(studio.server.name(), "guest", 1, 0);
    const ProbeClient other(studio.server.name(), "probe-other", 0, 2);
    REQUIRE(goes_to(player, "player:play_1", {"headroom:main_in_1", "headroom:main_in_2"}));
    REQUIRE(goes_to(guest, "guest:play_1", {"headroom:main_in_1", "headroom:main_in_2"}));

    constexpr std::size_t kSeconds = 2;
    constexpr double kStep = 2.0 * M_PI * 200.0 / 48000.0;
    Channels tone(1, std::vector<float>(48000 * (kSeconds + 1)));
    for (std::size_t i = 0; i < tone[0].size(); ++i)
        tone[0][i] = 0.1f * static_cast<float>(std::sin(kStep * static_cast<double>(i)));
    const bool good = a_take_is_good([&] {
        ProbeClient source(studio.server.name(), "source", 1, 0);
        ProbeClient ear(studio.server.name(), "probe", 0, 1);
        REQUIRE(ear.connect("headroom:main_out_1", "probe:record_1"));
        REQUIRE(goes_to(source, "source:play_1", {"headroom:main_in_1", "headroom:main_in_2"}));
        const std::uint32_t start = source.frame_ahead();
        source.play(tone, start);
        for (const char *name : {"other", "test"}) {
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
            REQUIRE(studio.headroom->osc().request({"/headroom/profile", {std::string(name)}}));
            const bool is_other = name == std::string("other");
            const std::string sink = is_other ? "probe-other:record_" : "system:playback_";
            const std::string guest_to = is_other ? sink : "headroom:main_in_";
            CHECK(goes_to(guest, "guest:play_1", {guest_to + "1", guest_to + "2"}));
            CHECK(eventually([&] {
                const auto links = links_of(other, "headroom:main_out_1");
                return std::find(links.begin(), links.end(), sink + "1") != links.end();
            }));
        }
        const auto heard = ear.recorded(start + 9600, 48000 * kSeconds - 9600)[0];
        float lowest = 1.0f;
        for (std::size_t at = 0; at + 240 <= heard.size(); at += 240)
            lowest =
                std::min(lowest, *std::max_element(heard.begin() + static_cast<long>(at),
                                                   heard.begin() + static_cast<long>(at) + 240));
        float bend = 0.0f;
        for (std::size_t i = 2; i < heard.size(); ++i)
            bend = std::max(bend, std::fabs(heard[i] - 2.0f * heard[i - 1] + heard[i - 2]));
        // Within some dB, each 5 ms, and no bend that the tone itself does not have.
        const bool whole = lowest > 0.07f && static_cast<double>(bend) < 0.15 * kStep * kStep;
        CAPTURE(lowest, bend);
        CHECK((whole || ear.xruns() > 0));
        return whole;
    });
    CHECK(good);

    studio.write("third", "buses: { main: , phones: }\n");
    const auto answer =
        studio.headroom->osc().request({"/headroom/profile", {std::string("third")}});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().find("other buses") != std::string::npos);
    CHECK(studio.headroom->status("profile") == "test");
}
