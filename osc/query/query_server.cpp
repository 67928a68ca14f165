// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/query/query_server.hpp"

#include "osc/query/listeners.hpp"
#include "osc/query/query_tree.hpp"
#include "osc/query/web_server.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <utility>

namespace headroom::osc {

struct QueryServer::Impl final : Server::Web {
    Impl(Server &osc, std::string shown)
        : server(osc),
          name(std::move(shown)),
          tree(osc.addresses()),
          listeners(osc.addresses(), [this](const Peer &peer, std::span<const std::uint8_t> bytes,
                                            Delivery delivery) {
              return web->send(peer.connection, bytes, delivery == Delivery::answer);
          }) {}
    Impl(const Impl &) = delete;
    Impl &operator=(const Impl &) = delete;
    ~Impl() override { server.attach(nullptr); }

    Server &server;
    std::string name;
    QueryTree tree;
    Listeners listeners;
    std::map<std::uint64_t, Peer> peers; ///< by connection
    std::shared_ptr<std::function<void(control::ParameterTarget)>> observer;
    FileDescriptor poll{::epoll_create1(EPOLL_CLOEXEC)};
    FileDescriptor wake{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    FileDescriptor timer{::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)};
    std::unique_ptr<WebServer> web; ///< last: its end still calls back

    WebServer::Handler handler() {
        return {
            [this](std::string_view path, std::string_view query, const std::string &ip) {
                auto [status, json] = tree.get(path, query, {name, ip, server.port()});
                return WebServer::Answer{status, std::move(json)};
            },
            [this](std::uint64_t connection, std::string_view text) {
                if (const auto peer = peers.find(connection); peer != peers.end())
                    listeners.command(peer->second, text);
            },
            [this](std::uint64_t connection, std::span<const std::uint8_t> packet) {
                if (const auto peer = peers.find(connection); peer != peers.end())
                    server.take(peer->second, packet);
            },
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
        web->adopt(socket.release(), peer.connection, peer.may_ask ? "" : local_refusal());
        wake_up();
    }

    bool deliver(const Peer &peer, std::span<const std::uint8_t> bytes,
                 Delivery delivery) override {
        wake_up();
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
        wake_up();
    }

    void wake_up() const { ::eventfd_write(wake.get(), 1); }

    bool watch(int fd) const {
        epoll_event event{};
        event.events = EPOLLIN;
        return fd >= 0 && ::epoll_ctl(poll.get(), EPOLL_CTL_ADD, fd, &event) == 0;
    }

    /// Does what is due, and has fd() become readable when more is.
    void turn() {
        eventfd_t count = 0;
        ::eventfd_read(wake.get(), &count);
        web->on_ready();
        const TimePoint now = std::chrono::steady_clock::now();
        auto next = listeners.flush(now);
        web->on_ready();
        if (const int wait_ms = web->timeout_ms(); wait_ms >= 0) {
            const TimePoint due = now + std::chrono::milliseconds(wait_ms);
            next = next ? std::min(*next, due) : due;
        }
        itimerspec due{};
        if (next) {
            const auto wait =
                std::max(std::chrono::nanoseconds(*next - now), std::chrono::nanoseconds(1));
            const auto seconds = std::chrono::floor<std::chrono::seconds>(wait);
            due.it_value = {seconds.count(), (wait - seconds).count()};
        }
        ::timerfd_settime(timer.get(), 0, &due, nullptr); // also forgets that it has fired
    }
};

QueryServer::QueryServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
QueryServer::~QueryServer() = default;

Result<std::unique_ptr<QueryServer>>
QueryServer::open(Server &server, control::ControlSurface &surface, const std::string &name) {
    auto impl = std::make_unique<Impl>(server, name);
    impl->web = WebServer::start(impl->handler(), Origins(server.port()));
    if (!impl->web || !impl->watch(impl->web->fd()) || !impl->watch(impl->wake.get()) ||
        !impl->watch(impl->timer.get()))
        return failure("OSCQuery cannot start",
                       "install libwebsockets-evlib-uv, or run without OSCQuery");
    impl->observer = std::make_shared<std::function<void(control::ParameterTarget)>>(
        [&state = *impl](control::ParameterTarget target) {
            const auto item = state.server.addresses().find(target);
            if (item && state.listeners.changed(*item))
                state.wake_up();
        });
    // The surface may outlive this and has no way to forget an observer.
    surface.observe([weak = std::weak_ptr(impl->observer)](control::ParameterTarget target, float) {
        if (const auto observer = weak.lock())
            (*observer)(target);
    });
    server.attach(impl.get());
    impl->wake_up();
    return std::unique_ptr<QueryServer>(new QueryServer(std::move(impl)));
}

int QueryServer::fd() const {
    return impl_->poll.get();
}

void QueryServer::on_readable() {
    impl_->turn();
}

} // namespace headroom::osc
