// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/event_loop.hpp"

#include "jack_client/control/short_slice.hpp"
#include "jack_client/control/turn_ends.hpp"
#include "jack_client/control/uv_handle.hpp"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <list>
#include <map>
#include <optional>
#include <pthread.h>
#include <utility>
#include <uv.h>
#include <vector>

namespace headroom::control {

namespace {

using Clock = EventLoop::Clock;
using std::chrono::milliseconds;

} // namespace

struct EventLoop::Impl : std::enable_shared_from_this<Impl> {
    using Callback = std::function<void()>;

    /// The callbacks are held by pointer because they may be taken away while one of them runs.
    struct Descriptor {
        Impl *owner = nullptr;
        int fd = -1;
        Handle<uv_poll_t> poll;
        std::shared_ptr<Callback> reader;
        std::shared_ptr<Callback> writer;
    };
    struct Timer {
        Clock::time_point due;
        std::function<Duration()> callback;
        bool has_ended = false;
    };
    struct Signal {
        Impl *owner = nullptr;
        Handle<uv_signal_t> handle;
        std::shared_ptr<std::function<void(int)>> callback;
    };

    std::function<Clock::time_point()> clock;
    uv_loop_t loop{};
    sigset_t blocked{};
    sigset_t before{};
    bool is_running = false;
    bool is_firing = false;
    bool is_closed = false;
    int depth = 0;           ///< of callbacks in progress
    std::uint64_t calls = 0; ///< that were made
    std::exception_ptr thrown;
    std::map<int, std::shared_ptr<Descriptor>> descriptors;
    std::list<Timer> timers;
    std::list<std::list<Signal>> signal_lists; ///< of each watch
    std::vector<Callback> deferred;
    TurnEnds turn_ends;
    std::vector<Callback> at_close;
    std::unique_ptr<Handle<uv_timer_t>> alarm;
    std::unique_ptr<Handle<uv_prepare_t>> prepare;
    std::unique_ptr<Handle<uv_check_t>> check;

    explicit Impl(std::function<Clock::time_point()> of) : clock(std::move(of)) {}

    void open() {
        checked(uv_loop_init(&loop), "the event loop cannot start");
        alarm = std::make_unique<Handle<uv_timer_t>>();
        alarm->open(uv_timer_init(&loop, alarm->get()), "timer", this);
        turn_ends.open(&loop);
        // Signals get through while the loop waits, and then only: threads that callbacks start
        // inherit them blocked, and what comes while nothing runs stays pending.
        prepare = std::make_unique<Handle<uv_prepare_t>>();
        prepare->open(uv_prepare_init(&loop, prepare->get()), "prepare", this);
        uv_prepare_start(prepare->get(), [](uv_prepare_t *handle) {
            pthread_sigmask(SIG_UNBLOCK, &static_cast<Impl *>(handle->data)->blocked, nullptr);
        });
        check = std::make_unique<Handle<uv_check_t>>();
        check->open(uv_check_init(&loop, check->get()), "check", this);
        uv_check_start(check->get(), [](uv_check_t *handle) {
            auto &self = *static_cast<Impl *>(handle->data);
            pthread_sigmask(SIG_BLOCK, &self.blocked, nullptr);
            self.end_turn();
        });
    }

    void close() {
        is_closed = true;
        descriptors.clear();
        signal_lists.clear();
        alarm.reset();
        turn_ends.close();
        prepare.reset();
        check.reset();
        uv_run(&loop, UV_RUN_DEFAULT); // until all are closed
        for (const Callback &callback : at_close)
            callback();
        uv_run(&loop, UV_RUN_DEFAULT);
        uv_loop_close(&loop);
    }

    /// Every callback runs in here.
    template <class F> void call(F callback) {
        ++depth;
        ++calls;
        try {
            callback();
            if (depth == 1)
                call_deferred();
        } catch (...) {
            thrown = std::current_exception();
            stop();
        }
        --depth;
    }

    void call_deferred() {
        for (Callback &callback : std::exchange(deferred, {}))
            callback();
        if (!deferred.empty())
            turn_ends.add([] {});
    }

    Watch add_turn_end(Callback callback) {
        return Watch([weak = turn_ends.add(std::move(callback))] {
            if (const auto end = weak.lock())
                end->has_ended = true;
        });
    }

    void end_turn() {
        if (is_running)
            for (const auto &end : turn_ends.take())
                if (!end->has_ended)
                    call(end->callback);
    }

