// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/channels.hpp"
#include "config/rules.hpp"
#include "jack_client/graph/backend.hpp"
#include "jack_client/graph/journal.hpp"
#include "jack_client/graph/port_graph.hpp"
#include "jack_client/graph/sink_host.hpp"
#include "jack_client/graph/strip_host.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace headroom::graph {

/// Sink of a bus that feeds none.
inline constexpr const char *kNoSink = "none";

/// A bus as the router sees it: its own ports and the sink it feeds.
struct BusPorts {
    std::string name;
    ChannelLayout channels;
    std::vector<std::string> inputs;  ///< full port names, in channel order
    std::vector<std::string> outputs; ///< full port names, in channel order
    std::string sink; ///< pattern of the profile; empty follows the default, kNoSink feeds none
    std::vector<std::string> sends;   ///< full port names of the insert, in channel order; or none
    std::vector<std::string> returns; ///< as sends
};

struct RouterSetup {
    Backend backend = Backend::direct;
    std::string own_client; ///< its ports are never applications
    std::vector<BusPorts> buses;
    std::vector<Rule> rules;
    std::vector<Connection> connections;
    /// Of the sink that buses which follow the default play to while the default is ours.
    std::vector<std::string> former_default_names;
    bool describe_all = false;   ///< the server tells which clients are applications: ask of each
    StripHost *strips = nullptr; ///< gives strips to applications whose rule asks for one
    SinkHost *sinks = nullptr;   ///< under PipeWire: gives sinks to buses and to strips
};

/// An application and what is done with it.
struct RoutedApplication {
    std::string name;
    Route route;
    std::string rule; ///< name of the rule that matched; empty for none
    std::vector<Link> links;
    std::string notice; ///< a conflict or a restriction, in words for the user; may be empty
    std::shared_ptr<const ApplicationNames> names; ///< what the rules saw

    bool operator==(const RoutedApplication &) const = default;
};

/// Keeps the graph as the rules ask: snapshot, desired links, difference, operations, look again.
/// Touches only links of routed applications and of its own client, and respects what the user
/// connects or breaks by hand. Belongs to the graph thread.
class Reconciler {
  public:
    explicit Reconciler(PortGraph &graph);
    ~Reconciler();

    /// New rules or buses hold from the next step() on.
    void configure(RouterSetup setup);

    /// Writes what is owed to the applications into the journal, which must outlive the reconciler
    /// or be taken from it with nullptr. What a former run owed is given back, or owed on.
    void keep_journal(Journal *journal);

    /// Takes the events in and brings the graph closer to what the rules ask. Returns how soon it
    /// wants to be called again where nothing happens.
    std::chrono::milliseconds step(const std::vector<Event> &events);

    /// Gives every application back to the sink it would have played to, or leaves it silent and
    /// in the journal. Call before the ports of the buses go. configure() takes them again.
    void end(AtEnd at_end);

    /// In the order of their names.
    const std::vector<RoutedApplication> &applications() const;
    /// Changes whenever applications() does.
    std::uint64_t revision() const;

    /// Client of the sink that each bus feeds, in the order of the buses; empty for none.
    const std::vector<std::string> &bus_sinks() const;

    /// What hinders the routing as a whole, in words for the user.
    const std::vector<std::string> &notices() const;

    /// Frames during which a routed application was linked straight to a sink, over all starts.
    std::uint64_t raw_frames() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::graph
