// SPDX-License-Identifier: GPL-3.0-or-later
// A graph far larger than anybody's: what routing itself costs, without the server.
#include "tests/support/metered_graph.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/graph/routed_world.hpp"

using namespace headroom;
using namespace headroom::test;

namespace {

constexpr int kClients = 1000;
constexpr int kRules = 200;

/// Names, globs and regular expressions that match none of the clients, and at last one that
/// matches them all.
std::vector<Rule> many_rules() {
    std::vector<Rule> out;
    for (int i = 0; i + 1 < kRules; ++i) {
        const std::string number = std::to_string(i);
        out.push_back(rule(i % 3 == 0   ? "program " + number
                           : i % 3 == 1 ? "program " + number + "*"
                                        : "/program " + number + "(a|b)+/",
                           bypass()));
    }
    out.push_back(rule("*", to_bus()));
    return out;
}

struct LargeWorld {
    SimulatedGraph simulated;
    MeteredGraph graph{simulated};
    TemporaryFolder folder;
    std::unique_ptr<graph::Journal> journal;
    graph::Reconciler reconciler{graph};

    LargeWorld() {
        journal = std::move(
            *graph::Journal::open(folder.path(), "default", "headroom", graph::AtEnd::restore));
        reconciler.keep_journal(journal.get());
        graph::RouterSetup setup = RoutedWorld().setup;
        setup.rules = many_rules();
        simulated.add_sink("system", {"playback_1", "playback_2"});
        simulated.add_inputs("headroom", {"main_in_1", "main_in_2"});
        simulated.add_outputs("headroom", {"main_out_1", "main_out_2"});
        for (int i = 0; i < kClients; ++i)
            start_client("player " + std::to_string(i));
        reconciler.configure(std::move(setup));
    }
    void start_client(const std::string &name) {
        simulated.add_inputs(name, {"in_1", "in_2"});
        simulated.add_outputs(name, {"out_1", "out_2"});
        simulated.self_connect(name);
    }
    /// Own CPU time until nothing is left to do at this moment.
    double react_ms() {
        const auto begun = graph.own_cpu_time();
        do
            reconciler.step(graph.wait(0ms));
        while (simulated.has_events());
        return std::chrono::duration<double, std::milli>(graph.own_cpu_time() - begun).count();
    }
    /// The same for clients that have just come, until all their ports are there.
    double settle_ms() {
        const double cut_ms = react_ms();
        simulated.advance(20ms);
        return cut_ms + react_ms();
    }
    bool is_routed(const std::string &name) const {
        return simulated.links_from(name) ==
               std::set<Link>{{name + ":out_1", "headroom:main_in_1"},
                              {name + ":out_2", "headroom:main_in_2"}};
    }
};

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

} // namespace

TEST_CASE("a thousand clients and 200 rules: start-up in a second, an event in a millisecond") {
    // By the thread sanitizer as its documentation says, by the others as measured on this test.
#if defined(__SANITIZE_THREAD__)
    constexpr double kSlowdown = 15.0;
#elif defined(__SANITIZE_ADDRESS__)
    constexpr double kSlowdown = 6.0;
#else
    constexpr double kSlowdown = 1.0;
#endif
    LargeWorld world;
    const double start_ms = world.settle_ms();
    CAPTURE(start_ms);
    CHECK(start_ms < 1000.0 * kSlowdown);
    CHECK(world.is_routed("player 0"));
    CHECK(world.is_routed("player 999"));
    CHECK(world.journal->debts().size() == kClients);

    const int looks_at_all = world.simulated.snapshots;
    std::vector<double> starts;
    std::vector<double> ends;
    for (int i = 0; i < 40; ++i) {
        const std::string name = "newcomer " + std::to_string(i % 4);
        world.start_client(name);
        starts.push_back(world.settle_ms());
        CHECK(world.is_routed(name));
        world.simulated.remove_client(name);
        ends.push_back(world.react_ms());
    }
    const double start = median(starts);
    const double end = median(ends);
    CAPTURE(start, end);
    CHECK(start < kSlowdown);
    CHECK(end < kSlowdown);
    CHECK(world.simulated.snapshots == looks_at_all);
    CHECK(world.reconciler.applications().size() == kClients);
}
