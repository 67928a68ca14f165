// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <csignal>
#include <memory>
#include <optional>

namespace headroom::app {

/// The signals of the running program, taken by a thread of its own: one that asks for the end has
/// effect whatever the other threads wait for.
///
/// SIGTERM, SIGINT and SIGQUIT ask for the end. So does SIGHUP, when the program was started in a
/// terminal (unless by nohup); otherwise it asks to read the profile again. SIGTSTP (Ctrl-Z) is
/// refused with a line that says why. The process ends at the latest kPatience after the first
/// request, and at once after a second one; the journal on disk then holds what is left to give
/// back to the applications.
class Signals {
  public:
    enum class Wish { end, reload };

    static constexpr std::chrono::milliseconds kPatience{2500};

    /// Blocks the signals in this thread and those that it starts: construct before any other
    /// thread. At most one at a time.
    Signals();
    /// From now on nothing ends the process any more.
    ~Signals();
    Signals(const Signals &) = delete;
    Signals &operator=(const Signals &) = delete;

    /// Can be read while there is a wish to take.
    int fd() const;
    /// The next wish; nothing when there is none. Once the end is wished for, it stays so.
    std::optional<Wish> take();
    bool is_end_wanted() const;

    /// As SIGTERM does. For any thread.
    void end();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::app
