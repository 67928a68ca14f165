// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "config/registry.hpp"

#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headroom {

/// Limits of a map.
inline constexpr std::size_t kMaxMidiBindings = 512;
inline constexpr int kMaxMidiStrips = 64;
inline constexpr std::size_t kMaxMidiStartBytes = 128; ///< of one message

/// What a controller sends when something on it is moved, or is sent to make it show something.
struct MidiControl {
    enum class Kind : std::uint8_t {
        control_change,    ///< 7 bits
        control_change_14, ///< controller `number`, refined by `number` + 32
        nrpn,              ///< 14 bits
        rpn,               ///< 14 bits
        pitch_bend,        ///< 14 bits
        note,              ///< its velocity; 0 when it ends
        pressure,          ///< of a channel
        program,           ///< `number` is the one that counts, or kAnyNumber: the program itself
    };
    static constexpr int kAnyChannel = 0;
    static constexpr int kAnyNumber = -1;

    Kind kind = Kind::control_change;
    int channel = kAnyChannel; ///< 1..16, or kAnyChannel
    int number = kAnyNumber;   ///< kAnyNumber for pitch bend and pressure
    auto operator<=>(const MidiControl &) const = default;

    /// Whether a message may be of both: those on any channel meet those on each.
    bool meets(const MidiControl &other) const {
        return kind == other.kind && number == other.number &&
               (channel == other.channel || channel == kAnyChannel || other.channel == kAnyChannel);
    }
    /// 127 or 16383.
    int maximum() const;
    /// "cc 7", "cc14 7", "nrpn 300", "rpn 0", "pitch_bend", "note 60", "pressure", "program 5",
    /// without the channel.
    std::string text() const;
    /// With the channel: "cc 7 channel 1".
    std::string full_text() const;
    /// Reads text(), not full_text().
    static std::optional<MidiControl> parse(std::string_view text);
    static constexpr std::string_view kExpected =
        "cc 0..127, cc14 0..31, nrpn 0..16383, rpn 0..16383, pitch_bend, note 0..127, pressure or "
        "program 0..127";
};

enum class MidiMode : std::uint8_t {
    absolute,        ///< where the control stands is the value
    twos_complement, ///< relative: 1 is a step up, 127 one down
    binary_offset,   ///< relative: 65 is a step up, 63 one down
    sign_magnitude,  ///< relative: 1 is a step up, 65 one down
    toggle,          ///< each press goes to the other end, or to the next choice
    momentary,       ///< the upper end while it is pressed, else the lower
    trigger,         ///< each press sets the upper end, or does what the target says
};
constexpr bool is_relative(MidiMode mode) {
    return mode >= MidiMode::twos_complement && mode <= MidiMode::sign_magnitude;
}

/// From the position of the control, 0..1, to the place in the range, 0..1.
enum class MidiCurve : std::uint8_t {
    linear,
    exponential, ///< its square: fine at the lower end
    logarithmic, ///< its root: fine at the upper end
};

/// What an absolute control does that does not stand where the value is.
enum class MidiTakeover : std::uint8_t {
    pickup, ///< nothing, until it comes to the value
    scale,  ///< moves the value in proportion to what is left of both ways
    jump,   ///< the value jumps to it
    none,   ///< as jump, for controls that follow the value: motor faders, rings
};

/// How a value is laid out in the message that shows it.
enum class MidiDisplay : std::uint8_t {
    plain,  ///< from low to high
    dot,    ///< Mackie ring: one dot
    boost,  ///< Mackie ring: from the middle
    wrap,   ///< Mackie ring: from the left
    spread, ///< Mackie ring: both ways from the middle
};

/// The names above as they stand in a file, in their order.
const std::vector<std::string> &midi_mode_names();
const std::vector<std::string> &midi_curve_names();
const std::vector<std::string> &midi_takeover_names();
const std::vector<std::string> &midi_display_names();

/// How something is shown on the controller.
struct MidiFeedback {
    MidiControl send; ///< kAnyChannel: channel 1
    int low = 0;      ///< sent at the lower end, or for off
    int high = 127;   ///< sent at the upper end, or for on
    MidiDisplay display = MidiDisplay::plain;
    bool operator==(const MidiFeedback &) const = default;
};

