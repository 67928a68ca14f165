// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/contracts.hpp"

#include "config/registry.hpp"
#include "jack_client/dsp/limiter.hpp"

#include <iostream>

namespace headroom::bench {

namespace {

using dsp::Limiter;
using dsp::LimiterMode;
using test::Audio;
using test::Channel;

constexpr LimiterMode kModes[] = {LimiterMode::low, LimiterMode::normal, LimiterMode::quality};
constexpr const char *kModeNames[] = {"low", "normal", "quality"};

/// As many channels as wanted, each from another signal of the list.
Audio widened(const std::vector<const Material *> &all, std::size_t first, std::size_t channels) {
    if (channels == 2)
        return all[first]->audio;
    Audio audio;
    std::size_t frames = 0;
    for (std::size_t c = 0; c < channels; ++c) {
        audio.push_back(all[(first + c) % all.size()]->audio[c % 2]);
        frames = std::max(frames, audio.back().size());
    }
    for (Channel &x : audio)
        x.resize(frames, 0.0f);
    return audio;
}

class ContractMeasurement {
  public:
    ContractMeasurement(LimiterMode mode, double rate_hz, int channels) : mode_(mode) {
        contract_.mode = kModeNames[static_cast<int>(mode)];
        contract_.rate_hz = rate_hz;
        contract_.channels = channels;
        contract_.latency_said_frames = limiter().latency_frames();
    }

    void over(const std::vector<Material> &synthesised) {
        for (const bool noisy : {false, true}) {
            std::vector<const Material *> all;
            for (const Material &material : synthesised)
                if ((material.group == kNoise) == noisy)
                    all.push_back(&material);
            std::optional<Overshoot> worst;
            for (std::size_t i = 0; i < all.size(); ++i)
                limit(widened(all, i, static_cast<std::size_t>(contract_.channels)), worst,
                      all[i]->name);
            (noisy ? contract_.noise : contract_.tonal) = worst.value();
        }
    }
    void over(const MusicMaterial &music) {
        for (const Material &track : music.tracks) {
            limit(track.audio, contract_.music, track.name);
            limit(louder(track.audio, 9.0), contract_.loud_music, track.name);
        }
    }
    void below_threshold() {
        Audio in;
        for (int c = 0; c < contract_.channels; ++c)
            in.push_back(test::noise(-20.0, 1.0, kRate_hz,
                                     std::uint64_t{5} + static_cast<std::uint64_t>(c)));
        const Audio out = limited(in, {dsp::kGridFrames, true});
        contract_.latency_measured_frames =
            static_cast<int>(std::lround(delay_frames(in[0], out[0])));
        const auto delay = static_cast<std::size_t>(contract_.latency_measured_frames);
        for (std::size_t c = 0; c < in.size(); ++c)
            contract_.is_untouched &=
                std::equal(in[c].begin(), in[c].end() - static_cast<std::ptrdiff_t>(delay),
                           out[c].begin() + static_cast<std::ptrdiff_t>(delay));
    }
    const Contract &result() const { return contract_; }

  private:
    Limiter limiter() const {
        Limiter limiter(mode_, contract_.rate_hz, contract_.channels);
        limiter.set_ceiling_db(static_cast<float>(kCeiling_db));
        return limiter;
    }
    Audio limited(Audio audio, test::Cut cut = {}) const {
        Limiter used = limiter();
        test::run(
            audio, [&](dsp::AudioBlock block) { used.process(block); }, cut);
        return audio;
    }
    void limit(const Audio &in, std::optional<Overshoot> &worst, const std::string &name) {
        const Audio out = limited(in);
        contract_.is_one_result &= out == limited(in, {dsp::kGridFrames, true});
        raise(worst, measure_peaks(out, kCeiling_db - 6.0), name);
    }

    LimiterMode mode_;
    Contract contract_;
};

} // namespace

std::vector<Contract> measure_contracts(Extent extent, const std::filesystem::path &music_folder) {
    const bool whole = extent == Extent::whole;
    const std::vector<double> rates_hz =
        whole ? std::vector{44100.0, 48000.0, 88200.0, 96000.0, 192000.0}
              : std::vector{44100.0, 192000.0};
    const std::vector<Material> synthesised = synthesised_material(extent);
    const std::vector<Material> shorter = synthesised_material(Extent::quick);
    std::vector<Contract> result;
    for (const double rate_hz : rates_hz) {
        std::cerr << "headroom_bench: contracts at " << rate_hz << " Hz\n";
        const MusicMaterial music = music_material(extent, music_folder, rate_hz);
        for (const LimiterMode mode : kModes)
            for (const int channels : {1, 2, 6, 8}) {
                ContractMeasurement measurement(mode, rate_hz, channels);
                measurement.over(channels == 2 ? synthesised : shorter);
                if (channels == 2)
                    measurement.over(music);
                measurement.below_threshold();
                result.push_back(measurement.result());
            }
    }
    return result;
}

} // namespace headroom::bench
