// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <utility>

namespace headroom::engine {

/// Something that the process thread has used and only the control side may delete.
class Retired {
  public:
    Retired() = default;
    virtual ~Retired() = default;
    Retired(const Retired &) = delete;
    Retired &operator=(const Retired &) = delete;

  private:
    friend class Returns;
    Retired *next_ = nullptr;
};

/// The way back for what is to be deleted. Holds any number; neither side ever waits.
class Returns {
  public:
    Returns() = default;
    ~Returns() { collect(); }
    Returns(const Returns &) = delete;
    Returns &operator=(const Returns &) = delete;

    /// Process thread, real-time safe. Takes ownership; null is nothing.
    void push(Retired *object) noexcept {
        if (object == nullptr)
            return;
        object->next_ = newest_.load(std::memory_order_relaxed);
        // Fails at most once for each collect(), since nobody else writes.
        while (!newest_.compare_exchange_weak(object->next_, object, std::memory_order_release,
                                              std::memory_order_relaxed)) {
        }
    }

    /// Deletes all that has come back. Not real-time safe.
    void collect() {
        Retired *object = newest_.exchange(nullptr, std::memory_order_acquire);
        while (object != nullptr)
            delete std::exchange(object, object->next_);
    }

  private:
    std::atomic<Retired *> newest_{nullptr};
};

} // namespace headroom::engine
