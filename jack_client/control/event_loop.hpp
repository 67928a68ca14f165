// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <initializer_list>
#include <memory>
#include <utility>

struct uv_loop_s;

namespace headroom::control {

/// The control thread's loop, on libuv: descriptors, timers and signals, one callback at a time.
/// Everything here belongs to one thread. An exception of a callback leaves run() or turn().
class EventLoop {
    struct Impl;

  public:
    using Milliseconds = std::chrono::milliseconds;

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
    /// on_signal(): construct before any thread starts.
    explicit EventLoop(std::initializer_list<int> signals = {SIGINT, SIGTERM, SIGHUP});
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
    Watch on_timer(Milliseconds first, std::function<Milliseconds()> callback);

    /// Calls back for each of these signals, of those that the constructor blocks. They arrive only
    /// while the loop waits, and otherwise stay pending.
    Watch on_signal(std::initializer_list<int> signals, std::function<void(int)> callback);

    /// Calls once, after the callback in progress, in the order of the calls. What such a call
    /// defers itself comes after what else is due.
    void defer(std::function<void()> callback);

    /// For libraries that hang in libuv themselves. Their handles must be closed before this ends.
    uv_loop_s *uv();

    /// Until stop() is called from a callback.
    void run();
    void stop();
    /// Calls what is due without waiting; false if that was nothing.
    bool turn();

  private:
    std::shared_ptr<Impl> impl_;
};

} // namespace headroom::control
