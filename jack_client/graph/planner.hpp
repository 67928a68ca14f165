// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/graph/matcher.hpp"
#include "jack_client/graph/port_flux.hpp"
#include "jack_client/graph/port_group.hpp"
#include "jack_client/graph/reconciler.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace headroom::graph {

/// What the rules ask of one application.
struct PlannedApplication {
    std::string name;
    std::string strip; ///< name of its strip and of the sink that it has for itself
    Route route;
    std::string rule;
    std::vector<std::string> ports;
    std::shared_ptr<const ApplicationNames> names;
    bool is_stream = false;
    bool is_left = false;   ///< a stream that stays at the sink which it or its user has chosen
    bool exclusive = false; ///< it plays to nothing but its buses

    /// Its ports, or those of its strip, are just coming or going: nothing is linked for it until
    /// they are all there. What it plays to a sink is cut off all the same.
    bool in_flux = false;

    /// It works in the insert of a bus, and so its sound is in the bus: it goes nowhere else.
    bool in_insert = false;

    /// The buses can take it. Otherwise the application is left alone, and the notice says why.
    bool feasible = false;
    std::vector<Link> links;      ///< to where the route leads
    bool is_direct = false;       ///< where routed, without a PipeWire sink of ours
    std::string into;             ///< a stream's sink of ours
    std::vector<Link> feed;       ///< from the sink that the stream has for itself to its buses
    std::vector<Link> sink_links; ///< to the sink it would play to without us
    std::string sink;             ///< client of that sink; empty where there is none
    std::string chosen;           ///< the sink that a stream or its user has chosen; or empty
    bool has_own_sink = false;    ///< the rule names that sink: it plays there and nowhere else
    std::string notice;

    bool is_routed() const { return route.kind == Route::Kind::bus && feasible; }
};

/// A sink that plays on what arrives there: an equaliser, a loopback, several speakers at once.
struct Effect {
    std::string sink;              ///< client
    std::set<std::string> outputs; ///< clients of the streams that it plays
    std::string device;            ///< client of the sink that they play to; empty for none
    bool is_pinned = false;        ///< they have chosen it themselves
};

/// What the rules ask of the graph as it stands.
struct Plan {
    std::string effect; ///< sink of the effect that the first bus plays behind; or empty
    std::set<std::string> effect_outputs; ///< its streams, which play into our first sink
    std::map<std::string, PlannedApplication> applications;
    std::vector<std::string> bus_sinks; ///< client of each bus's sink; empty for none
    std::vector<Link> bus_links;        ///< from the buses to their sinks
    std::set<Link> connections;         ///< that rules ask for beside the applications
    std::vector<Link> monitor_links;    ///< from our PipeWire sinks to the buses
    std::set<Link> shortcuts;        ///< from our PipeWire sink's monitor straight to other sinks
    std::vector<Link> restore_links; ///< the shortcut that keeps sound without us
    std::set<std::string> playback;  ///< ports that raw sound must not reach
    std::set<std::string> taken;     ///< of these, what the buses feed or would be heard by default
    std::multimap<std::string, std::string> behind; ///< a port that buses feed, and their inputs
    std::set<std::string> our_playback;             ///< ports of our PipeWire sinks
    std::string untargeted_sink; ///< where a stream without a target plays; may be empty
    std::vector<std::string> notices;
};

/// By client name; a client without one is as if nothing were known of it.
using Descriptions = std::map<std::string, ClientDescription>;

/// Works out the plan, for the whole graph or again for one client.
class Planner {
  public:
    void configure(RouterSetup setup);
    const RouterSetup &setup() const { return setup_; }
    const Plan &plan() const { return plan_; }

    /// The last plan made those of other clients obsolete: plan_all() again. Asked once.
    bool is_stale() { return std::exchange(is_stale_, false); }

    /// The server or some rule asks for ClientDescriptions.
    bool asks_for_descriptions() const { return asks_for_descriptions_; }

    /// A stream that is bypassed, whatever its description will say.
    bool is_bypassed_at_sight(const std::string &client, const GraphView &view) const;

    void plan_all(const GraphView &view, const Descriptions &descriptions, const PortFlux &flux);

    /// What happens to this client may change the plan for others: then only plan_all() will do.
    bool may_concern_all(const std::string &client, const GraphView &view) const;
    /// Plans one client anew after a change of its own.
    void plan_client(const std::string &client, const GraphView &view,
                     const ClientDescription &description, bool in_flux);

