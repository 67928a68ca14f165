// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/flow.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace headroom::osc {

/// Whether people other than this program's user are at work on the machine: users from UID_MIN of
/// login.defs(5) on, and nobody. Root and the users of system services do not count. Belongs to one
/// thread.
class OtherUsers {
  public:
    static constexpr std::chrono::minutes kRemembered{10};       ///< from when one was seen last
    static constexpr std::chrono::seconds kBetweenScans{1};      ///< of all processes
    static constexpr std::chrono::milliseconds kBetweenLooks{5}; ///< at the newest processes

    OtherUsers();

    /// One of them was seen.
    void note(TimePoint now) { seen_ = now; }

    /// Whether one runs a process, or was seen within kRemembered. A process that cannot be looked
    /// at counts as one of theirs.
    bool are_at_work(TimePoint now);

  private:
    bool is_person(uid_t user) const;
    /// Whether a process belongs to one of them; nothing if there is no such process.
    std::optional<bool> is_theirs(int process) const;
    /// The same by the session that it runs in, as systemd tells them apart.
    bool is_in_their_session(const std::string &process) const;
    bool any_of_the_newest() const;
    bool any_process() const;

    uid_t first_ = 1000;                       ///< UID_MIN
    std::vector<std::pair<uid_t, uid_t>> own_; ///< first and last of the user's own containers
    /// In a user namespace, as of a hardened service, all users but this one look like nobody.
    bool are_hidden_ = false;
    std::optional<TimePoint> seen_;
    std::optional<TimePoint> scanned_;
    std::optional<TimePoint> looked_;
};

} // namespace headroom::osc
