// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/graph/matcher.hpp"
#include "jack_client/graph/reconciler.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/simulated_graph.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace headroom::test {

using namespace std::chrono_literals;
using graph::Backend;
using graph::Link;

inline Rule rule(std::string_view client, Route route) {
    Rule out{.name = std::string(client), .route = std::move(route)};
    out.match.client.emplace_back(client);
    return out;
}
inline Route to_bus(std::string bus = "main") {
    return {Route::Kind::bus, std::move(bus), {}};
}
inline Route bypass() {
    return {Route::Kind::bypass, {}, {}};
}
inline Route ignore() {
    return {Route::Kind::ignore, {}, {}};
}

/// A simulated graph with a stereo sink, the ports of a stereo bus, and the reconciler at work.
/// Clients named bypass* and ignore* are routed so, all others to the bus.
struct RoutedWorld {
    SimulatedGraph graph;
    graph::Reconciler reconciler{graph};
    graph::RouterSetup setup;

    explicit RoutedWorld(Backend backend = Backend::direct) {
        setup.backend = backend;
        setup.own_client = "headroom";
        setup.describe_all = backend != Backend::direct;
        setup.buses = {{.name = "main",
                        .channels = {Channel::fl, Channel::fr},
                        .inputs = {"headroom:main_in_1", "headroom:main_in_2"},
                        .outputs = {"headroom:main_out_1", "headroom:main_out_2"}}};
        setup.rules = {rule("bypass*", bypass()), rule("ignore*", ignore()), rule("*", to_bus())};
        if (backend == Backend::direct) {
            graph.add_sink("system", {"playback_1", "playback_2"});
        } else {
            graph.has_session_manager = true;
            graph.link_delay = 2ms;
            graph.add_sink("Headroom Sink", {"playback_FL", "playback_FR"},
                           {"monitor_FL", "monitor_FR"});
            if (backend == Backend::smart_filter) {
                graph.smart_filter = "Headroom Sink";
                graph.default_sink = "speakers";
            }
            graph.add_sink("speakers", {"playback_FL", "playback_FR"},
                           {"monitor_FL", "monitor_FR"});
        }
    }

    void add_bus_ports() {
        graph.add_inputs("headroom", {"main_in_1", "main_in_2"});
        graph.add_outputs("headroom", {"main_out_1", "main_out_2"});
    }

    void start() {
        add_bus_ports();
        reconciler.configure(setup);
        run(100ms);
    }

    /// Lets time pass as the graph thread sees it: a step on events or when one is wanted.
    void run(std::chrono::milliseconds time) {
        const auto end = graph.now() + time;
        while (graph.now() < end) {
            const auto delay = reconciler.step(graph.wait(0ms));
            const auto rest = std::chrono::ceil<std::chrono::milliseconds>(end - graph.now());
            const auto idle = graph.has_events() ? 1ms : graph.next_change(delay);
            graph.advance(std::min(idle, rest));
        }
        reconciler.step(graph.wait(0ms));
    }

    const graph::RoutedApplication &application(const std::string &name) const {
        const auto &all = reconciler.applications();
        const auto found =
            std::find_if(all.begin(), all.end(), [&](const auto &one) { return one.name == name; });
        REQUIRE(found != all.end());
        return *found;
    }

    bool only_through_bus(const std::string &client) const {
        return graph.links_from(client) ==
               std::set<Link>{{client + ":out_1", "headroom:main_in_1"},
                              {client + ":out_2", "headroom:main_in_2"}};
    }
    bool straight_to_sink(const std::string &client) const {
        return graph.links_from(client) == std::set<Link>{{client + ":out_1", "system:playback_1"},
                                                          {client + ":out_2", "system:playback_2"}};
    }
    bool bus_plays() const {
        return graph.linked("headroom:main_out_1", "system:playback_1") &&
               graph.linked("headroom:main_out_2", "system:playback_2");
    }
    void play(const std::string &client) {
        graph.add_outputs(client, {"out_1", "out_2"});
        graph.self_connect(client);
    }
};

/// Under PipeWire, with streams that a session manager links.
struct DesktopWorld : RoutedWorld {
    using RoutedWorld::RoutedWorld;

    void stream(const std::string &name) {
        graph.add_outputs(name, {"output_FL", "output_FR"}, true);
    }
    void stream(const std::string &name, graph::ClientDescription description) {
        description.media_class = graph::kStreamClass;
        graph.set_description(name, std::move(description));
        stream(name);
    }
    std::set<Link> stereo(const std::string &from, const std::string &to) const {
        return {{from + "FL", to + "FL"}, {from + "FR", to + "FR"}};
    }
    std::set<Link> stereo_numbered(const std::string &from, const std::string &to) const {
        return {{from + "1", to + "FL"}, {from + "2", to + "FR"}};
    }
    bool plays_to(const std::string &name, const std::string &sink) const {
        return graph.links_from(name) == stereo(name + ":output_", sink + ":playback_");
    }
};

} // namespace headroom::test
