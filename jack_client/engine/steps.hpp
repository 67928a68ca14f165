// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/parameter.hpp"
#include "jack_client/engine/structure.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace headroom::engine {

/// One change of a bus, or of a strip, at a frame.
struct Step {
    enum class Kind : std::uint8_t { value, bypass_all, movable, limiter };
    std::uint64_t frame = 0;
    Kind kind = Kind::value;
    std::int16_t strip = -1;       ///< index of the strip's name; -1 for a bus
    ParameterId parameter;         ///< of value
    float value = 0.0f;            ///< of value and bypass_all
    StructurePart *part = nullptr; ///< of movable and limiter; ownership goes along
};

/// What is about to change in one bus, or in all strips, in the order of time. Its owner's blocks
/// end at these frames and nowhere else.
///
/// In each grid period blocks end at no more than kMostCuts frames within it: what changes at
/// others holds from the grid's next frame on. So a flood of changes costs no more than that, and
/// the result depends on the frames alone. Of what changes twice at one frame the newest holds.
class Steps {
  public:
    static constexpr int kMostCuts = 2;

    /// kinds: how many things may change at one frame. Not real-time safe.
    explicit Steps(std::size_t kinds) : kinds_(kinds), steps_(3 * kinds) {}
    ~Steps();
    Steps(const Steps &) = delete;
    Steps &operator=(const Steps &) = delete;

    // Process thread, real-time safe ------------------------------------------------------------

    /// In the order of time. Returns a part that is not needed any more, or null.
    [[nodiscard]] StructurePart *add(Step step) noexcept;

    /// There may be no room for all that can change at another frame, until steps are taken.
    bool is_crowded() const noexcept { return count_ > 2 * kinds_; }

    /// When the next is due, or the end of time.
    std::uint64_t next_frame() const noexcept {
        return count_ == 0 ? std::numeric_limits<std::uint64_t>::max() : steps_[first_].frame;
    }

    /// The next that is due; false when none is.
    bool take(std::uint64_t now, Step &step) noexcept;

    /// All that are there, earliest first.
    std::span<const Step> waiting() const noexcept { return {steps_.data() + first_, count_}; }

  private:
    std::uint64_t opening(std::uint64_t frame) noexcept;

    std::size_t kinds_;
    std::vector<Step> steps_; ///< only count_ from first_ on count
    std::size_t first_ = 0;
    std::size_t count_ = 0;
    std::uint64_t period_ = 0; ///< of the newest cut, in grid periods
    std::uint64_t cut_ = 0;    ///< the newest
    int cuts_ = 0;             ///< in that period
};

} // namespace headroom::engine
