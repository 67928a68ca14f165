// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/registry.hpp"
#include "jack_client/dsp/limiter.hpp"
#include "jack_client/engine/engine.hpp"
#include "tests/bench/peer.hpp"

#include <algorithm>
#include <stdexcept>

namespace headroom::bench {

namespace {

constexpr float kCeiling_db = -1.0f;
constexpr float kCeiling_lin = 0.8912509f;

class HeadroomLimiter final : public Peer {
  public:
    HeadroomLimiter(dsp::LimiterMode mode, double sample_rate_hz, dsp::InstructionSet set)
        : limiter_(mode, sample_rate_hz, 2, set) {
        limiter_.set_ceiling_db(kCeiling_db);
    }
    void process(const float *const inputs[2], float *const outputs[2], unsigned frames) override {
        for (unsigned done = 0; done < frames;) {
            const unsigned count = std::min(frames - done, dsp::kGridFrames - position_);
            float *channels[2] = {outputs[0] + done, outputs[1] + done};
            for (int c = 0; c < 2; ++c)
                std::copy_n(inputs[c] + done, count, channels[c]);
            limiter_.process({channels, 2, static_cast<int>(count)});
            position_ = (position_ + count) % dsp::kGridFrames;
            done += count;
        }
    }
    int latency_frames() override { return limiter_.latency_frames(); }

  private:
    dsp::Limiter limiter_;
    unsigned position_ = 0;
};

class HeadroomChain final : public Peer {
  public:
    explicit HeadroomChain(double sample_rate_hz)
        : engine_({{"main", {Channel::fl, Channel::fr}, {}}}, {}, sample_rate_hz) {}
    void process(const float *const inputs[2], float *const outputs[2], unsigned frames) override {
        engine_.process(inputs, outputs, frames);
        engine::MeterFrame meters;
        while (engine_.next_meters(meters)) {
        }
    }
    int latency_frames() override { return engine_.latency_frames(0); }

  private:
    engine::Engine engine_;
};

} // namespace

const std::vector<PeerType> &peer_types() {
    using enum PeerType::Kind;
    constexpr auto kDpl = "http://gareus.org/oss/lv2/dpl#stereo";
    constexpr auto kLsp = "http://lsp-plug.in/plugins/lv2/limiter_stereo";
    constexpr auto kCalf = "http://calf.sourceforge.net/plugins/Limiter";
    static const std::vector<PeerType> types{
        {"headroom low", headroom_limiter, "low", {}, ""},
        {"headroom normal", headroom_limiter, "normal", {}, ""},
        {"headroom quality", headroom_limiter, "quality", {}, ""},
        {"headroom, whole chain", headroom_chain, "", {}, ""},
        {"x42 dpl, true peak",
         lv2,
         kDpl,
         {{"threshold", kCeiling_db}, {"truepeak", 1}},
         "x42-plugins"},
        {"x42 dpl, true peak, 80 ms",
         lv2,
         kDpl,
         {{"threshold", kCeiling_db}, {"truepeak", 1}, {"release", 0.08f}},
         "x42-plugins"},
        {"LSP, default",
         lv2,
         kLsp,
         {{"th", kCeiling_lin}, {"boost", 0}, {"ovs", 0}},
         "lsp-plugins-lv2"},
        {"LSP Full x4, ALR off",
         lv2,
         kLsp,
         {{"th", kCeiling_lin}, {"boost", 0}, {"ovs", 16}, {"alr", 0}},
         "lsp-plugins-lv2"},
        {"ZaMaximX2",
         lv2,
         "urn:zamaudio:ZaMaximX2",
         {{"ceil", kCeiling_db}, {"thresh", kCeiling_db}},
         "zam-plugins"},
        {"Calf x4",
         lv2,
         kCalf,
         {{"limit", kCeiling_lin}, {"auto_level", 0}, {"oversampling", 4}},
         "calf-plugins"},
        {"swh fastLookahead",
         ladspa,
         "/usr/lib/ladspa/fast_lookahead_limiter_1913.so:fastLookaheadLimiter",
         {{"Limit (dB)", kCeiling_db}, {"Release time (s)", 0.5075f}},
         "swh-plugins"},
    };
    return types;
}

std::vector<NamedSet> instruction_sets() {
    std::vector<NamedSet> sets;
    for (const NamedSet &named : {NamedSet{dsp::InstructionSet::baseline, "baseline"},
                                  {dsp::InstructionSet::avx2, "AVX2"},
                                  {dsp::InstructionSet::avx512, "AVX-512"}})
        if (dsp::is_supported(named.set))
            sets.push_back(named);
    return sets;
}

std::unique_ptr<Peer> make_headroom_limiter(const std::string &mode, double sample_rate_hz,
                                            dsp::InstructionSet set) {
    const auto value = from_text(parameter(parameter_id("limiter/mode")), mode);
    return std::make_unique<HeadroomLimiter>(static_cast<dsp::LimiterMode>(value.value()),
                                             sample_rate_hz, set);
}

std::unique_ptr<Peer> make_headroom_chain(double sample_rate_hz) {
    return std::make_unique<HeadroomChain>(sample_rate_hz);
}

std::unique_ptr<Peer> make_peer(const PeerType &type, double sample_rate_hz,
                                unsigned block_frames) {
    switch (type.kind) {
    case PeerType::Kind::headroom_limiter:
        return make_headroom_limiter(type.where, sample_rate_hz);
    case PeerType::Kind::headroom_chain:
        return make_headroom_chain(sample_rate_hz);
    case PeerType::Kind::lv2:
        return make_lv2_peer(type.where, type.settings, sample_rate_hz, block_frames);
    case PeerType::Kind::ladspa:
        return make_ladspa_peer(type.where, type.settings, sample_rate_hz);
    }
    throw std::logic_error("no such kind of peer");
}

} // namespace headroom::bench
