// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/callback_clock.hpp"

#include <algorithm>

namespace headroom::engine {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

/// One thread writes, so reading and writing need not be one operation.
template <class T> void add(std::atomic<T> &counter, T amount) noexcept {
    counter.store(counter.load(kRelaxed) + amount, kRelaxed);
}

} // namespace

void CallbackClock::begin() noexcept {
    begun_ = std::chrono::steady_clock::now();
}

void CallbackClock::end(std::uint64_t frame, std::uint32_t frames, double sample_rate_hz) noexcept {
    const std::chrono::nanoseconds taken = std::chrono::steady_clock::now() - begun_;
    add(total_ns_, std::int64_t{taken.count()});
    max_ns_.store(std::max(max_ns_.load(kRelaxed), std::int64_t{taken.count()}), kRelaxed);
    const double half_period_ns = 0.5e9 * frames / sample_rate_hz;
    if (static_cast<double>(taken.count()) > half_period_ns) {
        spike_frame_.store(frame, kRelaxed);
        add(spikes_, std::uint64_t{1});
    }
    add(callbacks_, std::uint64_t{1});
}

CallbackTiming CallbackClock::read() const noexcept {
    CallbackTiming timing;
    timing.callbacks = callbacks_.load(kRelaxed);
    if (timing.callbacks > 0)
        timing.mean_us = 1e-3 * static_cast<double>(total_ns_.load(kRelaxed)) /
                         static_cast<double>(timing.callbacks);
    timing.max_us = 1e-3 * static_cast<double>(max_ns_.load(kRelaxed));
    timing.spikes = spikes_.load(kRelaxed);
    timing.spike_frame = spike_frame_.load(kRelaxed);
    return timing;
}

void CallbackClock::reset() noexcept {
    callbacks_.store(0, kRelaxed);
    total_ns_.store(0, kRelaxed);
    max_ns_.store(0, kRelaxed);
    spikes_.store(0, kRelaxed);
    spike_frame_.store(0, kRelaxed);
}

} // namespace headroom::engine
