// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/event_loop.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

using headroom::control::EventLoop;
using std::chrono::milliseconds;

TEST_CASE("the loop serves descriptors, timers and signals until it is stopped") {
    EventLoop loop({SIGUSR1});
    int pipe_fds[2];
    REQUIRE(pipe(pipe_fds) == 0);
    int read_count = 0;
    int ticks = 0;
    int signals = 0;
    const auto reader = loop.on_readable(pipe_fds[0], [&] {
        char byte;
        REQUIRE(read(pipe_fds[0], &byte, 1) == 1);
        ++read_count;
        kill(getpid(), SIGUSR1);
    });
    const auto signal_watch = loop.on_signal({SIGUSR1}, [&](int number) {
        CHECK(number == SIGUSR1);
        if (++signals == 3)
            loop.stop();
    });
    const auto timer = loop.on_timer(milliseconds(0), [&] {
        ++ticks;
        REQUIRE(write(pipe_fds[1], "x", 1) == 1);
        return ticks < 3 ? milliseconds(1) : milliseconds(-1);
    });
    loop.run();
    CHECK(read_count == 3);
    CHECK(ticks == 3);
    CHECK(signals == 3);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

TEST_CASE("timers whose periods divide each other wake the thread once") {
    constexpr long kRounds = 10;
    const auto waits = [] {
        rusage usage{};
        getrusage(RUSAGE_THREAD, &usage);
        return usage.ru_nvcsw;
    };
    EventLoop loop({SIGUSR1});
    long rounds = 0;
    const auto short_timer = loop.on_timer(milliseconds(0), [] { return milliseconds(10); });
    const auto long_timer = loop.on_timer(milliseconds(0), [&] {
        if (++rounds == kRounds)
            loop.stop();
        return milliseconds(20);
    });
    const long before = waits();
    loop.run();
    CHECK(waits() - before <= 2 * kRounds + 2);
}

namespace {

/// Both ends of a pipe.
struct Pipe {
    int fds[2] = {-1, -1};
    Pipe() { REQUIRE(pipe(fds) == 0); }
    ~Pipe() {
        close(fds[0]);
        close(fds[1]);
    }
    void put() const { REQUIRE(write(fds[1], "x", 1) == 1); }
};

} // namespace

TEST_CASE("what has ended is not called back, not even by what was ready together with it") {
    EventLoop loop({SIGUSR1});
    const Pipe one;
    const Pipe two;
    int calls = 0;
    EventLoop::Watch first, second, timer;
    first = loop.on_readable(one.fds[0], [&] {
        ++calls;
        second.end();
        first.end();
    });
    second = loop.on_readable(two.fds[0], [&] {
        ++calls;
        first.end();
        second.end();
    });
    one.put();
    two.put();
    CHECK(loop.turn());
    CHECK(calls == 1);
    CHECK_FALSE(first);
    CHECK_FALSE(loop.turn());

    timer = loop.on_timer(milliseconds(0), [&] {
        timer.end();
        return milliseconds(0);
    });
    CHECK(loop.turn());
    CHECK_FALSE(loop.turn());
}

TEST_CASE("a descriptor is read and written by two watches, and may come again under its number") {
    EventLoop loop({SIGUSR1});
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    int reads = 0;
    int writes = 0;
    auto reader = loop.on_readable(fds[0], [&] { ++reads; });
    auto writer = loop.on_writable(fds[0], [&] { ++writes; });
    CHECK(loop.turn());
    CHECK(reads == 0);
    CHECK(writes == 1);
    writer.end();
    CHECK_FALSE(loop.turn());
    REQUIRE(write(fds[1], "x", 1) == 1);
    CHECK(loop.turn());
    CHECK(reads == 1);
    reader.end();
    close(fds[0]);
    close(fds[1]);
    const Pipe again;
    reader = loop.on_readable(again.fds[0], [&] { ++reads; });
    CHECK_FALSE(loop.turn());
    again.put();
    CHECK(loop.turn());
    CHECK(reads == 2);
}

TEST_CASE("what is deferred comes after the callback in progress, in its order") {
    EventLoop loop({SIGUSR1});
    std::string order;
    loop.defer([&] { order += "0"; });
    CHECK(order.empty());
    CHECK(loop.turn());
    const auto timer = loop.on_timer(milliseconds(0), [&] {
        loop.defer([&] {
            order += "2";
            loop.defer([&] { order += "4"; });
        });
        loop.defer([&] { order += "3"; });
        order += "1";
        return milliseconds(-1);
    });
    while (loop.turn()) {
    }
    CHECK(order == "01234");
}

TEST_CASE("signals that come while no loop runs wait for one, and end nothing") {
    const EventLoop keeps_them({SIGUSR1});
    for (int round = 0; round < 3; ++round) {
        kill(getpid(), SIGUSR1);
        EventLoop loop({SIGUSR1});
        int heard = 0;
        const auto signals = loop.on_signal({SIGUSR1}, [&](int) {
            ++heard;
            loop.stop();
        });
        loop.run();
        CHECK(heard == 1);
    }
}

TEST_CASE("no timer is early, and a watch may outlive its loop") {
    EventLoop::Watch timer, reader, signals;
    const Pipe pipe;
    {
        EventLoop loop({SIGUSR1});
        const auto start = std::chrono::steady_clock::now();
        int rounds = 0;
        timer = loop.on_timer(milliseconds(3), [&] {
            CHECK(std::chrono::steady_clock::now() - start >= milliseconds(3) * ++rounds);
            if (rounds == 20)
                loop.stop();
            return milliseconds(3);
        });
        reader = loop.on_readable(pipe.fds[0], [] {});
        signals = loop.on_signal({SIGUSR1}, [](int) {});
        loop.run();
        CHECK(rounds == 20);
    }
    CHECK(timer);
}

TEST_CASE("what a callback throws leaves run(), and the loop goes on after it") {
    EventLoop loop({SIGUSR1});
    auto timer = loop.on_timer(milliseconds(0), []() -> milliseconds { throw 7; });
    CHECK_THROWS_AS(loop.run(), int);
    timer = loop.on_timer(milliseconds(0), [&] {
        loop.stop();
        return milliseconds(-1);
    });
    loop.run();
}

TEST_CASE("what is asked for in a turn comes once all that is due has been called") {
    EventLoop::Clock::time_point now{std::chrono::hours(1)};
    EventLoop loop({}, [&now] { return now; });
    std::string order;
    EventLoop::Watch end;
    const auto again = [&] {
        end = loop.on_turn_end([&] {
            order += 'e';
            end.end();
        });
    };
    const auto first = loop.on_timer(milliseconds(5), [&] {
        order += 'a';
        again();
        return milliseconds(-1);
    });
    const auto second = loop.on_timer(milliseconds(5), [&] {
        order += 'b';
        return milliseconds(-1);
    });
    CHECK_FALSE(loop.turn());
    CHECK(loop.next_timer() == now + milliseconds(5));
    now += milliseconds(5); // the loop goes by this clock
    while (loop.turn())
        ;
    CHECK(order == "abe");
    CHECK_FALSE(loop.next_timer());
    again();
    end.end();
    CHECK_FALSE(loop.turn());
    again();
    while (loop.turn())
        ;
    CHECK(order == "abee");
}