/// What a control changes, or what is shown.
struct MidiTarget {
    enum class Kind : std::uint8_t {
        parameter,
        meter,   ///< only shown
        profile, ///< goes to the profile `name`
        route,   ///< gives the application `name` the route `route`
        bank,    ///< moves the window of strips on by `step` windows
    };
    Kind kind = Kind::parameter;
    Scope scope = Scope::global; ///< of a parameter or meter
    /// Of a bus, of a strip (as one part of an address), a profile or an application.
    std::string name;
    int position = 0; ///< of a strip: from 1, as the applications come; 0 where it is by name
    ParameterId parameter;
    MeterId meter;
    std::string route; ///< a bus, several joined by "+", bypass or ignore
    int step = 0;      ///< of a bank
    bool operator==(const MidiTarget &) const = default;

    /// The OSC address without its root: "bus/main/limiter/ceiling", "strip/3/trim",
    /// "meter/strip/1/peak", "profile/night", "route/firefox", "bank/next".
    std::string text() const;
    /// Reads text(). The route stands elsewhere. Whether buses, profiles and applications are
    /// there is not looked at.
    static Result<MidiTarget> parse(std::string_view text);

    /// On or off rather than more or less.
    bool is_switch() const;
};

/// Natural values at both ends of a control; the first may be the higher one.
using MidiRange = std::pair<float, float>;

struct MidiBinding {
    MidiControl control;
    MidiTarget target;
    MidiMode mode = MidiMode::absolute;
    std::optional<MidiRange> range; ///< without one, that of the parameter
    MidiCurve curve = MidiCurve::linear;
    MidiTakeover takeover = MidiTakeover::pickup;
    int steps = 100; ///< of a relative control from one end of the range to the other
    std::optional<MidiFeedback> feedback;
    /// While this is pressed, the control is held.
    std::optional<MidiControl> touch;
    bool operator==(const MidiBinding &) const = default;

    /// What moves it: "cc 7 channel 1, absolute".
    std::string text() const;
};

/// Something that is only shown.
struct MidiIndicator {
    MidiTarget source;
    std::optional<MidiRange> range;
    MidiFeedback feedback;
    bool operator==(const MidiIndicator &) const = default;
};

/// A line of a display.
struct MidiText {
    /// A parameter, shown as people read it. Of a strip whose name is shown, any.
    MidiTarget source;
    bool is_name = false;
    bool operator==(const MidiText &) const = default;
};

/// A display, or a part of it that is written by one message.
struct MidiLabel {
    std::vector<MidiText> lines;             ///< one behind the other
    int width = 0;                           ///< characters of each line
    std::vector<std::uint8_t> before, after; ///< of the message, around the characters
    bool operator==(const MidiLabel &) const = default;
};

/// What one controller's controls do, and what it shows.
struct MidiMap {
    std::string name;
    std::string description;
    std::filesystem::path file; ///< empty where it is built in or stands in a profile
    /// Patterns for the ports of the controller, by name or alias, or for its client.
    std::vector<std::string> devices;
    /// Sent as they are before anything is shown.
    std::vector<std::vector<std::uint8_t>> start;
    std::vector<MidiBinding> bindings;
    std::vector<MidiIndicator> indicators;
    std::vector<MidiLabel> labels;
    bool operator==(const MidiMap &) const = default;
};

/// A binding as one line of a map: "{ control: cc 7, channel: 1, target: bypass, mode: toggle }".
std::string to_yaml(const MidiBinding &binding);
/// Reads it again, with what else it may say.
Result<MidiBinding> midi_binding_from_yaml(const std::string &text);

/// Reads a map from text; file_name appears in diagnostics. Not real-time safe.
Result<MidiMap> read_midi_map(std::string_view yaml, const std::string &file_name);

/// Finds a map by name ("korg-nanokontrol2") in $XDG_CONFIG_HOME/headroom/controllers, in
/// headroom/controllers of each of $XDG_DATA_DIRS and then in the built-in ones, or takes a path to
/// a file, and loads it.
Result<MidiMap> find_midi_map(const std::string &name_or_path);

/// Names of the maps that find_midi_map would find.
std::vector<std::string> midi_map_names();

} // namespace headroom
