// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/pipewire_run.hpp"

#include "jack_client/app/pipewire_clients.hpp"
#include "jack_client/app/service.hpp"

#include <string>
#include <unistd.h>
#include <utility>

namespace headroom::app {

PipeWireRun::PipeWireRun(std::unique_ptr<pipewire::Connection> connection, control::EventLoop &loop)
    : loop_(loop),
      connection_(std::move(connection)),
      virtual_sinks_(*connection_, loop),
      volume_keys_([this](std::uint32_t node, const pipewire::Volume &volume) {
          connection_->set_volume(node, volume);
      }) {}

Result<std::unique_ptr<PipeWireRun>> PipeWireRun::open(control::EventLoop &loop) {
    auto connection = pipewire::Connection::open();
    if (!connection)
        return tl::unexpected(connection.error());
    return std::unique_ptr<PipeWireRun>(new PipeWireRun(std::move(*connection), loop));
}

Result<void> PipeWireRun::make_sink(graph::Backend backend, const ChannelLayout &channels) {
    auto sink = pipewire::SinkForRun::ensure(*connection_, backend, channels);
    if (!sink)
        return tl::unexpected(sink.error());
    sink_ = std::move(*sink);
    if (backend == graph::Backend::null_sink && sink_->is_temporary())
        say("the Headroom Sink ends with headroom; to keep it: headroom sink install");
    if (pipewire::headroom_sink_is_outdated(connection_->registry()))
        say("the installed Headroom Sink is an older one, whose volume acts before the chain: "
            "headroom sink install, then systemctl --user restart pipewire");
    return {};
}

void PipeWireRun::provide(jack::SessionOptions &session) {
    session.sink_host = &virtual_sinks_;
    if (session.backend == graph::Backend::null_sink)
        session.former_default_names = pipewire::names_of_former_default(connection_->registry());
    session.describer = [this](std::uint64_t serial) {
        return describe_pipewire_client(*connection_, serial);
    };
}

void PipeWireRun::follow(jack::JackSession &session) {
    connection_->read_in(loop_, [this, &session] {
        if (sink_)
            sink_->follow();
        virtual_sinks_.follow();
        follow_volumes();
        if (connection_->take_found_late())
            session.descriptions_changed();
        session.look_again();
    });
}

/// The volume that people turn is the one behind the ceiling.
void PipeWireRun::follow_volumes() {
    const pipewire::Registry &registry = connection_->registry();
    volume_keys_.follow(registry, pipewire::sink_ways(registry, std::to_string(::getpid())),
                        loop_.now());
}

} // namespace headroom::app
