// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/graph_client.hpp"

#include "config/channels.hpp"
#include "jack_client/jack/client.hpp"
#include "jack_client/jack/metadata.hpp"
#include "jack_client/jack/port_names.hpp"
#include "jack_client/jack/server.hpp"
#include "jack_client/jack/told_graph.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <jack/jack.h>
#include <jack/metadata.h>
#include <jack/uuid.h>
#include <optional>
#include <string_view>

namespace headroom::jack {

using graph::Event;
using graph::Link;
using graph::Outcome;
using graph::Port;
using graph::Snapshot;
using Clock = std::chrono::steady_clock;

namespace {

/// Key and type by which PipeWire's session managers take a stream's sink.
constexpr const char *kTargetKey = "target.object";
constexpr const char *kOlderTargetKey = "target.node";
constexpr const char *kTargetType = "Spa:Id";
constexpr const char *kNoTarget = "-1";

/// How long JACK2 may take to tell of a link that it has made or taken away.
constexpr std::chrono::milliseconds kTellTime{100};

/// How far below a port's serial its node's is looked for: a node's ports follow it closely.
constexpr std::uint64_t kSerialSearch = 128;

struct JackFree {
    void operator()(void *memory) const { jack_free(memory); }
};
using Text = std::unique_ptr<char, JackFree>;

// PipeWire's libjack builds uuids from object serials: a node is (2 << 32) | (serial + 1), and a
// port carries its own serial in the low word.
std::uint64_t serial_of_port(jack_uuid_t uuid) {
    return (uuid & 0xffffffff) - 1;
}
std::uint64_t serial_of_node(jack_uuid_t uuid) {
    return (uuid & 0x3fffffff) - 1;
}
jack_uuid_t node_uuid(std::uint64_t serial) {
    return (std::uint64_t{2} << 32) | (serial + 1);
}

std::string uuid_text(jack_uuid_t uuid) {
    return std::to_string(uuid);
}

/// Empty where there is none.
std::string client_by_uuid(jack_client_t *client, jack_uuid_t uuid) {
    const Text name(jack_get_client_name_by_uuid(client, uuid_text(uuid).c_str()));
    return name ? name.get() : "";
}

} // namespace

struct GraphClient::Impl {
    jack_client_t *client = nullptr;
    std::string server_name;
    bool is_pipewire = false;
    std::optional<bool> ignores_self_connections;

    ToldGraph told;
    Describer describer;

    std::unique_ptr<Client> connection; ///< last, since its callbacks use the others

    bool is_lost() const { return connection->server_lost(); }

    std::string port_name(jack_port_id_t id) const {
        const jack_port_t *port = jack_port_by_id(client, id);
        const char *name = port ? jack_port_name(port) : nullptr;
        return name ? name : "";
    }

