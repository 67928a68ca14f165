// SPDX-License-Identifier: GPL-3.0-or-later

// How soon `headroom run` works on a running JACK server, what memory it takes, what it costs while
// nothing plays, and how much of an application is heard raw when it starts.
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/process_usage.hpp"
#include "tests/support/routing_tool.hpp"
#include "tests/support/signal_clients.hpp"

#include <algorithm>
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

struct Start {
    double seconds;
    ProcessUsage usage;
    double idle_share;
};

Start measure_start(const JackServer &server, double idle_seconds) {
    const auto begin = Clock::now();
    HeadroomProcess headroom({"--server", server.name()}, server.environment());
    if (!eventually([&] { return headroom.status("callbacks") != "0"; }))
        throw std::runtime_error("headroom processes nothing");
    const double start_seconds = seconds_since(begin);
    const pid_t pid = headroom.process().pid();
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const auto idle_begin = Clock::now();
    const double cpu_before = cpu_seconds(pid);
    std::this_thread::sleep_for(std::chrono::duration<double>(idle_seconds));
    const double share = (cpu_seconds(pid) - cpu_before) / seconds_since(idle_begin);
    const Start result{start_seconds, ProcessUsage::of(pid), share};
    headroom.finish();
    return result;
}

/// What libjack and the kernel take for a client of this process that plays silence.
double bare_client_share(const JackServer &server, double idle_seconds) {
    const std::vector<engine::BusSetup> setup{{"none", find_layout("stereo").value(), {}}};
    const engine::Engine frames(setup, {}, 48000.0);
    const SignalSource client(server.name(), frames, Audio(2));
    // As headroom, it wakes the server's driver in each cycle.
    link_ports(client.handle(), client.port(0), "system:playback_1");
    link_ports(client.handle(), client.port(1), "system:playback_2");
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const auto begin = Clock::now();
    const double cpu_before = cpu_seconds(getpid());
    std::this_thread::sleep_for(std::chrono::duration<double>(idle_seconds));
    return (cpu_seconds(getpid()) - cpu_before) / seconds_since(begin);
}

/// What has passed the limiter is told from what is raw by its level.
constexpr const char *kQuietBus = R"(
buses: { main: { sink: speakers, limiter: { ceiling: -20 } } }
rules: [ { match: { client: player }, route: main } ]
)";

/// Frames of each start of an application that reach the sink before it is silent, in order.
std::vector<int> measure_raw_starts(const JackServer &server, std::size_t starts) {
    const auto environment = server.environment();
    const TemporaryFolder folder;
    std::ofstream(folder.path() / "quiet.yaml") << kQuietBus;
    RoutingMeter sink(start_routing_tool({"sink", "speakers"}, environment));
    HeadroomProcess headroom({"--server", server.name(), "--profile", folder.path() / "quiet.yaml"},
                             environment);
    if (!eventually([&] { return headroom.status("callbacks") != "0"; }))
        throw std::runtime_error("headroom processes nothing");
    std::vector<int> out;
    for (std::size_t start = 0; start < starts; ++start) {
        sink.heard();
        const auto player = start_routing_tool({"play", "player", "speakers"}, environment);
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        const auto heard = sink.heard();
        out.push_back((heard.at("raw").get<int>() + heard.at("both").get<int>()) / 2);
        player->signal(SIGTERM);
        player->wait();
    }
    headroom.finish();
    std::sort(out.begin(), out.end());
    return out;
}

} // namespace

int main() {
    try {
        const JackServer server;
        std::vector<Start> starts;
        for (const double idle_seconds : {1.0, 1.0, 1.0, 1.0, 5.0})
            starts.push_back(measure_start(server, idle_seconds));
        const Start last = starts.back();
        std::sort(starts.begin(), starts.end(),
                  [](const Start &a, const Start &b) { return a.seconds < b.seconds; });
        std::printf("| `headroom run`, one stereo bus | |\n| --- | --- |\n"
                    "| start to first processed frame, ms, median of %zu | %.0f |\n"
                    "| resident memory, MB | %.1f |\n"
                    "| of that, shared memory of the JACK server, MB | %.1f |\n"
                    "| share of a core while nothing plays, period of 256 frames, %% | %.2f |\n"
                    "| the same of a JACK client that only plays silence, %% | %.2f |\n",
                    starts.size(), 1000.0 * starts[starts.size() / 2].seconds,
                    megabytes(last.usage.rss_kib), megabytes(last.usage.shared_kib),
                    100.0 * last.idle_share, 100.0 * bare_client_share(server, 5.0));
        const std::vector<int> raw = measure_raw_starts(server, 20);
        std::printf("| raw frames per start of an application, JACK2, period of 256 frames, "
                    "median of %zu | %d |\n"
                    "| the same, worst | %d |\n",
                    raw.size(), raw[raw.size() / 2], raw.back());
    } catch (const std::exception &error) {
        std::cerr << "headroom_bench_program: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
