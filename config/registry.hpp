// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/parameter.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

/// The one place where parameters and meters are declared. YAML, OSC, the command line, the
/// manual and every layout derive from these two tables. To add a parameter, add a line.
namespace headroom {

namespace detail {

using enum Scope;
using enum Unit;
using enum Scale;
using enum Hold;

// clang-format off
inline constexpr std::array kParameterTable{
    //         path                            label                   scope   unit      scale        minimum  default  maximum  smoothing structural choices
    Parameter{"bypass",                        "Bypass everything",    global, none,     boolean,      0,       0,       1,      0, false, "", "Passes every bus through unprocessed, delayed by the same latency."},
    Parameter{"bypass",                        "Bypass",               bus,    none,     boolean,      0,       0,       1,      0, false, "", "Passes this bus through unprocessed, delayed by the same latency."},

    Parameter{"bypass/matched",                "Matched bypass",       bus,    none,     boolean,      0,       0,       1,      0, false, "", "Gives what a bypass lets through the loudness of the processed signal, for a fair comparison; a limiter keeps it under the ceiling."},
    Parameter{"listen",                        "Listen",               bus,    none,     choice,       0,       0,       1,      0, false, "output|difference", "Plays the output, or what processing takes away (input minus output, under the ceiling), while no bypass is on."},

    Parameter{"gate/on",                       "Gate",                 bus,    none,     boolean,      0,       0,       1,      0, false, "", "Switches the gate on."},
    Parameter{"gate/threshold",                "Gate threshold",       bus,    dbfs,     linear,     -90,     -50,       0,      0, false, "", "Peak level that opens the gate."},
    Parameter{"gate/ratio",                    "Gate ratio",           bus,    ratio,    logarithmic,  1,       4,      50,      0, false, "", "Change of the output in dB for 1 dB of change of the input below the threshold."},
    Parameter{"gate/range",                    "Gate range",           bus,    db,       linear,       0,      40,      90,      0, false, "", "Most attenuation by the closed gate."},
    Parameter{"gate/attack",                   "Gate attack",          bus,    ms,       logarithmic,  0.1f,    1,     100,      0, false, "", "Time constant with which the gate's gain rises."},
    Parameter{"gate/hold",                     "Gate hold",            bus,    ms,       logarithmic, 10,      50,    2000,      0, false, "", "Time the gate stays open after the last peak that kept it open."},
    Parameter{"gate/release",                  "Gate release",         bus,    ms,       logarithmic,  1,     100,    5000,      0, false, "", "Time constant with which the gate's gain falls."},
    Parameter{"gate/hysteresis",               "Gate hysteresis",      bus,    db,       linear,       0,       4,      12,      0, false, "", "Distance under the threshold down to which peaks keep the gate open."},
    Parameter{"gate/sidechain_highpass",       "Gate high-pass",       bus,    hz,       logarithmic, 20,      20,     500,      0, false, "", "Frequency under which the gate hears less; 20 Hz switches the filter off."},

    Parameter{"equaliser/on",                  "Equaliser",            bus,    none,     boolean,      0,       1,       1,      0, false, "", "Lets those bands work that are on; without any the equaliser leaves the signal untouched."},
    Parameter{"equaliser/low_cut/on",          "Low cut",              bus,    none,     boolean,      0,       0,       1,      0, false, "", "Switches the low cut on."},
    Parameter{"equaliser/low_cut/frequency",   "Low cut frequency",    bus,    hz,       logarithmic, 10,      40,    1000,      0, false, "", "Frequency at which the low cut is 3 dB down."},
    Parameter{"equaliser/low_cut/slope",       "Low cut slope",        bus,    none,     choice,       0,       0,       1,      0, false, "12dB|24dB", "Steepness of the low cut per octave."},
    Parameter{"equaliser/low_shelf/on",        "Low shelf",            bus,    none,     boolean,      0,       0,       1,      0, false, "", "Switches the low shelf on."},
    Parameter{"equaliser/low_shelf/frequency", "Low shelf frequency",  bus,    hz,       logarithmic, 20,     100,   20000,      0, false, "", "Frequency at which the low shelf has half of its gain."},
    Parameter{"equaliser/low_shelf/gain",      "Low shelf gain",       bus,    db,       linear,     -24,       0,      24,      0, false, "", "Gain below the frequency."},
    Parameter{"equaliser/low_shelf/q",         "Low shelf Q",          bus,    quality,  logarithmic,  0.1f, 0.7071f,    2,      0, false, "", "Steepness of the low shelf; over 0.71 it overshoots."},
    Parameter{"equaliser/bell_1/on",           "Bell 1",               bus,    none,     boolean,      0,       0,       1,      0, false, "", "Switches bell 1 on."},
    Parameter{"equaliser/bell_1/frequency",    "Bell 1 frequency",     bus,    hz,       logarithmic, 20,     200,   20000,      0, false, "", "Centre frequency of bell 1."},
    Parameter{"equaliser/bell_1/gain",         "Bell 1 gain",          bus,    db,       linear,     -24,       0,      24,      0, false, "", "Gain at the centre frequency."},
    Parameter{"equaliser/bell_1/q",            "Bell 1 Q",             bus,    quality,  logarithmic,  0.1f,    1,      20,      0, false, "", "Centre frequency over bandwidth."},
    Parameter{"equaliser/bell_2/on",           "Bell 2",               bus,    none,     boolean,      0,       0,       1,      0, false, "", "Switches bell 2 on."},
    Parameter{"equaliser/bell_2/frequency",    "Bell 2 frequency",     bus,    hz,       logarithmic, 20,     600,   20000,      0, false, "", "Centre frequency of bell 2."},
    Parameter{"equaliser/bell_2/gain",         "Bell 2 gain",          bus,    db,       linear,     -24,       0,      24,      0, false, "", "Gain at the centre frequency."},
    Parameter{"equaliser/bell_2/q",            "Bell 2 Q",             bus,    quality,  logarithmic,  0.1f,    1,      20,      0, false, "", "Centre frequency over bandwidth."},
    Parameter{"equaliser/bell_3/on",           "Bell 3",               bus,    none,     boolean,      0,       0,       1,      0, false, "", "Switches bell 3 on."},
    Parameter{"equaliser/bell_3/frequency",    "Bell 3 frequency",     bus,    hz,       logarithmic, 20,    2000,   20000,      0, false, "", "Centre frequency of bell 3."},
    Parameter{"equaliser/bell_3/gain",         "Bell 3 gain",          bus,    db,       linear,     -24,       0,      24,      0, false, "", "Gain at the centre frequency."},
    Parameter{"equaliser/bell_3/q",            "Bell 3 Q",             bus,    quality,  logarithmic,  0.1f,    1,      20,      0, false, "", "Centre frequency over bandwidth."},
    Parameter{"equaliser/bell_4/on",           "Bell 4",               bus,    none,     boolean,      0,       0,       1,      0, false, "", "Switches bell 4 on."},
    Parameter{"equaliser/bell_4/frequency",    "Bell 4 frequency",     bus,    hz,       logarithmic, 20,    5000,   20000,      0, false, "", "Centre frequency of bell 4."},
    Parameter{"equaliser/bell_4/gain",         "Bell 4 gain",          bus,    db,       linear,     -24,       0,      24,      0, false, "", "Gain at the centre frequency."},
    Parameter{"equaliser/bell_4/q",            "Bell 4 Q",             bus,    quality,  logarithmic,  0.1f,    1,      20,      0, false, "", "Centre frequency over bandwidth."},
    Parameter{"equaliser/high_shelf/on",       "High shelf",           bus,    none,     boolean,      0,       0,       1,      0, false, "", "Switches the high shelf on."},
    Parameter{"equaliser/high_shelf/frequency", "High shelf frequency", bus,   hz,       logarithmic, 20,    8000,   20000,      0, false, "", "Frequency at which the high shelf has half of its gain."},
    Parameter{"equaliser/high_shelf/gain",     "High shelf gain",      bus,    db,       linear,     -24,       0,      24,      0, false, "", "Gain above the frequency."},
    Parameter{"equaliser/high_shelf/q",        "High shelf Q",         bus,    quality,  logarithmic,  0.1f, 0.7071f,    2,      0, false, "", "Steepness of the high shelf; over 0.71 it overshoots."},

    Parameter{"agc/on",                        "AGC",                  bus,    none,     boolean,      0,       1,       1,      0, false, "", "Switches the automatic gain control on."},
    Parameter{"agc/target",                    "AGC target",           bus,    lufs,     linear,     -40,     -18,      -8,      0, false, "", "Loudness of the programme that the automatic gain control steers towards."},
    Parameter{"agc/max_boost",                 "AGC maximum boost",    bus,    db,       linear,       0,       9,      30,      0, false, "", "Most that quiet programme is raised by."},
    Parameter{"agc/max_cut",                   "AGC maximum cut",      bus,    db,       linear,       0,      15,      40,      0, false, "", "Most that loud programme is lowered by."},
    Parameter{"agc/attack",                    "AGC attack",           bus,    db_per_s, logarithmic,  0.1f,    6,      40,      0, false, "", "Rate at which the gain falls for louder programme."},
    Parameter{"agc/release",                   "AGC release",          bus,    db_per_s, logarithmic,  0.1f,    1.5f,   20,      0, false, "", "Rate at which the gain rises for quieter programme near the target; far from it up to four times as fast."},
    Parameter{"agc/gate",                      "AGC gate",             bus,    lufs,     linear,     -70,     -50,     -30,      0, false, "", "Momentary loudness under which nothing counts as programme."},
    Parameter{"agc/max_event",                 "AGC maximum event",    bus,    lu,       linear,       0,       7,      30,      0, false, "", "Most that a sudden sound may be louder than the programme before it is held down while it lasts."},

    Parameter{"compressor/on",                 "Compressor",           bus,    none,     boolean,      0,       1,       1,      0, false, "", "Switches the compressor on."},
    Parameter{"compressor/threshold",          "Threshold",            bus,    dbfs,     linear,     -60,     -20,       0,     20, false, "", "Level above which gain is reduced."},
    Parameter{"compressor/ratio",              "Ratio",                bus,    ratio,    logarithmic,  1,       2,      20,     20, false, "", "Change of the input in dB for 1 dB of change of the output above the threshold."},
    Parameter{"compressor/knee",               "Knee",                 bus,    db,       linear,       0,       6,      24,     20, false, "", "Width of the region around the threshold in which the ratio sets in."},
    Parameter{"compressor/attack",             "Attack",               bus,    ms,       logarithmic,  0.1f,   10,     500,      0, false, "", "Time constant with which gain reduction rises."},
    Parameter{"compressor/release",            "Release",              bus,    ms,       logarithmic,  1,     200,    5000,      0, false, "", "Time constant with which gain reduction falls."},
    Parameter{"compressor/makeup",             "Makeup",               bus,    db,       linear,     -12,       0,      24,     20, false, "", "Gain added after compression."},
    Parameter{"compressor/auto_makeup",        "Auto makeup",          bus,    none,     boolean,      0,       0,       1,      0, false, "", "Adds half of the gain reduction that a signal at full scale would get."},
    Parameter{"compressor/detector",           "Detector",             bus,    none,     choice,       0,       1,       1,      0, false, "peak|rms", "What the compressor measures: the peak or the RMS level of its input."},
    Parameter{"compressor/sidechain_highpass", "Sidechain high-pass",  bus,    hz,       logarithmic, 20,      60,     500,      0, false, "", "Frequency under which the detector hears less; 20 Hz switches the filter off."},
    Parameter{"compressor/stereo_link",        "Stereo link",          bus,    percent,  linear,       0,     100,     100,      0, false, "", "How far the loudest channel decides for all: at 100 % they share one gain."},
    Parameter{"compressor/mix",                "Mix",                  bus,    percent,  linear,       0,     100,     100,     20, false, "", "Share of the compressed signal in the output."},

    Parameter{"insert/on",                     "Insert",               bus,    none,     boolean,      0,       1,       1,      0, false, "", "Lets what comes back at the return ports take the signal's place; without a connected return the signal stays as it is."},

    Parameter{"limiter/ceiling",               "Ceiling",              bus,    dbtp,     linear,     -20,      -1,       0,      0, false, "", "True peak that the output never exceeds."},
    Parameter{"limiter/release",               "Limiter release",      bus,    ms,       logarithmic,  1,      20,    1000,      0, false, "", "Time constant with which the limiter's gain recovers."},
    Parameter{"limiter/mode",                  "Limiter mode",         bus,    none,     choice,       0,       1,       2,      0, true,  "low|normal|quality", "Trades latency for clean bass: 72, 264 or 480 frames at 48 kHz."},
    Parameter{"limiter/soft",                  "Soft tier",            bus,    none,     boolean,      0,       1,       1,      0, false, "", "Holds peaks within a distance of the programme's own loudness before the hard ceiling."},
    Parameter{"limiter/max_plr",               "Maximum peak to loudness ratio", bus, lu, linear,     3,      16,      30,      0, false, "", "Distance from the loudness of the programme to peak that the soft tier allows."},

    // Strips: behind all others.
    Parameter{"trim",                          "Trim",                 strip,  db,       linear,     -60,       0,      12,      0, false, "", "Gain of the application."},
    Parameter{"mute",                          "Mute",                 strip,  none,     boolean,      0,       0,       1,      0, false, "", "Silences the application."},
    Parameter{"solo",                          "Solo",                 strip,  none,     boolean,      0,       0,       1,      0, false, "", "Silences everything in the bus but this application and others that are soloed."},
    Parameter{"pan",                           "Pan",                  strip,  percent,  linear,    -100,       0,     100,      0, false, "", "Lowers one side: the right one below 0, the left one above."},
    Parameter{"rider/on",                      "Level rider",          strip,  none,     boolean,      0,       0,       1,      0, false, "", "Switches the level rider on, which lowers the application where it is too loud."},
    Parameter{"rider/target",                  "Rider target",         strip,  dbfs,     linear,     -60,     -20,       0,      0, false, "", "RMS level that the rider brings a louder application down to."},
    Parameter{"rider/peak",                    "Rider peak",           strip,  dbfs,     linear,     -40,      -6,       0,      0, false, "", "Peak level that the rider brings higher peaks down to."},
    Parameter{"rider/attack",                  "Rider attack",         strip,  ms,       logarithmic,  1,      50,    1000,      0, false, "", "Time constant with which the rider lowers the application."},
    Parameter{"rider/release",                 "Rider release",        strip,  ms,       logarithmic, 10,    2000,   20000,      0, false, "", "Time constant with which the rider lets go."},
    Parameter{"rider/max_cut",                 "Rider maximum cut",    strip,  db,       linear,       0,      20,      40,      0, false, "", "Most that the rider lowers the application by."},
};

inline constexpr std::array kMeterTable{
    //     path                          label                        unit  floor  ceiling hold
    Meter{"input/momentary",            "Input momentary loudness",   lufs, -120,   0, newest,  "Loudness of the last 400 ms before the chain."},
    Meter{"input/short_term",           "Input short-term loudness",  lufs, -120,   0, newest,  "Loudness of the last 3 s before the chain."},
    Meter{"input/integrated",           "Input integrated loudness",  lufs, -120,   0, newest,  "Gated loudness since start or reset, before the chain."},
    Meter{"input/loudness_range",       "Input loudness range",       lu,      0,  40, newest,  "Loudness range since start or reset, before the chain."},
    Meter{"input/true_peak",            "Input true peak",            dbtp, -120,  12, highest, "Highest true peak since the last reading, before the chain."},
    Meter{"input/max_true_peak",        "Input highest true peak",    dbtp, -120,  12, newest,  "Highest true peak since start or reset, before the chain."},
    Meter{"output/momentary",           "Output momentary loudness",  lufs, -120,   0, newest,  "Loudness of the last 400 ms after the chain."},
    Meter{"output/short_term",          "Output short-term loudness", lufs, -120,   0, newest,  "Loudness of the last 3 s after the chain."},
    Meter{"output/integrated",          "Output integrated loudness", lufs, -120,   0, newest,  "Gated loudness since start or reset, after the chain, without what was bypassed."},
    Meter{"output/loudness_range",      "Output loudness range",      lu,      0,  40, newest,  "Loudness range since start or reset, after the chain, without what was bypassed."},
    Meter{"output/true_peak",           "Output true peak",           dbtp, -120,  12, highest, "Highest true peak since the last reading, after the chain."},
    Meter{"output/max_true_peak",       "Output highest true peak",   dbtp, -120,  12, newest,  "Highest true peak since start or reset, after the chain, without what was bypassed."},
    Meter{"gate/gain_reduction",        "Gate gain reduction",        db,    -90,   0, lowest,  "Strongest reduction by the gate since the last reading."},
    Meter{"equaliser/loudness_change",  "Equaliser loudness change",  lu,    -40,  40, newest,  "Loudness over 3 s that the equaliser adds or takes; 0 while it leaves the signal untouched."},
    Meter{"agc/gain",                   "AGC gain",                   db,    -40,  30, newest,  "Gain that the automatic gain control applies now."},
    Meter{"compressor/gain_reduction",  "Compressor gain reduction",  db,    -60,   0, lowest,  "Strongest reduction by the compressor since the last reading."},
    Meter{"insert/loudness_change",     "Insert loudness change",     lu,    -40,  40, newest,  "Loudness over 3 s that the program in the insert adds or takes; 0 while none works."},
    Meter{"limiter/gain_reduction",     "Limiter gain reduction",     db,    -60,   0, lowest,  "Strongest reduction by both tiers since the last reading."},
    Meter{"limiter/soft_gain_reduction","Soft tier gain reduction",   db,    -60,   0, lowest,  "Strongest reduction that the soft tier asked for since the last reading."},
    Meter{"limiter/hard_frames",        "Frames limited",             none,    0, 1e9, newest,  "Frames in which the hard tier reduced gain, since start or reset."},

    // Strips: behind all others.
    Meter{"peak",                       "Peak",                       dbfs, -120,   0, highest, "Highest sample of the application since the last reading, after trim and rider."},
    Meter{"rms",                        "RMS level",                  dbfs, -120,   0, newest,  "RMS level of the application's loudest channel over 300 ms, after trim and rider."},
    Meter{"momentary",                  "Momentary loudness",         lufs, -120,   0, newest,  "Loudness of the application over the last 400 ms, after trim and rider."},
    Meter{"rider_gain",                 "Rider gain",                 db,    -40,   0, lowest,  "Lowest gain of the level rider since the last reading."},
};
// clang-format on

consteval bool is_well_formed() {
    for (std::size_t i = 0; i < kParameterTable.size(); ++i) {
        const Parameter &p = kParameterTable[i];
        if (p.path.empty() || p.label.empty() || p.documentation.empty() ||
            p.documentation.back() != '.')
            return false;
        if (p.path.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_/") != p.path.npos)
            return false;
        if (!(p.minimum < p.maximum && p.minimum <= p.default_value &&
              p.default_value <= p.maximum))
            return false;
        if (p.scale == logarithmic && !(p.minimum > 0))
            return false;
        if ((p.scale == choice) == p.choices.empty())
            return false;
        for (std::size_t j = 0; j < i; ++j)
            if (kParameterTable[j].path == p.path && kParameterTable[j].scope == p.scope)
                return false;
    }
    for (const Meter &m : kMeterTable)
        if (m.path.empty() || m.documentation.empty() || !(m.floor < m.ceiling))
            return false;
    return true;
}
static_assert(is_well_formed(), "every parameter needs a unique path, a label, documentation "
                                "that ends in a full stop, and minimum <= default <= maximum");

} // namespace detail

inline constexpr std::size_t kStripParameterCount = static_cast<std::size_t>(
    std::count_if(detail::kParameterTable.begin(), detail::kParameterTable.end(),
                  [](const Parameter &p) { return p.scope == Scope::strip; }));
inline constexpr std::size_t kStripMeterCount = 4;
/// Of the program and its buses; strips' own are counted apart.
inline constexpr std::size_t kParameterCount =
    detail::kParameterTable.size() - kStripParameterCount;
inline constexpr std::size_t kMeterCount = detail::kMeterTable.size() - kStripMeterCount;

/// Those of the program and its buses.
constexpr std::span<const Parameter> parameters() {
    return std::span(detail::kParameterTable).first(kParameterCount);
}
constexpr std::span<const Meter> meters() {
    return std::span(detail::kMeterTable).first(kMeterCount);
}
/// Those of a strip; their ids go on where those of parameters() end.
constexpr std::span<const Parameter> strip_parameters() {
    return std::span(detail::kParameterTable).last(kStripParameterCount);
}
constexpr std::span<const Meter> strip_meters() {
    return std::span(detail::kMeterTable).last(kStripMeterCount);
}

constexpr const Parameter &parameter(ParameterId id) {
    return detail::kParameterTable[id.index];
}
constexpr const Meter &meter(MeterId id) {
    return detail::kMeterTable[id.index];
}

constexpr std::optional<ParameterId> find_parameter(Scope scope, std::string_view path) {
    for (std::size_t i = 0; i < detail::kParameterTable.size(); ++i)
        if (detail::kParameterTable[i].scope == scope && detail::kParameterTable[i].path == path)
            return ParameterId{static_cast<std::uint16_t>(i)};
    return std::nullopt;
}

constexpr std::optional<MeterId> find_meter(std::string_view path) {
    for (std::size_t i = 0; i < kMeterCount; ++i)
        if (detail::kMeterTable[i].path == path)
            return MeterId{static_cast<std::uint16_t>(i)};
    return std::nullopt;
}

constexpr std::optional<MeterId> find_strip_meter(std::string_view path) {
    for (std::size_t i = kMeterCount; i < detail::kMeterTable.size(); ++i)
        if (detail::kMeterTable[i].path == path)
            return MeterId{static_cast<std::uint16_t>(i)};
    return std::nullopt;
}

/// The id of a bus parameter, checked when compiled: parameter_id("limiter/ceiling").
consteval ParameterId parameter_id(std::string_view path) {
    return find_parameter(Scope::bus, path).value();
}
consteval ParameterId global_parameter_id(std::string_view path) {
    return find_parameter(Scope::global, path).value();
}
consteval MeterId meter_id(std::string_view path) {
    return find_meter(path).value();
}

consteval ParameterId strip_parameter_id(std::string_view path) {
    return find_parameter(Scope::strip, path).value();
}
consteval MeterId strip_meter_id(std::string_view path) {
    return find_strip_meter(path).value();
}

/// One value for every parameter of parameters(), in natural units.
class ParameterValues {
  public:
    constexpr ParameterValues() {
        for (std::size_t i = 0; i < kParameterCount; ++i)
            values_[i] = detail::kParameterTable[i].default_value;
    }
    constexpr float operator[](ParameterId id) const { return values_[id.index]; }
    constexpr float &operator[](ParameterId id) { return values_[id.index]; }

  private:
    std::array<float, kParameterCount> values_{};
};

/// One value for every parameter of a strip, in natural units.
class StripValues {
  public:
    constexpr StripValues() {
        for (std::size_t i = 0; i < kStripParameterCount; ++i)
            values_[i] = strip_parameters()[i].default_value;
    }
    constexpr float operator[](ParameterId id) const { return values_[id.index - kParameterCount]; }
    constexpr float &operator[](ParameterId id) { return values_[id.index - kParameterCount]; }
    bool operator==(const StripValues &) const = default;

  private:
    std::array<float, kStripParameterCount> values_{};
};

} // namespace headroom
