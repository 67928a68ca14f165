// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/engine.hpp"

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace headroom::engine {

/// What the process thread has of every parameter, and which of them it has moved by itself, as
/// MIDI asked. Both threads may set a parameter; the order in which the process thread takes the
/// values decides, and what is on its way to it is newer than what it has. So a value that it moved
/// is told only when nothing more is on its way for that parameter. Never overflows: of each
/// parameter the newest value is told.
class LiveValues {
  public:
    /// Not real-time safe.
    explicit LiveValues(int buses)
        : buses_(buses),
          slots_(static_cast<std::size_t>(buses + 1) * kParameterCount +
                 Engine::kMaximumStripNames * kStripParameterCount),
          moved_((slots_.size() + kBits - 1) / kBits),
          sent_(slots_.size()) {}

    // Any thread, real-time safe ----------------------------------------------------------------

    float get(const midi::Target &target) const noexcept {
        return value(slots_[index(target)].load(std::memory_order_relaxed));
    }

    // Process thread, real-time safe ------------------------------------------------------------

    /// A value that was sent has come.
    void arrived(const midi::Target &target, float value) noexcept {
        auto &slot = slots_[index(target)];
        slot.store(packed(value, arrivals(slot.load(std::memory_order_relaxed)) + 1),
                   std::memory_order_release);
    }
    void moved(const midi::Target &target, float value) noexcept {
        const std::size_t at = index(target);
        auto &slot = slots_[at];
        slot.store(packed(value, arrivals(slot.load(std::memory_order_relaxed))),
                   std::memory_order_release);
        mark(at);
    }

    // Under the engine's mutex ------------------------------------------------------------------

    /// One more value for it is on its way.
    void sent(const midi::Target &target) noexcept { ++sent_[index(target)]; }

    /// One of them does not come.
    void unsent(const midi::Target &target) noexcept { --sent_[index(target)]; }

    /// Tells of it whether moved or not.
    void look_again(const midi::Target &target) noexcept { mark(index(target)); }

    /// Calls back with every target that was moved and its value.
    template <class Function> void take_moved(Function function) {
        if (!any_moved_.exchange(false, std::memory_order_acq_rel))
            return;
        for (std::size_t word = 0; word < moved_.size(); ++word)
            for (std::uint64_t bits = moved_[word].exchange(0, std::memory_order_acq_rel);
                 bits != 0; bits &= bits - 1) {
                const std::size_t at =
                    word * kBits + static_cast<std::size_t>(std::countr_zero(bits));
                const std::uint64_t slot = slots_[at].load(std::memory_order_acquire);
                if (arrivals(slot) == sent_[at])
                    function(target(at), value(slot));
                else
                    mark(at);
            }
    }

    /// To begin with.
    void reset(const midi::Target &target, float value) noexcept {
        const std::size_t at = index(target);
        slots_[at].store(packed(value, sent_[at]), std::memory_order_relaxed);
    }

  private:
    static constexpr std::size_t kBits = 64;

    /// Globals come first, as a bus before the first.
    std::size_t index(const midi::Target &target) const noexcept {
        if (target.strip >= 0)
            return static_cast<std::size_t>(buses_ + 1) * kParameterCount +
                   static_cast<std::size_t>(target.strip) * kStripParameterCount +
                   target.parameter.index - kParameterCount;
        return static_cast<std::size_t>(target.bus + 1) * kParameterCount + target.parameter.index;
    }
    midi::Target target(std::size_t at) const noexcept {
        const std::size_t strips = static_cast<std::size_t>(buses_ + 1) * kParameterCount;
        midi::Target out;
        if (at >= strips) {
            out.strip = static_cast<std::int16_t>((at - strips) / kStripParameterCount);
            out.parameter.index =
                static_cast<std::uint16_t>(kParameterCount + (at - strips) % kStripParameterCount);
        } else {
            out.bus = static_cast<std::int16_t>(static_cast<int>(at / kParameterCount) - 1);
            out.parameter.index = static_cast<std::uint16_t>(at % kParameterCount);
        }
        return out;
    }
    static std::uint64_t packed(float value, std::uint32_t arrivals) noexcept {
        return std::uint64_t{arrivals} << 32 | std::bit_cast<std::uint32_t>(value);
    }
    static float value(std::uint64_t slot) noexcept {
        return std::bit_cast<float>(static_cast<std::uint32_t>(slot));
    }
    static std::uint32_t arrivals(std::uint64_t slot) noexcept {
        return static_cast<std::uint32_t>(slot >> 32);
    }
    void mark(std::size_t at) noexcept {
        moved_[at / kBits].fetch_or(std::uint64_t{1} << at % kBits, std::memory_order_acq_rel);
        any_moved_.store(true, std::memory_order_release);
    }

    int buses_;
    std::vector<std::atomic<std::uint64_t>> slots_; ///< value, and how many of those sent have come
    std::vector<std::atomic<std::uint64_t>> moved_; ///< a bit for each slot
    std::atomic<bool> any_moved_{false};
    std::vector<std::uint32_t> sent_;
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

} // namespace headroom::engine
