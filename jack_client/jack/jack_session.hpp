// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "jack_client/engine/engine.hpp"
#include "jack_client/graph/reconciler.hpp"
#include "jack_client/jack/graph_client.hpp"
#include "jack_client/jack/process_client.hpp"
#include "jack_client/jack/server.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace headroom::jack {

struct SessionOptions {
    std::string client_name = "headroom";
    std::string graph_client_name;  ///< of the one without ports; empty: "<client_name>-graph"
    std::string server_name;        ///< empty: the default server
    std::vector<std::string> sinks; ///< pattern of each bus; empty follows the default
    std::vector<Rule> rules;
    std::vector<Connection> connections;
    std::vector<SidePorts> side_ports;    ///< of each bus
    engine::MidiBridge *midi = nullptr;   ///< must outlive the session; without one no MIDI
    GraphClient::Describer describer;     ///< see there; called on the session's thread
    graph::SinkHost *sink_host = nullptr; ///< see graph::RouterSetup
    std::vector<std::string> former_default_names; ///< as sink_host

    graph::Backend backend = graph::Backend::direct;
    std::string backend_reason; ///< for SessionStatus

    /// Where what is owed to the applications is written, see graph::Journal; empty: nowhere.
    std::filesystem::path journal_folder;
    graph::AtEnd at_end = graph::AtEnd::restore; ///< also of an engine without callbacks
};

/// What the session knows, as one consistent copy.
struct SessionStatus {
    bool connected = false;
    std::string server;         ///< "JACK2", "PipeWire 0.3.65", ...
    std::string backend;        ///< "direct", "null-sink", "smart-filter"
    std::string backend_reason; ///< why it is that one
    std::string client_name;
    double sample_rate_hz = 0.0;
    std::uint32_t period_frames = 0;
    std::uint64_t xruns = 0;
    bool freewheel = false;
    /// The server's frame for the stream's frame 0; negative if the server is younger.
    std::int64_t stream_start_frame = 0;
    std::uint64_t reconnects = 0;
    std::uint64_t raw_frames = 0; ///< see graph::Reconciler
    std::vector<graph::RoutedApplication> applications;
    std::vector<std::string> bus_sinks; ///< see graph::Reconciler
    std::vector<InsertState> inserts;
    std::string notice; ///< what the user should know now; may be empty

    bool operator==(const SessionStatus &) const = default;
};

/// The program's life on a JACK server. A thread of its own opens the client that processes and
/// the port-less one that connects, keeps the graph as the rules ask, and comes back after the
/// server has gone. Every libjack call that may block is made there.
class JackSession {
  public:
    /// Connects once before returning, so that a missing server is an error here; the engine is
    /// prepared for the server's rate. The engine must outlive the session.
    static Result<std::unique_ptr<JackSession>> open(SessionOptions options,
                                                     engine::Engine &engine);
    /// Fades out, gives the applications back to their sinks, closes. If a call of libjack does not
    /// come back, as that of a server that hangs, it is left behind, and the program ends without
    /// libjack's clean-up.
    ~JackSession();

    // Any thread --------------------------------------------------------------------------------
    SessionStatus status() const;
    /// Something has changed that the server's library does not tell, as a stream's target does.
    void look_again();
    /// sinks: as in SessionOptions.
    void set_rules(std::vector<Rule> rules, std::vector<Connection> connections,
                   std::vector<std::string> sinks);
    void set_side_ports(std::vector<SidePorts> side_ports); ///< of each bus
    /// Patterns of controllers that are to be connected, as of graph::ControllerLinks.
    void set_devices(std::vector<std::string> patterns);
    /// After a structural change: the new latency is reported to the server once it is in force.
    void latency_changed();
    /// Something else is known of an application than the describer has told.
    void descriptions_changed();
    /// Readable whenever status() may have changed; read it to clear.
    int event_fd() const;

  private:
    struct Impl;
    explicit JackSession(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::jack
