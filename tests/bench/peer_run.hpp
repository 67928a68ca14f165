// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/peer.hpp"
#include "tests/support/audio.hpp"

namespace headroom::bench {

inline constexpr unsigned kBlock_frames = 256;

/// CPU time of the calling thread.
double thread_time_ns();

/// Lets the peer process stereo audio in blocks, into an output of the same length. Returns
/// nanoseconds of the thread's CPU time per frame.
[[gnu::noinline]] double run(Peer &peer, const test::Audio &input, test::Audio &output);

} // namespace headroom::bench
