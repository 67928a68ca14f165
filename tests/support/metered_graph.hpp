// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/graph/port_graph.hpp"

#include <chrono>
#include <ctime>
#include <type_traits>

namespace headroom::test {

/// CPU time of this thread.
inline std::chrono::nanoseconds thread_cpu_time() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

/// Passes everything on to another graph, and knows how much CPU time that took: what is left is
/// the caller's own.
class MeteredGraph final : public graph::PortGraph {
  public:
    explicit MeteredGraph(PortGraph &graph) : graph_(graph) {}

    /// CPU time of this thread without that of the graph.
    std::chrono::nanoseconds own_cpu_time() const { return thread_cpu_time() - spent_; }

    graph::Snapshot snapshot() override {
        return metered([&] { return graph_.snapshot(); });
    }
    graph::Snapshot look(const std::string &client) override {
        return metered([&] { return graph_.look(client); });
    }
    std::vector<graph::Event> wait(std::chrono::milliseconds timeout) override {
        return metered([&] { return graph_.wait(timeout); });
    }
    graph::Outcome connect(const graph::Link &link) override {
        return metered([&] { return graph_.connect(link); });
    }
    graph::Outcome disconnect(const graph::Link &link) override {
        return metered([&] { return graph_.disconnect(link); });
    }
    graph::Outcome set_target(const std::string &port, const std::string &sink) override {
        return metered([&] { return graph_.set_target(port, sink); });
    }
    bool ignores_self_connections() override { return graph_.ignores_self_connections(); }
    double sample_rate_hz() const override { return graph_.sample_rate_hz(); }
    std::chrono::steady_clock::time_point now() const override { return graph_.now(); }

  private:
    template <class Call> std::invoke_result_t<Call> metered(Call call) {
        const auto begun = thread_cpu_time();
        auto out = call();
        spent_ += thread_cpu_time() - begun;
        return out;
    }

    PortGraph &graph_;
    std::chrono::nanoseconds spent_{};
};

} // namespace headroom::test
