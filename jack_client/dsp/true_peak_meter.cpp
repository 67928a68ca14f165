// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/true_peak_meter.hpp"

#include "jack_client/dsp/peak_interpolator.hpp"
#include "jack_client/dsp/recent_peak.hpp"

#include <array>
#include <utility>

namespace headroom::dsp {

namespace {

constexpr PeakInterpolator::Design kDesign{48, 23.2 / 24.0, false};

} // namespace

struct TruePeakMeter::State {
    explicit State(int channels)
        : peaks(kDesign, channels),
          past(static_cast<std::size_t>(channels), History<float>(peaks.past_frames())),
          loudest(peaks.past_frames()) {}

    PeakInterpolator peaks;
    std::vector<History<float>> past;
    RecentPeak loudest;
    float highest_lin = 0.0f;
};

TruePeakMeter::TruePeakMeter(double sample_rate_hz, int channels)
    : state_(std::make_unique<State>(channels)) {
    (void)sample_rate_hz; // sixteen points a frame at any rate
}
TruePeakMeter::~TruePeakMeter() = default;
TruePeakMeter::TruePeakMeter(TruePeakMeter &&) noexcept = default;
TruePeakMeter &TruePeakMeter::operator=(TruePeakMeter &&) noexcept = default;

void TruePeakMeter::process(AudioBlock block) noexcept {
    State &s = *state_;
    std::array<const float *, kMaxChannels> newest;
    s.loudest.advance(block.frames);
    for (std::size_t c = 0; c < s.past.size(); ++c) {
        float *in = s.past[c].push(block.frames);
        std::copy_n(block.channels[c], block.frames, in);
        s.loudest.raise(in, block.frames);
        newest[c] = in;
    }
    // What cannot pass the highest peak so far needs no closer look.
    const bool boring = s.loudest.value() * s.peaks.worst_gain() <= s.highest_lin;
    alignas(64) std::array<float, 2 * kGridFrames> peak{};
    for (std::size_t c = 0; c < s.past.size(); ++c) {
        if (boring)
            s.peaks.skip(static_cast<int>(c));
        else
            s.peaks.process(static_cast<int>(c), newest[c], peak.data(), block.frames);
    }
    s.highest_lin =
        std::max(s.highest_lin, *std::max_element(peak.begin(), peak.begin() + block.frames));
}

float TruePeakMeter::take_peak_lin() noexcept {
    return std::exchange(state_->highest_lin, 0.0f);
}

void TruePeakMeter::reset() noexcept {
    state_->peaks.reset();
    for (History<float> &channel : state_->past)
        channel.reset();
    state_->loudest.reset();
    state_->highest_lin = 0.0f;
}

} // namespace headroom::dsp
