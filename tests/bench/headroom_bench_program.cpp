// SPDX-License-Identifier: GPL-3.0-or-later

// How soon `headroom run` works on a running JACK server, what memory it takes, and what it costs
// while nothing plays.
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/process_usage.hpp"
#include "tests/support/signal_clients.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

using namespace headroom;
using namespace headroom::test;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// CPU time of every thread, by the scheduler's own account.
double cpu_seconds(pid_t pid) {
    double ns = 0.0;
    for (const auto &thread :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
        double running_ns = 0.0;
        std::ifstream(thread.path() / "schedstat") >> running_ns;
        ns += running_ns;
    }
    return 1e-9 * ns;
}

double megabytes(long kib) {
    return static_cast<double>(kib) * 1024e-6;
}

constexpr std::chrono::seconds kIdleTime{10};

/// A bus has come to rest by then.
constexpr std::chrono::seconds kTimeToRest{8};

/// Share of a core that the process takes from now on.
double share_of_core(pid_t pid) {
    const auto begin = Clock::now();
    const double before = cpu_seconds(pid);
    std::this_thread::sleep_for(kIdleTime);
    return (cpu_seconds(pid) - before) / seconds_since(begin);
}

void await_callbacks(HeadroomProcess &headroom) {
    if (!eventually([&] { return headroom.status("callbacks") != "0"; }))
        throw std::runtime_error("headroom processes nothing");
}

double start_seconds(const JackServer &server) {
    const auto begin = Clock::now();
    HeadroomProcess headroom({"--server", server.name()}, server.environment());
    await_callbacks(headroom);
    const double seconds = seconds_since(begin);
    headroom.finish();
    return seconds;
}

struct Idle {
    ProcessUsage usage;
    double share;
};

Idle measure_idle(const JackServer &server) {
    HeadroomProcess headroom({"--server", server.name()}, server.environment());
    await_callbacks(headroom);
    std::this_thread::sleep_for(kTimeToRest);
    const pid_t pid = headroom.process().pid();
    const Idle idle{ProcessUsage::of(pid), share_of_core(pid)};
    headroom.finish();
    return idle;
}

/// What libjack and the kernel take for a client of this process that plays silence.
double bare_client_share(const JackServer &server) {
    const std::vector<engine::BusSetup> setup{{"none", find_layout("stereo").value(), {}}};
    const engine::Engine frames(setup, {}, 48000.0);
    const SignalSource client(server.name(), frames, Audio(2));
    // As headroom, it wakes the server's driver in each cycle.
    link_ports(client.handle(), client.port(0), "system:playback_1");
    link_ports(client.handle(), client.port(1), "system:playback_2");
    std::this_thread::sleep_for(std::chrono::seconds(1));
    return share_of_core(getpid());
}

void print_idle(int period_frames) {
    const JackServer server({.period_frames = period_frames});
    const Idle idle = measure_idle(server);
    std::printf("| share of a core while nothing plays, period of %d frames, %% | %.2f |\n"
                "| the same of a JACK client that only plays silence, %% | %.2f |\n",
                period_frames, 100.0 * idle.share, 100.0 * bare_client_share(server));
}

} // namespace

int main() {
    try {
        const JackServer server;
        std::array<double, 5> starts{};
        for (double &seconds : starts)
            seconds = start_seconds(server);
        std::sort(starts.begin(), starts.end());
        const ProcessUsage usage = measure_idle(server).usage;
        std::printf("| `headroom run`, one stereo bus | |\n| --- | --- |\n"
                    "| start to first processed frame, ms, median of %zu | %.0f |\n"
                    "| resident memory, MB | %.1f |\n"
                    "| of that, shared memory of the JACK server, MB | %.1f |\n",
                    starts.size(), 1000.0 * starts[starts.size() / 2], megabytes(usage.rss_kib),
                    megabytes(usage.shared_kib));
        print_idle(256);
        print_idle(1024);
    } catch (const std::exception &error) {
        std::cerr << "headroom_bench_program: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
