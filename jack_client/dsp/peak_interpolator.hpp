// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/history.hpp"
#include "jack_client/dsp/nyquist_detector.hpp"
#include "jack_client/dsp/peak_bound.hpp"
#include "jack_client/dsp/peak_kernels.hpp"
#include "jack_client/dsp/recent_highest.hpp"

#include <algorithm>
#include <vector>

namespace headroom::dsp {

/// Finds the largest magnitude of the continuous signal between samples.
///
/// Two steps. A long filter gives the value half-way between samples; the signal is then twice
/// oversampled, so that short filters on both kinds of value are enough for a grid of sixteen
/// points a frame. Both kinds of filter are least-squares designs (T. I. Laakso et al., "Splitting
/// the unit delay", IEEE Signal Processing Magazine 13(1), 1996).
///
/// An upper bound adds, in proportion to the curvature of the signal, what the grid misses of the
/// highest frequencies (at most 0.042 dB at half the sample rate); it adds the level of what is so
/// near half the sample rate that the long filter falls off (see NyquistDetector); and it counts
/// the readings of common meters, whose short filters read some notes up to 0.2 dB higher.
///
/// Most blocks of music need none of this: their samples and how sharply they bend bound what lies
/// between them closely enough (see PeakBound).
class PeakInterpolator {
  public:
    struct Design {
        int half_taps;    ///< samples of the long filter on each side, 6 or more
        double band_edge; ///< of the long filter, as a share of half the sample rate, under 1
        bool upper_bound; ///< err upwards, and count the readings of common meters
        double nyquist_weight = 1.5; ///< of the level near half the sample rate in an upper bound
    };

    /// Not real-time safe.
    PeakInterpolator(const Design &design, int channels,
                     InstructionSet instruction_set = best_instruction_set());

    /// peak[i] is about the closed interval that starts this many frames before frame i.
    int delay_frames() const noexcept {
        return static_cast<int>(filters_.half.size()) + kShortLookahead_frames;
    }
    /// Frames before a block that must be readable in front of it.
    int past_frames() const noexcept {
        return std::max(2 * static_cast<int>(filters_.half.size()) + kPastHalves,
                        NyquistDetector::past_frames());
    }

    /// Raises peak[i], i < count <= kGridFrames; peaks that are not above floor_lin may be left
    /// out. samples: the block inside a history of past_frames(), with History's slack behind it;
    /// every block of the stream, in order, none across the grid. False where all were left out.
    /// Real-time safe.
    bool process(int channel, const float *samples, float floor_lin, float *peak,
                 int count) noexcept;

    void reset() noexcept;

  private:
    static constexpr int kShortLookahead_frames = 2;
    static constexpr int kPastHalves = 4; ///< before a block, that its first peaks are made of

    PeakBound find_bound() const;

    bool upper_bound_;
    PeakFilters filters_;
    NyquistDetector nyquist_;
    PeakBound bound_; ///< of what the filters give
    PeakKernels kernels_;
    struct Channel {
        History<float> halves;   ///< values half-way between samples
        RecentHighest bends;     ///< second differences of the samples, under the filters
        RecentHighest far_bends; ///< and as far back as the Nyquist detector remembers
        bool has_gap;            ///< the newest of the halves were left out
    };
    std::vector<Channel> channels_;
};

} // namespace headroom::dsp
