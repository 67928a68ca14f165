// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/compressor.hpp"

#include "jack_client/dsp/biquad.hpp"
#include "jack_client/dsp/sliding_minimum.hpp"
#include "jack_client/dsp/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace headroom::dsp {

namespace {

using Frames = std::array<float, kGridFrames>;

/// The peak detector holds a crest until the next one of 50 Hz.
constexpr double kPeakHold_s = 0.010;
/// Time constant of the RMS detector.
constexpr double kRmsAverage_s = 0.010;
constexpr float kHighpassOff_hz = 20.0f;
constexpr float kPowerFloor = 1e-20f;
/// A gain closer to unity than this, in dB, is unity.
constexpr float kNoReduction_db = 1e-6f;
constexpr float kPowerToDb = 3.01029996f;
constexpr float kDbToExponent = 0.166096405f;

} // namespace

/// Everything that changes while the compressor runs:
///   filters    sidechain high-pass of each channel
///   powers     mean square of each channel (RMS detector)
///   crests     largest magnitude of each channel, held (peak detector)
///   reductions what the gain computer asks for each channel after attack and release
struct Compressor::State {
    State(double rate_hz, int channels, int sidechain_channels)
        : sample_rate_hz(rate_hz),
          hears_itself(sidechain_channels == 0),
          rms_share(static_cast<float>(step_share(kRmsAverage_s * rate_hz))),
          filters(static_cast<std::size_t>(hears_itself ? channels : sidechain_channels)),
          powers(filters.size(), 0.0f),
          crests(filters.size(),
                 SlidingMinimum(std::max(1, whole_frames(kPeakHold_s, rate_hz)), 0.0f)),
          levels_dbfs(filters.size()),
          reductions_db(static_cast<std::size_t>(channels), 0.0f) {}

    /// A value that moves along a straight line during a grid period.
    struct Line {
        float start = 0.0f;
        float end = 0.0f;
        void start_period(float target) noexcept {
            start = end;
            end = target;
        }
        void jump() noexcept { start = end; }
        float at(int position) const noexcept {
            return start + (end - start) * (static_cast<float>(position) / kGridFrames);
        }
    };

    bool one_gain() const noexcept {
        return !hears_itself || settings.stereo_link_percent >= 100.0f;
    }
    void apply() noexcept;
    void find_power(const float *in, std::size_t channel, std::size_t frames,
                    Frames &power) noexcept;
    void find_levels(AudioBlock block) noexcept;
    void find_gain(const Frames &level_dbfs, std::size_t channel, std::size_t frames,
                   Frames &gain_lin) noexcept;
    void process(AudioBlock block, AudioBlock heard) noexcept;

    double sample_rate_hz;
    bool hears_itself;
    Settings settings;
    bool started = false; ///< before that, settings hold at once
    float highpass_hz = 0.0f;
    BiquadCoefficients highpass;
    float attack_share = 1.0f;
    float release_share = 1.0f;
    float rms_share;
    Line makeup_lin;
    Line wet; ///< share of the compressed signal, 0..1

    std::vector<Biquad<double>> filters;
    std::vector<float> powers;
    std::vector<SlidingMinimum> crests; ///< of the negative power
    std::vector<Frames> levels_dbfs;    ///< of each channel; where all are alike, of the first
    std::vector<float> reductions_db;
    float strongest_db = 0.0f; ///< reduction since the last reading
    int grid_position = 0;
};

/// Starts a grid period with the newest settings.
void Compressor::State::apply() noexcept {
    float makeup_db = settings.makeup_db;
    if (settings.auto_makeup)
        makeup_db -= 0.5f * gain_for_level_db(settings, 0.0f);
    makeup_lin.start_period(db_to_lin(makeup_db));
    wet.start_period(settings.mix_percent / 100.0f);
    const auto share = [&](float time_ms) {
        return static_cast<float>(
            step_share(std::max(static_cast<double>(time_ms) / 1000.0 * sample_rate_hz, 0.1)));
    };
    attack_share = share(settings.attack_ms);
    release_share = share(settings.release_ms);
    if (settings.sidechain_highpass_hz != highpass_hz) {
        highpass_hz = settings.sidechain_highpass_hz;
        highpass = butterworth_highpass(static_cast<double>(highpass_hz), sample_rate_hz);
    }
    if (!started) {
        makeup_lin.jump();
        wet.jump();
        started = true;
    }
}

void Compressor::State::find_power(const float *in, std::size_t channel, std::size_t frames,
                                   Frames &power) noexcept {
    Frames heard;
    const bool filtered = settings.sidechain_highpass_hz > kHighpassOff_hz;
    for (std::size_t i = 0; i < frames; ++i)
        heard[i] =
            filtered
                ? static_cast<float>(filters[channel].process(highpass, static_cast<double>(in[i])))
                : in[i];
    const bool rms = settings.detector == Detector::rms;
    float mean = powers[channel];
    for (std::size_t i = 0; i < frames; ++i) {
        const float square = heard[i] * heard[i] + kPowerFloor;
        mean += rms_share * (square - mean);
        power[i] = rms ? mean : -square;
    }
    powers[channel] = mean;
    if (rms)
        return;
    crests[channel].process(power.data(), static_cast<int>(frames));
    for (std::size_t i = 0; i < frames; ++i)
        power[i] = -power[i];
}

