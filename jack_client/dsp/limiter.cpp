// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/limiter.hpp"

#include "jack_client/dsp/bass_detector.hpp"
#include "jack_client/dsp/gain_smoother.hpp"
#include "jack_client/dsp/history.hpp"
#include "jack_client/dsp/peak_interpolator.hpp"
#include "jack_client/dsp/sliding_minimum.hpp"
#include "jack_client/dsp/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace headroom::dsp {

namespace {

/// How the latency of a mode is spent, in frames at 48 kHz. What is left after the detector and the
/// lead is the length of the gain's smoothing.
struct ModeTiming {
    int latency;
    int lead;                          ///< the gain is down this long before a peak
    int hold;                          ///< and stays down this long after it
    double bass_hold_s;                ///< of the bass detector
    PeakInterpolator::Design detector; ///< at any rate
    float margin_db;                   ///< under the ceiling, for what a short detector misses
};

/// Found by measurement: distortion of 60 Hz, 997 Hz and of 60 Hz with 7 kHz against loudness of
/// music, at an overshoot of nothing.
ModeTiming timing(LimiterMode mode) {
    switch (mode) {
    case LimiterMode::low:
        return {72, 2, 0, 0.009, {24, 0.94, true, 1.5}, 0.015f};
    case LimiterMode::normal:
        return {264, 4, 30, 0.0136, {32, 0.955, true, 1.0}, 0.0f};
    case LimiterMode::quality:
        break;
    }
    return {480, 8, 8, 0.0156, {64, 0.97, true, 0.6}, 0.0f};
}

constexpr double kReferenceRate_hz = 48000.0;

/// At low sample rates the whole latency is shorter than the detector.
PeakInterpolator::Design fitted(PeakInterpolator::Design design, int latency_frames) {
    design.half_taps = std::min(design.half_taps, latency_frames / 2);
    return design;
}

int scaled_frames(int frames_at_48k, double sample_rate_hz) {
    return whole_frames(frames_at_48k / kReferenceRate_hz, sample_rate_hz);
}

/// Keeps the rounding of gains, products and filters of 24 bits under the ceiling.
constexpr float kRoundingMargin = 1.0f - 2e-5f;

constexpr float kLoudnessUnknown_lufs = -70.0f;
constexpr double kSoftRise_s = 0.1; ///< time constant of a rising dynamic ceiling
constexpr double kSoftFall_s = 1.0;

/// For a straight line through each grid period along an exponential approach.
float share_of_grid_period(double time_constant_s, double sample_rate_hz) {
    return static_cast<float>(step_share(time_constant_s * sample_rate_hz / kGridFrames) /
                              kGridFrames);
}

void apply_gain(const float *gain, const float *in, float *__restrict out, int count) noexcept {
    for (int i = 0; i < count; ++i)
        out[i] = gain[i] * in[i];
}

} // namespace

/// Everything that changes while the limiter runs:
///   delay      the newest audio of each channel, long enough for latency and detector
///   peaks      interpolator, which finds the true peak around every frame
///   bass       level of the content under 500 Hz, held between its crests
///   least      least gain asked for in the time in which a peak matters
///   envelope   the same with an exponential recovery
///   smoother   envelope as a smooth curve that has come down when the peak comes out
struct Limiter::State {
    State(const ModeTiming &mode, double sample_rate_hz, int channels,
          InstructionSet instruction_set);

    void process(AudioBlock block) noexcept;
    bool is_at_rest() const noexcept;
    void set_soft_target() noexcept;
    void reset() noexcept;

    double sample_rate_hz;
    int latency_frames;
    float margin_lin;

    float ceiling_lin = 1.0f; ///< hard tier
    double release_share = 1.0;
    float soft_rise; ///< share of the distance to its target that the dynamic ceiling goes a frame
    float soft_fall;
    bool soft_on = false;
    float max_plr_lu = 0.0f;
    float programme_lufs = -120.0f;
    float soft_target_lin = 1.0f;

    PeakInterpolator peaks;
    BassDetector bass;
    int least_frames;
    SlidingMinimum least;
    GainSmoother smoother;
    std::vector<History<float>> delay;

    int grid_position = 0;         ///< frames since the last grid boundary
    float soft_ceiling_lin = 1.0f; ///< at the last grid boundary
    float soft_increment = 0.0f;   ///< per frame until the next one
    double envelope = 1.0;
    int unity_frames = 0; ///< frames since the envelope was not 1

    float lowest_gain_lin = 1.0f;
    float lowest_soft_gain_lin = 1.0f;
    std::uint64_t hard_frames = 0;

  private:
    using Frames = std::array<float, 2 * kGridFrames>; ///< a block and room for whole vectors

    void start_grid_period() noexcept;
    void take_in(AudioBlock block) noexcept;
    void find_ceiling(int count) noexcept;
    bool ask_for_gain(int count) noexcept;
    void shape_gain(int count) noexcept;
    void put_out(AudioBlock block, bool unity) noexcept;

