// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <utility>

struct uv_loop_s;

namespace headroom::control {

/// The control thread's loop, on libuv: descriptors, timers and signals, one callback at a time.
/// Everything here belongs to one thread. An exception of a callback leaves run() or turn().
class EventLoop {
    struct Impl;

  public:
    using Clock = std::chrono::steady_clock; // as libuv's
    using Duration = std::chrono::nanoseconds;

    /// Something that the loop calls back for. Once this has ended there are no more calls; it may
    /// end in its own callback, and before or after the loop. A descriptor must outlive it.
    class [[nodiscard]] Watch {
      public:
        Watch() = default;
        Watch(Watch &&other) noexcept : end_(std::exchange(other.end_, nullptr)) {}
        Watch &operator=(Watch &&other) noexcept {
            auto former = std::exchange(end_, std::exchange(other.end_, nullptr));
            if (former)
                former();
            return *this;
        }
        ~Watch() { end(); }

        void end() {
            if (const auto former = std::exchange(end_, nullptr))
                former();
        }
        /// Something may still be called.
        explicit operator bool() const { return end_ != nullptr; }

      private:
        friend Impl;
        explicit Watch(std::function<void()> end) : end_(std::move(end)) {}
        std::function<void()> end_;
    };

    /// Blocks these signals in the whole program until the loop ends, so that they wait for
    /// on_signal(): construct before any thread starts. Timers go by the clock: another than the
    /// steady one is for tests, which turn the loop by hand.
    explicit EventLoop(std::initializer_list<int> signals = {SIGINT, SIGTERM, SIGHUP},
                       std::function<Clock::time_point()> clock = Clock::now);
    ~EventLoop();
    EventLoop(const EventLoop &) = delete;
    EventLoop &operator=(const EventLoop &) = delete;

    /// Calls back whenever fd can be read, or has ended; makes it non-blocking. One reader a
    /// descriptor. Throws std::system_error for what cannot be waited for, such as a regular file.
    Watch on_readable(int fd, std::function<void()> callback);
    /// As on_readable(), whenever fd can be written.
    Watch on_writable(int fd, std::function<void()> callback);

    /// Calls back after `first`, and then each time after the time that the callback returns; a
    /// negative time ends the timer. Timers that are due within a millisecond of each other fire
    /// together.
    Watch on_timer(Duration first, std::function<Duration()> callback);

    /// Calls back for each of these signals, of those that the constructor blocks. They arrive only
    /// while the loop waits, and otherwise stay pending.
    Watch on_signal(std::initializer_list<int> signals, std::function<void(int)> callback);

    /// Calls once, after the callback in progress, in the order of the calls. What such a call
    /// defers itself comes after what else is due.
    void defer(std::function<void()> callback);

    /// Calls once, after everything that is due in this turn of the loop. What is asked for
    /// meanwhile comes at the end of the next turn, which then does not wait.
    Watch on_turn_end(std::function<void()> callback);

    /// For libraries that hang in libuv themselves. The loop closes what they have begun to close
    /// by its end, and then calls `callback`.
    uv_loop_s *uv();
    void on_closed(std::function<void()> callback);

    Clock::time_point now() const;
    /// When the next timer is due; nothing if there is none.
    std::optional<Clock::time_point> next_timer() const;

    /// Until stop() is called from a callback.
    void run();
    void stop();
    /// Calls what is due without waiting; false if that was nothing.
    bool turn();

  private:
    std::shared_ptr<Impl> impl_;
};

} // namespace headroom::control
