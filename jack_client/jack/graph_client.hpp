// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "jack_client/graph/port_graph.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace headroom::jack {

/// The graph of a JACK or PipeWire server, through a client without ports: JACK2's self-connect
/// restrictions do not concern such a client, and no call of it can hold up the process thread.
/// Not real-time safe. One thread makes all calls, but for those that say otherwise.
class GraphClient final : public graph::PortGraph {
  public:
    /// Never starts a server; an empty server_name is the default server.
    static Result<std::unique_ptr<GraphClient>> open(const std::string &client_name,
                                                     const std::string &server_name);
    /// Tolerates a lost server.
    ~GraphClient() override;

    GraphClient(const GraphClient &) = delete;
    GraphClient &operator=(const GraphClient &) = delete;

    graph::Snapshot snapshot() override;
    graph::Snapshot look(const std::string &client) override;
    std::vector<graph::Event> wait(std::chrono::milliseconds timeout) override;
    graph::Outcome connect(const graph::Link &link) override;
    graph::Outcome disconnect(const graph::Link &link) override;
    graph::Outcome set_target(const std::string &port, const std::string &sink) override;
    /// Pretty names from the metadata; the rest from the function that was given.
    graph::ClientDescription describe(const std::string &client, const std::string &port) override;
    /// The name of a client that people see: its pretty name, else its own.
    std::string shown_name(const std::string &client) const;
    /// Asks the server once, with a silent client of a moment's life.
    bool ignores_self_connections() override;
    double sample_rate_hz() const override;

    /// serial: PipeWire's object.serial of the client's node.
    using Describer = std::function<graph::ClientDescription(std::uint64_t serial)>;
    /// For what JACK does not know of a client: the program and the kind of what it plays. Asked
    /// under PipeWire only.
    void describe_with(Describer describer);

    /// Makes wait() return. Any thread.
    void wake();

    /// The server has gone; nothing but destruction makes sense now. Any thread.
    bool server_lost() const;

  private:
    struct Impl;
    explicit GraphClient(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::jack
