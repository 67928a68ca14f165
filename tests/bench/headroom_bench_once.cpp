// SPDX-License-Identifier: GPL-3.0-or-later

// Lets one limiter work for a second on a loud generated programme, for callgrind to count in
// headroom::bench::run(). Without a name, lists the limiters.
#include "tests/bench/material.hpp"
#include "tests/bench/peer_run.hpp"

#include <iostream>

using namespace headroom::bench;

namespace {

int run_once(const std::string &name) {
    for (const PeerType &type : peer_types())
        if (type.name == name) {
            const auto peer = make_peer(type, kRate_hz, kBlock_frames);
            headroom::test::Audio out;
            run(*peer, loud_programme(1.0), out);
            return 0;
        }
    std::cerr << "headroom_bench_once: there is no " << name << "\n";
    return 1;
}

} // namespace

int main(int argc, char **argv) {
    try {
        if (argc > 1)
            return run_once(argv[1]);
        for (const PeerType &type : peer_types())
            std::cout << type.name << "\n";
    } catch (const std::exception &error) {
        std::cerr << "headroom_bench_once: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
