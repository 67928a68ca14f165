// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/peer_run.hpp"

#include <ctime>

namespace headroom::bench {

double thread_time_ns() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e9 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec);
}

double run(Peer &peer, const test::Audio &input, test::Audio &output) {
    const std::size_t frames = input[0].size();
    output.resize(2);
    for (test::Channel &x : output)
        x.resize(frames);
    const double start_ns = thread_time_ns();
    for (std::size_t at = 0; at < frames; at += kBlock_frames) {
        const auto count = static_cast<unsigned>(std::min<std::size_t>(kBlock_frames, frames - at));
        const float *const inputs[2] = {input[0].data() + at, input[1].data() + at};
        float *const outputs[2] = {output[0].data() + at, output[1].data() + at};
        peer.process(inputs, outputs, count);
    }
    return (thread_time_ns() - start_ns) / static_cast<double>(frames);
}

} // namespace headroom::bench
