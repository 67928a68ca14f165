// SPDX-License-Identifier: GPL-3.0-or-later
// The profiles that promise to leave everything else as it is do so to the bit.
#include "config/profile.hpp"
#include "jack_client/control/desired_state.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>

using namespace headroom;

namespace {

constexpr double kMaterialRate_hz = 48000.0;
using Material = std::vector<float>;

constexpr std::size_t frames_of(double seconds) {
    return static_cast<std::size_t>(seconds * kMaterialRate_hz);
}

void add_tone(Material &to, double seconds, double level_dbfs, double frequency_hz = 440.0) {
    const double peak = std::pow(10.0, level_dbfs / 20.0);
    for (std::size_t i = 0; i < frames_of(seconds); ++i)
        to.push_back(
            static_cast<float>(peak * std::sin(2.0 * M_PI * frequency_hz * static_cast<double>(i) /
                                               kMaterialRate_hz)));
}

/// Its RMS level is 10 to 13 dB under the peaks.
void add_noise(Material &to, double seconds, double level_dbfs) {
    std::mt19937 random(7);
    const double level = std::pow(10.0, level_dbfs / 20.0);
    for (std::size_t i = 0; i < frames_of(seconds); ++i) {
        double sum = 0.0;
        for (int term = 0; term < 6; ++term)
            sum += static_cast<double>(random()) * 0x1p-31 - 1.0;
        to.push_back(static_cast<float>(level * sum / std::sqrt(2.0)));
    }
}

void add_silence(Material &to, double seconds) {
    to.resize(to.size() + frames_of(seconds), 0.0f);
}

struct Named {
    const char *name;
    Material material;
};

std::vector<Named> materials() {
    std::vector<Named> all;
    const auto add = [&](const char *name, auto fill) {
        fill(all.emplace_back(Named{name, {}}).material);
    };
    add("digital silence", [](Material &m) { add_silence(m, 5); });
    add("a tone", [](Material &m) { add_tone(m, 6, -6); });
    add("a low tone", [](Material &m) { add_tone(m, 6, -6, 31.0); });
    add("noise", [](Material &m) { add_noise(m, 6, -18); });
    add("DC", [](Material &m) { m.assign(frames_of(5), 0.3f); });
    add("sound and pauses", [](Material &m) {
        for (const double pause_s : {0.3, 2.0, 5.0, 8.0}) {
            add_noise(m, 3, -20);
            add_silence(m, pause_s);
        }
        add_noise(m, 3, -20);
    });
    add("sound over a floor", [](Material &m) {
        for (int i = 0; i < 2; ++i) {
            add_tone(m, 4, -15);
            add_noise(m, 6, -57);
        }
        add_tone(m, 4, -15);
    });
    add("a quiet start", [](Material &m) {
        add_noise(m, 5, -60);
        add_noise(m, 5, -38);
        add_noise(m, 5, -32);
    });
    add("syllables", [](Material &m) {
        add_noise(m, 10, -20);
        for (std::size_t i = 0; i < m.size(); ++i) {
            const double phase = 2.0 * M_PI * 4.0 * static_cast<double>(i) / kMaterialRate_hz;
            m[i] *= static_cast<float>(0.5 - 0.5 * std::cos(phase));
        }
    });
    add("signed zeros", [](Material &m) {
        add_noise(m, 2, -30);
        for (std::size_t i = 0; i < m.size(); i += 3)
            m[i] = -0.0f;
    });
    return all;
}

} // namespace

TEST_CASE("transparent and spike-protection leave every bit of what is not over") {
    const std::string name = GENERATE("transparent", "spike-protection");
    const Profile profile = find_profile(name).value();
    for (const Named &each : materials()) {
        CAPTURE(name, each.name);
        engine::Engine engine(control::engine_setup(profile), profile.globals, kMaterialRate_hz);
        const auto late = static_cast<std::size_t>(engine.latency_frames(0));
        Material left = each.material;
        Material right = each.material;
        for (float &sample : right)
            sample *= -0.5f;
        const Material wanted_right = right;
        for (std::size_t at = 0, frames = 0; at < left.size(); at += frames) {
            frames = std::min<std::size_t>(1000, left.size() - at);
            float *block[2] = {left.data() + at, right.data() + at};
            engine.process(block, block, static_cast<std::uint32_t>(frames));
        }
        std::size_t changed = 0;
        for (std::size_t i = late; i < left.size(); ++i)
            changed += std::bit_cast<std::uint32_t>(left[i]) !=
                           std::bit_cast<std::uint32_t>(each.material[i - late]) ||
                       std::bit_cast<std::uint32_t>(right[i]) !=
                           std::bit_cast<std::uint32_t>(wanted_right[i - late]);
        CHECK(changed == 0);
    }
}
