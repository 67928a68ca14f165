// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/journal.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/graph/routed_world.hpp"

#include <fstream>
#include <iterator>

using namespace headroom;
using namespace headroom::test;
using graph::AtEnd;
using graph::Debts;
using graph::Journal;

namespace {

namespace fs = std::filesystem;

const std::set<Link> straight{{"player:out_1", "system:playback_1"},
                              {"player:out_2", "system:playback_2"}};

std::unique_ptr<Journal> open_journal(const fs::path &folder, const std::string &client,
                                      AtEnd at_end = AtEnd::restore) {
    auto journal = Journal::open(folder, "default", client, at_end);
    REQUIRE(journal.has_value());
    return std::move(*journal);
}

fs::path only_file(const fs::path &folder) {
    REQUIRE(std::distance(fs::directory_iterator(folder), {}) == 1);
    return fs::directory_iterator(folder)->path();
}

std::string read(const fs::path &file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Looks at the disk whenever a link is taken away.
class WatchedGraph final : public graph::PortGraph {
  public:
    WatchedGraph(SimulatedGraph &graph, fs::path folder)
        : graph_(graph), folder_(std::move(folder)) {}

    int removals = 0;
    bool always_on_disk = true;

    graph::Snapshot snapshot() override { return graph_.snapshot(); }
    graph::Snapshot look(const std::string &client) override { return graph_.look(client); }
    std::vector<graph::Event> wait(std::chrono::milliseconds timeout) override {
        return graph_.wait(timeout);
    }
    graph::Outcome connect(const Link &link) override { return graph_.connect(link); }
    graph::Outcome disconnect(const Link &link) override {
        if (link.to.starts_with("system:") && !link.from.starts_with("headroom:")) {
            ++removals;
            const std::string line = link.from + "\t" + link.to;
            always_on_disk =
                always_on_disk && read(only_file(folder_)).find(line) != std::string::npos;
        }
        return graph_.disconnect(link);
    }
    graph::Outcome set_target(const std::string &port, const std::string &sink) override {
        return graph_.set_target(port, sink);
    }
    bool ignores_self_connections() override { return graph_.ignores_self_connections(); }
    double sample_rate_hz() const override { return graph_.sample_rate_hz(); }
    std::chrono::steady_clock::time_point now() const override { return graph_.now(); }

  private:
    SimulatedGraph &graph_;
    fs::path folder_;
};

/// The routed world with a journal that a crash leaves behind.
struct JournalledWorld : RoutedWorld {
    TemporaryFolder folder;
    std::unique_ptr<Journal> journal;

    explicit JournalledWorld(Backend backend = Backend::direct) : RoutedWorld(backend) {
        journal = open_journal(folder.path(), "headroom");
        reconciler.keep_journal(journal.get());
        start();
    }
    Debts on_disk() {
        // Only a journal whose run has ended can be read.
        fs::path copy = folder.path() / "copy";
        fs::remove_all(copy);
        fs::create_directory(copy);
        for (const auto &entry : fs::directory_iterator(folder.path()))
            if (entry.is_regular_file())
                fs::copy_file(entry.path(), copy / entry.path().filename());
        return graph::read_journals(copy, "default").debts;
    }
    /// kill -9, and what the server does then.
    void crash() {
        reconciler.keep_journal(nullptr);
        journal.reset();
        graph.remove_client("headroom");
        graph.wait(0ms);
    }
};

} // namespace

TEST_CASE("what is owed survives its run, and is taken once") {
    TemporaryFolder folder;
    const std::set<Link> odd{{"a\tb\\:\n1", "ünï:ports"}};
    auto journal = open_journal(folder.path(), "headroom");
    CHECK(journal->owe("player", straight));
    CHECK(journal->owe("odd\tone", odd));
    CHECK(journal->owe("gone", straight));
    CHECK(journal->owe("gone", {}));
    CHECK(graph::read_journals(folder.path(), "default").in_use);
    CHECK(graph::read_journals(folder.path(), "default").debts.empty());
    CHECK_FALSE(Journal::open(folder.path(), "default", "headroom", AtEnd::restore).has_value());
    journal.reset();
    const Debts expected{{"player", straight}, {"odd\tone", odd}};
    CHECK(graph::read_journals(folder.path(), "default").debts == expected);
    CHECK(graph::read_journals(folder.path(), "another").debts.empty());

    SECTION("by the next run, whatever its name") {
        for (const char *name : {"headroom", "headroom-01", "headroom-02"}) {
            CHECK(open_journal(folder.path(), name)->debts() == expected);
            only_file(folder.path());
        }
    }
    SECTION("by restore") {
        CHECK(graph::take_journals(folder.path(), "default").debts == expected);
        CHECK(fs::is_empty(folder.path()));
    }
}

TEST_CASE("a journal cut at any byte tells what was written whole") {
    TemporaryFolder folder;
    {
        auto journal = open_journal(folder.path(), "headroom", AtEnd::mute);
        journal->owe("player", straight);
        journal->owe("other", {{"other:out", "system:playback_1"}});
    }
    const fs::path file = only_file(folder.path());
    const std::string whole = read(file);
    for (std::size_t length = 0; length <= whole.size(); ++length) {
        CAPTURE(length);
        std::ofstream(file, std::ios::binary | std::ios::trunc) << whole.substr(0, length);
        const auto left = graph::read_journals(folder.path(), "default");
        REQUIRE((left.debts.size() == 2) == (length == whole.size()));
        for (const auto &[name, links] : left.debts)
            REQUIRE(links.size() == (name == "player" ? 2 : 1));
        REQUIRE((left.at_end == AtEnd::mute) == (length >= 5));
    }
}

TEST_CASE("a journal of a long run stays short") {
    TemporaryFolder folder;
    auto journal = open_journal(folder.path(), "headroom");
    for (int i = 0; i < 30000; ++i)
        REQUIRE(journal->owe("player", i % 2 == 0 ? straight : std::set<Link>{}));
    journal->owe("player", straight);
    CHECK(fs::file_size(only_file(folder.path())) <= std::size_t{1} << 20);
    CHECK(journal->debts() == Debts{{"player", straight}});
}

TEST_CASE("links are on disk before they are removed") {
    TemporaryFolder folder;
    SimulatedGraph simulated;
    WatchedGraph graph(simulated, folder.path());
    const auto journal = open_journal(folder.path(), "headroom");
    graph::Reconciler reconciler(graph);
    reconciler.keep_journal(journal.get());
    const RoutedWorld rules;
    simulated.add_sink("system", {"playback_1", "playback_2"});
    simulated.add_inputs("headroom", {"main_in_1", "main_in_2"});
    simulated.add_outputs("headroom", {"main_out_1", "main_out_2"});
    reconciler.configure(rules.setup);
    for (int start = 0; start < 20; ++start) {
        simulated.add_outputs("player", {"out_1", "out_2"});
        simulated.self_connect("player");
        reconciler.step(graph.wait(0ms));
        simulated.remove_client("player");
        reconciler.step(graph.wait(0ms));
    }
    CHECK(graph.removals == 40);
    CHECK(graph.always_on_disk);
    CHECK(journal->debts().empty());
}

TEST_CASE("after a crash every application finds its sink again") {
    JournalledWorld world;
    world.graph.add_sink("usb", {"playback_1", "playback_2"});
    world.play("player");
    world.graph.add_outputs("other", {"out_1", "out_2"});
    world.graph.self_connect("other", "usb");
    world.graph.add_outputs("silent", {"out_1", "out_2"});
    world.play("patched");
    world.play("bypassed");
    world.run(3000ms);
    world.graph.user_unlinks({"patched:out_1", "headroom:main_in_1"});
    world.graph.user_unlinks({"patched:out_2", "headroom:main_in_2"});
    world.run(100ms);
    world.crash();
    CHECK(world.graph.links_from("player").empty());

    SECTION("by restore") {
        const Debts debts = graph::take_journals(world.folder.path(), "default").debts;
        CHECK(debts.size() == 2); // the one at a sink that no bus feeds was left there
        CHECK(world.graph.linked("other:out_1", "usb:playback_1"));
        for (const Link &link : graph::links_to_restore(debts, world.graph.snapshot()))
            world.graph.connect(link);
        CHECK(world.straight_to_sink("player"));
        CHECK(world.straight_to_sink("silent"));
    }
    SECTION("by the next start, where the rules leave it alone now") {
        world.journal = open_journal(world.folder.path(), "headroom");
        graph::Reconciler next(world.graph);
        next.keep_journal(world.journal.get());
        world.setup.rules = {rule("*", ignore())};
        next.configure(world.setup);
        next.step({});
        CHECK(world.straight_to_sink("player"));
        CHECK(world.straight_to_sink("silent"));
        CHECK(world.journal->debts().empty());
    }
    SECTION("by the next start's end, where the rules still route it") {
        world.journal = open_journal(world.folder.path(), "headroom");
        graph::Reconciler next(world.graph);
        next.keep_journal(world.journal.get());
        next.configure(world.setup);
        next.step({});
        world.add_bus_ports();
        next.step(world.graph.wait(0ms));
        CHECK(world.only_through_bus("player"));
        CHECK(world.graph.links_from("patched").size() == 2);
        next.end(AtEnd::restore);
        CHECK(world.straight_to_sink("player"));
        CHECK(world.journal->debts().empty());
    }
    CHECK(world.graph.links_from("other") ==
          std::set<Link>{{"other:out_1", "usb:playback_1"}, {"other:out_2", "usb:playback_2"}});
    CHECK(world.straight_to_sink("bypassed"));
}

TEST_CASE("an application that found a sink since the crash keeps it") {
    JournalledWorld world;
    world.graph.add_sink("usb", {"playback_1", "playback_2"});
    world.graph.add_inputs("recorder", {"in"});
    world.play("player");
    world.graph.user_links({"player:out_2", "recorder:in"});
    world.run(100ms);
    world.crash();
    world.graph.user_links({"player:out_1", "usb:playback_1"});
    const Debts debts = graph::take_journals(world.folder.path(), "default").debts;
    CHECK(graph::links_to_restore(debts, world.graph.snapshot()) ==
          std::vector<Link>{{"player:out_2", "system:playback_2"}});
}

TEST_CASE("to mute leaves applications silent, and what is owed in the journal") {
    JournalledWorld world;
    world.play("player");
    world.run(3000ms);
    world.reconciler.end(AtEnd::mute);
    CHECK_FALSE(world.straight_to_sink("player"));
    CHECK(world.on_disk() == Debts{{"player", straight}});
    world.crash();
    CHECK(world.graph.links_from("player").empty());
}

TEST_CASE("an end and a new beginning take the applications again") {
    JournalledWorld world;
    world.play("player");
    world.run(3000ms);
    for (int i = 0; i < 3; ++i) {
        world.reconciler.end(AtEnd::restore);
        CHECK(world.straight_to_sink("player"));
        CHECK(world.on_disk().empty());
        world.reconciler.configure(world.setup);
        world.run(3000ms);
        CHECK(world.only_through_bus("player"));
        CHECK(world.on_disk() == Debts{{"player", straight}});
    }
}

TEST_CASE("under PipeWire it is our sink that must be heard after a crash") {
    JournalledWorld world(Backend::null_sink);
    world.graph.add_outputs("game", {"output_FL", "output_FR"}, true);
    world.run(1000ms);
    const std::set<Link> shortcut{{"Headroom Sink:monitor_FL", "speakers:playback_FL"},
                                  {"Headroom Sink:monitor_FR", "speakers:playback_FR"}};
    CHECK(world.on_disk() == Debts{{"Headroom Sink", shortcut}});
    world.crash();
    const Debts debts = graph::take_journals(world.folder.path(), "default").debts;
    for (const Link &link : graph::links_to_restore(debts, world.graph.snapshot()))
        world.graph.connect(link);
    world.graph.advance(100ms);
    CHECK(world.graph.links_from("Headroom Sink") == shortcut);
}
