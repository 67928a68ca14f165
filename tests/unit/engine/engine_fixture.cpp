// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/engine/engine_fixture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <random>

namespace headroom::test {

using engine::ParameterChange;

ParameterValues settings(std::initializer_list<Setting> changed) {
    ParameterValues values;
    for (const auto &[id, value] : changed)
        values[id] = value;
    return values;
}

ParameterValues idle_chain() {
    return settings({{parameter_id("agc/on"), 0.0f},
                     {parameter_id("compressor/on"), 0.0f},
                     {parameter_id("limiter/soft"), 0.0f},
                     {parameter_id("limiter/ceiling"), 0.0f}});
}

engine::BusSetup bus(const std::string &layout, const ParameterValues &values) {
    return {"main", find_layout(layout).value(), values};
}

std::unique_ptr<engine::Engine> one_bus(const ParameterValues &values, double sample_rate_hz,
                                        const std::string &layout) {
    return std::make_unique<engine::Engine>(std::vector{bus(layout, values)}, ParameterValues{},
                                            sample_rate_hz);
}

Audio programme(int channels, int frames, unsigned seed, float peak_lin) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> noise(-1.0f, 1.0f);
    std::uniform_real_distribution<double> pitch(40.0, 8000.0);
    Audio audio(static_cast<std::size_t>(channels),
                std::vector<float>(static_cast<std::size_t>(frames)));
    for (auto &channel : audio) {
        double phase = 0.0;
        double phase_bass = 0.0;
        double step = 0.0;
        float level = 0.0f;
        for (std::size_t i = 0; i < channel.size(); ++i) {
            if (i % 2400 == 0) {
                step = 2.0 * std::numbers::pi * pitch(random) / 48000.0;
                level = std::fabs(noise(random));
            }
            phase += step;
            phase_bass += 2.0 * std::numbers::pi * 55.0 / 48000.0;
            const auto tone = static_cast<float>(std::sin(phase) + 0.7 * std::sin(phase_bass));
            channel[i] = peak_lin * level * (0.5f * tone + 0.2f * noise(random));
            if (random() % 1500 == 0)
                channel[i] += peak_lin * noise(random);
        }
    }
    return audio;
}

Audio sine(int channels, int frames, double frequency_hz, float peak_lin, double sample_rate_hz) {
    std::vector<float> wave(static_cast<std::size_t>(frames));
    for (std::size_t i = 0; i < wave.size(); ++i)
        wave[i] = peak_lin * static_cast<float>(std::sin(2.0 * std::numbers::pi * frequency_hz *
                                                         static_cast<double>(i) / sample_rate_hz));
    return Audio(static_cast<std::size_t>(channels), wave);
}

Cutting every(std::uint32_t frames) {
    return [frames] { return frames; };
}

Cutting at_random(unsigned seed, std::uint32_t most) {
    return [random = std::mt19937(seed), most]() mutable {
        return static_cast<std::uint32_t>(random() % most) + 1;
    };
}

Audio run(engine::Engine &engine, const Audio &input, const Cutting &cutting,
          const std::function<void(std::uint64_t)> &before) {
    Audio output(input.size(), std::vector<float>(input.front().size()));
    std::vector<const float *> in(input.size());
    std::vector<float *> out(input.size());
    for (std::size_t done = 0; done < input.front().size();) {
        const std::size_t frames = std::min<std::size_t>(cutting(), input.front().size() - done);
        for (std::size_t c = 0; c < input.size(); ++c) {
            in[c] = input[c].data() + done;
            out[c] = output[c].data() + done;
        }
        if (before)
            before(done);
        engine.process(in.data(), out.data(), static_cast<std::uint32_t>(frames));
        done += frames;
    }
    return output;
}

engine::MeterFrame newest_meters(engine::Engine &engine, engine::MeterFrame before) {
    while (engine.next_meters(before)) {
    }
    return before;
}

engine::MeterFrame run_metered(engine::Engine &engine, const Audio &input, Audio *output) {
    engine::MeterFrame newest;
    Audio played = run(engine, input, every(480),
                       [&](std::uint64_t) { newest = newest_meters(engine, newest); });
    if (output != nullptr)
        *output = std::move(played);
    return newest_meters(engine, newest);
}

