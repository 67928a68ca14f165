// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/server_graph.hpp"

#include <unistd.h>
#include <utility>

namespace headroom::jack {

using graph::Event;
using graph::Link;
using graph::Outcome;
using graph::Snapshot;

class ServerGraph::Call {
  public:
    explicit Call(const ServerGraph &graph) : graph_(graph) { ++graph_.progress_; }
    ~Call() {
        ++graph_.progress_;
        while (graph_.is_left_behind_)
            ::pause();
    }
    Call(const Call &) = delete;
    Call &operator=(const Call &) = delete;

  private:
    const ServerGraph &graph_;
};

Result<void> ServerGraph::open(const std::string &client_name, const std::string &server_name) {
    const Call call(*this);
    auto client = GraphClient::open(client_name, server_name);
    if (!client)
        return tl::unexpected(client.error());
    const std::lock_guard lock(mutex_);
    client_ = std::move(*client);
    client_->describe_with(describer_);
    sample_rate_hz_ = client_->sample_rate_hz();
    return {};
}

void ServerGraph::close() {
    std::unique_ptr<GraphClient> closing;
    {
        const std::lock_guard lock(mutex_);
        closing = std::move(client_);
    }
    const Call call(*this);
    closing.reset(); // takes its time where the server has gone
}

void ServerGraph::wake() {
    {
        const std::lock_guard lock(mutex_);
        woken_ = true;
        if (client_)
            client_->wake();
    }
    changed_.notify_all();
}

Snapshot ServerGraph::snapshot() {
    const Call call(*this);
    return client_ ? client_->snapshot() : Snapshot{};
}

Snapshot ServerGraph::look(const std::string &client) {
    const Call call(*this);
    return client_ ? client_->look(client) : Snapshot{};
}

graph::ClientDescription ServerGraph::describe(const std::string &client, const std::string &port) {
    const Call call(*this);
    return client_ ? client_->describe(client, port) : graph::ClientDescription{};
}

std::string ServerGraph::shown_name(const std::string &client) const {
    return client_ ? client_->shown_name(client) : client;
}

std::vector<Event> ServerGraph::wait(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    if (!std::exchange(woken_, false)) {
        if (client_) {
            lock.unlock();
            auto events = client_->wait(timeout);
            lock.lock();
            woken_ = false;
            return events;
        }
        changed_.wait_for(lock, timeout, [this] { return woken_; });
        woken_ = false;
    }
    return {};
}

Outcome ServerGraph::connect(const Link &link) {
    const Call call(*this);
    return client_ ? client_->connect(link) : Outcome::no_server;
}

Outcome ServerGraph::disconnect(const Link &link) {
    const Call call(*this);
    return client_ ? client_->disconnect(link) : Outcome::no_server;
}

Outcome ServerGraph::set_target(const std::string &port, const std::string &sink) {
    const Call call(*this);
    return client_ ? client_->set_target(port, sink) : Outcome::no_server;
}

bool ServerGraph::ignores_self_connections() {
    return client_ && client_->ignores_self_connections();
}

double ServerGraph::sample_rate_hz() const {
    return sample_rate_hz_;
}

bool ServerGraph::server_lost() const {
    return !client_ || client_->server_lost();
}

} // namespace headroom::jack
