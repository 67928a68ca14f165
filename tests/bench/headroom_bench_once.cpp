// SPDX-License-Identifier: GPL-3.0-or-later

// Lets one limiter work for a second on a loud generated programme, for callgrind to count in
// headroom::bench::run(). A second name chooses the kernels of our limiter. Without a name, lists
// the limiters.
#include "tests/bench/material.hpp"
#include "tests/bench/peer_run.hpp"

#include <iostream>

using namespace headroom::bench;

namespace {

std::unique_ptr<Peer> find_peer(const PeerType &type, const std::string &kernels) {
    if (type.kind == PeerType::Kind::headroom_limiter)
        for (const NamedSet &named : instruction_sets())
            if (named.name == kernels)
                return make_headroom_limiter(type.where, kRate_hz, named.set);
    return make_peer(type, kRate_hz, kBlock_frames);
}

int run_once(const std::string &name, const std::string &kernels) {
    for (const PeerType &type : peer_types())
        if (type.name == name) {
            const auto peer = find_peer(type, kernels);
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
            return run_once(argv[1], argc > 2 ? argv[2] : "");
        for (const PeerType &type : peer_types())
            std::cout << type.name << "\n";
    } catch (const std::exception &error) {
        std::cerr << "headroom_bench_once: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
