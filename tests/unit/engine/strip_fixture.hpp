// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/catch.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace headroom::test {

inline const ChannelLayout mono_layout{Channel::mono};
inline const ChannelLayout stereo_layout{Channel::fl, Channel::fr};

/// What plays into a slot.
struct Player {
    int slot = 0;
    Audio audio;
};

/// As run(), with applications on strips.
inline Audio run_with_strips(engine::Engine &engine, const Audio &input,
                             const std::vector<Player> &players,
                             const Cutting &cutting = every(256),
                             const std::function<void(std::uint64_t frame)> &before = {}) {
    Audio output(input.size(), std::vector<float>(input[0].size()));
    for (std::size_t done = 0; done < input[0].size();) {
        const std::size_t frames = std::min<std::size_t>(cutting(), input[0].size() - done);
        std::vector<const float *> in;
        std::vector<float *> out;
        for (std::size_t c = 0; c < input.size(); ++c) {
            in.push_back(input[c].data() + done);
            out.push_back(output[c].data() + done);
        }
        std::vector<std::vector<const float *>> channels(engine::Engine::kMaximumStrips);
        std::vector<const float *const *> strips(engine::Engine::kMaximumStrips);
        for (const Player &player : players) {
            const auto slot = static_cast<std::size_t>(player.slot);
            for (const auto &channel : player.audio)
                channels[slot].push_back(channel.data() + done);
            strips[slot] = channels[slot].data();
        }
        if (before)
            before(done);
        engine.process(in.data(), out.data(), static_cast<std::uint32_t>(frames), {}, strips);
        done += frames;
    }
    return output;
}

inline Audio silence(int channels, int frames) {
    return Audio(static_cast<std::size_t>(channels),
                 std::vector<float>(static_cast<std::size_t>(frames)));
}

inline int open(engine::Engine &engine, const std::string &name,
                const ChannelLayout &channels = stereo_layout, int bus = 0) {
    const auto slot = engine.add_strip({name, bus, channels});
    REQUIRE(slot);
    return *slot;
}

inline void set(engine::Engine &engine, const std::string &name, ParameterId id, float value,
                std::uint64_t frame = 0) {
    const engine::ParameterChange change{
        .parameter = id,
        .value = value,
        .strip = static_cast<std::int16_t>(engine.know_strip(name).value())};
    engine.apply({&change, 1}, frame);
}

/// Runs silence until a strip that has just been opened is in.
inline void fade_in(engine::Engine &engine, int channels = 2) {
    run(engine, silence(channels, 4800));
}

inline constexpr ParameterId kTrim = strip_parameter_id("trim");
inline constexpr ParameterId kMute = strip_parameter_id("mute");
inline constexpr ParameterId kSolo = strip_parameter_id("solo");
inline constexpr ParameterId kPan = strip_parameter_id("pan");

} // namespace headroom::test
