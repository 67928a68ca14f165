// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/osc_load.hpp"

#include "config/registry.hpp"
#include "osc/wire/packet.hpp"
#include "osc/wire/transport.hpp"
#include "tests/support/osc_storm.hpp"
#include "tests/support/probe_client.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>
#include <stdexcept>
#include <thread>

namespace headroom::test {

namespace {

constexpr std::uint32_t kSinePeriod = 48; ///< in frames: 1 kHz
constexpr float kSinePeak = 0.1f;
constexpr float kHeard = 2e-4f;
constexpr std::size_t kListen_frames = 4800;
constexpr const char *kBell = "bus/main/equaliser/bell_1/";

/// Parameters that may take any value without being heard, in the form for faders.
std::vector<std::string> storm_addresses() {
    std::vector<std::string> out;
    for (const Parameter &parameter : parameters())
        if (parameter.scope == Scope::bus && parameter.scale != Scale::boolean &&
            parameter.scale != Scale::choice && !parameter.structural &&
            (parameter.path.starts_with("gate/") || parameter.path.starts_with("agc/") ||
             parameter.path.starts_with("compressor/") ||
             (parameter.path.starts_with("equaliser/") &&
              parameter.path.find("/bell_1/") == std::string_view::npos)))
            out.push_back("/headroom/bus/main/" + std::string(parameter.path) + "/norm");
    return out;
}

void require(bool good, const char *what) {
    if (!good)
        throw std::runtime_error(what);
}

/// A sine through the bus, in which changes of one bell of the equaliser are heard.
class Listener {
  public:
    Listener(const JackServer &server, HeadroomProcess &headroom, double seconds)
        : socket_(osc::UdpSocket::connect(*osc::Endpoint::parse("127.0.0.1", headroom.osc_port()))
                      .value()),
          probe_(server.name(), "probe", 1, 0),
          ear_(server.name(), "probe-ear", 0, 1,
               static_cast<std::size_t>(48000 * (seconds + 20.0))) {
        for (const char *off : {"gate/on", "agc/on", "compressor/on", "limiter/soft"})
            require(headroom.set("bus/main/" + std::string(off), 0.0f), "a stage is not off");
        require(headroom.set(std::string(kBell) + "on", 1.0f), "the bell is not on");
        require(headroom.set(std::string(kBell) + "frequency", 1000.0f), "the bell is not tuned");
        require(probe_.connect("probe:play_1", "headroom:main_in_1"), "nothing is heard");
        require(ear_.connect("headroom:main_out_1", "probe-ear:record_1"), "nobody listens");
        latency_frames_ = static_cast<std::uint32_t>(std::stoi(headroom.status("latency_frames")));
        Channels sine(1, std::vector<float>(static_cast<std::size_t>(48000 * (seconds + 20.0))));
        for (std::size_t i = 0; i < sine[0].size(); ++i)
            sine[0][i] = kSinePeak * std::sin(2.0f * static_cast<float>(M_PI) *
                                              static_cast<float>(i % kSinePeriod) / kSinePeriod);
        const std::uint32_t start = probe_.frame_ahead();
        probe_.play(std::move(sine), start);
        ear_.recorded(start + 24000, 1);
    }

    /// Frames from sending a change to its first frame in the sound.
    double measure() {
        const std::uint32_t sent = ear_.frame_now();
        gain_db_ = gain_db_ > 0.0f ? -6.0f : 6.0f;
        socket_.send(osc::encode({"/headroom/" + std::string(kBell) + "gain", {gain_db_}}));
        const auto heard = ear_.recorded(sent - kSinePeriod, kListen_frames + kSinePeriod)[0];
        std::size_t frame = kSinePeriod;
        while (frame < heard.size() &&
               std::fabs(heard[frame] - heard[frame - kSinePeriod]) < kHeard)
            ++frame;
        return static_cast<double>(frame - kSinePeriod) - static_cast<double>(latency_frames_);
    }

    int xruns() const { return ear_.xruns(); }

  private:
    osc::UdpSocket socket_;
    ProbeClient probe_;
    ProbeClient ear_;
    std::uint32_t latency_frames_ = 0;
    float gain_db_ = 0.0f;
};

} // namespace

LoadFigures measure_osc_load(const JackServer &server, HeadroomProcess &headroom,
                             double sets_per_second, double seconds) {
    const std::vector<std::string> addresses = storm_addresses();
    Listener listener(server, headroom, seconds);
    const int pid = headroom.process().pid();
    LoadFigures figures;
    const int xruns_before = listener.xruns();
    const std::uint64_t dropped_before = dropped_datagrams(headroom.osc_port());
    const double cpu_before = thread_cpu_seconds(pid, pid);
    auto storm = std::async(std::launch::async, [&] {
        return osc_storm(headroom.osc_port(), addresses, 0.0f, 1.0f, sets_per_second, seconds);
    });
    std::vector<double> latencies;
    while (storm.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
        latencies.push_back(listener.measure());
    const StormResult result = storm.get();
    figures.sets_per_second = static_cast<double>(result.sent) / result.seconds;
    figures.control_cores = (thread_cpu_seconds(pid, pid) - cpu_before) / result.seconds;
    figures.xruns = listener.xruns() - xruns_before;
    figures.callback_us_max = std::stod(headroom.status("callback_us_max"));
    for (std::size_t i = 0; i < addresses.size() && result.sent > i; ++i) {
        const double value = headroom.get(addresses[i].substr(std::string("/headroom/").size()));
        figures.wrong_values +=
            std::fabs(value - static_cast<double>(result.last[i])) < 1e-3 ? 0 : 1;
    }
    figures.dropped = dropped_datagrams(headroom.osc_port()) - dropped_before;
    std::sort(latencies.begin(), latencies.end());
    if (!latencies.empty()) {
        figures.median_latency_frames = latencies[latencies.size() / 2];
        figures.p99_latency_frames = latencies[latencies.size() * 99 / 100];
    }
    return figures;
}

} // namespace headroom::test