/// Levels as the link lets each channel have them.
void Compressor::State::find_levels(AudioBlock block) noexcept {
    const auto frames = static_cast<std::size_t>(block.frames);
    Frames loudest;
    loudest.fill(kPowerFloor);
    for (std::size_t c = 0; c < filters.size(); ++c) {
        find_power(block.channels[c], c, frames, levels_dbfs[c]);
        for (std::size_t i = 0; i < frames; ++i)
            loudest[i] = std::max(loudest[i], levels_dbfs[c][i]);
    }
    for (std::size_t i = 0; i < frames; ++i)
        loudest[i] = kPowerToDb * fast_log2(loudest[i]);
    if (one_gain()) {
        levels_dbfs[0] = loudest;
        return;
    }
    const float link = settings.stereo_link_percent / 100.0f;
    for (Frames &level : levels_dbfs)
        for (std::size_t i = 0; i < frames; ++i) {
            const float own = kPowerToDb * fast_log2(std::max(level[i], kPowerFloor));
            level[i] = own + link * (loudest[i] - own);
        }
}

void Compressor::State::find_gain(const Frames &level_dbfs, std::size_t channel, std::size_t frames,
                                  Frames &gain_lin) noexcept {
    float reduction = reductions_db[channel];
    for (std::size_t i = 0; i < frames; ++i) {
        const float wanted = -gain_for_level_db(settings, level_dbfs[i]);
        reduction += (wanted > reduction ? attack_share : release_share) * (wanted - reduction);
        if (reduction < kNoReduction_db)
            reduction = 0.0f;
        strongest_db = std::max(strongest_db, reduction);
        gain_lin[i] = reduction;
    }
    reductions_db[channel] = reduction;
    for (std::size_t i = 0; i < frames; ++i) {
        const int position = grid_position + static_cast<int>(i);
        const float wet_gain = makeup_lin.at(position) * fast_exp2(-kDbToExponent * gain_lin[i]);
        gain_lin[i] = 1.0f + wet.at(position) * (wet_gain - 1.0f);
    }
}

void Compressor::State::process(AudioBlock block, AudioBlock heard) noexcept {
    if (grid_position == 0)
        apply();
    find_levels(heard);
    const auto frames = static_cast<std::size_t>(block.frames);
    Frames gain;
    for (std::size_t c = 0; c < reductions_db.size(); ++c) {
        if (c == 0 || !one_gain())
            find_gain(levels_dbfs[c], c, frames, gain);
        else
            reductions_db[c] = reductions_db[0];
        for (std::size_t i = 0; i < frames; ++i)
            block.channels[c][i] *= gain[i];
    }
    grid_position = (grid_position + block.frames) % kGridFrames;
}

Compressor::Compressor(double sample_rate_hz, int channels, int sidechain_channels)
    : state_(std::make_unique<State>(sample_rate_hz, channels, sidechain_channels)) {}
Compressor::~Compressor() = default;
Compressor::Compressor(Compressor &&) noexcept = default;
Compressor &Compressor::operator=(Compressor &&) noexcept = default;

void Compressor::set(const Settings &settings) noexcept {
    if (settings.detector != state_->settings.detector)
        for (SlidingMinimum &crest : state_->crests)
            crest.reset(); // what it holds is from long ago
    state_->settings = settings;
}

void Compressor::process(AudioBlock block) noexcept {
    state_->process(block, block);
}

void Compressor::process(AudioBlock block, AudioBlock sidechain) noexcept {
    state_->process(block, sidechain);
}

float Compressor::gain_for_level_db(const Settings &settings, float level_dbfs) noexcept {
    const float slope = 1.0f / settings.ratio - 1.0f;
    const float over = level_dbfs - settings.threshold_dbfs;
    const float into_knee = over + 0.5f * settings.knee_db;
    if (into_knee <= 0.0f)
        return 0.0f;
    if (into_knee >= settings.knee_db)
        return slope * over;
    return slope * into_knee * into_knee / (2.0f * settings.knee_db);
}

float Compressor::take_gain_reduction_db() noexcept {
    return -std::exchange(state_->strongest_db, 0.0f);
}

void Compressor::adopt(const Compressor &other) noexcept {
    const State &from = *other.state_;
    State &to = *state_;
    to.settings = from.settings;
    to.started = from.started;
    to.makeup_lin = from.makeup_lin;
    to.wet = from.wet;
    if (from.filters.size() == to.filters.size()) {
        std::copy(from.filters.begin(), from.filters.end(), to.filters.begin());
        std::copy(from.powers.begin(), from.powers.end(), to.powers.begin());
    }
    std::copy(from.reductions_db.begin(), from.reductions_db.end(), to.reductions_db.begin());
    to.strongest_db = from.strongest_db;
    to.grid_position = from.grid_position;
}

void Compressor::reset() noexcept {
    State &s = *state_;
    std::fill(s.filters.begin(), s.filters.end(), Biquad<double>{});
    std::fill(s.powers.begin(), s.powers.end(), 0.0f);
    for (SlidingMinimum &crest : s.crests)
        crest.reset();
    std::fill(s.reductions_db.begin(), s.reductions_db.end(), 0.0f);
    s.strongest_db = 0.0f;
    s.grid_position = 0;
    s.started = false;
}

} // namespace headroom::dsp
