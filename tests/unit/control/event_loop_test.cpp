// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/event_loop.hpp"
#include "tests/support/catch.hpp"

#include <sys/resource.h>
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
    loop.on_readable(pipe_fds[0], [&] {
        char byte;
        REQUIRE(read(pipe_fds[0], &byte, 1) == 1);
        ++read_count;
        kill(getpid(), SIGUSR1);
    });
    loop.on_signal([&](int number) {
        CHECK(number == SIGUSR1);
        if (++signals == 3)
            loop.stop();
    });
    loop.on_timer(milliseconds(0), [&] {
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
    loop.on_timer(milliseconds(0), [] { return milliseconds(10); });
    loop.on_timer(milliseconds(0), [&] {
        if (++rounds == kRounds)
            loop.stop();
        return milliseconds(20);
    });
    const long before = waits();
    loop.run();
    CHECK(waits() - before <= 2 * kRounds + 2);
}
