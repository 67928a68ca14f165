// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/compressor.hpp"

#include "jack_client/dsp/biquad.hpp"
#include "jack_client/dsp/grid_line.hpp"
#include "jack_client/dsp/sliding_minimum.hpp"
#include "jack_client/dsp/static_curve.hpp"
#include "jack_client/dsp/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace headroom::dsp {

namespace {

using Frames = std::array<float, kGridFrames>;

/// Two channels in one register: what comes after one another waits for results anyway, so that a
/// second channel is free.
using Pair = double __attribute__((vector_size(2 * sizeof(double))));

/// The peak detector holds a crest until the next one of 50 Hz.
constexpr double kPeakHold_s = 0.010;
/// Time constant of the RMS detector.
constexpr double kRmsAverage_s = 0.010;
constexpr float kHighpassOff_hz = 20.0f;
constexpr double kPowerFloor = 1e-20;
/// No error of a level in dB is larger.
constexpr float kLogarithmError_db = 1e-3f;
/// A gain closer to unity than this, in dB, is unity.
constexpr float kNoReduction_db = 1e-6f;
constexpr float kPowerToDb = 3.01029996f;
constexpr float kDbToExponent = 0.166096405f;

StaticCurve static_curve(const Compressor::Settings &settings) noexcept {
    return {settings.threshold_dbfs, settings.ratio, settings.knee_db};
}

/// One-pole smoothing: what is kept of the value and what is taken of the new one.
struct Approach {
    double keep = 0.0;
    double take = 1.0;

    static Approach within(double steps) noexcept {
        const double share = step_share(steps);
        return {1.0 - share, share};
    }
    template <class Value> Value step(Value value, Value towards) const noexcept {
        return keep * value + take * towards;
    }
};

/// Filter and detector of two channels of what the compressor hears.
struct HeardPair {
    std::size_t left;
    std::size_t right; ///< the same as left where there is no other
    Biquad<Pair> highpass;
    Pair mean_square;
};

} // namespace

/// Everything that changes while the compressor runs:
///   heard      sidechain high-pass and mean square (RMS detector) of each channel
///   crests     largest magnitude of each channel, held (peak detector)
///   reductions what the gain computer asks for each channel after attack and release
struct Compressor::State {
    State(double rate_hz, int channels, int sidechain_channels)
        : sample_rate_hz(rate_hz),
          hears_itself(sidechain_channels == 0),
          rms(Approach::within(kRmsAverage_s * rate_hz)),
          levels_dbfs(static_cast<std::size_t>(hears_itself ? channels : sidechain_channels)),
          crests(levels_dbfs.size(),
                 SlidingMinimum(std::max(1, whole_frames(kPeakHold_s, rate_hz)), 0.0f)),
          reductions_db(static_cast<std::size_t>(channels), 0.0) {
        for (std::size_t c = 0; c < levels_dbfs.size(); c += 2)
            heard.push_back({c, std::min(c + 1, levels_dbfs.size() - 1), {}, Pair{}});
    }

    bool one_gain() const noexcept {
        return !hears_itself || settings.stereo_link_percent >= 100.0f;
    }
    bool is_reducing() const noexcept {
        return std::any_of(reductions_db.begin(), reductions_db.end(),
                           [](double reduction_db) { return reduction_db != 0.0; });
    }
    /// Silence leaves the mean square as it is.
    bool is_at_floor(Pair mean_square) const noexcept {
        const Pair next = rms.step(mean_square, Pair{kPowerFloor, kPowerFloor});
        return next[0] == mean_square[0] && next[1] == mean_square[1];
    }
    bool is_at_rest() const noexcept;
    void apply_settings() noexcept;
    void start_grid_period() noexcept;
    void find_powers(HeardPair &pair, AudioBlock block) noexcept;
    bool find_levels(AudioBlock block) noexcept;
    void apply_unreduced_gain(AudioBlock block) const noexcept;
    void apply_reduced_gain(AudioBlock block) noexcept;
    void find_gain(const Frames &level_dbfs, double &reduction_db, std::size_t frames,
                   Frames &gain_lin) noexcept;
    void process(AudioBlock block, AudioBlock heard_block) noexcept;

    double sample_rate_hz;
    bool hears_itself;
    Settings settings;
    bool applied = false; ///< settings are what the following says
    bool started = false; ///< before that, settings hold at once
    float highpass_hz = 0.0f;
    BiquadCoefficients highpass;
    Approach attack;
    Approach release;
    Approach rms;
    float makeup_target_lin = 1.0f;
    GridLine makeup_lin;
    GridLine wet; ///< share of the compressed signal, 0..1

    std::vector<HeardPair> heard;
    std::vector<Frames> levels_dbfs;    ///< of each channel; where all are alike, of the first
    std::vector<SlidingMinimum> crests; ///< of the negative power
    std::vector<double> reductions_db;
    float strongest_db = 0.0f; ///< reduction since the last reading
    int grid_position = 0;
};

