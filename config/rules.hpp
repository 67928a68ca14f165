// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/channels.hpp"
#include "config/name_pattern.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headroom {

/// Where an application's sound goes.
struct Route {
    enum class Kind { bus, bypass, ignore };
    Kind kind = Kind::ignore;
    std::string bus;               ///< name of the bus where kind is bus
    std::vector<std::string> also; ///< further buses that get the same sound

    bool operator==(const Route &) const = default;
    std::string text() const; ///< the bus names joined by "+", "bypass" or "ignore"
};

/// The route that text() gave; nothing for a text that is empty or has an empty bus name. The
/// buses need not exist.
std::optional<Route> route_from_text(std::string_view text);

/// What the rules may ask of an application. What a server does not know is empty.
struct ApplicationNames {
    std::string client;
    std::vector<std::string> aliases; ///< of its ports
    std::vector<std::string> ports;   ///< short names, without the client
    std::vector<std::string> pretty;  ///< names that people see, of the client and its ports
    std::string application;          ///< its own name for itself; that of the client if unknown
    std::string binary;               ///< file name of its program
    std::string role;                 ///< what it plays: "Music", "Movie", "Game", ...
    std::string title;                ///< of what it plays
    std::vector<std::string> device;  ///< names of the sink that it has chosen itself

    bool operator==(const ApplicationNames &) const = default;
};

/// A number of channels, from..to; 0 for no bound.
struct ChannelCount {
    std::size_t from = 0;
    std::size_t to = 0;

    bool contains(std::size_t channels) const {
        return channels >= from && (to == 0 || channels <= to);
    }
    std::string text() const; ///< "2", "3-6", "3+"
};

/// All fields that are present must match (one pattern of each list is enough); an exclusion that
/// matches turns the rule off. A match without any field matches everything.
struct Match {
    std::vector<NamePattern> called; ///< client, application or binary; not in profiles
    std::vector<NamePattern> client;
    std::vector<NamePattern> alias;
    std::vector<NamePattern> port;
    std::vector<NamePattern> pretty;
    std::vector<NamePattern> application;
    std::vector<NamePattern> binary;
    std::vector<NamePattern> role;
    std::vector<NamePattern> title;
    std::vector<NamePattern> device;
    std::vector<ChannelCount> channels; ///< how many ports it plays to
    std::vector<Match> any;             ///< where there are some, one must match
    std::vector<Match> all;             ///< each must match
    std::vector<Match> exclude;         ///< "not:" in the profile

    bool matches(const ApplicationNames &names) const;

    /// Whether anything here asks for what a snapshot does not show.
    bool asks_for_description() const;
};

/// Whether a match holds, and which of its parts decided.
struct Verdict {
    bool matches = false;
    std::string reason; ///< "client \"mpd\" is like \"mp*\""
};
Verdict judge(const Match &match, const ApplicationNames &names);

struct Rule {
    std::string name; ///< as the profile gives it, else "rule 3"
    Match match;
    Route route;
    bool strip = false; ///< the application gets a strip of its own in its bus

    /// RMS level that the rider of its strip brings a louder application down to; it gets a strip
    /// then.
    std::optional<float> level_dbfs;

    /// More channels than those of its bus are mixed down (downmix.hpp), in a strip, instead of
    /// passing the bus by.
    bool downmix = false;

    std::string sink; ///< of a bypassed application, a pattern as that of a bus; may be empty

    /// Channel of each port that a pattern fits, the first that does; nothing for a port that is
    /// left out. Ports that none fits are mapped by name or order.
    std::vector<std::pair<NamePattern, std::optional<Channel>>> channels;

    bool exclusive = false; ///< the application plays to its bus and to nothing else

    /// It was set at run time: it decides the route, and the next rule that matches all else.
    bool is_override = false;

    bool asks_for_strip() const { return strip || level_dbfs; }
};

/// A link that is to be there beside those of the applications: each end is a bus by name, or a
/// pattern for a client or for ports ("client:port").
struct Connection {
    std::string name; ///< as the profile gives it, else "rule 3"
    std::string from;
    std::string to;
};

/// The rules that decide over an application; nullptr for none.
struct Decision {
    const Rule *route = nullptr;   ///< the first that matches: name and route
    const Rule *options = nullptr; ///< all else; the first that matches and is no override
};
Decision decide(const std::vector<Rule> &rules, const ApplicationNames &names);

/// The rule of a route that was set at run time: for every stream whose client, application or
/// program has that name, as NamePattern::application() has it, or fits it as a pattern.
Rule override_rule(const std::string &application, const Route &route);

} // namespace headroom
