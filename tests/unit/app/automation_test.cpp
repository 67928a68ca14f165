// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/automation.hpp"
#include "jack_client/app/commands.hpp"
#include "jack_client/app/offline_render.hpp"
#include "tests/unit/app/command_line.hpp"

#include <fstream>
#include <random>

using namespace headroom;
using namespace headroom::app;
using sound_files::Folder;

namespace {

constexpr ParameterId kCeiling = parameter_id("limiter/ceiling");
constexpr ParameterId kBellGain = parameter_id("equaliser/bell_1/gain");

Profile profile_of_two() {
    Profile profile{.name = "test"};
    profile.buses.push_back({.name = "main", .channels = *find_layout("stereo")});
    profile.buses.push_back({.name = "voice", .channels = *find_layout("mono")});
    return profile;
}

Result<std::vector<AutomationChange>> read(const std::string &text) {
    const Folder folder;
    std::ofstream(folder / "automation") << text;
    const Profile profile = profile_of_two();
    auto changes = read_automation(folder / "automation", profile, profile.buses[0], 48000);
    if (!changes)
        changes.error().file = "automation";
    return changes;
}

std::string refused_automation(const std::string &text) {
    const auto changes = read(text);
    REQUIRE_FALSE(changes.has_value());
    return changes.error().text();
}

std::string render_with(const Folder &folder, const std::string &automation,
                        const std::string &block) {
    std::ofstream(folder / "automation") << automation;
    const auto outcome = command_line::run(
        add_render_command,
        {"render", folder / "in.wav", folder / "out.wav", "--profile", "transparent", "--set",
         "equaliser/bell_1/on=on", "--automation", folder / "automation", "--block", block});
    INFO(outcome.errors);
    REQUIRE(outcome.exit_code == 0);
    return sound_files::bytes(folder / "out.wav");
}

} // namespace

TEST_CASE("An automation file has a time, a path and a value in each line") {
    const auto changes = read("# what happens\n"
                              "2       limiter/ceiling            -3\n"
                              "\n"
                              "0.5s\tlimiter/ceiling\t-2.5 dBTP # less\r\n"
                              "  600f  /headroom/bus/main/compressor/on off\n"
                              "600f bypass on\n"
                              "1e-3 bus/main/limiter/mode quality");
    INFO((changes ? "" : changes.error().text()));
    REQUIRE(changes.has_value());
    REQUIRE(changes->size() == 5);
    CHECK((*changes)[0] == AutomationChange{48, Scope::bus, parameter_id("limiter/mode"), 2.0f});
    CHECK((*changes)[1] ==
          AutomationChange{600, Scope::global, global_parameter_id("bypass"), 1.0f});
    CHECK((*changes)[2] == AutomationChange{600, Scope::bus, parameter_id("compressor/on"), 0.0f});
    CHECK((*changes)[3] == AutomationChange{24000, Scope::bus, kCeiling, -2.5f});
    CHECK((*changes)[4] == AutomationChange{96000, Scope::bus, kCeiling, -3.0f});
    CHECK(read("")->empty());
}

TEST_CASE("Of two changes of a parameter at one frame the later line counts") {
    const auto changes =
        read("1 limiter/ceiling -3\n0.5 limiter/ceiling -9\n48000f limiter/ceiling "
             "-4\n1.0s limiter/ceiling -5\n");
    REQUIRE(changes.has_value());
    REQUIRE(changes->size() == 2);
    CHECK((*changes)[1].value == -5.0f);
}

TEST_CASE("A mistake in an automation file is told with its line") {
    const auto says = [](const std::string &text, const std::string &part) {
        const std::string told = refused_automation("# a comment\n0 bypass off\n" + text);
        CAPTURE(text, told, part);
        CHECK(told.find("automation:3:") == 0);
        CHECK(told.find(part) != told.npos);
    };
    says("soon limiter/ceiling -3", "\"soon\" is not a time");
    says("-1 limiter/ceiling -3", "is not a time");
    says("1.5f limiter/ceiling -3", "is not a time");
    says("nan limiter/ceiling -3", "is not a time");
    says("1e300 limiter/ceiling -3", "is not a time");
    says("18446744073709551615f limiter/ceiling -3", "is not a time");
    says("1", "a path and a value are missing");
    says("1 limiter/ceiling", "a value is missing");
    says("1 limiter/ceiling # -3", "a value is missing");
    says("1 limiter/celing -3", "limiter/ceiling");
    says("1 bus/voice/limiter/ceiling -3", "not the one that is rendered");
    says("1 limiter/ceiling -30", "beyond the bounds");
    says("1 limiter/mode fast", "fast");
    const Profile profile = profile_of_two();
    CHECK_FALSE(read_automation("/nowhere/automation", profile, profile.buses[0], 48000));
}

