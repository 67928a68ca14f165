// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/profile_switcher.hpp"

#include <algorithm>
#include <ctime>

namespace headroom::control {

ProfileSwitcher::ProfileSwitcher(ProfileKeeper &keeper, Look look, Clock clock)
    : keeper_(keeper),
      look_(std::move(look)),
      clock_(std::move(clock)),
      watcher_(keeper.loop(), [this] {
          read_profiles();
          decide();
      }) {
    watcher_.watch(profile_folders());
    read_profiles();
}

ProfileSwitcher::Time ProfileSwitcher::local_time() {
    constexpr int kMinutesPerHour = 60;
    constexpr int kSecondsPerMinute = 60;
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    return {local.tm_hour * kMinutesPerHour + local.tm_min,
            std::chrono::seconds(std::max(1, kSecondsPerMinute - local.tm_sec))};
}

void ProfileSwitcher::read_profiles() {
    profiles_ = conditional_profiles();
    const bool has_times = std::any_of(profiles_.begin(), profiles_.end(), [](const auto &profile) {
        return !profile.second.times.empty();
    });
    if (!has_times)
        minutes_.end();
    else if (!minutes_)
        minutes_ = keeper_.loop().on_timer(clock_().to_next_minute, [this] {
            decide();
            return clock_().to_next_minute;
        });
}

void ProfileSwitcher::decide() {
    if (profiles_.empty() && due_.empty())
        return;
    auto now = look_();
    if (!now)
        return;
    now->minute_of_day = clock_().minute_of_day;
    const std::pair<std::string, ProfileConditions> *best = nullptr;
    std::string reason;
    for (const auto &profile : profiles_)
        if (auto verdict = profile.second.judge(*now);
            verdict.matches && (best == nullptr || profile.second.kinds() > best->second.kinds())) {
            best = &profile;
            reason = std::move(verdict.reason);
        }
    const std::string due = best == nullptr ? std::string() : best->first;
    if (std::exchange(due_, due) == due)
        return;
    if (due.empty())
        keeper_.switch_back();
    else
        (void)keeper_.switch_to(due, reason); // notifies people of a failure
}

} // namespace headroom::control
