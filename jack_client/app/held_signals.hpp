// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <csignal>
#include <ctime>

namespace headroom::app {

/// Signals that end a program wait while this lives, so that there is time to take something back.
class HeldSignals {
  public:
    HeldSignals() {
        sigemptyset(&held_);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
            sigaddset(&held_, signal);
        pthread_sigmask(SIG_BLOCK, &held_, &before_);
    }
    ~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    HeldSignals(const HeldSignals &) = delete;
    HeldSignals &operator=(const HeldSignals &) = delete;

    /// Whether one came within that time.
    bool came_within(std::chrono::milliseconds time) const {
        const timespec patience{.tv_nsec = std::chrono::nanoseconds(time).count()};
        return sigtimedwait(&held_, nullptr, &patience) > 0;
    }

  private:
    sigset_t held_{};
    sigset_t before_{};
};

} // namespace headroom::app
