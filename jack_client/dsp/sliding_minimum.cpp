// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/sliding_minimum.hpp"

namespace headroom::dsp {

SlidingMinimum::SlidingMinimum(int length, float fill) {
    int window = 1;
    for (; 2 * window <= length; window *= 2)
        levels_.push_back({window, History<float>(window, fill)});
    if (window < length)
        levels_.push_back({length - window, History<float>(length - window, fill)});
}

void SlidingMinimum::process(float *values, int count) noexcept {
    for (Level &level : levels_) {
        float *block = level.past.push(count);
        const float *earlier = block - level.distance;
        std::copy_n(values, count, block);
        for (int i = 0; i < count; ++i)
            values[i] = std::min(block[i], earlier[i]);
    }
}

void SlidingMinimum::reset() noexcept {
    for (Level &level : levels_)
        level.past.reset();
}

} // namespace headroom::dsp
