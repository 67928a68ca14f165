// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/name_pattern.hpp"
#include "jack_client/graph/link_keeper.hpp"

#include <optional>
#include <string>
#include <vector>

namespace headroom::graph {

/// Our ports for MIDI, by full name.
struct ControllerPorts {
    std::string in;
    std::string out;
};

/// Links our ports for MIDI with those of the controllers that maps name, both ways, whenever they
/// come, and takes these links back where no map names them any more. What the user breaks stays
/// broken until the controller's port ends; what the user makes is left alone. Belongs to the
/// graph thread.
class ControllerLinks {
  public:
    explicit ControllerLinks(PortGraph &graph) : graph_(graph), keeper_(graph) {}

    /// Patterns that the name or an alias of a controller's port fits, or the name of its client.
    void set_devices(const std::vector<std::string> &patterns);

    /// Whether step() wants to be called again without an event.
    bool waits() const { return next_.has_value(); }
    /// Whether step() has anything to do now.
    bool is_due(const std::vector<Event> &events) const;
    /// midi: all ports for MIDI, and the links of ours.
    void step(const std::vector<Event> &events, const Snapshot &midi, const ControllerPorts &ours);

    /// The links have gone, and nobody has broken them: they are made again.
    void forget_everything() {
        keeper_.forget_everything();
        next_ = graph_.now();
    }

  private:
    bool is_device(const Port &port) const;

    PortGraph &graph_;
    LinkKeeper keeper_;
    std::vector<NamePattern> devices_;
    std::optional<TimePoint> next_; ///< when to step without an event
};

} // namespace headroom::graph