void Compressor::State::apply_settings() noexcept {
    float makeup_db = settings.makeup_db;
    if (settings.auto_makeup)
        makeup_db += 0.5f * static_curve(settings).reduction_db(0.0f);
    makeup_target_lin = db_to_lin(makeup_db);
    const auto approach = [&](float time_ms) {
        return Approach::within(
            std::max(static_cast<double>(time_ms) / 1000.0 * sample_rate_hz, 0.1));
    };
    attack = approach(settings.attack_ms);
    release = approach(settings.release_ms);
    if (settings.sidechain_highpass_hz != highpass_hz) {
        highpass_hz = settings.sidechain_highpass_hz;
        highpass = butterworth_highpass(static_cast<double>(highpass_hz), sample_rate_hz);
    }
    applied = true;
}

void Compressor::State::start_grid_period() noexcept {
    if (!applied)
        apply_settings();
    makeup_lin.start_period(makeup_target_lin);
    wet.start_period(settings.mix_percent / 100.0f);
    if (!started) {
        makeup_lin.jump();
        wet.jump();
        started = true;
    }
    for (double &reduction_db : reductions_db)
        if (reduction_db < static_cast<double>(kNoReduction_db))
            reduction_db = 0.0;
}

void Compressor::State::find_powers(HeardPair &pair, AudioBlock block) noexcept {
    const bool by_rms = settings.detector == Detector::rms;
    const float *left = block.channels[pair.left];
    const float *right = block.channels[pair.right];
    float *left_power = levels_dbfs[pair.left].data();
    float *right_power = levels_dbfs[pair.right].data();
    const auto run = [&](auto filter, auto detect) {
        for (int i = 0; i < block.frames; ++i) {
            const Pair x =
                filter(Pair{static_cast<double>(left[i]), static_cast<double>(right[i])});
            const Pair power = detect(x * x + kPowerFloor);
            left_power[i] = static_cast<float>(power[0]);
            right_power[i] = static_cast<float>(power[1]);
        }
    };
    Biquad<Pair> filter_memory = pair.highpass;
    Pair mean = pair.mean_square;
    if (by_rms && filter_memory.is_at_rest() && is_silent(left, block.frames) &&
        is_silent(right, block.frames)) {
        if (is_at_floor(mean)) {
            std::fill_n(left_power, block.frames, static_cast<float>(mean[0]));
            std::fill_n(right_power, block.frames, static_cast<float>(mean[1]));
            return;
        }
    }
    const auto high = [&](Pair x) { return filter_memory.process(highpass, x); };
    const auto all = [](Pair x) { return x; };
    const auto average = [&](Pair square) { return mean = rms.step(mean, square); };
    // The peak detector looks for the least, and keeps the mean square going.
    const auto negative = [&](Pair square) {
        mean = rms.step(mean, square);
        return -square;
    };
    if (settings.sidechain_highpass_hz > kHighpassOff_hz) {
        if (by_rms)
            run(high, average);
        else
            run(high, negative);
    } else {
        if (by_rms)
            run(all, average);
        else
            run(all, negative);
    }
    pair.highpass = filter_memory;
    pair.mean_square = mean;
    if (by_rms)
        return;
    for (std::size_t c = pair.left; c <= pair.right; ++c) {
        Frames &power = levels_dbfs[c];
        crests[c].process(power.data(), block.frames);
        for (std::size_t i = 0; i < static_cast<std::size_t>(block.frames); ++i)
            power[i] = -power[i];
    }
}

/// Levels as the link lets each channel have them. False where nothing is reduced and nothing is to
/// be: then there is no need to know them.
bool Compressor::State::find_levels(AudioBlock block) noexcept {
    constexpr auto kFloor = static_cast<float>(kPowerFloor);
    const auto frames = static_cast<std::size_t>(block.frames);
    for (HeardPair &pair : heard)
        find_powers(pair, block);
    Frames loudest;
    loudest.fill(kFloor);
    for (const Frames &power : levels_dbfs)
        for (std::size_t i = 0; i < frames; ++i)
            loudest[i] = std::max(loudest[i], power[i]);
    const float highest = *std::max_element(loudest.begin(), loudest.begin() + block.frames);
    if (!is_reducing() && kPowerToDb * fast_log2(highest) + kLogarithmError_db <
                              static_curve(settings).knee_start_dbfs())
        return false;
    for (std::size_t i = 0; i < frames; ++i)
        loudest[i] = kPowerToDb * fast_log2(loudest[i]);
    if (one_gain()) {
        levels_dbfs[0] = loudest;
        return true;
    }
    const float link = settings.stereo_link_percent / 100.0f;
    for (Frames &level : levels_dbfs)
        for (std::size_t i = 0; i < frames; ++i) {
            const float own = kPowerToDb * fast_log2(std::max(level[i], kFloor));
            level[i] = own + link * (loudest[i] - own);
        }
    return true;
}

void Compressor::State::apply_unreduced_gain(AudioBlock block) const noexcept {
    if (makeup_lin.start == 1.0f && makeup_lin.end == 1.0f)
        return;
    for (int i = 0; i < block.frames; ++i) {
        const int position = grid_position + i;
        const float gain = 1.0f + wet.at(position) * (makeup_lin.at(position) - 1.0f);
        for (std::size_t c = 0; c < reductions_db.size(); ++c)
            block.channels[c][i] *= gain;
    }
}

