// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <initializer_list>
#include <vector>

namespace headroom::control {

/// The poll loop of the control thread: sockets, timers and signals, one callback at a time.
class EventLoop {
  public:
    using Milliseconds = std::chrono::milliseconds;

    /// Takes the signals away from the whole program: construct before any thread starts.
    explicit EventLoop(std::initializer_list<int> signals = {SIGINT, SIGTERM, SIGHUP});
    ~EventLoop();
    EventLoop(const EventLoop &) = delete;
    EventLoop &operator=(const EventLoop &) = delete;

    /// Calls back whenever fd can be read.
    void on_readable(int fd, std::function<void()> callback);

    /// Calls back after `first`, and then each time after the time that the callback returns;
    /// a negative time ends the timer.
    void on_timer(Milliseconds first, std::function<Milliseconds()> callback);

    /// Calls back for each signal that was given to the constructor.
    void on_signal(std::function<void(int)> callback);

    /// Until stop() is called from a callback.
    void run();
    void stop() { running_ = false; }

  private:
    using Clock = std::chrono::steady_clock;
    struct Reader {
        int fd;
        std::function<void()> callback;
    };
    struct Timer {
        Clock::time_point due;
        std::function<Milliseconds()> callback;
    };
    void read_signals();
    void fire_timers();

    sigset_t before_{};
    int signal_fd_ = -1;
    bool running_ = false;
    std::vector<Reader> readers_;
    std::vector<Timer> timers_;
    std::function<void(int)> signal_callback_;
};

} // namespace headroom::control