    void stop() {
        if (is_running)
            uv_stop(&loop);
        is_running = false;
    }

    void run(uv_run_mode mode) {
        is_running = true;
        set_alarm();
        do
            uv_run(&loop, mode);
        while (is_running && mode == UV_RUN_DEFAULT);
        is_running = false;
        if (thrown)
            std::rethrow_exception(std::exchange(thrown, nullptr));
    }

    // Descriptors.

    Watch watch_descriptor(int fd, std::shared_ptr<Callback> Descriptor::*which,
                           Callback callback) {
        auto &known = descriptors[fd];
        if (!known) {
            auto added = std::make_shared<Descriptor>();
            added->owner = this;
            added->fd = fd;
            const int status = uv_poll_init(&loop, added->poll.get(), fd);
            if (status < 0)
                descriptors.erase(fd);
            added->poll.open(status, "a descriptor cannot be waited for", added.get());
            known = std::move(added);
        }
        auto held = std::make_shared<Callback>(std::move(callback));
        (*known).*which = held;
        start(*known);
        return Watch([weak = weak_from_this(), fd, which, held] {
            if (const auto self = weak.lock())
                self->end_descriptor(fd, which, held);
        });
    }

    void end_descriptor(int fd, std::shared_ptr<Callback> Descriptor::*which,
                        const std::shared_ptr<Callback> &held) {
        const auto at = descriptors.find(fd);
        if (at == descriptors.end() || (*at->second).*which != held)
            return;
        ((*at->second).*which).reset();
        start(*at->second);
        if (!at->second->reader && !at->second->writer)
            descriptors.erase(at);
    }

    static void start(Descriptor &descriptor) {
        const int events = (descriptor.reader ? UV_READABLE | UV_DISCONNECT : 0) |
                           (descriptor.writer ? UV_WRITABLE : 0);
        if (events == 0)
            uv_poll_stop(descriptor.poll.get());
        else
            uv_poll_start(descriptor.poll.get(), events, on_descriptor);
    }

    static void on_descriptor(uv_poll_t *handle, int status, int events) {
        const auto *descriptor = static_cast<Descriptor *>(handle->data);
        Impl &owner = *descriptor->owner;
        const auto known = owner.descriptors.at(descriptor->fd); // stays during the callbacks
        const bool is_error = status < 0; // which reading and writing then meet
        for (const auto &[which, wanted] : {std::pair(&Descriptor::reader, ~UV_WRITABLE),
                                            std::pair(&Descriptor::writer, int{UV_WRITABLE})}) {
            const auto callback = (*known).*which;
            if (callback && (is_error || (events & wanted) != 0) && owner.is_running)
                owner.call(*callback);
        }
        if (is_error && (known->reader || known->writer)) // libuv has stopped waiting for it
            start(*known);
    }

    // Timers. All share one of libuv's.

    Watch add_timer(Duration first, std::function<Duration()> callback) {
        timers.push_back({clock() + first, std::move(callback)});
        const auto added = std::prev(timers.end());
        if (!is_firing)
            set_alarm();
        return Watch([weak = weak_from_this(), added] {
            if (const auto self = weak.lock())
                self->end_timer(added);
        });
    }

    /// The watch is what takes a timer off the list; one that has ended by itself stays until then.
    void end_timer(std::list<Timer>::iterator timer) {
        if (is_closed)
            return;
        if (is_firing) {
            timer->has_ended = true;
            ended.push_back(timer);
            return;
        }
        timers.erase(timer);
        set_alarm();
    }
    std::vector<std::list<Timer>::iterator> ended; ///< by their watches, while timers fire

    std::optional<Clock::time_point> next_timer() const {
        std::optional<Clock::time_point> next;
        for (const Timer &timer : timers)
            if (!timer.has_ended)
                next = std::min(next.value_or(timer.due), timer.due);
        return next;
    }

    void set_alarm(std::int64_t least_ms = 0) {
        const auto next = next_timer();
        if (!next) {
            uv_timer_stop(alarm->get());
            return;
        }
        // libuv counts whole milliseconds of the same clock: rounded up, so that no timer is early.
        uv_update_time(&loop);
        const auto now = clock();
        const auto left = *next <= now
                              ? 0
                              : (std::chrono::ceil<milliseconds>(next->time_since_epoch()) -
                                 std::chrono::floor<milliseconds>(now.time_since_epoch()))
                                    .count();
        uv_timer_start(
            alarm->get(),
            [](uv_timer_t *handle) { static_cast<Impl *>(handle->data)->fire_timers(); },
            static_cast<std::uint64_t>(std::max<std::int64_t>(left, least_ms)), 0);
    }