TEST_CASE("A rendered change holds from exactly its frame, whatever the block") {
    constexpr std::uint64_t kFrame = 20011;
    std::mt19937 random(7);
    std::uniform_real_distribution<float> value(-0.1f, 0.1f);
    AudioChannels noise(2, std::vector<float>(48000));
    for (auto &channel : noise)
        for (float &x : channel)
            x = value(random);
    const Folder folder;
    sound_files::write_wav(folder / "in.wav", 48000, noise);
    const std::string change = std::to_string(kFrame) + "f equaliser/bell_1/gain 12\n";
    const std::string reference = render_with(folder, change, "1024");
    const auto rendered = read_audio_file(folder / "out.wav")->channels;
    for (const char *block : {"1", "32", "4801", "48000"})
        CHECK(render_with(folder, change + "30000f limiter/ceiling -1\n", block) == reference);

    // The same through an engine that is told between two calls.
    const auto profile = find_profile("transparent");
    REQUIRE(profile.has_value());
    ParameterValues values = profile->buses[0].values;
    values[parameter_id("equaliser/bell_1/on")] = 1.0f;
    engine::Engine engine({{"main", profile->buses[0].channels, values}}, profile->globals,
                          48000.0);
    const auto latency = static_cast<std::size_t>(engine.latency_frames(0));
    AudioChannels sound = noise;
    for (auto &channel : sound)
        channel.resize(channel.size() + latency);
    const auto process = [&](std::size_t from, std::size_t to) {
        float *channels[2] = {sound[0].data() + from, sound[1].data() + from};
        engine.process(channels, channels, static_cast<std::uint32_t>(to - from));
    };
    process(0, kFrame);
    engine.apply(std::vector<engine::ParameterChange>{{0, kBellGain, 12.0f}});
    process(kFrame, sound[0].size());
    for (std::size_t c = 0; c < 2; ++c) {
        sound[c].erase(sound[c].begin(), sound[c].begin() + static_cast<std::ptrdiff_t>(latency));
        CHECK(sound[c] == rendered[c]);
    }
}

TEST_CASE("A rendered bypass begins at exactly its frame") {
    constexpr std::size_t kFrame = 20011;
    const Folder folder;
    const auto sound = sound_files::sine(997.0, 0.1, 48000, 48000);
    sound_files::write_wav(folder / "in.wav", 48000, AudioChannels(2, sound));
    const auto louder = [&](const std::string &change) {
        render_with(folder, "0 equaliser/bell_1/gain 12\n" + change, "1024");
        return read_audio_file(folder / "out.wav")->channels[0];
    };
    const auto without = louder("");
    const auto with = louder(std::to_string(kFrame) + "f bus/main/bypass on\n");
    const auto [first, other] = std::mismatch(with.begin(), with.end(), without.begin());
    // What leaves the bus then came in by the latency earlier; the fade begins with nothing.
    const std::size_t latency = 480;
    CHECK(static_cast<std::size_t>(first - with.begin()) == kFrame - latency + 1);
}

TEST_CASE("More changes than the engine has room for are rendered all the same") {
    const Folder folder;
    sound_files::write_wav(folder / "in.wav", 48000,
                           AudioChannels(1, sound_files::sine(997.0, 0.5, 48000, 24000)));
    std::string all;
    for (int frame = 0; frame < 12000; ++frame)
        all += std::to_string(frame) + "f limiter/ceiling " + std::to_string(-1 - frame % 7) + "\n";
    CHECK(render_with(folder, all, "24000") == render_with(folder, all, "64"));
}
