// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/steps.hpp"

#include "jack_client/dsp/audio_block.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace headroom::engine {

namespace {

/// The part that stands for both, first; then the other.
std::pair<StructurePart *, StructurePart *> newest_first(StructurePart *a, StructurePart *b) {
    return a != nullptr && a->serial > b->serial ? std::pair(a, b) : std::pair(b, a);
}

} // namespace

Steps::~Steps() {
    for (const Step &step : waiting())
        delete step.part;
}

StructurePart *Steps::add(Step step) noexcept {
    step.frame = opening(step.frame);
    for (std::size_t i = first_ + count_; i-- > first_ && steps_[i].frame == step.frame;)
        if (Step &other = steps_[i]; other.kind == step.kind && other.strip == step.strip &&
                                     other.parameter == step.parameter) {
            const auto [newest, old] = newest_first(other.part, step.part);
            other.value = step.value;
            other.part = newest;
            return old;
        }
    if (first_ + count_ == steps_.size()) {
        std::copy_n(steps_.begin() + static_cast<std::ptrdiff_t>(first_), count_, steps_.begin());
        first_ = 0;
    }
    assert(count_ < steps_.size());
    steps_[first_ + count_++] = step;
    return nullptr;
}

/// The first frame from `frame` on at which a block may end.
std::uint64_t Steps::opening(std::uint64_t frame) noexcept {
    constexpr std::uint64_t kGrid = dsp::kGridFrames;
    if (frame % kGrid == 0 || frame == cut_)
        return frame;
    if (std::exchange(period_, frame / kGrid) != frame / kGrid)
        cuts_ = 0;
    if (cuts_ == kMostCuts)
        return (period_ + 1) * kGrid;
    ++cuts_;
    cut_ = frame;
    return frame;
}

bool Steps::take(std::uint64_t now, Step &step) noexcept {
    if (next_frame() > now)
        return false;
    step = steps_[first_++];
    if (--count_ == 0)
        first_ = 0;
    return true;
}

} // namespace headroom::engine
