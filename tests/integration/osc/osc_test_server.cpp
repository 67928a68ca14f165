// SPDX-License-Identifier: GPL-3.0-or-later
//
// osc_test_server [PEER_PORT [STRIP...]]: an OSC server over a surface without an engine, for
// foreign clients to talk to, with a static peer unless the port is 0. Writes its port to stdout
// and ends with its stdin.
#include "jack_client/control/event_loop.hpp"
#include "osc/query/query_server.hpp"
#include "osc/server.hpp"
#include "tests/support/fake_control_surface.hpp"

#include <array>
#include <cstdlib>
#include <iostream>
#include <unistd.h>

namespace {

using namespace headroom;

/// Does what it is told.
struct Routes final : control::RouteControl {
    explicit Routes(tests::FakeControlSurface &of) : surface(of) {}

    Result<std::string> set_route(const std::string &application,
                                  const std::string &route) override {
        for (auto &known : surface.application_list)
            if (known.name == application)
                known.route = route.empty() ? "main" : route;
        return route;
    }
    std::vector<control::RuleVerdict> explain(const std::string &) const override { return {}; }

    tests::FakeControlSurface &surface;
};

} // namespace

int main(int argc, char **argv) {
    tests::FakeControlSurface surface;
    Routes routes(surface);
    surface.routes = &routes;
    std::string strips;
    for (int i = 2; i < argc; ++i) {
        surface.add_strip(argv[i]);
        strips += (strips.empty() ? "" : " ") + std::string(argv[i]);
    }
    surface.facts.emplace_back("strips", strips);
    osc::ServerOptions options{.port = 0};
    if (argc > 1 && std::atoi(argv[1]) != 0) {
        options.network.peers.push_back(
            {.port = static_cast<std::uint16_t>(std::atoi(argv[1])), .pattern = "/headroom/bus"});
    }
    control::EventLoop loop;
    const auto server = osc::Server::open(loop, options, surface);
    if (!server) {
        std::cerr << server.error().text() << '\n';
        return 1;
    }
    const auto query = osc::QueryServer::open(loop, **server, surface, "osc_test_server");
    if (!query) {
        std::cerr << query.error().text() << '\n';
        return 1;
    }
    std::cout << (*server)->port() << std::endl;

    const auto end = loop.on_readable(0, [&loop] {
        std::array<char, 64> ignored;
        if (::read(0, ignored.data(), ignored.size()) <= 0)
            loop.stop();
    });
    loop.run();
}
