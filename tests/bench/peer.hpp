// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/dsp/peak_kernels.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Limiters of the field and our own, driven by the same loop.
namespace headroom::bench {

/// A stereo processor at work.
class Peer {
  public:
    virtual ~Peer() = default;
    virtual void process(const float *const inputs[2], float *const outputs[2],
                         unsigned frames) = 0;
    virtual int latency_frames() = 0; ///< as reported; -1 where it does not say
};

using Settings = std::vector<std::pair<std::string, float>>;

/// How to make one: what stands in the table, and where it comes from. Ports are named by LV2
/// symbol, or by the beginning of their LADSPA name.
struct PeerType {
    enum class Kind { headroom_limiter, headroom_chain, lv2, ladspa };
    std::string name;
    Kind kind;
    std::string where; ///< limiter mode; LV2 URI; "file.so:label"
    Settings settings;
    std::string package; ///< Debian package that brings it
};

/// Our limiter in each mode, our whole chain, and the others: each with a ceiling of -1 dB and
/// otherwise its own defaults, unless the name says more.
const std::vector<PeerType> &peer_types();

/// Instruction sets that this machine has, baseline first.
struct NamedSet {
    dsp::InstructionSet set;
    const char *name;
};
std::vector<NamedSet> instruction_sets();

/// Throws std::runtime_error where the peer is not installed or not stereo.
std::unique_ptr<Peer> make_peer(const PeerType &type, double sample_rate_hz, unsigned block_frames);

std::unique_ptr<Peer> make_lv2_peer(const std::string &uri, const Settings &settings,
                                    double sample_rate_hz, unsigned block_frames);
std::unique_ptr<Peer> make_ladspa_peer(const std::string &where, const Settings &settings,
                                       double sample_rate_hz);
std::unique_ptr<Peer> make_headroom_limiter(const std::string &mode, double sample_rate_hz,
                                            dsp::InstructionSet set = dsp::best_instruction_set());
std::unique_ptr<Peer> make_headroom_chain(double sample_rate_hz);

} // namespace headroom::bench