    std::vector<const float *> newest_; ///< start of the block in the history of each channel
    alignas(64) Frames ceiling_{};
    alignas(64) Frames peak_{};
    alignas(64) Frames bass_{};
    alignas(64) Frames asked_{}; ///< gain
    alignas(64) Frames gain_{};
};

Limiter::State::State(const ModeTiming &mode, double rate_hz, int channels,
                      InstructionSet instruction_set)
    : sample_rate_hz(rate_hz),
      latency_frames(scaled_frames(mode.latency, rate_hz)),
      margin_lin(kRoundingMargin * db_to_lin(-mode.margin_db)),
      soft_rise(share_of_grid_period(kSoftRise_s, rate_hz)),
      soft_fall(share_of_grid_period(kSoftFall_s, rate_hz)),
      peaks(fitted(mode.detector, latency_frames), channels, instruction_set),
      bass(mode.bass_hold_s, rate_hz, channels),
      least_frames(latency_frames - peaks.delay_frames() + 2 + scaled_frames(mode.hold, rate_hz)),
      least(least_frames, 1.0f),
      smoother(latency_frames - peaks.delay_frames() + 1 - scaled_frames(mode.lead, rate_hz)),
      delay(static_cast<std::size_t>(channels),
            History<float>(std::max({latency_frames, peaks.past_frames(), bass.past_frames()}))),
      newest_(static_cast<std::size_t>(channels)) {}

void Limiter::State::process(AudioBlock block) noexcept {
    const int count = block.frames;
    if (grid_position == 0)
        start_grid_period();
    take_in(block);
    find_ceiling(count);
    const bool asking = ask_for_gain(count);
    // Everything behind the detector remembers nothing but unity: leaving it out changes nothing.
    const bool unity = !asking && unity_frames >= least_frames + smoother.length();
    if (!unity)
        shape_gain(count);
    unity_frames = asking || envelope < 1.0 ? 0 : std::min(unity_frames, 1 << 20) + count;
    put_out(block, unity);
    grid_position = (grid_position + count) % kGridFrames;
}

void Limiter::State::start_grid_period() noexcept {
    soft_ceiling_lin += soft_increment * static_cast<float>(kGridFrames);
    if (!soft_on)
        soft_ceiling_lin = ceiling_lin;
    const float distance = soft_target_lin - soft_ceiling_lin;
    soft_increment = distance * (distance > 0.0f ? soft_rise : soft_fall);
}

void Limiter::State::take_in(AudioBlock block) noexcept {
    for (std::size_t c = 0; c < newest_.size(); ++c) {
        float *in = delay[c].push(block.frames);
        std::copy_n(block.channels[c], block.frames, in);
        newest_[c] = in;
    }
}

void Limiter::State::find_ceiling(int count) noexcept {
    for (int i = 0; i < count; ++i)
        ceiling_[i] =
            margin_lin *
            std::min(ceiling_lin,
                     soft_ceiling_lin + soft_increment * static_cast<float>(grid_position + i));
}

/// False where neither a peak nor the bass asks for less than unity.
bool Limiter::State::ask_for_gain(int count) noexcept {
    bass.process(newest_.data(), bass_.data(), count);
    const float least_ceiling = std::min(ceiling_[0], ceiling_[count - 1]);
    peak_.fill(0.0f);
    bool quiet = true;
    for (std::size_t c = 0; c < newest_.size(); ++c)
        if (peaks.process(static_cast<int>(c), newest_[c], least_ceiling, peak_.data(), count))
            quiet = false;
    if (quiet) {
        std::fill_n(asked_.begin(), count, 1.0f);
        return *std::max_element(bass_.begin(), bass_.begin() + count) > least_ceiling;
    }

    const float hard_ceiling = margin_lin * ceiling_lin;
    Frames lowest;
    Frames soft;
    for (std::size_t i = 0; i < kGridFrames; ++i) {
        asked_[i] = std::min(1.0f, ceiling_[i] / peak_[i]);
        lowest[i] = std::min(asked_[i], ceiling_[i] / bass_[i]);
        soft[i] = ceiling_[i] < hard_ceiling ? asked_[i] : 1.0f;
    }
    lowest_soft_gain_lin =
        std::min(lowest_soft_gain_lin, *std::min_element(soft.begin(), soft.begin() + count));
    hard_frames += static_cast<std::uint64_t>(std::count_if(
        peak_.begin(), peak_.begin() + count, [&](float peak) { return peak > hard_ceiling; }));
    return *std::min_element(lowest.begin(), lowest.begin() + count) < 1.0f;
}

void Limiter::State::shape_gain(int count) noexcept {
    // A recovery stops this far under what is asked for (0.0002 dB), so that readings of a steady
    // tone that differ in their last bits do not move the gain.
    constexpr float kRest = 1.0f - 2e-5f;
    // Lets a recovery to unity arrive instead of coming ever closer.
    constexpr double kLastStep = 1e-9;
    std::array<double, kGridFrames> shaped;
    std::array<double, kGridFrames> towards;
    least.process(asked_.data(), count);
    for (std::size_t i = 0; i < kGridFrames; ++i) {
        asked_[i] = std::min(asked_[i], ceiling_[i] / bass_[i]);
        const float aim = asked_[i] < 1.0f ? kRest * asked_[i] : 1.0f;
        towards[i] = release_share * static_cast<double>(aim) + kLastStep;
    }
    const double rest = 1.0 - release_share;
    double value = envelope;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        value =
            std::min(static_cast<double>(asked_[i]), std::max(value, rest * value + towards[i]));
        shaped[i] = value;
    }
    envelope = value;
    smoother.process(shaped.data(), gain_.data(), count);
    lowest_gain_lin =
        std::min(lowest_gain_lin, *std::min_element(gain_.begin(), gain_.begin() + count));
}

