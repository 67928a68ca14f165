// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/query/query_server.hpp"

#include "osc/query/changing_paths.hpp"
#include "osc/query/listeners.hpp"
#include "osc/query/query_tree.hpp"
#include "osc/query/web_server.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace headroom::osc {

namespace {

/// Between looks at which nodes have come and gone.
constexpr std::chrono::milliseconds kPathInterval{500};

} // namespace

struct QueryServer::Impl final : Server::Web {
    Impl(control::EventLoop &on, Server &osc, control::ControlSurface &of, std::string shown)
        : loop(on),
          server(osc),
          surface(of),
          name(std::move(shown)),
          tree(osc.addresses(), of),
          listeners(osc.addresses(), [this](const Peer &peer, std::span<const std::uint8_t> bytes,
                                            Delivery delivery) {
              return web->send(peer.connection, bytes, delivery == Delivery::answer);
          }) {}
    Impl(const Impl &) = delete;
    Impl &operator=(const Impl &) = delete;
    ~Impl() override {
        server.attach(nullptr);
        for (const auto &[connection, peer] : peers)
            server.forget(peer);
    }

    control::EventLoop &loop;
    Server &server;
    control::ControlSurface &surface;
    std::string name;
    QueryTree tree;
    Listeners listeners;
    std::map<std::uint64_t, Peer> peers; ///< by connection
    std::shared_ptr<std::function<void(control::ParameterTarget)>> observer;
    control::EventLoop::Watch telling; ///< at the end of the loop's turn
    control::EventLoop::Watch timer;
    control::EventLoop::Watch path_timer; ///< while there is a WebSocket
    std::unique_ptr<WebServer> web;

    WebServer::Handler handler() {
        return {
            [this](std::string_view path, std::string_view query, const std::string &ip) {
                server.refresh();
                auto [status, json] = tree.get(path, query, {name, ip, server.port()});
                return WebServer::Answer{status, std::move(json)};
            },
            [this](std::uint64_t connection, std::string_view text) {
                if (const auto peer = peers.find(connection); peer != peers.end())
                    listeners.command(peer->second, text);
                want_telling();
            },
            [this](std::uint64_t connection, std::span<const std::uint8_t> packet) {
                if (const auto peer = peers.find(connection); peer != peers.end())
                    server.take(peer->second, packet);
            },
            [this] { watch_paths(); },
            [this](std::uint64_t connection) {
                const auto peer = peers.extract(connection);
                if (peer.empty())
                    return;
                listeners.forget(peer.mapped());
                server.forget(peer.mapped());
            },
        };
    }

    void adopt(FileDescriptor socket, const Peer &peer) override {
        peers.emplace(peer.connection, peer).first->second.is_web = true;
        web->adopt(socket.release(), peer.connection, peer.endpoint.host(),
                   peer.may_ask ? "" : local_refusal());
    }

    bool deliver(const Peer &peer, std::span<const std::uint8_t> bytes,
                 Delivery delivery) override {
        return web->send(peer.connection, bytes, delivery == Delivery::answer);
    }

    void admit_again(const TcpConnections::AdmitAgain &admit) override {
        for (auto &[connection, peer] : peers) {
            const auto again = admit(peer);
            if (again) {
                peer = *again;
                peer.is_web = true;
            }
            if (!again || !again->may_ask)
                web->end(connection);
        }
    }

    void watch_paths() {
        if (path_timer)
            return;
        path_timer = loop.on_timer(
            kPathInterval,
            [this, paths = ChangingPaths(surface)]() mutable -> control::EventLoop::Duration {
                server.refresh();
                for (const std::string &change : paths.changes())
                    web->tell_all(change);
                if (web->has_websockets())
                    return kPathInterval;
                path_timer.end();
                return control::EventLoop::Duration(-1);
            });
    }

    void want_telling() {
        if (!telling)
            telling = loop.on_turn_end([this] { tell(); });
    }

    /// Sends what is due, and comes back when more is.
    void tell() {
        telling.end();
        timer.end();
        server.refresh();
        const TimePoint now = loop.now();
        if (const auto next = listeners.flush(now))
            timer = loop.on_timer(*next - now, [this] {
                want_telling();
                return control::EventLoop::Duration(-1);
            });
    }
};

QueryServer::QueryServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
QueryServer::~QueryServer() = default;

Result<std::unique_ptr<QueryServer>> QueryServer::open(control::EventLoop &loop, Server &server,
                                                       control::ControlSurface &surface,
                                                       const std::string &name) {
    auto impl = std::make_unique<Impl>(loop, server, surface, name);
    impl->web = WebServer::start(loop, impl->handler(), Origins(server.port()));
    if (!impl->web)
        return failure("OSCQuery cannot start",
                       "install libwebsockets-evlib-uv, or run without OSCQuery");
    impl->observer = std::make_shared<std::function<void(control::ParameterTarget)>>(
        [&state = *impl](control::ParameterTarget target) {
            const auto item = state.server.addresses().find(target);
            if (item && state.listeners.changed(*item))
                state.want_telling();
        });
    // The surface may outlive this and has no way to forget an observer.
    surface.observe([weak = std::weak_ptr(impl->observer)](control::ParameterTarget target, float) {
        if (const auto observer = weak.lock())
            (*observer)(target);
    });
    server.attach(impl.get());
    return std::unique_ptr<QueryServer>(new QueryServer(std::move(impl)));
}

} // namespace headroom::osc