    /// Timers that are due within a tick of each other fire together, and keep their phase: those
    /// with periods that divide each other wake the thread once.
    void fire_timers() {
        constexpr milliseconds kTick{1};
        const auto now = clock();
        is_firing = true;
        const std::size_t count = timers.size(); // what is added meanwhile has its turn later
        auto timer = timers.begin();
        for (std::size_t i = 0; i < count && is_running; ++i, ++timer) {
            if (timer->has_ended || timer->due > now + kTick)
                continue;
            call([&] {
                const Duration again = timer->callback();
                const auto next = timer->due + again;
                timer->due = next > now ? next : now + again;
                timer->has_ended |= again < Duration::zero();
            });
        }
        is_firing = false;
        for (const auto &gone : std::exchange(ended, {}))
            timers.erase(gone);
        if (is_running) // else run() does; and libuv must get out of its timers to be stopped
            set_alarm(1);
    }

    // Signals.

    Watch watch_signals(std::initializer_list<int> signals, std::function<void(int)> callback) {
        const auto shared = std::make_shared<std::function<void(int)>>(std::move(callback));
        const auto list = signal_lists.emplace(signal_lists.end());
        for (const int number : signals) {
            Signal &added = list->emplace_back();
            added.owner = this;
            added.callback = shared;
            added.handle.open(uv_signal_init(&loop, added.handle.get()), "signal", &added);
            checked(uv_signal_start(added.handle.get(), on_signal, number), "signal");
        }
        return Watch([weak = weak_from_this(), list] {
            if (const auto self = weak.lock(); self && !self->is_closed)
                self->signal_lists.erase(list);
        });
    }

    static void on_signal(uv_signal_t *handle, int number) {
        const auto *signal = static_cast<Signal *>(handle->data);
        const auto callback = signal->callback;
        signal->owner->call([&] { (*callback)(number); });
    }
};

EventLoop::EventLoop(std::initializer_list<int> signals, std::function<Clock::time_point()> clock)
    : impl_(std::make_shared<Impl>(std::move(clock))) {
    sigemptyset(&impl_->blocked);
    for (const int signal : signals)
        sigaddset(&impl_->blocked, signal);
    pthread_sigmask(SIG_BLOCK, &impl_->blocked, &impl_->before);
    impl_->open();
}

EventLoop::~EventLoop() {
    impl_->close();
    pthread_sigmask(SIG_SETMASK, &impl_->before, nullptr);
}

EventLoop::Watch EventLoop::on_readable(int fd, std::function<void()> callback) {
    return impl_->watch_descriptor(fd, &Impl::Descriptor::reader, std::move(callback));
}

EventLoop::Watch EventLoop::on_writable(int fd, std::function<void()> callback) {
    return impl_->watch_descriptor(fd, &Impl::Descriptor::writer, std::move(callback));
}

EventLoop::Watch EventLoop::on_timer(Duration first, std::function<Duration()> callback) {
    return impl_->add_timer(first, std::move(callback));
}

EventLoop::Watch EventLoop::on_signal(std::initializer_list<int> signals,
                                      std::function<void(int)> callback) {
    return impl_->watch_signals(signals, std::move(callback));
}

void EventLoop::defer(std::function<void()> callback) {
    impl_->deferred.push_back(std::move(callback));
    if (impl_->depth == 0)
        impl_->turn_ends.add([] {});
}

EventLoop::Watch EventLoop::on_turn_end(std::function<void()> callback) {
    return impl_->add_turn_end(std::move(callback));
}

uv_loop_s *EventLoop::uv() {
    return &impl_->loop;
}

void EventLoop::on_closed(std::function<void()> callback) {
    impl_->at_close.push_back(std::move(callback));
}

EventLoop::Clock::time_point EventLoop::now() const {
    return impl_->clock();
}

std::optional<EventLoop::Clock::time_point> EventLoop::next_timer() const {
    return impl_->next_timer();
}

void EventLoop::run() {
    request_short_slice();
    impl_->run(UV_RUN_DEFAULT);
}

void EventLoop::stop() {
    impl_->stop();
}

bool EventLoop::turn() {
    const auto before = impl_->calls;
    impl_->run(UV_RUN_NOWAIT);
    return impl_->calls != before;
}

} // namespace headroom::control
