// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/app/tool.hpp"
#include "jack_client/graph/sink_host.hpp"

#include <chrono>
#include <map>

namespace headroom::app {

/// PipeWire sinks of buses and of single applications, each made by a pw-cli that it ends with, and
/// so with the program, however that ends. Belongs to the graph thread. Not real-time safe.
class VirtualSinks final : public graph::SinkHost {
  public:
    void keep_sinks(const std::set<graph::VirtualSink> &sinks) override;

  private:
    using Clock = std::chrono::steady_clock;
    struct Entry {
        FedTool owner;
        Clock::time_point wanted_at;
    };
    std::map<graph::VirtualSink, Entry> entries_;
    Clock::time_point try_again_{};
};

} // namespace headroom::app
