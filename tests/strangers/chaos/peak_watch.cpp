// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <jack/jack.h>
#include <string>
#include <thread>

namespace {

constexpr std::chrono::milliseconds kLookEvery{50};

std::atomic<bool> ended{false};

struct Watch {
    jack_client_t *client = nullptr;
    std::array<jack_port_t *, 2> ports{};
    std::atomic<float> highest{0.0f};
};

int process(jack_nframes_t frames, void *data) {
    auto &watch = *static_cast<Watch *>(data);
    float highest = watch.highest;
    for (jack_port_t *port : watch.ports) {
        const auto *samples = static_cast<const float *>(jack_port_get_buffer(port, frames));
        for (jack_nframes_t i = 0; i < frames; ++i)
            highest =
                std::isfinite(samples[i]) ? std::max(highest, std::abs(samples[i])) : INFINITY;
    }
    watch.highest = highest;
    return 0;
}

} // namespace

/// peak_watch CLIENT: listens to main_out_1 and main_out_2 of that client, whenever it is there,
/// until SIGTERM or the server's end; then prints the highest sample.
int main(int, char **arguments) {
    const std::string from = std::string(arguments[1]) + ":main_out_";
    Watch watch;
    watch.client = jack_client_open("peak_watch", JackNoStartServer, nullptr);
    if (watch.client == nullptr)
        return 1;
    std::signal(SIGTERM, [](int) { ended = true; });
    for (std::size_t i = 0; i < watch.ports.size(); ++i)
        watch.ports[i] = jack_port_register(watch.client, ("in_" + std::to_string(i + 1)).c_str(),
                                            JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
    jack_set_process_callback(watch.client, process, &watch);
    jack_on_shutdown(
        watch.client, [](void *) { ended = true; }, nullptr);
    jack_activate(watch.client);
    while (!ended) {
        for (std::size_t i = 0; i < watch.ports.size(); ++i)
            if (jack_port_connected(watch.ports[i]) == 0)
                jack_connect(watch.client, (from + std::to_string(i + 1)).c_str(),
                             jack_port_name(watch.ports[i]));
        std::this_thread::sleep_for(kLookEvery);
    }
    std::printf("%.9g\n", static_cast<double>(watch.highest.load()));
    std::fflush(stdout);
    std::_Exit(0); // libjack's own end waits for a server that may have been killed
}
