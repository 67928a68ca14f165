// SPDX-License-Identifier: MPL-2.0
#include "osc/client/timing.hpp"

#include <algorithm>

namespace headroom::osc {

namespace {

using std::chrono::nanoseconds;

constexpr std::int64_t kSecond_ns = 1'000'000'000;
constexpr int kReportsToFall = 16; ///< that take down most of the slack
constexpr std::chrono::minutes kSampleLife{1};

TimeTag to_tag(std::int64_t ns) {
    const auto time = static_cast<std::uint64_t>(ns);
    constexpr std::uint64_t kSecond = kSecond_ns;
    return {time / kSecond << 32 | (time % kSecond << 32) / kSecond};
}

std::int64_t to_ns(TimeTag tag) {
    const std::uint64_t fraction = tag.ntp & 0xffffffffu;
    return static_cast<std::int64_t>(tag.ntp >> 32) * kSecond_ns +
           static_cast<std::int64_t>((fraction * kSecond_ns) >> 32);
}

template <class Clock> std::int64_t since_epoch_ns(std::chrono::time_point<Clock> time) {
    return std::chrono::duration_cast<nanoseconds>(time.time_since_epoch()).count();
}

} // namespace

TimeTag time_tag(std::chrono::steady_clock::time_point time) {
    return to_tag(since_epoch_ns(time));
}

bool Lead::report(const Message &message) {
    if (message.address != "/headroom/landed" || message.arguments.size() < 4)
        return false;
    const auto *least_ms = std::get_if<float>(&message.arguments[0]);
    const auto *landed = std::get_if<std::int32_t>(&message.arguments[3]);
    if (least_ms == nullptr || landed == nullptr || *landed == 0)
        return least_ms != nullptr;
    const auto margin = std::chrono::duration_cast<Duration>(
        std::chrono::duration<float, std::milli>(std::clamp(*least_ms, -3000.0f, 60'000.0f)));
    if (margin < Duration(0))
        value_ += kSpare - margin;
    else if (margin > kSpare)
        value_ -= (margin - kSpare) / kReportsToFall;
    value_ = std::clamp(value_, kLeast, kMost);
    return true;
}

Message ServerClock::question(TimePoint now) const {
    return {"/headroom/clock", {time_tag(now), TimeTag{0}, TimeTag{0}}};
}

bool ServerClock::answer(const Message &message, TimePoint now) {
    if (message.address != "/headroom/clock" || message.arguments.size() != 3)
        return false;
    std::int64_t times[3];
    for (std::size_t i = 0; i < 3; ++i) {
        const auto *tag = std::get_if<TimeTag>(&message.arguments[i]);
        if (tag == nullptr)
            return false;
        times[i] = to_ns(*tag);
    }
    const auto [asked, came, went] = times;
    const std::int64_t back = since_epoch_ns(now);
    const Sample sample{((came - asked) + (went - back)) / 2, (back - asked) - (went - came), now};
    if (!best_ || sample.on_the_way_ns <= best_->on_the_way_ns || now - best_->taken > kSampleLife)
        best_ = sample;
    return true;
}

TimeTag ServerClock::at(TimePoint time) const {
    if (best_)
        return to_tag(since_epoch_ns(time) + best_->offset_ns);
    constexpr std::int64_t kSecondsTo1970 = 2'208'988'800;
    const auto ahead = time - std::chrono::steady_clock::now();
    return to_tag(since_epoch_ns(std::chrono::system_clock::now()) + kSecondsTo1970 * kSecond_ns +
                  std::chrono::duration_cast<nanoseconds>(ahead).count());
}

} // namespace headroom::osc
