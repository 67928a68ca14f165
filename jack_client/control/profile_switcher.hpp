// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/profile_keeper.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace headroom::control {

/// Changes to the profile whose conditions hold (`when:`), and back when they no longer do. Of
/// several it takes the one with the most kinds of condition, then the first by name. It acts only
/// when another profile is due than before: what a user chooses meanwhile stays until then. Belongs
/// to the control thread; the keeper outlives it.
class ProfileSwitcher {
  public:
    /// Minutes since midnight, local time, and how long until the next one begins.
    struct Time {
        int minute_of_day = 0;
        EventLoop::Duration to_next_minute{};
    };
    using Clock = std::function<Time()>;

    explicit ProfileSwitcher(ProfileKeeper &keeper, Clock clock = local_time);

    /// Names of the sinks that buses play to, and of the applications that are there.
    void update(std::vector<std::string> sinks, std::vector<std::string> applications);

    static Time local_time();

  private:
    void read_profiles();
    void decide();

    ProfileKeeper &keeper_;
    Clock clock_;
    FileWatcher watcher_; ///< of the folders that profiles are in
    EventLoop::Watch minutes_;
    std::vector<std::pair<std::string, ProfileConditions>> profiles_;
    Surroundings now_;
    std::string due_; ///< name of the profile whose conditions hold; empty for none
    bool knows_surroundings_ = false;
};

} // namespace headroom::control
