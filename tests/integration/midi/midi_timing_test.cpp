// SPDX-License-Identifier: GPL-3.0-or-later
// Controllers on a real JACK server: what they change is heard from the very frame of each event
// on, and a render with the same changes gives the same samples.
#include "config/registry.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/midi_device.hpp"
#include "tests/support/probe_client.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/wav_file.hpp"

#include <algorithm>
#include <fstream>
#include <random>

using namespace headroom;
using namespace headroom::test;

namespace {

constexpr std::size_t kTakeFrames = 48000 * 3;

constexpr auto kTimedProfile = R"(
midi:
  bindings:
    - { control: cc 70, target: bus/main/limiter/ceiling, takeover: jump }
    - { control: pitch_bend, channel: 3, target: bus/main/compressor/threshold, takeover: jump }
    - { control: note 60, target: bus/main/bypass, mode: toggle }
rules:
  - { match: { client: "*" }, route: ignore }
)";

struct Take {
    std::vector<std::pair<std::uint32_t, MidiDevice::Message>> events; ///< by frame of the stream
    /// As `render --automation` reads it, with every frame moved by so much.
    std::string automation(std::uint32_t moved = 0) const {
        std::string out;
        bool is_bypassed = false;
        for (const auto &[frame, message] : events) {
            out += std::to_string(frame + moved) + "f ";
            const auto value = [&](ParameterId id, int raw, int maximum) {
                const float share = static_cast<float>(raw) / static_cast<float>(maximum);
                return to_exact_text(parameter(id), from_normalised(parameter(id), share));
            };
            if (message[0] == 0xb0)
                out += "limiter/ceiling " + value(parameter_id("limiter/ceiling"), message[2], 127);
            else if (message[0] == 0xe2)
                out += "compressor/threshold " + value(parameter_id("compressor/threshold"),
                                                       message[1] | message[2] << 7, 16383);
            else
                out += (is_bypassed = !is_bypassed) ? "bus/main/bypass on" : "bus/main/bypass off";
            out += "\n";
        }
        return out;
    }
};

Take random_take(std::uint32_t from, unsigned seed) {
    std::mt19937 random(seed);
    Take take;
    const auto data = [&] { return static_cast<std::uint8_t>(random() % 128); };
    const auto pause = [&] { return 100 + static_cast<std::uint32_t>(random() % 1500); };
    for (std::uint32_t frame = from; frame < from + kTakeFrames; frame += pause())
        switch (random() % 7) {
        case 0:
            take.events.push_back({frame, {0x90, 60, 100}});
            break;
        case 1:
        case 2:
        case 3:
            take.events.push_back({frame, {0xe2, data(), data()}});
            break;
        default:
            take.events.push_back({frame, {0xb0, 70, data()}});
            break;
        }
    return take;
}

Channels loud_noise() {
    std::mt19937 random(5);
    std::uniform_real_distribution<float> value(-1.0f, 1.0f);
    Channels out(2, std::vector<float>(kTakeFrames));
    for (auto &channel : out)
        for (std::size_t i = 0; i < channel.size(); ++i)
            channel[i] = value(random) * ((i / 12000) % 2 == 0 ? 2.0f : 0.3f);
    return out;
}

/// A render of the audio, which begins at a frame of the stream, from that frame on.
Channels rendered(const TemporaryFolder &folder, const Channels &sent, std::uint32_t start,
                  const std::string &profile, const std::string &automation) {
    Channels input(2, std::vector<float>(start));
    for (std::size_t c = 0; c < 2; ++c)
        input[c].insert(input[c].end(), sent[c].begin(), sent[c].end());
    const std::string in = folder.path() / "in.wav";
    const std::string out = folder.path() / "out.wav";
    const std::string changes = folder.path() / "changes";
    write_wav(in, input);
    std::ofstream(changes) << automation;
    const RunResult render = run_program(
        {headroom_program(), "render", in, out, "--profile", profile, "--automation", changes});
    INFO(render.standard_error);
    REQUIRE(render.exit_code == 0);
    Channels all = read_wav(out);
    for (auto &channel : all)
        channel.erase(channel.begin(), channel.begin() + start);
    return all;
}

} // namespace

TEST_CASE("controllers change the sound at the frames of their events") {
    const TemporaryFolder folder;
    const std::string profile = folder.path() / "profile.yaml";
    std::ofstream(profile) << kTimedProfile;
    const JackServer server({.realtime = true});
    const Channels sent = loud_noise();
    // Only a take in which the server lost no period can be compared bit for bit.
    constexpr int kTakes = 10;
    bool whole = false;
    for (int attempt = 0; attempt < kTakes && !whole; ++attempt) {
        HeadroomProcess headroom({"--profile", profile}, server.environment());
        ProbeClient probe(server.name(), "probe", 2, 0);
        ProbeClient ear(server.name(), "probe-ear", 0, 2);
        MidiDevice device(server.name(), "device");
        for (const std::string n : {"1", "2"}) {
            REQUIRE(probe.connect("probe:play_" + n, "headroom:main_in_" + n));
            REQUIRE(ear.connect("headroom:main_out_" + n, "probe-ear:record_" + n));
        }
        REQUIRE(device.connect_to_headroom());
        const auto stream_start = [&] {
            return static_cast<std::uint32_t>(std::stoll(headroom.status("stream_start_frame")));
        };
        const std::uint32_t begun = stream_start();
        const std::uint32_t start = probe.frame_ahead() + 9600;
        probe.play(sent, start);
        const Take take = random_take(start - begun, static_cast<unsigned>(attempt));
        for (const auto &[frame, message] : take.events)
            device.send_at(begun + frame, message);
        const Channels live = ear.recorded(start + 264, kTakeFrames);
        if (stream_start() != begun || ear.xruns() > 0 || device.late() > 0)
            continue;
        whole = true;
        CHECK(live == rendered(folder, sent, start - begun, profile, take.automation()));
        CHECK(live != rendered(folder, sent, start - begun, profile, take.automation(1)));
        // Whoever asks is told what the controllers have set.
        const auto last = std::find_if(take.events.rbegin(), take.events.rend(),
                                       [](const auto &event) { return event.second[0] == 0xb0; });
        const float ceiling_db = from_normalised(parameter(parameter_id("limiter/ceiling")),
                                                 static_cast<float>(last->second[2]) / 127.0f);
        CHECK(eventually([&] {
            return headroom.get("bus/main/limiter/ceiling") == static_cast<double>(ceiling_db);
        }));
    }
    CHECK(whole);
}
