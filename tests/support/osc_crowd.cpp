// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/osc_crowd.hpp"

#include "osc/subscriptions.hpp"
#include "tests/support/audio.hpp"
#include "tests/support/meter_subscriber.hpp"
#include "tests/support/osc_storm.hpp"
#include "tests/support/probe_client.hpp"
#include "tests/support/process_usage.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace headroom::test {

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr double kRate_hz = 48000.0;
constexpr std::size_t kDead = 16;

void require(bool good, const char *what) {
    if (!good)
        throw std::runtime_error(what);
}

using Subscribers = std::vector<std::unique_ptr<MeterSubscriber>>;

Subscribers subscribers(std::uint16_t port, std::size_t count) {
    Subscribers out;
    for (std::size_t i = 0; i < count; ++i)
        out.push_back(std::make_unique<MeterSubscriber>(port));
    return out;
}

} // namespace

CrowdFigures measure_osc_crowd(const JackServer &server, HeadroomProcess &headroom,
                               double seconds) {
    // Quiet noise, which is left as it is.
    for (const char *off : {"gate/on", "agc/on", "compressor/on", "limiter/soft"})
        require(headroom.set("bus/main/" + std::string(off), 0.0f), "a stage is not off");
    const auto latency = static_cast<std::uint32_t>(std::stoi(headroom.status("latency_frames")));
    const Channels sent{noise(-12.0, seconds, kRate_hz, 1)};
    ProbeClient probe(server.name(), "probe", 1, 0);
    ProbeClient ear(server.name(), "probe-ear", 0, 1,
                    static_cast<std::size_t>(kRate_hz * (seconds + 20.0)));
    require(probe.connect("probe:play_1", "headroom:main_in_1"), "nothing is heard");
    require(ear.connect("headroom:main_out_1", "probe-ear:record_1"), "nobody listens");

    Subscribers gone = subscribers(headroom.osc_port(), kDead / 2);
    Subscribers mute = subscribers(headroom.osc_port(), kDead / 2);
    Subscribers alive = subscribers(headroom.osc_port(), osc::Subscriptions::kPeers - kDead);
    const auto listen = [&](Clock::duration time) {
        auto renewal = Clock::now();
        for (const auto end = Clock::now() + time; Clock::now() < end;) {
            std::this_thread::sleep_for(5ms);
            for (const auto &subscriber : alive)
                subscriber->read();
            if (Clock::now() < renewal)
                continue;
            renewal += 2s;
            for (const auto &subscriber : mute)
                subscriber->renew();
        }
    };
    gone.clear();
    listen(1s);
    require(std::all_of(alive.begin(), alive.end(),
                        [](const auto &subscriber) { return subscriber->packets > 0; }),
            "a subscriber hears nothing");
    for (const auto &subscriber : alive) {
        subscriber->packets = subscriber->missed = 0;
        subscriber->longest_silence = {};
    }

    const int pid = headroom.process().pid();
    const int xruns_before = ear.xruns();
    const double cpu_before = thread_cpu_seconds(pid, pid);
    const std::uint32_t start = probe.frame_ahead();
    const auto began = Clock::now();
    probe.play(sent, start);
    listen(1s);
    const long before_kib = ProcessUsage::of(pid).rss_kib;
    const auto whole =
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    listen(whole - (Clock::now() - began));

    CrowdFigures figures{.listeners = static_cast<int>(alive.size()), .dead = kDead};
    const double lasted = std::chrono::duration<double>(Clock::now() - began).count();
    figures.grown_kib = ProcessUsage::of(pid).rss_kib - before_kib;
    figures.control_cores = (thread_cpu_seconds(pid, pid) - cpu_before) / lasted;
    figures.xruns = ear.xruns() - xruns_before;
    figures.least_rate_hz = 1e9;
    for (const auto &subscriber : alive) {
        figures.missed += subscriber->missed;
        figures.least_rate_hz =
            std::min(figures.least_rate_hz, static_cast<double>(subscriber->packets) / lasted);
        figures.longest_silence_ms = std::max(
            figures.longest_silence_ms,
            std::chrono::duration<double, std::milli>(subscriber->longest_silence).count());
    }
    const Channels heard = ear.recorded(start + latency, sent[0].size());
    for (std::size_t i = 0; i < sent[0].size(); ++i)
        figures.wrong_frames += heard[0][i] == sent[0][i] ? 0 : 1;
    return figures;
}

} // namespace headroom::test
