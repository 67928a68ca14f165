// SPDX-License-Identifier: GPL-3.0-or-later

// The limiter behind the bench's C interface. Parameters: ceiling (dBTP), release (ms), mode (0
// low, 1 normal, 2 quality).
#include "jack_client/dsp/limiter.hpp"
#include "tests/bench/peer_abi.h"

#include <algorithm>
#include <string_view>

using headroom::dsp::kGridFrames;
using headroom::dsp::Limiter;
using headroom::dsp::LimiterMode;

namespace {

struct Peer {
    Limiter limiter;
    unsigned grid_position = 0;
};

} // namespace

extern "C" void *peer_new(double rate, int nparams, const char *const *names,
                          const double *values) {
    double ceiling_db = -1.0;
    double release_ms = 20.0;
    int mode = 1;
    for (int i = 0; i < nparams; ++i) {
        const std::string_view name = names[i];
        if (name == "ceiling")
            ceiling_db = values[i];
        else if (name == "release")
            release_ms = values[i];
        else if (name == "mode")
            mode = static_cast<int>(values[i]);
    }
    auto *peer = new Peer{Limiter(static_cast<LimiterMode>(mode), rate, 2)};
    peer->limiter.set_ceiling_db(static_cast<float>(ceiling_db));
    peer->limiter.set_release_ms(static_cast<float>(release_ms));
    return peer;
}

extern "C" void peer_process(void *peer, const float *in_l, const float *in_r, float *out_l,
                             float *out_r, unsigned nframes) {
    auto &p = *static_cast<Peer *>(peer);
    std::copy_n(in_l, nframes, out_l);
    std::copy_n(in_r, nframes, out_r);
    for (unsigned done = 0; done < nframes;) {
        const unsigned frames = std::min(nframes - done, kGridFrames - p.grid_position);
        float *const channels[] = {out_l + done, out_r + done};
        p.limiter.process({channels, 2, static_cast<int>(frames)});
        p.grid_position = (p.grid_position + frames) % kGridFrames;
        done += frames;
    }
}

extern "C" int peer_latency(void *peer) {
    return static_cast<Peer *>(peer)->limiter.latency_frames();
}

extern "C" void peer_free(void *peer) {
    delete static_cast<Peer *>(peer);
}
