// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/loudness_meter.hpp"

#include "jack_client/dsp/history.hpp"
#include "jack_client/dsp/k_weighting.hpp"
#include "jack_client/dsp/loudness_histogram.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace headroom::dsp {

namespace {

constexpr int kUpdatesPerSecond = 100;
constexpr int kMomentaryUpdates = 40;
constexpr int kShortTermUpdates = 300;
constexpr int kUpdatesPerBlock = 10; ///< gating blocks start ten times a second
constexpr double kIntegratedGate_lu = 10.0;
constexpr double kRangeGate_lu = 20.0;

/// Two channels in one register: the filters are bound by latency, so a second channel is free.
using Pair = double __attribute__((vector_size(2 * sizeof(double))));

struct ChannelPair {
    std::size_t left;
    std::size_t right; ///< the same as left where there is no other
    Pair weight;       ///< 0 for a channel that is not to be counted
    Biquad<Pair> shelf;
    Biquad<Pair> highpass;
    Pair energy; ///< of the update that runs now
};

/// count: a multiple of four.
double sum(const double *values, int count) noexcept {
    Pair even{};
    Pair odd{};
    for (int i = 0; i < count; i += 4) {
        even += Pair{values[i], values[i + 1]};
        odd += Pair{values[i + 2], values[i + 3]};
    }
    even += odd;
    return even[0] + even[1];
}

} // namespace

/// Everything that changes while the meter runs:
///   pairs     filters of the channels, and their energy since the last update
///   powers    mean square, weighted and summed over the channels, of the last 300 updates
///   blocks, short_terms   histograms of gating blocks of 400 ms and 3 s
///   gated     mean power of the blocks that pass both gates, found when it is asked for
///   range_lu  loudness range, found when it is asked for
struct LoudnessMeter::State {
    State(double rate_hz, std::span<const float> weights, Readings readings)
        : sample_rate_hz(rate_hz), filters(rate_hz), powers(kShortTermUpdates) {
        if (readings == Readings::all) {
            blocks.emplace(LoudnessHistogram::Keeps::powers);
            short_terms.emplace(LoudnessHistogram::Keeps::counts);
        }
        std::vector<std::size_t> counted;
        for (std::size_t c = 0; c < weights.size(); ++c)
            if (weights[c] > 0.0f)
                counted.push_back(c);
        for (std::size_t i = 0; i < counted.size(); i += 2) {
            const bool two = i + 1 < counted.size();
            const std::size_t left = counted[i];
            const std::size_t right = two ? counted[i + 1] : left;
            const double weight = static_cast<double>(weights[right]);
            pairs.push_back({left,
                             right,
                             Pair{static_cast<double>(weights[left]), two ? weight : 0.0},
                             {},
                             {},
                             Pair{}});
        }
        next_update = frame_of_update(1);
    }

    std::uint64_t frame_of_update(std::uint64_t index) const noexcept {
        return static_cast<std::uint64_t>(
            std::llround(static_cast<double>(index) * sample_rate_hz / kUpdatesPerSecond));
    }
    void filter(ChannelPair &pair, AudioBlock block, int begin, int end) const noexcept;
    void begin_update() noexcept;
    void finish_update() noexcept;
    void reset_integrated() noexcept;
    void reset() noexcept;

    double sample_rate_hz;
    KWeighting filters;
    std::vector<ChannelPair> pairs;
    History<double> powers;

    std::uint64_t frame = 0;
    std::uint64_t update = 0; ///< finished ones
    std::uint64_t last_update = 0;
    std::uint64_t next_update = 0;  ///< frame at which the current one ends
    std::uint64_t first_update = 0; ///< from which on integrated loudness counts the readings
    int silent_updates = 0;         ///< the newest ones, of powers

    double newest_power = 0.0;
    double momentary_lufs = LoudnessMeter::kSilence_lufs;
    double short_term_lufs = LoudnessMeter::kSilence_lufs;
    double max_momentary_lufs = LoudnessMeter::kSilence_lufs;
    double max_short_term_lufs = LoudnessMeter::kSilence_lufs;
    std::optional<LoudnessHistogram> blocks;
    std::optional<LoudnessHistogram> short_terms;
    double gated = 0.0;
    bool gated_is_current = false;
    double range_lu = 0.0;
    bool range_is_current = false;
};

void LoudnessMeter::State::filter(ChannelPair &pair, AudioBlock block, int begin,
                                  int end) const noexcept {
    const float *left = block.channels[pair.left];
    const float *right = block.channels[pair.right];
    if (pair.shelf.is_at_rest() && pair.highpass.is_at_rest() &&
        is_silent(left + begin, end - begin) && is_silent(right + begin, end - begin))
        return;
    Biquad<Pair> shelf = pair.shelf;
    Biquad<Pair> highpass = pair.highpass;
    Pair energy = pair.energy;
    for (int i = begin; i < end; ++i) {
        const Pair in{static_cast<double>(left[i]), static_cast<double>(right[i])};
        const Pair out = highpass.process(filters.highpass, shelf.process(filters.shelf, in));
        energy += out * out;
    }
    pair.shelf = shelf;
    pair.highpass = highpass;
    pair.energy = energy;
}

void LoudnessMeter::State::begin_update() noexcept {
    ++update;
    last_update = next_update;
    next_update = frame_of_update(update + 1);
}

