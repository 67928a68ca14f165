// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/true_peak_meter.hpp"

#include "jack_client/dsp/peak_interpolator.hpp"

#include <array>
#include <utility>

namespace headroom::dsp {

namespace {

constexpr PeakInterpolator::Design kDesign{48, 23.2 / 24.0, false};

} // namespace

struct TruePeakMeter::State {
    explicit State(int channels)
        : peaks(kDesign, channels),
          past(static_cast<std::size_t>(channels), History<float>(peaks.past_frames())) {}

    PeakInterpolator peaks;
    std::vector<History<float>> past;
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
    for (std::size_t c = 0; c < s.past.size(); ++c) {
        float *in = s.past[c].push(block.frames);
        std::copy_n(block.channels[c], block.frames, in);
        alignas(64) std::array<float, 2 * kGridFrames> peak{};
        if (s.peaks.process(static_cast<int>(c), in, s.highest_lin, peak.data(), block.frames))
            s.highest_lin = std::max(s.highest_lin,
                                     *std::max_element(peak.begin(), peak.begin() + block.frames));
    }
}

float TruePeakMeter::take_peak_lin() noexcept {
    return std::exchange(state_->highest_lin, 0.0f);
}

void TruePeakMeter::reset() noexcept {
    state_->peaks.reset();
    for (History<float> &channel : state_->past)
        channel.reset();
    state_->highest_lin = 0.0f;
}

} // namespace headroom::dsp
