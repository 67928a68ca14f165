// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/clock.hpp"

#include <utility>

namespace headroom::osc {

namespace {

constexpr std::uint64_t kSecondsTo1970 = 2'208'988'800;
constexpr std::uint64_t kNanoseconds = 1'000'000'000;

/// Reading one clock between two readings of the other takes no longer, unless the thread lost the
/// processor meanwhile.
constexpr std::chrono::microseconds kAtOnce{5};
constexpr int kTries = 4;

std::int64_t to_nanoseconds(std::uint64_t ntp) {
    const std::uint64_t fraction = (ntp & 0xffff'ffff) * kNanoseconds;
    return static_cast<std::int64_t>((ntp >> 32) * kNanoseconds + ((fraction + (1U << 31)) >> 32));
}

std::uint64_t to_ntp(std::uint64_t nanoseconds) {
    const std::uint64_t fraction = nanoseconds % kNanoseconds;
    return nanoseconds / kNanoseconds << 32 | ((fraction << 32) + kNanoseconds / 2) / kNanoseconds;
}

} // namespace

std::chrono::nanoseconds ntp_between(std::uint64_t from, std::uint64_t to) {
    return std::chrono::nanoseconds(to < from ? -to_nanoseconds(from - to)
                                              : to_nanoseconds(to - from));
}

std::uint64_t ntp_plus(std::uint64_t time, std::chrono::nanoseconds later) {
    const auto count = later.count();
    return count < 0 ? time - to_ntp(static_cast<std::uint64_t>(-count))
                     : time + to_ntp(static_cast<std::uint64_t>(count));
}

std::uint64_t ntp_now() {
    const std::chrono::nanoseconds since_1970 = std::chrono::system_clock::now().time_since_epoch();
    return ntp_plus(kSecondsTo1970 << 32, since_1970);
}

Clock::Clock(Steady steady, Wall wall)
    : steady_(std::move(steady)), wall_(std::move(wall)), start_(read()) {}

Clock::Reading Clock::read() const {
    for (int left = kTries;; --left) {
        const TimePoint before = steady_();
        const std::uint64_t wall = wall_();
        const TimePoint after = steady_();
        if (after - before <= kAtOnce || left == 0)
            return {before + (after - before) / 2, wall};
    }
}

TimePoint Clock::due(TimeTag tag) const {
    const Reading now = read();
    return now.steady + ntp_between(now.wall, tag.ntp);
}

std::uint64_t Clock::own(TimePoint now) const {
    return ntp_plus(start_.wall, now - start_.steady);
}

TimePoint Clock::due_on_own(TimeTag tag) const {
    return start_.steady + ntp_between(start_.wall, tag.ntp);
}

} // namespace headroom::osc