  private:
    /// A bus where it stands now.
    struct BusPlan {
        const BusPorts *bus;
        bool is_ready;               ///< its inputs exist
        std::optional<PortGroup> to; ///< the sink that it feeds
    };
    /// What the rules decided when the client was last seen with these names.
    struct Matched {
        std::shared_ptr<const ApplicationNames> names;
        Decision by;
    };

    /// What an application wants of a strip or a sink of its own. All streams of one application
    /// share one, unless rules ask for different ones.
    struct StripUse {
        std::string name;
        std::vector<std::string> buses;
        bool has_strip;
        std::optional<float> level_dbfs;
        ChannelLayout channels; ///< of the application
        bool is_as(const StripUse &other) const {
            return buses == other.buses && has_strip == other.has_strip &&
                   level_dbfs == other.level_dbfs;
        }
        bool operator==(const StripUse &) const = default;
    };

    const StripUse &use_strip(const PlannedApplication &application, StripUse wanted);
    bool is_mixed(const StripUse &use) const;
    void add_application(const Application &application, const GraphView &view, bool in_flux);
    bool is_our_sink(const std::string &client) const;
    std::optional<PortGroup> our_sink(const std::string &name, bool monitors,
                                      const GraphView &view) const;
    std::optional<PortGroup> sink_of(const std::string &pattern, const ChannelLayout &channels,
                                     const GraphView &view) const;
    std::optional<PortGroup> named_sink(const std::string &pattern, const GraphView &view) const;
    std::optional<PortGroup> way_to_default(const BusPorts &bus, const GraphView &view) const;
    std::string standard_sink(const GraphView &view) const;
    const Effect *find_effect(const std::string &sink) const;
    void find_effects(const GraphView &view, const Descriptions &descriptions);
    std::string device_behind(const Effect &effect, const GraphView &view);
    void stand_behind_effect(const GraphView &view);
    void keep_out_of_loop(const BusPorts &bus, std::optional<PortGroup> &to, const GraphView &view);
    const BusPlan *find_bus(const std::string &name) const;
    void plan_bus(const BusPorts &bus, const GraphView &view);
    void plan_taken(const GraphView &view);
    void plan_our_sinks(const GraphView &view);
    void plan_connections(const GraphView &view, const PortFlux &flux,
                          const std::set<Link> &former);
    std::vector<PortGroup> ends_of(const std::string &end, bool outputs,
                                   const GraphView &view) const;

    const Matched &match(const Application &application);
    const BusPorts *insert_with(const std::string &client, const GraphView &view) const;
    std::string way_from(const BusPorts &bus, const std::string &client,
                         const GraphView &view) const;
    void follow_choice(PlannedApplication &out, const Application &application,
                       const GraphView &view) const;
    bool is_loop(PlannedApplication &out, const GraphView &view) const;
    PlannedApplication plan_application(const Application &application, const GraphView &view,
                                        bool in_flux);
    bool plan_strip(PlannedApplication &out, const PortGroup &own, const BusPorts &bus,
                    const Rule &rule);
    bool plan_downmix(PlannedApplication &out, const Application &application, const BusPorts &bus,
                      const Rule &rule);
    void plan_bus_route(PlannedApplication &out, const Application &application, const Rule &rule,
                        const GraphView &view);
    void pass_by(PlannedApplication &out, const Application &application, const BusPorts &bus,
                 const Rule &rule) const;
    bool plan_client_into_our_sink(PlannedApplication &out, const Application &application,
                                   const Rule &rule, const GraphView &view) const;
    void plan_stream(PlannedApplication &out, const Application &application, const Rule &rule,
                     const std::vector<std::string> &buses, const GraphView &view);
    void keep_hosts();

    RouterSetup setup_;
    bool asks_for_descriptions_ = false;
    std::vector<BusPlan> buses_;
    std::map<std::string, Matched> matched_;
    std::map<std::string, StripUse> uses_;         ///< by client
    std::map<std::string, VirtualSink> own_sinks_; ///< by client
    bool is_stale_ = false;
    std::set<std::string> microphones_; ///< virtual ones, whose inputs look like those of a sink
    std::vector<Effect> effects_;
    std::map<std::string, std::string> devices_; ///< of effects, as last seen, by their sinks
    Plan plan_;
};

} // namespace headroom::graph