void Compressor::State::find_gain(const Frames &level_dbfs, double &reduction_db,
                                  std::size_t frames, Frames &gain_lin) noexcept {
    const StaticCurve curve = static_curve(settings);
    Frames reduction;
    for (std::size_t i = 0; i < frames; ++i)
        reduction[i] = curve.reduction_db(level_dbfs[i]);
    // Of attack and release the faster one is what goes further up on the way up, and further down
    // on the way down; the other one is what holds there: that is the larger of both results, or,
    // where release is the faster, the smaller.
    const auto follow = [&](auto choose) {
        double value = reduction_db;
        for (std::size_t i = 0; i < frames; ++i) {
            const auto wanted = static_cast<double>(reduction[i]);
            value = choose(attack.step(value, wanted), release.step(value, wanted));
            reduction[i] = static_cast<float>(value);
        }
        reduction_db = value;
    };
    if (attack.take >= release.take)
        follow([](double a, double b) { return a > b ? a : b; });
    else
        follow([](double a, double b) { return a < b ? a : b; });
    for (std::size_t i = 0; i < frames; ++i) {
        const int position = grid_position + static_cast<int>(i);
        const float applied_db = reduction[i] < kNoReduction_db ? 0.0f : reduction[i];
        const float wet_gain = makeup_lin.at(position) * fast_exp2(-kDbToExponent * applied_db);
        gain_lin[i] = 1.0f + wet.at(position) * (wet_gain - 1.0f);
    }
    for (std::size_t i = 0; i < frames; ++i)
        strongest_db = std::max(strongest_db, reduction[i]);
}

bool Compressor::State::is_at_rest() const noexcept {
    const auto is_steady = [](const GridLine &line) { return line.start == line.end; };
    const auto has_faded = [&](const HeardPair &pair) {
        return pair.highpass.is_at_rest() && is_at_floor(pair.mean_square);
    };
    return !is_reducing() && is_steady(makeup_lin) && is_steady(wet) &&
           std::all_of(heard.begin(), heard.end(), has_faded);
}

void Compressor::State::apply_reduced_gain(AudioBlock block) noexcept {
    const auto frames = static_cast<std::size_t>(block.frames);
    Frames gain;
    for (std::size_t c = 0; c < reductions_db.size(); ++c) {
        if (c == 0 || !one_gain())
            find_gain(levels_dbfs[c], reductions_db[c], frames, gain);
        else
            reductions_db[c] = reductions_db[0];
        for (std::size_t i = 0; i < frames; ++i)
            block.channels[c][i] *= gain[i];
    }
}

void Compressor::State::process(AudioBlock block, AudioBlock heard_block) noexcept {
    if (grid_position == 0)
        start_grid_period();
    if (find_levels(heard_block))
        apply_reduced_gain(block);
    else
        apply_unreduced_gain(block);
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
    state_->applied = false;
}

void Compressor::process(AudioBlock block) noexcept {
    state_->process(block, block);
}

void Compressor::process(AudioBlock block, AudioBlock sidechain) noexcept {
    state_->process(block, sidechain);
}

bool Compressor::is_at_rest() const noexcept {
    return state_->is_at_rest();
}

float Compressor::gain_for_level_db(const Settings &settings, float level_dbfs) noexcept {
    return -static_curve(settings).reduction_db(level_dbfs);
}

float Compressor::take_gain_reduction_db() noexcept {
    return -std::exchange(state_->strongest_db, 0.0f);
}

float Compressor::gain_db() const noexcept {
    const State &s = *state_;
    float reduction_db = 0.0f;
    for (const double channel_db : s.reductions_db)
        reduction_db += static_cast<float>(channel_db);
    const float wet_lin =
        s.makeup_lin.end * db_to_lin(-reduction_db / static_cast<float>(s.reductions_db.size()));
    return lin_to_db(1.0f + s.wet.end * (wet_lin - 1.0f));
}

void Compressor::adopt(const Compressor &other) noexcept {
    const State &from = *other.state_;
    State &to = *state_;
    to.settings = from.settings;
    to.applied = false;
    to.started = from.started;
    to.makeup_lin = from.makeup_lin;
    to.wet = from.wet;
    if (from.levels_dbfs.size() == to.levels_dbfs.size())
        std::copy(from.heard.begin(), from.heard.end(), to.heard.begin());
    std::copy(from.reductions_db.begin(), from.reductions_db.end(), to.reductions_db.begin());
    to.strongest_db = from.strongest_db;
    to.grid_position = from.grid_position;
}

void Compressor::reset() noexcept {
    State &s = *state_;
    for (HeardPair &pair : s.heard) {
        pair.highpass = {};
        pair.mean_square = Pair{};
    }
    for (SlidingMinimum &crest : s.crests)
        crest.reset();
    std::fill(s.reductions_db.begin(), s.reductions_db.end(), 0.0);
    s.strongest_db = 0.0f;
    s.grid_position = 0;
    s.started = false;
}

} // namespace headroom::dsp
