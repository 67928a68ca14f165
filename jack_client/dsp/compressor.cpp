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
///   crest      largest magnitude over all channels, held (peak detector)
///   reduction  what the gain computer asks for after attack and release
struct Compressor::State {
    State(double rate_hz, int channels)
        : sample_rate_hz(rate_hz),
          rms_share(static_cast<float>(step_share(kRmsAverage_s * rate_hz))),
          filters(static_cast<std::size_t>(channels)),
          powers(static_cast<std::size_t>(channels), 0.0f),
          crest(std::max(1, whole_frames(kPeakHold_s, rate_hz)), 0.0f) {}

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

    void apply() noexcept;
    void find_level(AudioBlock block, Frames &level_dbfs) noexcept;
    void process(AudioBlock block) noexcept;

    double sample_rate_hz;
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
    SlidingMinimum crest; ///< of the negative magnitude
    float reduction_db = 0.0f;
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

void Compressor::State::find_level(AudioBlock block, Frames &level_dbfs) noexcept {
    const bool filtered = settings.sidechain_highpass_hz > kHighpassOff_hz;
    const bool rms = settings.detector == Detector::rms;
    Frames power;
    power.fill(kPowerFloor);
    for (std::size_t c = 0; c < filters.size(); ++c) {
        Frames heard;
        const float *in = block.channels[c];
        for (std::size_t i = 0; i < static_cast<std::size_t>(block.frames); ++i)
            heard[i] =
                filtered
                    ? static_cast<float>(filters[c].process(highpass, static_cast<double>(in[i])))
                    : in[i];
        float mean = powers[c];
        for (std::size_t i = 0; i < static_cast<std::size_t>(block.frames); ++i) {
            const float square = heard[i] * heard[i] + kPowerFloor;
            mean += rms_share * (square - mean);
            power[i] = std::max(power[i], rms ? mean : square);
        }
        powers[c] = mean;
    }
    Frames crests;
    for (std::size_t i = 0; i < static_cast<std::size_t>(block.frames); ++i)
        crests[i] = -power[i];
    crest.process(crests.data(), block.frames);
    for (std::size_t i = 0; i < static_cast<std::size_t>(block.frames); ++i)
        level_dbfs[i] = kPowerToDb * fast_log2(rms ? power[i] : -crests[i]);
}

void Compressor::State::process(AudioBlock block) noexcept {
    if (grid_position == 0)
        apply();
    Frames level_dbfs;
    find_level(block, level_dbfs);
    Frames gain;
    float reduction = reduction_db;
    for (int i = 0; i < block.frames; ++i) {
        const auto frame = static_cast<std::size_t>(i);
        const float wanted = -gain_for_level_db(settings, level_dbfs[frame]);
        reduction += (wanted > reduction ? attack_share : release_share) * (wanted - reduction);
        if (reduction < kNoReduction_db)
            reduction = 0.0f;
        strongest_db = std::max(strongest_db, reduction);
        gain[frame] = reduction;
    }
    reduction_db = reduction;
    for (int i = 0; i < block.frames; ++i) {
        const auto frame = static_cast<std::size_t>(i);
        const float wet_gain =
            makeup_lin.at(grid_position + i) * fast_exp2(-kDbToExponent * gain[frame]);
        gain[frame] = 1.0f + wet.at(grid_position + i) * (wet_gain - 1.0f);
    }
    for (std::size_t c = 0; c < filters.size(); ++c)
        for (int i = 0; i < block.frames; ++i)
            block.channels[c][i] *= gain[static_cast<std::size_t>(i)];
    grid_position = (grid_position + block.frames) % kGridFrames;
}

Compressor::Compressor(double sample_rate_hz, int channels)
    : state_(std::make_unique<State>(sample_rate_hz, channels)) {}
Compressor::~Compressor() = default;
Compressor::Compressor(Compressor &&) noexcept = default;
Compressor &Compressor::operator=(Compressor &&) noexcept = default;

void Compressor::set(const Settings &settings) noexcept {
    state_->settings = settings;
}

void Compressor::process(AudioBlock block) noexcept {
    state_->process(block);
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

void Compressor::reset() noexcept {
    State &s = *state_;
    std::fill(s.filters.begin(), s.filters.end(), Biquad<double>{});
    std::fill(s.powers.begin(), s.powers.end(), 0.0f);
    s.crest.reset();
    s.reduction_db = 0.0f;
    s.strongest_db = 0.0f;
    s.grid_position = 0;
    s.started = false;
}

} // namespace headroom::dsp
