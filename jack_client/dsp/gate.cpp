// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/gate.hpp"

#include "jack_client/dsp/biquad.hpp"
#include "jack_client/dsp/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace headroom::dsp {

namespace {

using Frames = std::array<float, kGridFrames>;

/// The level under the threshold is the peak of this time: half a period of 50 Hz.
constexpr double kWindow_s = 0.010;
constexpr float kHighpassOff_hz = 20.0f;

} // namespace

/// Everything that changes while the gate runs:
///   filters       sidechain high-pass of each channel
///   recent_peaks  peak of each grid period of the window, a ring; `newest` is the current one
///   open, quiet_frames  whether the gain's target is 1, and for how long no sample kept it so
///   closed_gain   target while closed
///   gain          now; double, so that it ends at exactly 1.0f
struct Gate::State {
    State(double rate_hz, int channels)
        : sample_rate_hz(rate_hz),
          filters(static_cast<std::size_t>(channels)),
          recent_peaks(static_cast<std::size_t>(
              std::max(1, static_cast<int>(std::ceil(kWindow_s * rate_hz / kGridFrames))))) {}

    void start_period() noexcept;
    void apply() noexcept;
    void find_magnitudes(AudioBlock block, Frames &magnitudes) noexcept;
    double gain_while_closed() const noexcept;
    void follow(const Frames &magnitudes, std::size_t frames, Frames &gains) noexcept;
    void process(AudioBlock block) noexcept;

    double sample_rate_hz;
    Settings settings;
    bool is_new = true; ///< settings not yet applied
    BiquadCoefficients highpass;
    float opening_level = 0.0f;
    float closing_level = 0.0f;
    int hold_frames = 0;
    double attack_share = 1.0;
    double release_share = 1.0;

    std::vector<Biquad<double>> filters;
    std::vector<float> recent_peaks;
    std::size_t newest = 0;
    bool open = true;
    int quiet_frames = 0;
    double closed_gain = 1.0;
    double gain = 1.0;
    float lowest_gain = 1.0f; ///< since the last reading
    int grid_position = 0;
};

void Gate::State::apply() noexcept {
    const auto share = [&](float time_ms) {
        return step_share(std::max(static_cast<double>(time_ms) / 1e3 * sample_rate_hz, 0.1));
    };
    highpass =
        butterworth_highpass(static_cast<double>(settings.sidechain_highpass_hz), sample_rate_hz);
    opening_level = db_to_lin(settings.threshold_dbfs);
    closing_level = db_to_lin(settings.threshold_dbfs - settings.hysteresis_db);
    hold_frames = whole_frames(std::max(static_cast<double>(settings.hold_ms) / 1e3, kWindow_s),
                               sample_rate_hz);
    attack_share = share(settings.attack_ms);
    release_share = share(settings.release_ms);
}

void Gate::State::start_period() noexcept {
    if (std::exchange(is_new, false))
        apply();
    if (!open)
        closed_gain = gain_while_closed();
    newest = (newest + 1) % recent_peaks.size();
    recent_peaks[newest] = 0.0f;
}

double Gate::State::gain_while_closed() const noexcept {
    const float peak = *std::max_element(recent_peaks.begin(), recent_peaks.end());
    return static_cast<double>(db_to_lin(gain_for_level_db(settings, lin_to_db(peak))));
}

void Gate::State::find_magnitudes(AudioBlock block, Frames &magnitudes) noexcept {
    const bool filtered = settings.sidechain_highpass_hz > kHighpassOff_hz;
    const auto frames = static_cast<std::size_t>(block.frames);
    magnitudes.fill(0.0f);
    for (std::size_t c = 0; c < filters.size(); ++c) {
        const float *in = block.channels[c];
        if (!filtered) {
            for (std::size_t i = 0; i < frames; ++i)
                magnitudes[i] = std::max(magnitudes[i], std::fabs(in[i]));
            continue;
        }
        Biquad<double> filter = filters[c];
        for (std::size_t i = 0; i < frames; ++i) {
            const double heard = filter.process(highpass, static_cast<double>(in[i]));
            magnitudes[i] = std::max(magnitudes[i], static_cast<float>(std::fabs(heard)));
        }
        filters[c] = std::isfinite(filter.second) ? filter : Biquad<double>{};
    }
    const auto end = magnitudes.begin() + block.frames;
    recent_peaks[newest] =
        std::max(recent_peaks[newest], *std::max_element(magnitudes.begin(), end));
}

