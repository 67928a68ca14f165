// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

namespace headroom::engine {

/// Bounded ring from one writing thread to one reading thread. Neither side ever waits, allocates
/// or takes a lock once constructed; a group of items is published at once.
template <class T> class SpscRing {
    static_assert(std::is_trivially_copyable_v<T>);

  public:
    /// Not real-time safe. Holds at least `capacity` items.
    explicit SpscRing(std::size_t capacity) : items_(std::bit_ceil(capacity)) {}

    /// Writer: all of the items or, where there is no room, none.
    bool push(std::span<const T> items) noexcept {
        const std::size_t head = head_.load(std::memory_order_relaxed);
        if (items_.size() - (head - tail_.load(std::memory_order_acquire)) < items.size())
            return false;
        for (std::size_t i = 0; i < items.size(); ++i)
            items_[(head + i) & mask()] = items[i];
        head_.store(head + items.size(), std::memory_order_release);
        return true;
    }
    bool push(const T &item) noexcept { return push(std::span<const T>(&item, 1)); }

    /// Reader: false where the ring is empty.
    bool pop(T &item) noexcept {
        const std::size_t tail = tail_.load(std::memory_order_relaxed);
        if (tail == head_.load(std::memory_order_acquire))
            return false;
        item = items_[tail & mask()];
        tail_.store(tail + 1, std::memory_order_release);
        return true;
    }

    /// Reader: items ready to be popped.
    std::size_t size() const noexcept {
        return head_.load(std::memory_order_acquire) - tail_.load(std::memory_order_relaxed);
    }

  private:
    std::size_t mask() const noexcept { return items_.size() - 1; }

    static constexpr std::size_t kCacheLine = 64;
    std::vector<T> items_;
    alignas(kCacheLine) std::atomic<std::size_t> head_{0}; ///< next to write, by the writer
    alignas(kCacheLine) std::atomic<std::size_t> tail_{0}; ///< next to read, by the reader
};

} // namespace headroom::engine