void LoudnessMeter::State::finish_update() noexcept {
    double power = 0.0;
    for (ChannelPair &pair : pairs) {
        const Pair weighted = pair.energy * pair.weight;
        power += weighted[0] + weighted[1];
        pair.energy = Pair{};
    }
    double *newest = powers.push(1);
    *newest = newest_power = power / static_cast<double>(next_update - last_update);
    silent_updates = power > 0.0 ? 0 : std::min(silent_updates + 1, kShortTermUpdates);
    begin_update();

    const auto floor_lufs = static_cast<double>(kSilence_lufs);
    const double recent = sum(newest + 1 - kMomentaryUpdates, kMomentaryUpdates);
    const double older = sum(newest + 1 - kShortTermUpdates, kShortTermUpdates - kMomentaryUpdates);
    const double momentary_power = recent / kMomentaryUpdates;
    const double short_term_power = (older + recent) / kShortTermUpdates;
    momentary_lufs = std::max(power_to_lufs(momentary_power), floor_lufs);
    short_term_lufs = std::max(power_to_lufs(short_term_power), floor_lufs);
    max_momentary_lufs = std::max(max_momentary_lufs, momentary_lufs);
    max_short_term_lufs = std::max(max_short_term_lufs, short_term_lufs);

    const std::uint64_t counted = update - first_update;
    if (!blocks || counted % kUpdatesPerBlock != 0)
        return;
    if (counted >= kMomentaryUpdates) {
        blocks->add(momentary_power);
        gated_is_current = false;
    }
    if (counted >= kShortTermUpdates) {
        short_terms->add(short_term_power);
        range_is_current = false;
    }
}

void LoudnessMeter::State::reset_integrated() noexcept {
    first_update = update;
    max_momentary_lufs = static_cast<double>(kSilence_lufs);
    max_short_term_lufs = static_cast<double>(kSilence_lufs);
    if (blocks) {
        blocks->reset();
        short_terms->reset();
    }
    gated_is_current = false;
    range_is_current = false;
}

void LoudnessMeter::State::reset() noexcept {
    for (ChannelPair &pair : pairs) {
        pair.shelf = {};
        pair.highpass = {};
        pair.energy = Pair{};
    }
    powers.reset();
    newest_power = 0.0;
    silent_updates = 0;
    frame = update = last_update = 0;
    next_update = frame_of_update(1);
    momentary_lufs = short_term_lufs = static_cast<double>(kSilence_lufs);
    reset_integrated();
}

LoudnessMeter::LoudnessMeter(double sample_rate_hz, std::span<const float> weights,
                             Readings readings)
    : state_(std::make_unique<State>(sample_rate_hz, weights, readings)) {}
LoudnessMeter::~LoudnessMeter() = default;
LoudnessMeter::LoudnessMeter(LoudnessMeter &&) noexcept = default;
LoudnessMeter &LoudnessMeter::operator=(LoudnessMeter &&) noexcept = default;

void LoudnessMeter::process(AudioBlock block) noexcept {
    State &s = *state_;
    for (int begin = 0; begin < block.frames;) {
        const std::uint64_t left = s.next_update - s.frame;
        const int count =
            static_cast<int>(std::min(left, static_cast<std::uint64_t>(block.frames - begin)));
        for (ChannelPair &pair : s.pairs)
            s.filter(pair, block, begin, begin + count);
        begin += count;
        s.frame += static_cast<std::uint64_t>(count);
        if (s.frame == s.next_update)
            s.finish_update();
    }
}

bool LoudnessMeter::is_at_rest() const noexcept {
    return state_->silent_updates == kShortTermUpdates &&
           std::all_of(state_->pairs.begin(), state_->pairs.end(), [](const ChannelPair &pair) {
               return pair.shelf.is_at_rest() && pair.highpass.is_at_rest() &&
                      pair.energy[0] == 0.0 && pair.energy[1] == 0.0;
           });
}

void LoudnessMeter::skip(int frames) noexcept {
    State &s = *state_;
    s.frame += static_cast<std::uint64_t>(frames);
    while (s.frame >= s.next_update)
        s.begin_update();
}

std::uint64_t LoudnessMeter::updates() const noexcept {
    return state_->update;
}

double LoudnessMeter::newest_power() const noexcept {
    return state_->newest_power;
}

int LoudnessMeter::frames_since_update() const noexcept {
    return static_cast<int>(state_->frame - state_->last_update);
}

float LoudnessMeter::momentary_lufs() const noexcept {
    return static_cast<float>(state_->momentary_lufs);
}

float LoudnessMeter::short_term_lufs() const noexcept {
    return static_cast<float>(state_->short_term_lufs);
}

float LoudnessMeter::max_momentary_lufs() const noexcept {
    return static_cast<float>(state_->max_momentary_lufs);
}

float LoudnessMeter::max_short_term_lufs() const noexcept {
    return static_cast<float>(state_->max_short_term_lufs);
}

float LoudnessMeter::integrated_lufs() const noexcept {
    State &s = *state_;
    if (!s.gated_is_current && s.blocks)
        s.gated = s.blocks->gated_power(kIntegratedGate_lu);
    s.gated_is_current = true;
    return std::max(static_cast<float>(power_to_lufs(s.gated)), kSilence_lufs);
}

float LoudnessMeter::loudness_range_lu() const noexcept {
    State &s = *state_;
    if (!s.range_is_current && s.short_terms)
        s.range_lu = s.short_terms->range_lu(kRangeGate_lu);
    s.range_is_current = true;
    return static_cast<float>(s.range_lu);
}

void LoudnessMeter::leave_out() noexcept {
    state_->first_update = state_->update + 1;
}

void LoudnessMeter::reset_integrated() noexcept {
    state_->reset_integrated();
}

void LoudnessMeter::reset() noexcept {
    state_->reset();
}

} // namespace headroom::dsp
