// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/engine.hpp"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headroom::test {

/// channels x frames
using Audio = std::vector<std::vector<float>>;

constexpr ParameterId kMode = parameter_id("limiter/mode");
constexpr ParameterId kCeiling = parameter_id("limiter/ceiling");
constexpr ParameterId kBypass = parameter_id("bypass");

/// A parameter with a value, for settings and changes.
using Setting = std::pair<ParameterId, float>;

ParameterValues settings(std::initializer_list<Setting> changed = {});

/// Every stage off, the limiter far above the signal.
ParameterValues idle_chain();

engine::BusSetup bus(const std::string &layout, const ParameterValues &values);

std::unique_ptr<engine::Engine> one_bus(const ParameterValues &values = {},
                                        double sample_rate_hz = 48000.0,
                                        const std::string &layout = "stereo");

/// Loud, with quiet passages, steps, bass and clicks: music as a limiter meets it.
Audio programme(int channels, int frames, unsigned seed = 1, float peak_lin = 1.5f);

Audio sine(int channels, int frames, double frequency_hz, float peak_lin,
           double sample_rate_hz = 48000.0);

/// How many frames the next call has.
using Cutting = std::function<std::uint32_t()>;
Cutting every(std::uint32_t frames);
Cutting at_random(unsigned seed, std::uint32_t most);

/// Runs the engine over the input. before(frame) is called ahead of every call.
Audio run(engine::Engine &engine, const Audio &input, const Cutting &cutting = every(256),
          const std::function<void(std::uint64_t frame)> &before = {});

/// Takes all meters that are there; what was taken last, if anything ever.
engine::MeterFrame newest_meters(engine::Engine &engine, engine::MeterFrame before = {});

/// Runs the engine, reading its meters as it goes; returns the newest.
engine::MeterFrame run_metered(engine::Engine &engine, const Audio &input, Audio *output = nullptr);

float reading(const engine::MeterFrame &meters, std::string_view path);

bool same_bits(const Audio &a, const Audio &b);

/// The part of `a` from `frame` on is `b`, bit for bit, for as long as both last.
bool same_bits_from(const Audio &a, std::size_t frame, const Audio &b);

/// Largest |x[n] - 2 x[n-1] + x[n-2]|: a click stands out in it.
float largest_bend(const Audio &audio, std::size_t from = 0, std::size_t to = SIZE_MAX);

/// Highest magnitude of a part.
float peak_lin(const std::vector<float> &channel, std::size_t from, std::size_t to);

/// Highest magnitude of a 16x windowed-sinc interpolation, in dB.
double true_peak_db(const Audio &audio, std::size_t from = 0, std::size_t to = SIZE_MAX);

/// Applies to one bus.
void change(engine::Engine &engine, std::initializer_list<Setting> settings,
            std::uint64_t frame = 0, std::int16_t bus = 0);
void change_global(engine::Engine &engine, ParameterId id, float value, std::uint64_t frame = 0);

} // namespace headroom::test
