// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/query/avahi_loop.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/timerfd.h>

using Clock = std::chrono::steady_clock;

// Avahi declares both and leaves them to the loop.
struct AvahiWatch {
    headroom::osc::AvahiLoop *loop;
    int fd;
    AvahiWatchEvent wanted;
    AvahiWatchEvent happened;
    AvahiWatchCallback callback;
    void *user;
    bool is_freed = false;

    void tell_kernel(int operation) const {
        // The bits of poll() and epoll are the same.
        epoll_event event{};
        event.events = static_cast<std::uint32_t>(wanted);
        event.data.fd = fd;
        ::epoll_ctl(loop->poll_.get(), operation, fd, &event);
    }
};

struct AvahiTimeout {
    headroom::osc::AvahiLoop *loop;
    std::optional<Clock::time_point> due;
    AvahiTimeoutCallback callback;
    void *user;
    bool is_freed = false;

    /// Avahi's times are of the wall clock; nothing is never.
    void set(const timeval *at) {
        due.reset();
        if (at != nullptr) {
            timeval now{};
            ::gettimeofday(&now, nullptr);
            due = Clock::now() + std::chrono::seconds(at->tv_sec - now.tv_sec) +
                  std::chrono::microseconds(at->tv_usec - now.tv_usec);
        }
        loop->set_timer();
    }
};

namespace headroom::osc {

AvahiLoop::AvahiLoop()
    : poll_(::epoll_create1(EPOLL_CLOEXEC)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = timer_.get();
    ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, timer_.get(), &event);

    api_.userdata = this;
    api_.watch_new = [](const AvahiPoll *api, int fd, AvahiWatchEvent event_bits,
                        AvahiWatchCallback callback, void *user) {
        auto *loop = static_cast<AvahiLoop *>(api->userdata);
        AvahiWatch &added = loop->watches_.emplace_back(
            AvahiWatch{loop, fd, event_bits, AvahiWatchEvent{}, callback, user});
        added.tell_kernel(EPOLL_CTL_ADD);
        return &added;
    };
    api_.watch_update = [](AvahiWatch *watch, AvahiWatchEvent event_bits) {
        watch->wanted = event_bits;
        watch->tell_kernel(EPOLL_CTL_MOD);
    };
    api_.watch_get_events = [](AvahiWatch *watch) { return watch->happened; };
    api_.watch_free = [](AvahiWatch *watch) {
        watch->tell_kernel(EPOLL_CTL_DEL);
        watch->is_freed = true;
    };
    api_.timeout_new = [](const AvahiPoll *api, const timeval *at, AvahiTimeoutCallback callback,
                          void *user) {
        auto *loop = static_cast<AvahiLoop *>(api->userdata);
        AvahiTimeout &added =
            loop->timeouts_.emplace_back(AvahiTimeout{loop, std::nullopt, callback, user});
        added.set(at);
        return &added;
    };
    api_.timeout_update = [](AvahiTimeout *timeout, const timeval *at) { timeout->set(at); };
    api_.timeout_free = [](AvahiTimeout *timeout) {
        timeout->is_freed = true;
        timeout->set(nullptr);
    };
}

AvahiLoop::~AvahiLoop() = default;

void AvahiLoop::set_timer() const {
    itimerspec due{};
    std::optional<Clock::time_point> next;
    for (const AvahiTimeout &timeout : timeouts_)
        if (timeout.due)
            next = next ? std::min(*next, *timeout.due) : *timeout.due;
    if (next) {
        const auto wait =
            std::max(std::chrono::nanoseconds(*next - Clock::now()), std::chrono::nanoseconds(1));
        const auto seconds = std::chrono::floor<std::chrono::seconds>(wait);
        due.it_value = {seconds.count(), (wait - seconds).count()};
    }
    ::timerfd_settime(timer_.get(), 0, &due, nullptr); // also forgets that it has fired
}

void AvahiLoop::sweep() {
    watches_.remove_if([](const AvahiWatch &watch) { return watch.is_freed; });
    timeouts_.remove_if([](const AvahiTimeout &timeout) { return timeout.is_freed; });
}

void AvahiLoop::on_readable() {
    std::array<epoll_event, 16> events;
    const int count = ::epoll_wait(poll_.get(), events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i)
        for (AvahiWatch &watch : watches_)
            if (!watch.is_freed && watch.fd == events[static_cast<std::size_t>(i)].data.fd) {
                watch.happened =
                    static_cast<AvahiWatchEvent>(events[static_cast<std::size_t>(i)].events);
                watch.callback(&watch, watch.fd, watch.happened, watch.user);
                watch.happened = AvahiWatchEvent{};
            }
    const auto now = Clock::now();
    for (AvahiTimeout &timeout : timeouts_)
        if (!timeout.is_freed && timeout.due && *timeout.due <= now) {
            timeout.due.reset();
            timeout.callback(&timeout, timeout.user);
        }
    sweep();
    set_timer();
}

} // namespace headroom::osc
