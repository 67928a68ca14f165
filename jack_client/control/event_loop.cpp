// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/event_loop.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace headroom::control {

namespace {

/// struct sched_attr, which not every libc has.
struct Scheduling {
    std::uint32_t size = sizeof(Scheduling);
    std::uint32_t policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime_ns = 0;
    std::uint64_t deadline_ns = 0;
    std::uint64_t period_ns = 0;
};

/// Asks for short turns on the processor, which come the sooner for it: on a machine that is busy
/// with other things, packets wait less for this thread. Linux takes notice from 6.12 on (the slice
/// of EEVDF, sched_setattr(2)); no rights are needed.
void ask_for_short_turns() {
    constexpr std::uint64_t kTurn_ns = 100'000; // the shortest that Linux grants
    Scheduling scheduling;
    if (::syscall(SYS_sched_getattr, 0, &scheduling, sizeof scheduling, 0) != 0 ||
        scheduling.policy != SCHED_OTHER)
        return;
    scheduling.runtime_ns = kTurn_ns;
    ::syscall(SYS_sched_setattr, 0, &scheduling, 0);
}

} // namespace

EventLoop::EventLoop(std::initializer_list<int> signals) {
    sigset_t set;
    sigemptyset(&set);
    for (int signal : signals)
        sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, &before_);
    signal_fd_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signal_fd_ < 0)
        throw std::system_error(errno, std::generic_category(), "signalfd");
    on_readable(signal_fd_, [this] { read_signals(); });
}

EventLoop::~EventLoop() {
    close(signal_fd_);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void EventLoop::on_readable(int fd, std::function<void()> callback) {
    readers_.push_back({fd, std::move(callback)});
}

void EventLoop::on_timer(Milliseconds first, std::function<Milliseconds()> callback) {
    timers_.push_back({Clock::now() + first, std::move(callback)});
}

void EventLoop::on_signal(std::function<void(int)> callback) {
    signal_callback_ = std::move(callback);
}

void EventLoop::read_signals() {
    signalfd_siginfo info;
    while (read(signal_fd_, &info, sizeof info) == sizeof info)
        if (signal_callback_)
            signal_callback_(static_cast<int>(info.ssi_signo));
}

/// Timers that are due within a tick of each other fire together, and keep their phase: so those
/// whose periods divide each other wake the thread once.
void EventLoop::fire_timers() {
    constexpr Milliseconds kTick{1};
    const auto now = Clock::now();
    for (std::size_t i = 0; i < timers_.size() && running_; ++i) {
        if (timers_[i].due > now + kTick)
            continue;
        auto callback = std::move(timers_[i].callback); // it may add timers
        const Milliseconds again = callback();
        timers_[i].callback = std::move(callback);
        const auto next = timers_[i].due + again;
        timers_[i].due = again < Milliseconds(0) ? Clock::time_point::max()
                         : next > now            ? next
                                                 : now + again;
    }
    std::erase_if(timers_,
                  [](const Timer &timer) { return timer.due == Clock::time_point::max(); });
}

void EventLoop::run() {
    ask_for_short_turns();
    running_ = true;
    std::vector<pollfd> fds;
    while (running_) {
        fds.clear();
        for (const Reader &reader : readers_)
            fds.push_back({reader.fd, POLLIN, 0});
        int timeout_ms = -1;
        for (const Timer &timer : timers_) {
            const auto left = std::chrono::ceil<Milliseconds>(timer.due - Clock::now());
            const int ms = static_cast<int>(std::clamp<Milliseconds::rep>(left.count(), 0, 60'000));
            timeout_ms = timeout_ms < 0 ? ms : std::min(timeout_ms, ms);
        }
        if (poll(fds.data(), fds.size(), timeout_ms) < 0 && errno != EINTR)
            throw std::system_error(errno, std::generic_category(), "poll");
        for (std::size_t i = 0; i < fds.size() && running_; ++i)
            if (fds[i].revents != 0)
                readers_[i].callback();
        fire_timers();
    }
}

} // namespace headroom::control
