// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace headroom::test {

/// What a storm of messages did.
struct StormResult {
    std::uint64_t sent = 0;
    double seconds = 0.0;
    std::vector<float> last; ///< value that each address was set to last
};

/// Sets the addresses in turn to values from `least` to `most`, each in a packet of its own, as
/// many a second as asked for, from one UDP socket on 127.0.0.1. Throws std::runtime_error where it
/// cannot send.
StormResult osc_storm(std::uint16_t port, const std::vector<std::string> &addresses, float least,
                      float most, double sets_per_second, double seconds);

/// Processor time that a thread has used so far, in seconds; NaN where there is no such thread.
double thread_cpu_seconds(int process, int thread);

/// Datagrams that the kernel dropped because the receiver of the port on 127.0.0.1 was too slow.
std::uint64_t dropped_datagrams(std::uint16_t port);

} // namespace headroom::test
