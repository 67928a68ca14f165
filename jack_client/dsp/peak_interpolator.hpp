// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/history.hpp"
#include "jack_client/dsp/peak_kernels.hpp"

#include <vector>

namespace headroom::dsp {

/// Finds the largest magnitude of the continuous signal between samples.
///
/// Two steps. A long Kaiser-windowed sinc gives the value half-way between samples; the signal is
/// then twice oversampled, so that short Kaiser-windowed sincs on both kinds of value are enough
/// for a grid of sixteen points a frame. What the grid misses of the highest frequencies (at most
/// 0.042 dB at half the sample rate) can be added in proportion to the curvature of the signal.
/// Windows after J. F. Kaiser, "Nonrecursive Digital Filter Design Using the I0-sinh Window
/// Function", 1974.
class PeakInterpolator {
  public:
    /// Not real-time safe. half_taps 8..128: frames that the long filter looks ahead and back; 24
    /// is true within 0.03 dB to 0.46, 64 to 0.48 of the sample rate. upper_bound: err upwards.
    PeakInterpolator(int half_taps, bool upper_bound, int channels,
                     InstructionSet instruction_set = best_instruction_set());

    /// peak[i] is about the closed interval that starts this many frames before frame i.
    int delay_frames() const noexcept { return half_taps_ + kShortLookahead_frames; }
    /// Frames before a block that must be readable in front of it.
    int past_frames() const noexcept { return 2 * half_taps_ + kPastHalves; }
    /// No interval can hold more than this many times the largest sample near it.
    float worst_gain() const noexcept { return worst_gain_; }

    /// Raises peak[i], i < count <= kGridFrames. samples: the block inside a history of
    /// past_frames(), with History's slack behind it; every block of the stream, in order.
    /// Real-time safe.
    void process(int channel, const float *samples, float *peak, int count) noexcept;

    /// Instead of process(), for a block whose peaks are of no interest. Real-time safe.
    void skip(int channel) noexcept { channels_[static_cast<std::size_t>(channel)].has_gap = true; }

    void reset() noexcept;

  private:
    static constexpr int kShortLookahead_frames = 2;
    static constexpr int kPastHalves = 4; ///< before a block, that its first peaks are made of

    int half_taps_;
    float worst_gain_ = 0.0f;
    PeakFilters filters_;
    PeakKernels kernels_;
    struct Channel {
        History<float> halves; ///< values half-way between samples
        bool has_gap;          ///< the newest of them were skipped
    };
    std::vector<Channel> channels_;
};

} // namespace headroom::dsp
