// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/graph/port_graph.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace headroom::test {

/// A server's graph in memory, with a clock of its own: links that show late, applications that
/// connect themselves, a session manager that moves streams, a user's hand, sinks that vanish.
class SimulatedGraph final : public graph::PortGraph {
  public:
    using Time = std::chrono::steady_clock::time_point;
    using Delay = std::chrono::milliseconds;

    // What the server is like ---------------------------------------------------------------------
    Delay link_delay{0};               ///< until a connection or disconnection shows: PipeWire
    bool ignore_self_connects = false; ///< jackd -a e
    bool has_session_manager = false;  ///< PipeWire: streams are placed and moved
    std::string default_sink;          ///< listed first; where streams without target go
    std::string smart_filter;          ///< a sink that takes them in its place; or none
    double rate_hz = 48000.0;

    // What happens in the world -------------------------------------------------------------------
    /// "client:port" for each; a client may get further ports later.
    void add_sink(const std::string &client, const std::vector<std::string> &playback,
                  const std::vector<std::string> &monitors = {});
    void add_inputs(const std::string &client, const std::vector<std::string> &ports);
    void add_outputs(const std::string &client, const std::vector<std::string> &ports,
                     bool is_stream = false);
    void remove_client(const std::string &client);
    void remove_port(const std::string &port);
    /// The application links its outputs, in order, to the ports of a sink, or of the default.
    void self_connect(const std::string &client, const std::string &sink = {});
    void user_links(const graph::Link &link);
    void user_unlinks(const graph::Link &link);
    /// pavucontrol: sets the stream's target.
    void user_moves(const std::string &stream, const std::string &sink);
    void set_default_sink(const std::string &client);
    /// What the server knows of a client, from now on.
    void set_description(const std::string &client, graph::ClientDescription description);
    /// Makes the next connect() calls fail, as those to a client that is not active yet do.
    void refuse_connects(const std::string &client, bool refuse);
    std::string refused_to; ///< only connections to this client fail then, if there is one
    /// A client starts to work: JACK2 tells of its ports again.
    void announce(const std::string &client);
    void lose_server();
    /// An empty server is there again.
    void start_server() { lost_ = false; }

    // Time ----------------------------------------------------------------------------------------
    void advance(Delay time);
    /// Until the next thing that is under way shows; `limit` where nothing is.
    Delay next_change(Delay limit) const;
    bool has_events() const { return !events_.empty(); }

    // What the code under test did ----------------------------------------------------------------
    struct Operation {
        enum class Kind { connect, disconnect, target } kind;
        graph::Link link; ///< for a target: port and sink
        bool operator==(const Operation &) const = default;
    };
    std::vector<Operation> operations;
    int snapshots = 0;
    int looks = 0;

    bool linked(const std::string &from, const std::string &to) const {
        return links_.contains({from, to});
    }
    const std::set<graph::Link> &links() const { return links_; }
    std::set<graph::Link> links_from(const std::string &client) const;
    std::string target_of(const std::string &stream) const;

    // PortGraph -----------------------------------------------------------------------------------
    graph::Snapshot snapshot() override;
    graph::Snapshot look(const std::string &client) override;
    graph::ClientDescription describe(const std::string &client, const std::string &port) override;
    std::vector<graph::Event> wait(std::chrono::milliseconds timeout) override;
    graph::Outcome connect(const graph::Link &link) override;
    graph::Outcome disconnect(const graph::Link &link) override;
    graph::Outcome set_target(const std::string &port, const std::string &sink) override;
    bool ignores_self_connections() override { return ignore_self_connects; }
    double sample_rate_hz() const override { return rate_hz; }
    Time now() const override { return now_; }

  private:
    struct Later {
        Time at;
        std::function<void()> what;
    };

    void add_port(graph::Port port);
    void set_link(const graph::Link &link, bool present);
    void later(Delay delay, std::function<void()> what);
    const graph::Port *find(const std::string &name) const;
    std::vector<std::string> inputs_of(const std::string &client) const;
    void place_streams();
    void place(const std::string &stream);

    Time now_{std::chrono::hours(1)};
    std::vector<graph::Port> ports_;
    std::set<graph::Link> links_;
    std::vector<graph::Event> events_;
    std::vector<Later> later_;
    std::map<std::string, std::string> targets_; ///< of streams; empty follows the default
    std::map<std::string, graph::ClientDescription> descriptions_;
    std::set<std::string> refused_;
    bool lost_ = false;
};

} // namespace headroom::test
