// SPDX-License-Identifier: GPL-3.0-or-later
//
// An OSC server over a surface without an engine, for foreign clients to talk to. Writes its port
// to stdout and ends with its stdin.
#include "osc/query/query_server.hpp"
#include "osc/server.hpp"
#include "tests/support/fake_control_surface.hpp"

#include <array>
#include <cstdlib>
#include <iostream>
#include <poll.h>
#include <unistd.h>

int main(int argc, char **argv) {
    using namespace headroom;
    tests::FakeControlSurface surface;
    osc::ServerOptions options{.port = 0};
    if (argc > 1) {
        options.network.peers.push_back(
            {.port = static_cast<std::uint16_t>(std::atoi(argv[1])), .pattern = "/headroom/bus"});
    }
    const auto server = osc::Server::open(options, surface);
    if (!server) {
        std::cerr << server.error().text() << '\n';
        return 1;
    }
    const auto query = osc::QueryServer::open(**server, surface, "osc_test_server");
    if (!query) {
        std::cerr << query.error().text() << '\n';
        return 1;
    }
    std::cout << (*server)->port() << std::endl;

    std::array<pollfd, 3> waiting{pollfd{(*server)->fd(), POLLIN, 0},
                                  pollfd{(*query)->fd(), POLLIN, 0}, pollfd{0, POLLIN, 0}};
    for (;;) {
        ::poll(waiting.data(), waiting.size(), -1);
        if (waiting[0].revents != 0)
            (*server)->on_readable();
        if (waiting[1].revents != 0)
            (*query)->on_readable();
        std::array<char, 64> ignored;
        if (waiting[2].revents != 0 && ::read(0, ignored.data(), ignored.size()) <= 0)
            return 0;
    }
}
