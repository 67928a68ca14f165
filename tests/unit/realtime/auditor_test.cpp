// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/support/realtime/audit.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace headroom::realtime;
using Layer = Violation::Layer;

namespace {

/// What is read from here the compiler cannot foresee, and what is written it cannot leave out.
volatile float sink = 0.0f;
const char *volatile text = "x\n";
volatile std::size_t small_size = 100;
volatile std::size_t large_size = std::size_t{1} << 23;

struct Verdict {
    bool libc = false;
    bool kernel = false;
};

/// A thread's first allocation, its first exception and its first scope make system calls that the
/// next ones do not.
void warm_up() {
    try {
        const std::vector<float> values(small_size);
        sink = values[small_size / 2];
        throw small_size;
    } catch (std::size_t value) {
        sink = static_cast<float>(value);
    }
    const AuditScope scope;
}

/// Runs the function in a thread of its own, as a process callback would be.
template <class Function> Verdict audited(Function function) {
    if (!syscall_dispatch_available()) {
        std::fputs("this kernel has no syscall user dispatch (Linux 5.11, x86-64): skipped\n",
                   stderr);
        std::_Exit(77);
    }
    std::thread([&] {
        warm_up();
        reset_violations();
        const AuditScope scope;
        function();
    }).join();
    const Verdict verdict{violation_count(Layer::libc) > 0, violation_count(Layer::kernel) > 0};
    reset_violations();
    return verdict;
}

template <class Function> void expect(const char *name, Verdict expected, Function function) {
    INFO(name);
    const Verdict verdict = audited(function);
    CHECK(verdict.libc == expected.libc);
    CHECK(verdict.kernel == expected.kernel);
}

constexpr Verdict kClean{};
constexpr Verdict kLibc{.libc = true};
constexpr Verdict kKernel{.kernel = true};
constexpr Verdict kBoth{.libc = true, .kernel = true};

} // namespace

TEST_CASE("the auditor is silent about what is real-time safe") {
    std::vector<float> samples(1024, 0.5f);
    std::atomic<int> counter{0};
    expect("arithmetic", kClean, [&] {
        float state = 0.0f;
        for (float &sample : samples)
            state += 0.01f * (std::tanh(sample) - state);
        sink = state;
    });
    expect("atomics", kClean, [&] { counter.fetch_add(1); });
    expect("steady clock", kClean, [] {
        sink = static_cast<float>(std::chrono::steady_clock::now().time_since_epoch().count());
    });
    expect("free of nothing", kClean, [] { std::free(nullptr); }); // NOLINT
}

TEST_CASE("the auditor finds allocations") {
    expect("vector", kLibc, [] {
        // Twice, so that the allocator has the memory at hand at least once.
        for (int i = 0; i < 2; ++i) {
            const std::vector<float> values(small_size);
            sink = values[small_size / 2];
        }
    });
    expect("large vector", kBoth, [] {
        const std::vector<char> values(large_size);
        sink = static_cast<float>(values[7]);
    });
    expect("string", kLibc, [] {
        const std::string long_enough(small_size, *text);
        sink = static_cast<float>(long_enough[3]);
    });
    expect("function with a large capture", kLibc, [] {
        char captured[64] = {*text};
        const std::function<int()> function = [captured] { return int{captured[0]}; };
        sink = static_cast<float>(function());
    });
    void *memory = std::malloc(small_size);
    expect("free", kLibc, [&] { std::free(memory); });
}

TEST_CASE("the auditor finds locks, taken or not") {
    std::mutex mutex;
    std::shared_mutex shared;
    std::condition_variable condition;
    expect("free mutex", kLibc, [&] { const std::lock_guard lock(mutex); });
    expect("shared mutex", kLibc, [&] { const std::shared_lock lock(shared); });
    expect("notification", kLibc, [&] { condition.notify_one(); });
}

TEST_CASE("the auditor finds a thread that waits for another") {
    std::mutex mutex;
    std::atomic<bool> waiting{false};
    mutex.lock();
    std::thread releaser([&] {
        while (!waiting)
            std::this_thread::yield();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        mutex.unlock();
    });
    std::thread([&] {
        warm_up();
        reset_violations();
        const AuditScope scope;
        waiting = true;
        mutex.lock();
        mutex.unlock();
    }).join();
    releaser.join();
    CHECK(violation_count(Layer::libc) > 0);
    if (syscall_dispatch_available())
        CHECK(violation_count(Layer::kernel) > 0); // futex
    reset_violations();
}

TEST_CASE("the auditor finds input, output, sleep and other system calls") {
    expect("write", kBoth, [] { sink = static_cast<float>(::write(2, text, 0)); });
    // The library's own buffers and locks hide from the first layer.
    expect("fprintf", kKernel, [] { std::fprintf(stderr, "%s", text + 1); });
    expect("getpid", kKernel, [] { sink = static_cast<float>(::getpid()); });
    expect("sleep", kBoth, [] { std::this_thread::sleep_for(std::chrono::microseconds(1)); });
    expect("yield", kBoth, [] { std::this_thread::yield(); });
}

TEST_CASE("the auditor finds exceptions") {
    expect("throw", kLibc, [] {
        try {
            throw 1;
        } catch (int value) {
            sink = static_cast<float>(value);
        }
    });
}

TEST_CASE("a system call of audited code is still done, with its result") {
    long in_scope = 0;
    bool failed = false;
    std::thread([&] {
        const AuditScope scope;
        in_scope = ::getppid();
        failed = ::write(-1, text, 1) == -1 && errno == EBADF;
    }).join();
    reset_violations();
    CHECK(in_scope == ::getppid());
    CHECK(failed);
}

TEST_CASE("the auditor watches only inside of its scope and its thread") {
    reset_violations();
    {
        const AuditScope outer;
        { const AuditScope inner; }
    }
    const std::vector<float> values(small_size);
    sink = values[1];
    CHECK(violation_count() == 0);
    std::atomic<bool> stop{false};
    std::atomic<int> rounds{0};
    std::thread other([&] {
        while (!stop) {
            const std::vector<float> allocated(small_size);
            sink = allocated[1];
            ++rounds;
        }
    });
    while (rounds == 0)
        std::this_thread::yield();
    {
        const AuditScope scope;
        const int before = rounds;
        while (rounds < before + 100) {
        }
    }
    stop = true;
    other.join();
    CHECK(violation_count() == 0);
}
