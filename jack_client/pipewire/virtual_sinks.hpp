// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/event_loop.hpp"
#include "jack_client/graph/sink_host.hpp"
#include "jack_client/pipewire/connection.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <set>

namespace headroom::pipewire {

/// PipeWire sinks of buses and of single applications, which end with the program, however that
/// ends. Belongs to the loop's thread, but for keep_sinks(). Not real-time safe.
class VirtualSinks final : public graph::SinkHost {
  public:
    /// Must end before both.
    VirtualSinks(Connection &pipewire, control::EventLoop &loop);
    ~VirtualSinks() override;

    /// Called on the graph thread; the loop's thread makes and ends the sinks.
    void keep_sinks(const std::set<graph::VirtualSink> &sinks) override;

    /// Makes the sinks again that a restart of PipeWire has taken: to be called after every change
    /// of the connection.
    void follow();

  private:
    using Clock = control::EventLoop::Clock;
    struct Entry {
        std::unique_ptr<Connection::Owned> node;
        Clock::time_point unwanted_since = Clock::time_point::max();
    };

    Connection &pipewire_;
    control::EventLoop &loop_;
    int event_fd_;
    control::EventLoop::Watch wishing_;
    control::EventLoop::Watch ending_;
    std::map<graph::VirtualSink, Entry> entries_;

    std::mutex mutex_;
    std::set<graph::VirtualSink> wanted_; ///< guarded by the mutex
};

} // namespace headroom::pipewire
