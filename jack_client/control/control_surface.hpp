// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "config/registry.hpp"
#include "jack_client/engine/stream_time.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace headroom::control {

/// One parameter of one bus or strip, or a global one. Stays valid while the program runs.
struct ParameterTarget {
    int bus = -1; ///< index of the bus; -1 for a parameter of any other scope
    ParameterId id;
    int strip = -1; ///< index into strip_names(); -1 for a parameter of any other scope
    auto operator<=>(const ParameterTarget &) const = default;
};

struct MeterTarget {
    int bus = 0; ///< -1 for a meter of a strip
    MeterId id;
    int strip = -1; ///< -1 for a meter of a bus
    auto operator<=>(const MeterTarget &) const = default;
};

struct ParameterWrite {
    ParameterTarget target;
    float value = 0.0f; ///< natural units; clamped when applied
};

/// An application as the router sees it.
struct ApplicationStatus {
    std::string name;
    std::string route; ///< bus name, "bypass" or "ignore"
    std::string rule;  ///< name of the rule that matched, "" for none
    std::vector<std::pair<std::string, std::string>> links; ///< from port, to port
    std::string notice;      ///< what the user should know; may be empty
    std::string application; ///< its own name for itself; empty where it is not known
    std::string program;     ///< file name
    std::string title;       ///< of what it plays
};

/// A fact about the running program; a list holds texts without line breaks.
using StatusValue = std::variant<std::int64_t, double, std::string, std::vector<std::string>>;

/// What was changed at run time: path and value, as text.
struct OverlayEntry {
    std::string path;
    std::string value;
    std::string unused_because; ///< it has no effect beside the profile in use; empty if it has
    bool operator==(const OverlayEntry &) const = default;
};

/// The profile that runs and what was changed over it. Belongs to the control thread.
class ProfileControl {
  public:
    virtual ~ProfileControl() = default;

    /// Name and file; the file is empty where the profile is built in.
    virtual std::pair<std::string, std::string> profile_in_use() const = 0;
    /// Why it is that one, for people.
    virtual std::string profile_reason() const { return {}; }
    /// Whether use_profile() would succeed; changes nothing.
    virtual Result<void> check_profile(const std::string & /*name_or_path*/) { return {}; }
    /// By name, or a path with a slash. A failure changes nothing.
    virtual Result<void> use_profile(const std::string &name_or_path) = 0;
    virtual Result<void> reload_profile() = 0;
    /// Names and descriptions of all there are.
    virtual std::vector<std::pair<std::string, std::string>> profiles() const = 0;

    virtual std::vector<OverlayEntry> overlay_entries() = 0;
    /// Takes back one change, or all of them where the path is empty. Returns how many.
    virtual Result<int> clear_overlay(const std::string &path) = 0;
};

/// What one rule makes of an application.
struct RuleVerdict {
    std::string rule;
    std::string route;
    bool matches = false;
    std::string reason; ///< which part of the rule decided
};

/// Which application goes where. Belongs to the control thread.
class RouteControl {
  public:
    virtual ~RouteControl() = default;

    /// Whether set_route() would succeed; changes nothing.
    virtual Result<void> check_route(const std::string & /*application*/,
                                     const std::string & /*route*/) const {
        return {};
    }
    /// A bus, several joined by "+", "bypass" or "ignore", from now on and over restarts; an empty
    /// route leaves it to the rules again. The name may be a pattern. Returns the route as it is
    /// kept.
    virtual Result<std::string> set_route(const std::string &application,
                                          const std::string &route) = 0;

    /// What the rules make of it, in their order, up to the one that matches. Of an application
    /// that does not run, nothing but its name is known.
    virtual std::vector<RuleVerdict> explain(const std::string &application) const = 0;
};

/// What hardware controllers do. Belongs to the control thread.
class Controllers {
  public:
    virtual ~Controllers() = default;

    struct Learning {
        std::string address; ///< that waits for a control; empty where none does
        std::string learned; ///< the newest binding that was learned, as one line of a map
    };
    struct Binding {
        std::string map;  ///< where it comes from: a controller, "profile" or "learned"
        std::string line; ///< as one line of a map
    };

    /// Binds the next control that moves to an address without root, as "bus/main/agc/target",
    /// "strip/1/trim" or "profile/night"; an empty one ends the wait. It is kept over restarts.
    virtual Result<void> learn(const std::string &address) = 0;
    /// Whether learn() would succeed; changes nothing.
    virtual Result<void> check_learn(const std::string & /*address*/) const { return {}; }
    virtual Learning learning() const = 0;