    void listen();
    void tell_as_before(Port &port) const;
    bool add_port(Snapshot &out, const std::string &name) const;
    void add_links(Snapshot &out, const std::string &port) const;
    bool linked(const Link &link) const;
    bool is_done(int error, const Link &link, bool asked);
    std::optional<jack_uuid_t> node_of_port(const std::string &port) const;
    bool write_target(jack_uuid_t stream, const std::string &serial) const;
    bool remove_target(jack_uuid_t stream) const;
    std::optional<bool> probe_self_connections() const;
};

void GraphClient::Impl::listen() {
    jack_set_port_registration_callback(
        client,
        [](jack_port_id_t id, int added, void *self) {
            auto &impl = *static_cast<Impl *>(self);
            impl.told.push({added ? Event::Kind::port_added : Event::Kind::port_removed,
                            impl.port_name(id),
                            {},
                            Clock::now()});
        },
        this);
    jack_set_port_connect_callback(
        client,
        [](jack_port_id_t from, jack_port_id_t to, int linked, void *self) {
            auto &impl = *static_cast<Impl *>(self);
            impl.told.push({linked ? Event::Kind::linked : Event::Kind::unlinked,
                            impl.port_name(from), impl.port_name(to), Clock::now()});
        },
        this);
    jack_set_property_change_callback(
        client,
        [](jack_uuid_t, const char *key, jack_property_change_t, void *self) {
            if (may_rename(key))
                static_cast<Impl *>(self)->told.push(
                    {Event::Kind::described, {}, {}, Clock::now()});
        },
        this);
    jack_set_port_rename_callback(
        client,
        [](jack_port_id_t, const char *old_name, const char *new_name, void *self) {
            static_cast<Impl *>(self)->told.push_renamed(old_name, new_name);
        },
        this);
}

/// PipeWire before 1.0 told virtual sinks physical as well, and gave the ports of streams aliases.
/// Since, a virtual sink shows by the monitors of its playback ports, and a stream by the channels
/// that its outputs are named after.
void GraphClient::Impl::tell_as_before(Port &port) const {
    constexpr std::string_view kPlayback = "playback_";
    constexpr std::string_view kStream = "output_";
    const std::string_view name = port.short_name();
    if (!port.is_output && name.starts_with(kPlayback)) {
        const std::string monitor =
            std::string(port.client()) + ":monitor_" + std::string(name.substr(kPlayback.size()));
        port.is_physical = port.is_physical || jack_port_by_name(client, monitor.c_str());
    }
    if (port.is_output && port.aliases.empty() && name.starts_with(kStream) &&
        find_channel(name.substr(kStream.size())))
        port.aliases.push_back(port.name);
}

bool GraphClient::Impl::linked(const Link &link) const {
    const jack_port_t *from = jack_port_by_name(client, link.from.c_str());
    return from && jack_port_connected_to(from, link.to.c_str());
}

/// After the server's answer to a request: whether the link is there, or gone, as asked. JACK2
/// tells sooner than it shows.
bool GraphClient::Impl::is_done(int error, const Link &link, bool asked) {
    return is_pipewire ? linked(link) == asked
                       : told.wait_for_link(link, asked, error == 0 ? kTellTime : kTellTime.zero());
}

/// The node that owns a port. PipeWire's libjack may name a removed node where it is asked by
/// client name, so the port's own serial leads to the node's, which is the nearest lower one of
/// that client.
std::optional<jack_uuid_t> GraphClient::Impl::node_of_port(const std::string &port) const {
    const jack_port_t *handle = jack_port_by_name(client, port.c_str());
    if (!handle)
        return std::nullopt;
    const std::string owner(graph::client_part(port));
    const std::uint64_t serial = serial_of_port(jack_port_uuid(const_cast<jack_port_t *>(handle)));
    for (std::uint64_t below = 1; below < kSerialSearch && below < serial; ++below) {
        const jack_uuid_t uuid = node_uuid(serial - below);
        if (client_by_uuid(client, uuid) == owner)
            return uuid;
    }
    return std::nullopt;
}

/// WirePlumber keeps an application's target for its next start, and sometimes for all that share
/// its media role. The older key, written last, makes it forget; the newer one rules routing.
bool GraphClient::Impl::write_target(jack_uuid_t stream, const std::string &serial) const {
    return jack_set_property(client, stream, kTargetKey, serial.c_str(), kTargetType) == 0 &&
           jack_set_property(client, stream, kOlderTargetKey, kNoTarget, kTargetType) == 0;
}

/// The stream plays to the sink that it has chosen itself then, or else to the default.
bool GraphClient::Impl::remove_target(jack_uuid_t stream) const {
    const bool is_removed = jack_remove_property(client, stream, kTargetKey) == 0;
    return jack_remove_property(client, stream, kOlderTargetKey) == 0 && is_removed;
}

/// Nothing where there is no port to try with.
std::optional<bool> GraphClient::Impl::probe_self_connections() const {
    const auto sinks = taken_names(jack_get_ports(client, nullptr, JACK_DEFAULT_AUDIO_TYPE,
                                                  JackPortIsInput | JackPortIsPhysical));
    if (sinks.empty())
        return std::nullopt;
    const std::string name = std::string(jack_get_client_name(client)) + "-probe";
    const auto opened = Client::open(name, server_name);
    if (!opened)
        return std::nullopt;
    jack_client_t *probe = (*opened)->get();
    std::optional<bool> ignored;
    jack_port_t *port =
        jack_port_register(probe, "silence", JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
    if (!port)
        return std::nullopt;
    jack_set_process_callback(
        probe,
        [](jack_nframes_t frames, void *silent) {
            auto *samples = static_cast<float *>(
                jack_port_get_buffer(static_cast<jack_port_t *>(silent), frames));
            std::fill_n(samples, frames, 0.0f);
            return 0;
        },
        port);
    if (jack_activate(probe) == 0) {
        const char *const sink = sinks.front().c_str();
        const int error = jack_connect(probe, jack_port_name(port), sink);
        ignored = error != 0 || !jack_port_connected_to(port, sink);
    }
    return ignored;
}

GraphClient::GraphClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GraphClient::~GraphClient() = default;

Result<std::unique_ptr<GraphClient>> GraphClient::open(const std::string &client_name,
                                                       const std::string &server_name) {
    auto impl = std::make_unique<Impl>();
    Impl &state = *impl;
    auto opened = Client::open(client_name, server_name, [&state] {
        state.told.push({Event::Kind::server_lost, {}, {}, Clock::now()});
    });
    if (!opened)
        return tl::unexpected(opened.error());
    state.connection = std::move(*opened);
    state.client = state.connection->get();
    state.server_name = server_name;
    state.is_pipewire = libjack_is_pipewire();
    state.listen();
    std::unique_ptr<GraphClient> graph(new GraphClient(std::move(impl)));
    if (jack_activate(state.client) != 0)
        return failure("the JACK server did not activate the client '" + client_name + "'");
    return graph;
}

void GraphClient::describe_with(Describer describer) {
    impl_->describer = std::move(describer);
}

/// The port, where it is one for audio. Whether links may begin there.
bool GraphClient::Impl::add_port(Snapshot &out, const std::string &name) const {
    const jack_port_t *handle = jack_port_by_name(client, name.c_str());
    if (!handle || std::string_view(jack_port_type(handle)) != JACK_DEFAULT_AUDIO_TYPE)
        return false;
    const int flags = jack_port_flags(handle);
    Port port{.name = name,
              .aliases = aliases_of(handle),
              .is_output = (flags & JackPortIsOutput) != 0,
              .is_physical = (flags & JackPortIsPhysical) != 0};
    if (is_pipewire)
        tell_as_before(port);
    out.ports.push_back(std::move(port));
    return out.ports.back().is_output;
}

/// The links from a port, as the server shows them.
void GraphClient::Impl::add_links(Snapshot &out, const std::string &port) const {
    if (const jack_port_t *handle = jack_port_by_name(client, port.c_str()))
        for (std::string &peer : taken_names(jack_port_get_all_connections(client, handle)))
            out.links.push_back({port, std::move(peer)});
}

Snapshot GraphClient::snapshot() {
    Snapshot out;
    if (impl_->is_lost())
        return out;
    for (const std::string &name :
         taken_names(jack_get_ports(impl_->client, nullptr, JACK_DEFAULT_AUDIO_TYPE, 0)))
        if (impl_->add_port(out, name))
            impl_->add_links(out, name);
    if (impl_->is_pipewire)
        impl_->told.adopt(out);
    else
        impl_->told.correct(out);
    return out;
}

Snapshot GraphClient::look(const std::string &client) {
    Snapshot out;
    for (const std::string &name : impl_->told.ports_of(client)) {
        if (impl_->is_lost() || !impl_->add_port(out, name))
            continue;
        if (impl_->is_pipewire) {
            impl_->add_links(out, name);
        } else {
            const auto links = impl_->told.links_from(name);
            out.links.insert(out.links.end(), links.begin(), links.end());
        }
    }
    return out;
}

graph::ClientDescription GraphClient::describe(const std::string &client, const std::string &port) {
    graph::ClientDescription out;
    if (impl_->is_lost())
        return out;
    if (impl_->describer && impl_->is_pipewire)
        if (const auto node = impl_->node_of_port(port))
            out = impl_->describer(serial_of_node(*node));
    if (out.target_serial)
        out.target = client_by_uuid(impl_->client, node_uuid(*out.target_serial));
    out.pretty.push_back(pretty_name(client_uuid(impl_->client, client)));
    if (jack_port_t *handle = jack_port_by_name(impl_->client, port.c_str()))
        out.pretty.push_back(pretty_name(jack_port_uuid(handle)));
    std::erase(out.pretty, "");
    return out;
}

std::string GraphClient::shown_name(const std::string &client) const {
    const std::string pretty =
        impl_->is_lost() ? "" : pretty_name(client_uuid(impl_->client, client));
    return pretty.empty() ? client : pretty;
}

std::vector<Event> GraphClient::wait(std::chrono::milliseconds timeout) {
    return impl_->told.wait(timeout);
}

Outcome GraphClient::connect(const Link &link) {
    if (impl_->is_lost())
        return Outcome::no_server;
    const int error = jack_connect(impl_->client, link.from.c_str(), link.to.c_str());
    if (impl_->is_done(error, link, true))
        return Outcome::done;
    if (error == 0 || error == EEXIST)
        return Outcome::pending;
    return impl_->is_lost() ? Outcome::no_server : Outcome::refused;
}

Outcome GraphClient::disconnect(const Link &link) {
    if (impl_->is_lost())
        return Outcome::no_server;
    const int error = jack_disconnect(impl_->client, link.from.c_str(), link.to.c_str());
    if (impl_->is_done(error, link, false))
        return Outcome::done;
    if (error == 0)
        return Outcome::pending;
    return impl_->is_lost() ? Outcome::no_server : Outcome::refused;
}

Outcome GraphClient::set_target(const std::string &port, const std::string &sink) {
    if (impl_->is_lost())
        return Outcome::no_server;
    if (!impl_->is_pipewire)
        return Outcome::refused;
    const auto stream = impl_->node_of_port(port);
    if (!stream)
        return Outcome::refused;
    if (sink.empty())
        return impl_->remove_target(*stream) ? Outcome::done : Outcome::refused;
    // A sink is found through one of its ports, for the reason that node_of_port() gives.
    for (const Port &candidate : snapshot().ports) {
        if (candidate.client() != sink)
            continue;
        if (const auto node = impl_->node_of_port(candidate.name))
            return impl_->write_target(*stream, std::to_string(serial_of_node(*node)))
                       ? Outcome::pending
                       : Outcome::refused;
    }
    return Outcome::refused;
}

bool GraphClient::ignores_self_connections() {
    if (impl_->is_pipewire || impl_->is_lost())
        return false;
    if (!impl_->ignores_self_connections)
        impl_->ignores_self_connections = impl_->probe_self_connections();
    return impl_->ignores_self_connections.value_or(false);
}

double GraphClient::sample_rate_hz() const {
    return impl_->is_lost() ? 0.0 : static_cast<double>(jack_get_sample_rate(impl_->client));
}

void GraphClient::wake() {
    impl_->told.wake();
}

bool GraphClient::server_lost() const {
    return impl_->is_lost();
}

} // namespace headroom::jack
