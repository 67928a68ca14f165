// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/engine_cost.hpp"

#include "jack_client/dsp/loudness_meter.hpp"
#include "jack_client/engine/engine.hpp"
#include "tests/bench/peer_run.hpp"

#include <ebur128.h>

namespace headroom::bench {

namespace {

using test::Audio;

constexpr std::size_t kReading_frames = 4800;
volatile double last_reading; ///< keeps the compiler from leaving a reading out

class Buses {
  public:
    Buses(int count, const std::string &layout, const Audio &music)
        : engine_(setup(count, layout), {}, kRate_hz),
          music_(music),
          frames_(music[0].size() / static_cast<std::size_t>(count)),
          outputs_(static_cast<std::size_t>(engine_.channel_count()),
                   test::Channel(kBlock_frames)) {}

    /// Nanoseconds per frame and channel.
    double run_once() {
        const std::size_t channels = outputs_.size();
        const std::size_t of_each_bus = channels / static_cast<std::size_t>(engine_.bus_count());
        std::vector<const float *> inputs(channels);
        std::vector<float *> outputs(channels);
        const double start_ns = thread_time_ns();
        std::size_t at = 0;
        for (; at + kBlock_frames <= frames_; at += kBlock_frames) {
            for (std::size_t c = 0; c < channels; ++c) {
                inputs[c] = music_[c % 2].data() + (c / of_each_bus) * frames_ + at;
                outputs[c] = outputs_[c].data();
            }
            engine_.process(inputs.data(), outputs.data(), kBlock_frames);
            engine::MeterFrame meters;
            while (engine_.next_meters(meters)) {
            }
        }
        return (thread_time_ns() - start_ns) / static_cast<double>(at * channels);
    }

  private:
    static std::vector<engine::BusSetup> setup(int count, const std::string &layout) {
        std::vector<engine::BusSetup> buses;
        buses.reserve(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i)
            buses.push_back({"bus" + std::to_string(i), find_layout(layout).value(), {}});
        return buses;
    }

    engine::Engine engine_;
    const Audio &music_;
    std::size_t frames_;
    std::vector<test::Channel> outputs_;
};

double headroom_loudness_ns(Audio &music) {
    constexpr float kWeights[] = {1.0f, 1.0f};
    dsp::LoudnessMeter meter(kRate_hz, kWeights);
    const double start_ns = thread_time_ns();
    for (std::size_t at = 0; at + dsp::kGridFrames <= music[0].size(); at += dsp::kGridFrames) {
        float *const channels[] = {music[0].data() + at, music[1].data() + at};
        meter.process({channels, 2, dsp::kGridFrames});
        if (at % kReading_frames == 0)
            last_reading = static_cast<double>(meter.momentary_lufs() + meter.short_term_lufs() +
                                               meter.integrated_lufs());
    }
    return (thread_time_ns() - start_ns) / static_cast<double>(music[0].size());
}

double libebur128_loudness_ns(const std::vector<float> &interleaved) {
    const std::size_t frames = interleaved.size() / 2;
    ebur128_state *meter = ebur128_init(2, static_cast<unsigned long>(kRate_hz),
                                        EBUR128_MODE_M | EBUR128_MODE_S | EBUR128_MODE_I);
    const double start_ns = thread_time_ns();
    for (std::size_t at = 0; at + dsp::kGridFrames <= frames; at += dsp::kGridFrames) {
        ebur128_add_frames_float(meter, interleaved.data() + 2 * at, dsp::kGridFrames);
        if (at % kReading_frames == 0) {
            double momentary = 0.0;
            double short_term = 0.0;
            double integrated = 0.0;
            ebur128_loudness_momentary(meter, &momentary);
            ebur128_loudness_shortterm(meter, &short_term);
            ebur128_loudness_global(meter, &integrated);
            last_reading = momentary + short_term + integrated;
        }
    }
    const double ns = (thread_time_ns() - start_ns) / static_cast<double>(frames);
    ebur128_destroy(&meter);
    return ns;
}

} // namespace

std::vector<BusCost> measure_bus_costs(const Audio &music, int rounds) {
    std::vector<BusCost> result{{1, "stereo", {}}, {8, "stereo", {}}, {64, "stereo", {}},
                                {1, "mono", {}},   {1, "5.1", {}},    {1, "7.1", {}}};
    std::vector<std::unique_ptr<Buses>> all;
    std::vector<std::vector<double>> runs_ns(result.size());
    for (const BusCost &cost : result)
        all.emplace_back(std::make_unique<Buses>(cost.buses, cost.layout, music))->run_once();
    for (int round = 0; round < rounds; ++round)
        for (std::size_t i = 0; i < all.size(); ++i)
            runs_ns[i].push_back(all[i]->run_once());
    for (std::size_t i = 0; i < all.size(); ++i)
        result[i].per_channel = cost_of(runs_ns[i]);
    return result;
}

std::vector<KernelCost> measure_kernel_costs(const Audio &music, int rounds) {
    std::vector<KernelCost> result;
    std::vector<std::unique_ptr<Peer>> peers;
    std::vector<Audio> outputs;
    for (const NamedSet &named : instruction_sets()) {
        Peer &peer = *peers.emplace_back(make_headroom_limiter("normal", kRate_hz, named.set));
        run(peer, music, outputs.emplace_back());
        result.push_back({named.name, {}, outputs.back() == outputs.front()});
    }
    std::vector<std::vector<double>> runs_ns(peers.size());
    for (int round = 0; round < rounds; ++round)
        for (std::size_t i = 0; i < peers.size(); ++i)
            runs_ns[i].push_back(run(*peers[i], music, outputs[i]));
    for (std::size_t i = 0; i < peers.size(); ++i)
        result[i].cost = cost_of(runs_ns[i]);
    return result;
}

LoudnessCosts measure_loudness_costs(const Audio &music, int rounds) {
    Audio planar = music;
    std::vector<float> interleaved;
    for (std::size_t i = 0; i < music[0].size(); ++i)
        for (const test::Channel &x : music)
            interleaved.push_back(x[i]);
    std::vector<double> ours_ns;
    std::vector<double> theirs_ns;
    for (int round = 0; round < rounds; ++round) {
        ours_ns.push_back(headroom_loudness_ns(planar));
        theirs_ns.push_back(libebur128_loudness_ns(interleaved));
    }
    return {cost_of(ours_ns), cost_of(theirs_ns)};
}

} // namespace headroom::bench