    virtual std::vector<Binding> bindings() const = 0;

    /// Forgets what was learned for an address, or for a control as "cc 7". Returns how many.
    virtual Result<int> forget(const std::string &address_or_control) = 0;
    /// Whether forget() would succeed; changes nothing.
    virtual Result<void> check_forget(const std::string & /*address_or_control*/) const {
        return {};
    }

    /// Sends everything again that controllers show.
    virtual void resend() = 0;
};

class GainHistory;

/// What OSC, MIDI and the command line speak to: the desired state and everything that can be
/// read. Belongs to the control thread.
///
/// Paths are what stands behind "/headroom/": "bypass", "bus/main/limiter/ceiling",
/// "meter/bus/main/input/momentary", "strip/firefox/trim".
class ControlSurface {
  public:
    virtual ~ControlSurface() = default;

    virtual std::span<const std::string> bus_names() const = 0;

    /// Of all applications that had a strip, each name as one part of an address: what OSC reserves
    /// is an underscore. Grows, never shrinks.
    virtual std::span<const std::string> strip_names() const { return {}; }
    /// The application is there.
    virtual bool is_open(int /*strip*/) const { return false; }

    std::optional<ParameterTarget> find_parameter(std::string_view path) const;
    std::optional<MeterTarget> find_meter(std::string_view path) const;
    std::string path(ParameterTarget target) const;
    std::string path(MeterTarget target) const;
    std::vector<ParameterTarget> all_parameters() const;
    std::vector<MeterTarget> all_meters() const;
    /// Those of one strip.
    static std::vector<ParameterTarget> strip_parameters_of(int strip);
    static std::vector<MeterTarget> strip_meters_of(int strip);

    virtual float value(ParameterTarget target) const = 0;
    virtual float value(MeterTarget target) const = 0;

    /// Applies all writes together at one frame, clamped, or none. The observers are told of every
    /// write, changed or not, with the confirmed value.
    virtual Result<void> write(std::span<const ParameterWrite> writes) = 0;

    /// When the frames of the stream are due; nothing before it runs.
    virtual std::optional<engine::StreamTime> stream_time() const = 0;

    /// As write(), at a frame of the stream, or at the next one that is open where it is too late
    /// for that. Once the stream is past the frame, settle() lets value() and the observers know,
    /// and then calls `landed`. A write in the meantime holds until the frame.
    virtual Result<void> write_at(std::uint64_t frame, std::span<const ParameterWrite> writes,
                                  std::function<void()> landed) = 0;
    virtual void settle() = 0;

    /// Starts integrated loudness, maxima and counts of a bus anew.
    virtual void reset_meters(int bus) = 0;

    /// Read-only facts by name, in a stable order: "server", "sample_rate", "period",
    /// "latency_frames", "xruns", "raw_frames", "callbacks", "callback_us_mean",
    /// "callback_us_max", "profile", "version", "backend", ...
    virtual std::vector<std::pair<std::string, StatusValue>> status() const = 0;

    virtual std::vector<ApplicationStatus> applications() const = 0;

    /// Gain over time of every bus; nullptr where the surface keeps none.
    virtual const GainHistory *gain_history() const { return nullptr; }

    using Observer = std::function<void(ParameterTarget, float confirmed)>;
    /// Calls the observer after every confirmed write, for as long as the surface lives.
    virtual void observe(Observer observer) = 0;

    /// nullptr where the surface runs without profiles.
    virtual ProfileControl *profile_control() { return nullptr; }

    /// nullptr where the surface routes nothing.
    virtual RouteControl *route_control() { return nullptr; }

    /// nullptr where the surface has no controllers.
    virtual Controllers *controllers() { return nullptr; }

    /// Calls the observer when strip_names() has grown.
    void observe_strips(std::function<void()> observer) {
        strip_observers_.push_back(std::move(observer));
    }

    using NoticeObserver = std::function<void(const std::string &text)>;
    /// Calls the observer with everything that people should know at once.
    void observe_notices(NoticeObserver observer) {
        notice_observers_.push_back(std::move(observer));
    }
    void notify(const std::string &text) const {
        for (const NoticeObserver &observer : notice_observers_)
            observer(text);
    }

  protected:
    void tell_of_strips() const {
        for (const auto &observer : strip_observers_)
            observer();
    }

  private:
    std::vector<NoticeObserver> notice_observers_;
    std::vector<std::function<void()>> strip_observers_;
};

} // namespace headroom::control
