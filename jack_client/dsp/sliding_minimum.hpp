// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/history.hpp"

#include <vector>

namespace headroom::dsp {

/// Least of the last `length` values, at a constant cost for each. Doubling: the least of 2n values
/// is the lesser of two neighbouring windows of n, and any length is covered by two windows of the
/// next smaller power of two.
class SlidingMinimum {
  public:
    /// Not real-time safe. length 1 or more; the past starts as `fill`.
    SlidingMinimum(int length, float fill);

    /// At most kGridFrames values, in place. Real-time safe.
    void process(float *values, int count) noexcept;

    void reset() noexcept;

  private:
    struct Level {
        int distance; ///< between the two windows of which the lesser is taken
        History<float> past;
    };
    std::vector<Level> levels_;
};

} // namespace headroom::dsp
