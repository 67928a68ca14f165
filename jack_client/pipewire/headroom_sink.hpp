// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/channels.hpp"
#include "config/diagnostic.hpp"
#include "jack_client/graph/backend.hpp"
#include "jack_client/pipewire/connection.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

/// "Headroom Sink", the PipeWire sink that applications play into. Not real-time safe.
namespace headroom::pipewire {

/// What install_sink() or remove_sink() found and did.
struct SinkChange {
    std::filesystem::path drop_in;
    bool drop_in_changed = false; ///< written or removed; else it was so already
    bool sink_changed = false;    ///< created or destroyed; else it was so already
    bool default_changed = false;
    std::string default_sink; ///< node name of the configured default; empty for none
    bool pipewire_is_running = true;
    bool is_of_a_run = false; ///< the sink that is there now ends with the headroom that made it
};

/// Writes the drop-in that makes the sink at every start of PipeWire. When PipeWire runs, and no
/// headroom has made a sink for itself, makes the sink at once and makes it the default. No
/// connection: PipeWire does not run.
Result<SinkChange> install_sink(Connection *pipewire);

/// Takes back all that install_sink() did, the former default included.
Result<SinkChange> remove_sink(Connection *pipewire);

/// The PipeWire that runs.
struct Traits {
    std::string version;             ///< "1.4.2"
    std::string wireplumber_version; ///< "0.5.8"; empty where it does not tell, as before 0.5
    bool has_installed_sink = false; ///< the Headroom Sink is there, whether headroom runs or not

    bool has_smart_filters() const;
};

/// Waits for the session manager, which comes up after PipeWire; a failure where none does.
Result<Traits> traits(Connection &pipewire);

/// The sink for one run of the program: made where there is none, and gone with this object or
/// with the program, however that ends. Must end before its connection.
class SinkForRun {
  public:
    /// Backend::null_sink uses an installed sink as it is; Backend::smart_filter makes, beside the
    /// sink, the way from the first bus, whose channels these are, to the default sink.
    static Result<std::unique_ptr<SinkForRun>> ensure(Connection &pipewire, graph::Backend backend,
                                                      const ChannelLayout &channels);
    /// Gives the former default back, where it has changed it.
    ~SinkForRun();
    SinkForRun(const SinkForRun &) = delete;
    SinkForRun &operator=(const SinkForRun &) = delete;

    /// Makes the sink again where a restart of PipeWire has taken it: to be called after every
    /// change of the connection. Does not wait.
    void follow();

    /// False where the sink was there already.
    bool is_temporary() const;

  private:
    struct Impl;
    explicit SinkForRun(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The Headroom Sink is there, whoever made it.
bool has_headroom_sink(const Registry &registry);

/// It was installed by a headroom whose sink turned down what the program received.
bool headroom_sink_is_outdated(const Registry &registry);

/// What JACK may call the sink that was the default before the Headroom Sink; empty where the user
/// had chosen none, or it is not there.
std::vector<std::string> names_of_former_default(const Registry &registry);

} // namespace headroom::pipewire