void Gate::State::follow(const Frames &magnitudes, std::size_t frames, Frames &gains) noexcept {
    for (std::size_t i = 0; i < frames; ++i) {
        if (magnitudes[i] >= (open ? closing_level : opening_level)) {
            open = true;
            quiet_frames = 0;
        } else if (open && ++quiet_frames > hold_frames) {
            open = false;
            closed_gain = gain_while_closed();
        }
        const double target = open ? 1.0 : closed_gain;
        gain += (target > gain ? attack_share : release_share) * (target - gain);
        gains[i] = static_cast<float>(gain);
    }
}

void Gate::State::process(AudioBlock block) noexcept {
    if (grid_position == 0)
        start_period();
    grid_position = (grid_position + block.frames) % kGridFrames;
    const auto frames = static_cast<std::size_t>(block.frames);
    Frames magnitudes;
    find_magnitudes(block, magnitudes);
    Frames gains;
    follow(magnitudes, frames, gains);
    for (std::size_t i = 0; i < frames; ++i)
        lowest_gain = std::min(lowest_gain, gains[i]);
    for (std::size_t c = 0; c < filters.size(); ++c)
        for (std::size_t i = 0; i < frames; ++i)
            block.channels[c][i] *= gains[i];
}

Gate::Gate(double sample_rate_hz, int channels)
    : state_(std::make_unique<State>(sample_rate_hz, channels)) {}
Gate::~Gate() = default;
Gate::Gate(Gate &&) noexcept = default;
Gate &Gate::operator=(Gate &&) noexcept = default;

void Gate::set(const Settings &settings) noexcept {
    if (state_->settings == settings)
        return;
    state_->settings = settings;
    state_->is_new = true;
}

void Gate::process(AudioBlock block) noexcept {
    state_->process(block);
}

bool Gate::is_at_rest() const noexcept {
    const State &s = *state_;
    const bool closed = !s.open && s.closed_gain == s.gain_while_closed();
    const double next = s.gain + s.release_share * (s.closed_gain - s.gain);
    return closed && next == s.gain && s.closed_gain <= s.gain &&
           std::all_of(s.filters.begin(), s.filters.end(),
                       [](const Biquad<double> &filter) { return filter.is_at_rest(); });
}

float Gate::gain_for_level_db(const Settings &settings, float level_dbfs) noexcept {
    const float under_db = std::min(level_dbfs - settings.threshold_dbfs, 0.0f);
    return std::max((settings.ratio - 1.0f) * under_db, -settings.range_db);
}

float Gate::take_gain_reduction_db() noexcept {
    return lin_to_db(std::exchange(state_->lowest_gain, static_cast<float>(state_->gain)));
}

void Gate::adopt(const Gate &other) noexcept {
    const State &from = *other.state_;
    State &to = *state_;
    std::copy(from.filters.begin(), from.filters.end(), to.filters.begin());
    std::copy(from.recent_peaks.begin(), from.recent_peaks.end(), to.recent_peaks.begin());
    to.newest = from.newest;
    to.open = from.open;
    to.quiet_frames = from.quiet_frames;
    to.closed_gain = from.closed_gain;
    to.gain = from.gain;
    to.lowest_gain = from.lowest_gain;
    to.grid_position = from.grid_position;
}

void Gate::reset() noexcept {
    State &s = *state_;
    std::fill(s.filters.begin(), s.filters.end(), Biquad<double>{});
    std::fill(s.recent_peaks.begin(), s.recent_peaks.end(), 0.0f);
    s.newest = 0;
    s.open = true;
    s.quiet_frames = 0;
    s.closed_gain = 1.0;
    s.gain = 1.0;
    s.lowest_gain = 1.0f;
    s.grid_position = 0;
}

} // namespace headroom::dsp
