// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/graph/routed_world.hpp"

#include <random>

using namespace headroom;
using namespace headroom::test;

namespace {

using Kind = SimulatedGraph::Operation::Kind;

/// A world in which anything happens at any time.
class RandomWorld : public RoutedWorld {
  public:
    RandomWorld(Backend backend, unsigned seed) : RoutedWorld(backend), random_(seed) {
        if (backend == Backend::direct && chance(2))
            graph.link_delay = 3ms;
        if (backend == Backend::direct)
            graph.ignore_self_connects = chance(3);
        graph.add_inputs("recorder", {"in_1", "in_2"});
        start();
    }

    /// One event, with or without time to react.
    void happen() {
        const std::string &client = pick(client_names);
        switch (pick_number(11)) {
        case 0:
        case 1:
            start_client(client);
            break;
        case 2:
            graph.remove_client(client);
            break;
        case 3:
            graph.self_connect(client);
            break;
        case 4:
            graph.user_unlinks(pick_link());
            break;
        case 5:
            graph.user_links({client + ":out_1", pick_input()});
            break;
        case 6:
            toggle_sink();
            break;
        case 7:
            run(std::chrono::milliseconds(pick_number(4000)));
            break;
        case 8:
            change_rules();
            break;
        case 9:
            if (chance(4))
                restart_server();
            break;
        default:
            run(std::chrono::milliseconds(pick_number(20)));
        }
    }

    void check_operations() const {
        std::set<Link> ours;
        for (const auto &operation : graph.operations) {
            CAPTURE(operation.link.from, operation.link.to);
            const std::string from = operation.link.from.substr(0, operation.link.from.find(':'));
            CHECK_FALSE(from.starts_with("ignore"));
            if (operation.kind == Kind::connect)
                ours.insert(operation.link);
            const bool was_exclusive = from.starts_with("game"); // at some time, maybe
            if (operation.kind == Kind::disconnect && !ours.contains(operation.link) &&
                !was_exclusive) {
                CHECK(graph_sink_of(operation.link.to));
                CHECK_FALSE(from == "headroom");
                CHECK_FALSE(operation.link.to.starts_with("recorder"));
            }
            if (setup.backend != Backend::direct && operation.kind != Kind::target)
                CHECK_FALSE(operation.link.from.find(":output_") != std::string::npos);
        }
    }

  private:
    static const std::vector<std::string> client_names;

    unsigned pick_number(unsigned below) { return static_cast<unsigned>(random_()) % below; }
    bool chance(unsigned of) { return pick_number(of) == 0; }
    const std::string &pick(const std::vector<std::string> &from) {
        return from[pick_number(static_cast<unsigned>(from.size()))];
    }
    std::string real_sink() const {
        return setup.backend == Backend::direct ? "system" : "speakers";
    }
    static bool graph_sink_of(const std::string &port) {
        return port.find(":playback_") != std::string::npos;
    }

    void start_client(const std::string &client) {
        if (setup.backend != Backend::direct && client.ends_with("stream"))
            graph.add_outputs(client, {"output_FL", "output_FR"}, true);
        else
            play(client);
    }
    Link pick_link() {
        if (graph.links().empty())
            return {};
        auto link = graph.links().begin();
        std::advance(link, pick_number(static_cast<unsigned>(graph.links().size())));
        return *link;
    }
    std::string pick_input() {
        return pick({"recorder:in_1", "headroom:main_in_1", real_sink() + ":playback_1",
                     real_sink() + ":playback_FL"});
    }
    /// Two of the rules change places, or a sink is asked for, or no more.
    void change_rules() {
        if (chance(2))
            std::swap(setup.rules[0], setup.rules[1]);
        else if (chance(2))
            game_is_exclusive_ = !game_is_exclusive_;
        else
            game_is_bypassed_ = !game_is_bypassed_;
        std::erase_if(setup.rules, [](const Rule &known) { return known.name == "game*"; });
        Rule game = rule("game*", game_is_bypassed_ ? bypass() : to_bus());
        game.exclusive = game_is_exclusive_ && setup.backend == Backend::direct;
        setup.rules.insert(setup.rules.begin(), game);
        reconciler.configure(setup);
    }
    /// With the applications that come back, sooner or later than we do.
    void restart_server() {
        graph.lose_server();
        run(std::chrono::milliseconds(pick_number(2000)));
        graph.start_server();
        graph.operations.clear();
        sink_there_ = false;
        if (setup.backend != Backend::direct)
            graph.add_sink("Headroom Sink", {"playback_FL", "playback_FR"},
                           {"monitor_FL", "monitor_FR"});
        toggle_sink();
        graph.add_inputs("recorder", {"in_1", "in_2"});
        for (const std::string &client : client_names)
            if (chance(3))
                start_client(client);
        add_bus_ports();
        reconciler.configure(setup);
    }
    void toggle_sink() {
        sink_there_ = !sink_there_;
        if (!sink_there_)
            graph.remove_client(real_sink());
        else if (setup.backend == Backend::direct)
            graph.add_sink("system", {"playback_1", "playback_2"});
        else
            graph.add_sink("speakers", {"playback_FL", "playback_FR"},
                           {"monitor_FL", "monitor_FR"});
    }

    std::mt19937 random_;
    bool sink_there_ = true;
    bool game_is_exclusive_ = false;
    bool game_is_bypassed_ = false;
};

const std::vector<std::string> RandomWorld::client_names{
    "player", "game", "bypassed", "bypass stream", "game stream", "ignored", "ignored stream"};

} // namespace

TEST_CASE("whatever happens, routing comes to rest and touches nothing that is not its own") {
    for (const Backend backend : {Backend::direct, Backend::null_sink, Backend::smart_filter})
        for (unsigned seed = 0; seed < 300; ++seed) {
            CAPTURE(seed, static_cast<int>(backend));
            RandomWorld world(backend, seed);
            for (int i = 0; i < 60; ++i)
                world.happen();
            world.run(15000ms);
            const auto operations = world.graph.operations.size();
            const auto links = world.graph.links();
            const auto raw = world.reconciler.raw_frames();
            world.run(10000ms);
            REQUIRE(world.graph.operations.size() == operations);
            REQUIRE(world.graph.links() == links);
            REQUIRE(world.reconciler.raw_frames() == raw);
            world.check_operations();

            // An application that starts now, in whatever the world has become, is routed.
            if (backend == Backend::direct) {
                world.play("newcomer");
                world.run(1500ms);
                REQUIRE(world.only_through_bus("newcomer"));
            } else {
                world.graph.add_outputs("newcomer", {"output_FL", "output_FR"}, true);
                world.run(1500ms);
                REQUIRE(world.graph.links_from("newcomer") ==
                        std::set<Link>{{"newcomer:output_FL", "Headroom Sink:playback_FL"},
                                       {"newcomer:output_FR", "Headroom Sink:playback_FR"}});
            }
        }
}