void Limiter::State::put_out(AudioBlock block, bool unity) noexcept {
    for (std::size_t c = 0; c < newest_.size(); ++c) {
        const float *delayed = newest_[c] - latency_frames;
        float *out = block.channels[c];
        if (unity) {
            std::copy_n(delayed, block.frames, out);
        } else {
            apply_gain(gain_.data(), delayed, out, block.frames);
        }
    }
}

bool Limiter::State::is_at_rest() const noexcept {
    const float next_lin = soft_ceiling_lin + soft_increment * static_cast<float>(kGridFrames);
    return unity_frames >= least_frames + smoother.length() && envelope == 1.0 &&
           next_lin == soft_ceiling_lin && bass.is_at_rest();
}

void Limiter::State::set_soft_target() noexcept {
    const bool known = programme_lufs >= kLoudnessUnknown_lufs;
    soft_target_lin = soft_on && known
                          ? std::min(ceiling_lin, db_to_lin(programme_lufs + max_plr_lu))
                          : ceiling_lin;
}

void Limiter::State::reset() noexcept {
    peaks.reset();
    bass.reset();
    least.reset();
    smoother.reset();
    for (History<float> &channel : delay)
        channel.reset();
    grid_position = 0;
    soft_ceiling_lin = ceiling_lin;
    soft_increment = 0.0f;
    envelope = 1.0;
    unity_frames = 0;
    lowest_gain_lin = 1.0f;
    lowest_soft_gain_lin = 1.0f;
    hard_frames = 0;
}

Limiter::Limiter(LimiterMode mode, double sample_rate_hz, int channels,
                 InstructionSet instruction_set)
    : state_(std::make_unique<State>(timing(mode), sample_rate_hz, channels, instruction_set)) {
    set_ceiling_db(-1.0f);
    set_release_ms(20.0f);
    state_->soft_ceiling_lin = state_->ceiling_lin;
}
Limiter::~Limiter() = default;
Limiter::Limiter(Limiter &&) noexcept = default;
Limiter &Limiter::operator=(Limiter &&) noexcept = default;

int Limiter::latency_frames() const noexcept {
    return state_->latency_frames;
}

void Limiter::set_ceiling_db(float ceiling_dbtp) noexcept {
    const float ceiling_lin = db_to_lin(std::clamp(ceiling_dbtp, -20.0f, 0.0f));
    if (ceiling_lin == state_->ceiling_lin)
        return;
    state_->ceiling_lin = ceiling_lin;
    state_->set_soft_target();
}

void Limiter::set_release_ms(float release_ms) noexcept {
    const auto release_s = static_cast<double>(std::clamp(release_ms, 1.0f, 1000.0f)) / 1000.0;
    state_->release_share = step_share(release_s * state_->sample_rate_hz);
}

void Limiter::set_soft_tier(bool on, float max_plr_lu) noexcept {
    if (on == state_->soft_on && max_plr_lu == state_->max_plr_lu)
        return;
    state_->soft_on = on;
    state_->max_plr_lu = max_plr_lu;
    state_->set_soft_target();
}

void Limiter::set_programme_loudness(float short_term_lufs) noexcept {
    if (short_term_lufs == state_->programme_lufs)
        return;
    state_->programme_lufs = short_term_lufs;
    state_->set_soft_target();
}

void Limiter::adopt(const Limiter &previous) noexcept {
    const State &other = *previous.state_;
    const int into_period = other.grid_position == 0 ? kGridFrames : other.grid_position;
    state_->soft_ceiling_lin =
        other.soft_ceiling_lin + other.soft_increment * static_cast<float>(into_period);
    state_->soft_increment = 0.0f;
    set_programme_loudness(other.programme_lufs);
}

void Limiter::process(AudioBlock block) noexcept {
    state_->process(block);
}

bool Limiter::is_at_rest() const noexcept {
    return state_->is_at_rest();
}

void Limiter::skip(int frames) noexcept {
    state_->bass.skip(frames);
}

void Limiter::reset() noexcept {
    state_->reset();
}

float Limiter::take_gain_reduction_db() noexcept {
    return lin_to_db(std::exchange(state_->lowest_gain_lin, 1.0f));
}

float Limiter::take_soft_gain_reduction_db() noexcept {
    return lin_to_db(std::exchange(state_->lowest_soft_gain_lin, 1.0f));
}

std::uint64_t Limiter::hard_frames() const noexcept {
    return state_->hard_frames;
}

} // namespace headroom::dsp
