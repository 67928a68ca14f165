// SPDX-License-Identifier: GPL-3.0-or-later

// What changes cost the engine, what it costs at rest, and what memory it takes.
#include "jack_client/engine/engine.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <unistd.h>
#include <vector>

using namespace headroom;

namespace {

constexpr int kBuses = 64;

double thread_time_us() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

double resident_mb() {
    std::ifstream statm("/proc/self/statm");
    long total = 0;
    long resident = 0;
    statm >> total >> resident;
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) * 1e-6;
}

std::vector<engine::BusSetup> buses(int count) {
    std::vector<engine::BusSetup> out;
    for (int i = 0; i < count; ++i)
        out.push_back({"bus" + std::to_string(i), *find_layout("stereo"), {}});
    return out;
}

/// An engine with buffers for one period.
struct Rig {
    Rig(int bus_count, double rate_hz, std::uint32_t period_frames)
        : engine(buses(bus_count), {}, rate_hz),
          frames(period_frames),
          in(static_cast<std::size_t>(engine.channel_count()), std::vector<float>(frames)),
          out(in) {
        for (std::size_t c = 0; c < in.size(); ++c) {
            inputs.push_back(in[c].data());
            outputs.push_back(out[c].data());
        }
    }

    void play() {
        for (std::size_t c = 0; c < in.size(); ++c)
            for (std::size_t i = 0; i < frames; ++i)
                in[c][i] = 0.5f * std::sin(0.03f * static_cast<float>(i * (c + 1)));
    }

    double period_us(std::span<const midi::Event> midi = {}) {
        const double before_us = thread_time_us();
        engine.process(inputs.data(), outputs.data(), frames, {}, {}, {}, midi);
        const double us = thread_time_us() - before_us;
        for (engine::MeterFrame meters; engine.next_meters(meters);) {
        }
        engine.collect_garbage();
        return us;
    }

    engine::Engine engine;
    std::uint32_t frames;
    std::vector<std::vector<float>> in;
    std::vector<std::vector<float>> out;
    std::vector<const float *> inputs;
    std::vector<float *> outputs;
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// Medians of a period without and with what changes, taken in turns.
void print_changes() {
    constexpr std::uint32_t kPeriod = 1024;
    constexpr int kPeriods = 60;
    std::vector<midi::Event> unmapped(320);
    for (std::size_t i = 0; i < unmapped.size(); ++i)
        unmapped[i] = {.frame = static_cast<std::uint32_t>(i * 3),
                       .size = 3,
                       .data = {0xb0, 99, static_cast<std::uint8_t>(i % 128)}};
    Rig rig(kBuses, 48000.0, kPeriod);
    rig.play();
    std::vector<double> none_us;
    std::vector<double> timed_us;
    std::vector<double> midi_us;
    for (int i = 0; i < kPeriods; ++i) {
        none_us.push_back(rig.period_us());
        const std::uint64_t now = rig.engine.frames_processed();
        for (std::uint64_t k = 0; k < 1000; ++k) {
            const engine::ParameterChange change{0, parameter_id("limiter/ceiling"),
                                                 -1.0f - static_cast<float>(k % 10)};
            rig.engine.apply({&change, 1}, now + k);
        }
        timed_us.push_back(rig.period_us());
        midi_us.push_back(rig.period_us(unmapped));
    }
    const double none = median(none_us);
    const auto line = [&](const char *what, double us) {
        std::printf("| %s | %.2f | %+.1f %% |\n", what, us * 1e-3, 100.0 * (us / none - 1.0));
    };
    std::printf("64 stereo buses at work, period 1024, 48 kHz:\n\n"
                "| in every period | ms a period | more |\n| --- | --- | --- |\n");
    line("nothing", none);
    line("1000 timed changes of one bus", median(timed_us));
    line("320 MIDI messages without a map", median(midi_us));
}

void print_rest() {
    std::printf("\n8 silent stereo buses:\n\n"
                "| period | rate | ns a frame | with what rests not |\n"
                "| --- | --- | --- | --- |\n");
    for (const double rate_hz : {48000.0, 176400.0})
        for (const std::uint32_t frames : {16u, 256u}) {
            Rig rig(8, rate_hz, frames);
            // A reading of the clock costs as much as a short period, so it is read once a second.
            const auto second_ns = [&] {
                const auto periods = static_cast<int>(rate_hz / frames);
                const double before_us = thread_time_us();
                for (int i = 0; i < periods; ++i)
                    rig.engine.process(rig.inputs.data(), rig.outputs.data(), frames);
                const double us = thread_time_us() - before_us;
                for (engine::MeterFrame meters; rig.engine.next_meters(meters);) {
                }
                return us * 1e3 / (periods * static_cast<double>(frames));
            };
            const double awake_ns = second_ns();
            for (int i = 0; i < 12; ++i)
                second_ns();
            std::vector<double> resting_ns;
            for (int i = 0; i < 5; ++i)
                resting_ns.push_back(second_ns());
            std::printf("| %u | %.1f kHz | %.0f | %.0f |\n", frames, rate_hz * 1e-3,
                        median(resting_ns), awake_ns);
        }
}

void print_memory() {
    const double before_mb = resident_mb();
    Rig rig(kBuses, 48000.0, 1024);
    rig.play();
    for (int i = 0; i < 10; ++i)
        rig.period_us();
    std::printf("\n64 stereo buses take %.1f MB of memory.\n", resident_mb() - before_mb);
    std::vector<engine::ParameterChange> changes;
    for (std::int16_t bus = 0; bus < kBuses; ++bus)
        changes.push_back({bus, parameter_id("limiter/mode"), 2.0f});
    const double before_us = thread_time_us();
    rig.engine.apply(changes);
    std::printf("To change the limiter's mode of all of them takes the control thread %.1f ms.\n",
                (thread_time_us() - before_us) * 1e-3);
}

} // namespace

int main() {
    print_memory();
    std::printf("\n");
    print_changes();
    print_rest();
}
