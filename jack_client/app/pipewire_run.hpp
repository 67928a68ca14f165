// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/jack/jack_session.hpp"
#include "jack_client/pipewire/connection.hpp"
#include "jack_client/pipewire/headroom_sink.hpp"
#include "jack_client/pipewire/virtual_sinks.hpp"
#include "jack_client/pipewire/volume_keys.hpp"

#include <memory>

namespace headroom::app {

/// What a run of the program has in PipeWire. Belongs to the loop's thread.
class PipeWireRun {
  public:
    static Result<std::unique_ptr<PipeWireRun>> open(control::EventLoop &loop);
    PipeWireRun(const PipeWireRun &) = delete;
    PipeWireRun &operator=(const PipeWireRun &) = delete;

    pipewire::Connection &connection() { return *connection_; }

    /// Makes the Headroom Sink for a backend that needs one, and says what the user should know.
    Result<void> make_sink(graph::Backend backend, const ChannelLayout &channels);

    /// What a session needs of PipeWire; this must outlive it.
    void provide(jack::SessionOptions &session);

    /// From now on the loop follows what happens in PipeWire, and tells the session of it.
    void follow(jack::JackSession &session);

  private:
    PipeWireRun(std::unique_ptr<pipewire::Connection> connection, control::EventLoop &loop);
    void follow_volumes();

    control::EventLoop &loop_;
    std::unique_ptr<pipewire::Connection> connection_;
    std::unique_ptr<pipewire::SinkForRun> sink_;
    pipewire::VirtualSinks virtual_sinks_;
    pipewire::VolumeKeys volume_keys_;
};

} // namespace headroom::app
