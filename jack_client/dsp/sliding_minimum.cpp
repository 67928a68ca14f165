// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/sliding_minimum.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace headroom::dsp {

namespace {

constexpr std::size_t kLongestPeriod = 32;
constexpr float kNothing = std::numeric_limits<float>::max();

} // namespace

SlidingMinimum::SlidingMinimum(int length, float fill)
    : length_(static_cast<std::size_t>(length)),
      fill_(fill),
      period_(std::min(std::bit_floor(length_), kLongestPeriod)),
      values_((length_ / period_ + 2) * period_) {
    reset();
}

void SlidingMinimum::process(float *values, int count) noexcept {
    const auto total = static_cast<std::size_t>(count);
    for (std::size_t done = 0; done < total;) {
        // Up to the next end of a period, of the current one or of the one the window starts in.
        const std::size_t left = std::min(period_ - now_ % period_, period_ - oldest_ % period_);
        const std::size_t run = std::min(total - done, left);
        float *current = values_.data() + now_;
        const float *old = values_.data() + oldest_;
        float *out = values + done;
        float since_start = since_start_;
        for (std::size_t i = 0; i < run; ++i) {
            const float value = out[i];
            current[i] = value;
            since_start = std::min(since_start, value);
            // Where the window starts with the current period, old is the value itself.
            out[i] = std::min(std::min(since_start, between_), old[i]);
        }
        since_start_ = since_start;
        done += run;
        now_ += run;
        oldest_ = (oldest_ + run) % values_.size();
        if (now_ % period_ == 0)
            finish_period();
        if (now_ % period_ == 0 || oldest_ % period_ == 0)
            find_between();
    }
}

void SlidingMinimum::finish_period() noexcept {
    float least = kNothing;
    for (std::size_t i = now_; i-- > now_ - period_;)
        least = values_[i] = std::min(least, values_[i]);
    now_ %= values_.size();
    since_start_ = kNothing;
}

void SlidingMinimum::find_between() noexcept {
    between_ = kNothing;
    const std::size_t current = now_ - now_ % period_;
    std::size_t start = oldest_ - oldest_ % period_;
    if (start == current)
        return;
    // The period in which the window starts is read value by value.
    start = (start + period_) % values_.size();
    for (; start != current; start = (start + period_) % values_.size())
        between_ = std::min(between_, values_[start]);
}

void SlidingMinimum::reset() noexcept {
    std::fill(values_.begin(), values_.end(), fill_);
    now_ = 0;
    oldest_ = (values_.size() + 1 - length_) % values_.size();
    since_start_ = kNothing;
    find_between();
}

} // namespace headroom::dsp
