// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace headroom::graph {

/// Where the client's name ends in "client:port". PipeWire's sinks and programs may have colons in
/// their names ("Focusrite: Scarlett 2i2:playback_FL") and have none in those of their ports, which
/// say what they are; ports of JACK clients may have them ("Carla:Synth:out 1").
constexpr std::size_t end_of_client(std::string_view port) {
    const std::size_t last = port.rfind(':');
    const std::string_view own = last == port.npos ? port : port.substr(last + 1);
    for (const std::string_view kind :
         {"playback_", "monitor_", "capture_", "output_", "input_", "send_", "receive_"})
        if (own.starts_with(kind))
            return last;
    return port.find(':');
}

/// The two parts of "client:port".
constexpr std::string_view client_part(std::string_view port) {
    return port.substr(0, end_of_client(port));
}
constexpr std::string_view port_part(std::string_view port) {
    return port.substr(end_of_client(port) + 1);
}

/// An audio port as the server shows it.
struct Port {
    std::string name; ///< "client:port"
    std::vector<std::string> aliases;
    bool is_output = false;
    bool is_physical = false;

    std::string_view client() const { return client_part(name); }
    std::string_view short_name() const { return port_part(name); }
    bool operator==(const Port &) const = default;
};

/// What a server may know of a client beside its ports; what it does not know is empty.
struct ClientDescription {
    std::vector<std::string> pretty; ///< names that people see, of the client and its ports
    std::string application;         ///< its own name for itself
    std::string binary;              ///< file name of its program
    std::string role;                ///< "Music", "Movie", "Game", ...
    std::string title;               ///< of what it plays
    std::string media_class; ///< PipeWire's kind: "Stream/Output/Audio", "Audio/Source", ...
    std::string link_group;  ///< shared by the ends of an effect: a sink, and what it plays on
    std::string target;      ///< client of the sink that the stream or its user has chosen
    std::optional<std::uint64_t> target_serial; ///< by which PipeWire knows that sink
    std::vector<std::string> device;            ///< names of that sink
    bool operator==(const ClientDescription &) const = default;
};

struct Link {
    std::string from;
    std::string to;
    bool operator==(const Link &) const = default;
    bool operator<(const Link &other) const {
        return std::tie(from, to) < std::tie(other.from, other.to);
    }
};

/// All audio ports, in the server's order, and every link between them.
struct Snapshot {
    std::vector<Port> ports;
    std::vector<Link> links;
};

/// What happened since the last look. Events tell that something changed and when; the snapshot
/// is the truth.
struct Event {
    enum class Kind { port_added, port_removed, linked, unlinked, described, server_lost };
    Kind kind;
    std::string from; ///< the port, or the link's source; empty where descriptions have changed
    std::string to;   ///< the link's destination
    std::chrono::steady_clock::time_point at;
};

enum class Outcome {
    done,      ///< true now, or already so
    pending,   ///< accepted; shows later
    refused,   ///< the server said no
    no_server, ///< the server is gone
};

/// The server's graph. Calls may block for milliseconds; one thread makes them all.
class PortGraph {
  public:
    virtual ~PortGraph() = default;

    virtual Snapshot snapshot() = 0;

    /// The ports of one client, and the links from its outputs.
    virtual Snapshot look(const std::string &client) = 0;

    /// Waits for events, at most `timeout`; takes all there are.
    virtual std::vector<Event> wait(std::chrono::milliseconds timeout) = 0;

    virtual Outcome connect(const Link &link) = 0;
    virtual Outcome disconnect(const Link &link) = 0;

    /// PipeWire: asks the session manager to play the stream that owns `port` to the sink whose
    /// client is `sink`, or, with an empty sink, to wherever the default is. Refused elsewhere.
    virtual Outcome set_target(const std::string &port, const std::string &sink) = 0;

    /// Looks up what is known of a client beside its ports. Slower than all the rest.
    virtual ClientDescription describe(const std::string &client, const std::string &port) {
        (void)client, (void)port;
        return {};
    }

    /// The server drops links that a client asks for between its own ports and others'
    /// (`jackd -a e`), so that applications cannot connect themselves.
    virtual bool ignores_self_connections() = 0;

    virtual double sample_rate_hz() const = 0;

    /// The clock of the events.
    virtual std::chrono::steady_clock::time_point now() const {
        return std::chrono::steady_clock::now();
    }
};

} // namespace headroom::graph
