// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/flush_to_zero.hpp"
#include "tests/bench/measurement.hpp"
#include "tests/bench/peer_run.hpp"

#include <cfenv>
#include <optional>

namespace headroom::bench {

namespace {

using test::Audio;

constexpr double kPiece_s = 3.0;
constexpr std::size_t kCandidates = 3;
constexpr int kShortRuns = 8; ///< a round, of one second each

Audio piece(Audio audio, double seconds = kPiece_s) {
    for (test::Channel &x : audio)
        x.resize(std::min(x.size(), static_cast<std::size_t>(seconds * kRate_hz)));
    return audio;
}

/// Noise that falls through everything a float can hold.
Audio fading_noise() {
    Audio audio{test::noise(0.0, 1.0, kRate_hz, 1), test::noise(0.0, 1.0, kRate_hz, 2)};
    for (test::Channel &x : audio)
        for (std::size_t i = 0; i < x.size(); ++i)
            x[i] = static_cast<float>(static_cast<double>(x[i]) *
                                      std::pow(10.0, -30.0 - 15.0 * static_cast<double>(i) /
                                                                 static_cast<double>(x.size())));
    return audio;
}

/// One peer on one input, again and again.
class Job {
  public:
    Job(const PeerType &type, const Audio &input, bool flushes_to_zero)
        : peer_(make_peer(type, kRate_hz, kBlock_frames)),
          input_(&input),
          flushes_to_zero_(flushes_to_zero) {
        once(); // first touch of code and memory
    }
    void again() { runs_ns_.push_back(once()); }
    Cost cost() const { return cost_of(runs_ns_); }

  private:
    double once() {
        std::fesetenv(FE_DFL_ENV); // plugins leave theirs behind
        std::optional<engine::FlushToZero> flush_to_zero;
        if (flushes_to_zero_)
            flush_to_zero.emplace();
        return run(*peer_, *input_, output_);
    }

    std::unique_ptr<Peer> peer_;
    const Audio *input_;
    bool flushes_to_zero_;
    Audio output_;
    std::vector<double> runs_ns_;
};

/// The inputs that look dearest at first sight.
std::vector<const Material *> dearest(const PeerType &type,
                                      const std::vector<Material> &materials) {
    std::vector<std::pair<double, const Material *>> seen;
    for (const Material &material : materials) {
        Job job(type, material.audio, true);
        for (int i = 0; i < 2; ++i)
            job.again();
        seen.emplace_back(job.cost().least_ns, &material);
    }
    std::sort(seen.rbegin(), seen.rend());
    std::vector<const Material *> result;
    for (std::size_t i = 0; i < std::min(kCandidates, seen.size()); ++i)
        result.push_back(seen[i].second);
    return result;
}

struct PeerJobs {
    Job music, silence, fading;
    std::vector<std::pair<std::string, Job>> candidates;

    PeerCosts costs() const {
        PeerCosts result{music.cost(), silence.cost(), fading.cost(), {}, {}};
        for (auto &[name, job] : candidates)
            if (job.cost().least_ns > result.worst.least_ns) {
                result.worst = job.cost();
                result.worst_input = name;
            }
        return result;
    }
};

} // namespace

Cost cost_of(std::vector<double> runs_ns) {
    std::sort(runs_ns.begin(), runs_ns.end());
    return {runs_ns.front(), runs_ns[runs_ns.size() / 2]};
}

Audio cost_music(const Source &source) {
    return piece(source.music.empty() ? loud_programme(kPiece_s) : source.music.front().audio);
}

std::vector<PeerCosts> measure_costs(const std::vector<PeerType> &types, const Source &source,
                                     int rounds) {
    const Audio music = piece(cost_music(source), 1.0);
    const Audio silence(2, test::Channel(music[0].size()));
    const Audio fading = fading_noise();
    std::vector<Material> pieces;
    for (const Material &material : source.synthesised)
        pieces.push_back({material.name, material.group, piece(material.audio)});
    for (const Material &track : source.music) {
        pieces.push_back({track.name + " +9 dB", track.group, piece(track.audio)});
        pieces.push_back({track.name + " +18 dB", track.group, louder(piece(track.audio), 9.0)});
    }

    std::vector<PeerJobs> all;
    for (const PeerType &type : types) {
        all.push_back({{type, music, true}, {type, silence, true}, {type, fading, false}, {}});
        for (const Material *material : dearest(type, pieces))
            all.back().candidates.emplace_back(material->name, Job(type, material->audio, true));
    }
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; i < kShortRuns; ++i)
            for (PeerJobs &jobs : all)
                for (Job *job : {&jobs.music, &jobs.silence, &jobs.fading})
                    job->again();
        for (PeerJobs &jobs : all)
            for (auto &[name, job] : jobs.candidates)
                job.again();
    }
    std::vector<PeerCosts> result;
    result.reserve(all.size());
    for (PeerJobs &jobs : all)
        result.push_back(jobs.costs());
    return result;
}

} // namespace headroom::bench
