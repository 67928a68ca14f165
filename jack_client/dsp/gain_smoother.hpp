// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/history.hpp"

#include <cstdint>

namespace headroom::dsp {

/// Two box averages in a row (together a triangle or trapezium) over a gain of 0..1.
///
/// What is averaged is the whole number 2^30 * (1 - gain), rounded so that gain never grows, in
/// sums that wrap: nothing drifts, and a gain that has been 1 for length() frames comes out as
/// exactly 1.
class GainSmoother {
  public:
    /// Not real-time safe. length: how many frames one value is felt in.
    explicit GainSmoother(int length);

    int length() const noexcept { return length_a_ + length_b_ - 1; }

    /// At most kGridFrames values. Real-time safe.
    void process(const double *gain, float *smooth, int count) noexcept;

    void reset() noexcept;

  private:
    int length_a_;
    int length_b_;
    double scale_;
    History<std::uint64_t> sums_a_; ///< running sums of the input
    History<std::uint64_t> sums_b_; ///< running sums of the first average
};

} // namespace headroom::dsp
