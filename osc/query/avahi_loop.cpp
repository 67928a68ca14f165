// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/query/avahi_loop.hpp"

#include <algorithm>
#include <chrono>
#include <sys/time.h>

using headroom::control::EventLoop;

// Avahi declares both and leaves them to the loop. Either may be freed by its own callback.
struct AvahiWatch {
    EventLoop &loop;
    int fd;
    AvahiWatchCallback callback;
    void *user;
    AvahiWatchEvent happened{};
    EventLoop::Watch reading{};
    EventLoop::Watch writing{};

    void want(AvahiWatchEvent events) {
        if ((events & AVAHI_WATCH_IN) == 0)
            reading.end();
        else if (!reading)
            reading = loop.on_readable(fd, [this] { call(AVAHI_WATCH_IN); });
        if ((events & AVAHI_WATCH_OUT) == 0)
            writing.end();
        else if (!writing)
            writing = loop.on_writable(fd, [this] { call(AVAHI_WATCH_OUT); });
    }

    void call(AvahiWatchEvent event) {
        happened = event;
        callback(this, fd, event, user);
    }
};

struct AvahiTimeout {
    EventLoop &loop;
    AvahiTimeoutCallback callback;
    void *user;
    EventLoop::Watch timer{};

    /// Avahi's times are of the wall clock; nothing is never.
    void set(const timeval *at) {
        timer.end();
        if (at == nullptr)
            return;
        timeval now{};
        ::gettimeofday(&now, nullptr);
        const EventLoop::Duration wait = std::chrono::seconds(at->tv_sec - now.tv_sec) +
                                         std::chrono::microseconds(at->tv_usec - now.tv_usec);
        timer = loop.on_timer(std::max(wait, EventLoop::Duration::zero()), [this] {
            callback(this, user);
            return EventLoop::Duration(-1);
        });
    }
};

namespace headroom::osc {

AvahiLoop::AvahiLoop(EventLoop &loop) {
    api_.userdata = &loop;
    api_.watch_new = [](const AvahiPoll *api, int fd, AvahiWatchEvent events,
                        AvahiWatchCallback callback, void *user) {
        auto *watch = new AvahiWatch{*static_cast<EventLoop *>(api->userdata), fd, callback, user};
        watch->want(events);
        return watch;
    };
    api_.watch_update = [](AvahiWatch *watch, AvahiWatchEvent events) { watch->want(events); };
    api_.watch_get_events = [](AvahiWatch *watch) { return watch->happened; };
    api_.watch_free = [](AvahiWatch *watch) { delete watch; };
    api_.timeout_new = [](const AvahiPoll *api, const timeval *at, AvahiTimeoutCallback callback,
                          void *user) {
        auto *timeout = new AvahiTimeout{*static_cast<EventLoop *>(api->userdata), callback, user};
        timeout->set(at);
        return timeout;
    };
    api_.timeout_update = [](AvahiTimeout *timeout, const timeval *at) { timeout->set(at); };
    api_.timeout_free = [](AvahiTimeout *timeout) { delete timeout; };
}

} // namespace headroom::osc
