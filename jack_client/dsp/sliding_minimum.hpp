// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace headroom::dsp {

/// Least of the last `length` values, at a constant cost for each.
///
/// After M. van Herk (1992) and J. Gil, M. Werman (1993): time is divided into periods. A window is
/// the end of an old period, whole periods, and the start of the current one; the first is read
/// from the running minima that each period is given, from its end backwards, when it is complete.
class SlidingMinimum {
  public:
    /// Not real-time safe. length 1 or more; the past starts as `fill`.
    SlidingMinimum(int length, float fill);

    /// In place. Real-time safe.
    void process(float *values, int count) noexcept;

    void reset() noexcept;

  private:
    void finish_period() noexcept;
    void find_between() noexcept;

    std::size_t length_;
    float fill_;
    std::size_t period_;        ///< a power of two, not more than the length
    std::vector<float> values_; ///< ring of periods, values or minima up to the period's end
    std::size_t now_ = 0;       ///< next to be written in values_
    std::size_t oldest_ = 0;    ///< start of the window that ends with the next value
    float since_start_ = 0.0f;  ///< least of the current period
    float between_ = 0.0f;      ///< least of the whole periods in the window
};

} // namespace headroom::dsp
