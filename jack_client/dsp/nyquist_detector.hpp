// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/history.hpp"
#include "jack_client/dsp/peak_bound.hpp"
#include "jack_client/dsp/peak_kernels.hpp"

#include <vector>

namespace headroom::dsp {

/// Level of what is so near half the sample rate that an interpolator of moderate length falls off
/// there.
///
/// A meter with a longer filter reads a peak at which the phase of such a tone turns, and it takes
/// the frames far from the peak for that. How much it reads depends on all of them, but no more
/// than the level of the tone adds, in whatever phase. That level changes slowly, since the band is
/// narrow: a short filter finds it once every few frames, and it is held for as long as a long
/// filter includes it. Below nine tenths of half the sample rate there is nothing to find.
class NyquistDetector {
  public:
    /// Not real-time safe. weight: how much of the level a peak is raised by.
    NyquistDetector(double weight, int channels, InstructionSet instruction_set);

    /// Frames before a block that must be readable in front of it.
    static constexpr int past_frames() noexcept {
        return (NyquistFilter::kHeld + 1) * NyquistFilter::kHop + NyquistFilter::kTaps;
    }

    /// What raise() adds at most.
    PeakBound bound() const noexcept { return bound_; }

    /// Raises peak[i], i < count, by the level of the channel at samples[i]. period_frame: frames
    /// of the grid period before the block. after_gap: blocks in front of this one were left out.
    /// Real-time safe.
    void raise(int channel, const float *samples, float *peak, int count, int period_frame,
               bool after_gap) noexcept;

    void reset() noexcept;

  private:
    float weight_;
    NyquistFilter filter_;
    PeakBound bound_;
    PeakKernels kernels_;
    std::vector<History<float>> levels_; ///< of each channel, one for every kHop frames
};

} // namespace headroom::dsp
