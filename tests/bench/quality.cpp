// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/flush_to_zero.hpp"
#include "tests/bench/measurement.hpp"
#include "tests/bench/peer_run.hpp"

#include <cfenv>

namespace headroom::bench {

namespace {

using test::Audio;

/// Peaks so far under the ceiling are not looked at more closely.
constexpr double kFloor_db = kCeiling_db - 6.0;

class QualityMeasurement {
  public:
    explicit QualityMeasurement(const PeerType &type) : type_(type) {}

    void over_material(const Source &source) {
        for (const Material &material : source.synthesised)
            overshoot(material.group, material.name, limited(material.audio));
        for (const Material &track : source.music) {
            const Audio out = limited(track.audio);
            const Peaks peaks = overshoot(track.group, track.name, out);
            const double loudness = loudness_lufs(out);
            const auto share = 1.0 / static_cast<double>(source.music.size());
            result_.music_lufs += share * loudness;
            result_.fair_music_lufs += share * (loudness - (peaks.strict_db - kCeiling_db));
            overshoot(kLoudMusic, track.name, limited(louder(track.audio, 9.0)));
        }
    }
    void distortion() {
        constexpr double kLevel_db = 5.0; // 6 dB over the ceiling
        constexpr double kSeconds = 8.0;
        constexpr auto kSteady = static_cast<std::size_t>(3.5 * kRate_hz);
        const auto tone = [](double frequency_hz, double level_db) {
            return test::sine(frequency_hz, level_db, kSeconds, kRate_hz);
        };
        const auto steady = [&](const test::Channel &x) {
            const auto faded = test::faded(x, 0.1, kRate_hz);
            return limited({faded, faded})[0];
        };
        result_.thd_n_997_db = thd_n_db(steady(tone(997.0, kLevel_db)), kSteady, 997.0);
        result_.thd_n_60_db = thd_n_db(steady(tone(60.0, kLevel_db)), kSteady, 60.0);
        test::Channel both = tone(60.0, kLevel_db + test::level_db(0.8));
        const test::Channel high = tone(7000.0, kLevel_db + test::level_db(0.2));
        for (std::size_t i = 0; i < both.size(); ++i)
            both[i] += high[i];
        result_.smpte_imd_db = smpte_imd_db(steady(both), kSteady);
    }
    void below_threshold() {
        const Audio in{test::noise(-20.0, 5.0, kRate_hz, 5), test::noise(-20.0, 5.0, kRate_hz, 6)};
        const Audio out = limited(in);
        result_.latency_said_frames = latency_frames_;
        result_.latency_measured_frames = delay_frames(in[0], out[0]);
        result_.null_db = null_db(
            in[0], out[0], static_cast<std::size_t>(std::lround(result_.latency_measured_frames)));
    }
    const Quality &result() const { return result_; }

  private:
    Audio limited(const Audio &in) {
        const auto peer = make_peer(type_, kRate_hz, kBlock_frames);
        std::fesetenv(FE_DFL_ENV); // plugins leave theirs behind
        const engine::FlushToZero flush_to_zero;
        Audio out;
        run(*peer, in, out);
        latency_frames_ = peer->latency_frames();
        return out;
    }
    Peaks overshoot(const std::string &group, const std::string &file, const Audio &out) {
        const Peaks peaks = measure_peaks(out, kFloor_db);
        const auto at = std::find(std::begin(kGroups), std::end(kGroups), group);
        raise(result_.overshoot[static_cast<std::size_t>(at - std::begin(kGroups))], peaks, file);
        return peaks;
    }

    PeerType type_;
    Quality result_;
    int latency_frames_ = -1;
};

} // namespace

void raise(std::optional<Overshoot> &worst, const Peaks &peaks, const std::string &file) {
    const auto over = [](double level_db) { return level_db - kCeiling_db; };
    if (!worst)
        worst = Overshoot{-200.0, -200.0, -200.0, -200.0, -200.0, {}};
    if (over(peaks.strict_db) > worst->strict_db)
        worst->strict_file = file;
    worst->sample_db = std::max(worst->sample_db, over(peaks.sample_db));
    worst->strict_db = std::max(worst->strict_db, over(peaks.strict_db));
    worst->dac_db = std::max(worst->dac_db, over(peaks.dac_db));
    worst->fourfold_db = std::max(worst->fourfold_db, over(peaks.fourfold_db));
    worst->itu_db = std::max(worst->itu_db, over(peaks.itu_db));
}

Quality measure_quality(const PeerType &type, const Source &source) {
    QualityMeasurement measurement(type);
    measurement.over_material(source);
    measurement.distortion();
    measurement.below_threshold();
    return measurement.result();
}

} // namespace headroom::bench
