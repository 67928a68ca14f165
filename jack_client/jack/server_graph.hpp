// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/jack/graph_client.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace headroom::jack {

/// The graph of a server that may go and come back: without one it is empty, and every operation
/// answers no_server. One thread makes all calls, but for wake().
class ServerGraph final : public graph::PortGraph {
  public:
    Result<void> open(const std::string &client_name, const std::string &server_name);
    void close();

    /// See GraphClient; holds for every server.
    void describe_with(GraphClient::Describer describer) { describer_ = std::move(describer); }

    std::string shown_name(const std::string &client) const; ///< as of GraphClient

    /// Makes wait() return, with or without a server. Any thread.
    void wake();

    graph::Snapshot snapshot() override;
    graph::Snapshot look(const std::string &client) override;
    graph::ClientDescription describe(const std::string &client, const std::string &port) override;
    std::vector<graph::Event> wait(std::chrono::milliseconds timeout) override;
    graph::Outcome connect(const graph::Link &link) override;
    graph::Outcome disconnect(const graph::Link &link) override;
    graph::Outcome set_target(const std::string &port, const std::string &sink) override;
    bool ignores_self_connections() override;
    double sample_rate_hz() const override; ///< of the last server, where there is none now

    bool server_lost() const; ///< true also without a server

    // Any thread --------------------------------------------------------------------------------

    /// Changes whenever a call of libjack begins or comes back.
    std::uint64_t progress() const { return progress_; }
    /// The thread that makes the calls goes no further than to the end of the one that it waits in.
    void leave_behind() { is_left_behind_ = true; }

  private:
    /// A call that may wait for the server, as long as this object lives.
    class Call;

    mutable std::atomic<std::uint64_t> progress_{0};
    std::atomic<bool> is_left_behind_{false};
    std::unique_ptr<GraphClient> client_;
    GraphClient::Describer describer_;
    double sample_rate_hz_ = 0.0;
    std::mutex mutex_; ///< guards the pointer against wake(), and what follows
    std::condition_variable changed_;
    bool woken_ = false;
};

} // namespace headroom::jack