float reading(const engine::MeterFrame &meters, std::string_view path) {
    return meters.values[find_meter(path).value().index];
}

bool same_bits(const Audio &a, const Audio &b) {
    return a.size() == b.size() && a.front().size() == b.front().size() && same_bits_from(a, 0, b);
}

bool same_bits_from(const Audio &a, std::size_t frame, const Audio &b) {
    for (std::size_t c = 0; c < a.size(); ++c) {
        const std::size_t frames = std::min(a[c].size() - frame, b[c].size());
        if (std::memcmp(a[c].data() + frame, b[c].data(), frames * sizeof(float)) != 0)
            return false;
    }
    return true;
}

float largest_bend(const Audio &audio, std::size_t from, std::size_t to) {
    float largest = 0.0f;
    for (const auto &channel : audio)
        for (std::size_t i = std::max<std::size_t>(from, 2); i < std::min(to, channel.size()); ++i)
            largest =
                std::max(largest, std::fabs(channel[i] - 2.0f * channel[i - 1] + channel[i - 2]));
    return largest;
}

float peak_lin(const std::vector<float> &channel, std::size_t from, std::size_t to) {
    float out = 0.0f;
    for (std::size_t i = from; i < to; ++i)
        out = std::max(out, std::fabs(channel[i]));
    return out;
}

double true_peak_db(const Audio &audio, std::size_t from, std::size_t to) {
    constexpr int kPhases = 16;
    constexpr int kHalf = 48;
    std::array<std::array<double, 2 * kHalf>, kPhases> kernel{};
    for (std::size_t p = 0; p < kPhases; ++p) {
        double sum = 0.0;
        for (std::size_t k = 0; k < 2 * kHalf; ++k) {
            const double t = static_cast<double>(k) - kHalf + 1 - static_cast<double>(p) / kPhases;
            const double x = std::numbers::pi * t;
            const double sinc = t == 0.0 ? 1.0 : std::sin(x) / x;
            const double window = 0.5 + 0.5 * std::cos(x / (kHalf + 1));
            sum += kernel[p][k] = sinc * window;
        }
        for (double &tap : kernel[p])
            tap /= sum;
    }
    double peak = 0.0;
    for (const auto &channel : audio) {
        const auto size = static_cast<std::ptrdiff_t>(channel.size());
        const auto end = static_cast<std::ptrdiff_t>(std::min(to, channel.size()));
        for (auto i = static_cast<std::ptrdiff_t>(from); i < end; ++i) {
            double loudest_near = 0.0;
            for (std::ptrdiff_t k = std::max<std::ptrdiff_t>(0, i - 3); k < std::min(size, i + 5);
                 ++k)
                loudest_near =
                    std::max(loudest_near,
                             static_cast<double>(std::fabs(channel[static_cast<std::size_t>(k)])));
            if (loudest_near < 0.4 * peak)
                continue; // cannot reach the peak between two samples
            for (const auto &phase : kernel) {
                double sum = 0.0;
                for (int k = 0; k < 2 * kHalf; ++k) {
                    const std::ptrdiff_t at = i + k - kHalf + 1;
                    if (at >= 0 && at < size)
                        sum += phase[static_cast<std::size_t>(k)] *
                               static_cast<double>(channel[static_cast<std::size_t>(at)]);
                }
                peak = std::max(peak, std::fabs(sum));
            }
        }
    }
    return 20.0 * std::log10(std::max(peak, 1e-9));
}

void change(engine::Engine &engine, std::initializer_list<Setting> settings, std::uint64_t frame,
            std::int16_t bus) {
    std::vector<ParameterChange> changes;
    for (const auto &[id, value] : settings)
        changes.push_back({bus, id, value});
    engine.apply(changes, frame);
}

void change_global(engine::Engine &engine, ParameterId id, float value, std::uint64_t frame) {
    const ParameterChange change{ParameterChange::kGlobal, id, value};
    engine.apply({&change, 1}, frame);
}

} // namespace headroom::test
