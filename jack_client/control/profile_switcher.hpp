// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/profile_keeper.hpp"

#include <functional>
#include <optional>
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
    /// The sinks and applications there are; nothing while that is not known. Called only if some
    /// profile has or had conditions.
    using Look = std::function<std::optional<Surroundings>()>;

    ProfileSwitcher(ProfileKeeper &keeper, Look look, Clock clock = local_time);

    /// To be called when sinks or applications may have changed.
    void decide();

    static Time local_time();

  private:
    void read_profiles();

    ProfileKeeper &keeper_;
    Look look_;
    Clock clock_;
    FileWatcher watcher_; ///< of the folders that profiles are in
    EventLoop::Watch minutes_;
    std::vector<std::pair<std::string, ProfileConditions>> profiles_;
    std::string due_; ///< name of the profile whose conditions hold; empty for none
};

} // namespace headroom::control
