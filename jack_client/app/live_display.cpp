// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/live_display.hpp"

#include "jack_client/app/columns.hpp"
#include "jack_client/app/text_format.hpp"

#include <algorithm>
#include <map>

namespace headroom::app {

namespace {

using control::ControlSurface;

/// A bar from -60 to 0 dB; what is over 0 is an exclamation mark.
std::string bar(float value_db, int width) {
    const float share = std::clamp((value_db + 60.0f) / 60.0f, 0.0f, 1.0f);
    const auto full = static_cast<std::size_t>(share * static_cast<float>(width));
    std::string out =
        std::string(full, '#') + std::string(static_cast<std::size_t>(width) - full, '.');
    return "[" + out + (value_db > 0.0f ? "!" : "]");
}

/// The facts of the status that are no lists, by name, as text.
class StatusTexts {
  public:
    explicit StatusTexts(const ControlSurface &surface) {
        for (const auto &[key, value] : surface.status()) {
            if (const auto *text = std::get_if<std::string>(&value))
                facts_[key] = *text;
            else if (const auto *whole = std::get_if<std::int64_t>(&value))
                facts_[key] = std::to_string(*whole);
            else if (const auto *number = std::get_if<double>(&value))
                facts_[key] = format("%.0f", *number);
        }
    }
    const std::string &operator()(const std::string &key) { return facts_[key]; }

  private:
    std::map<std::string, std::string> facts_;
};

class BusReader {
  public:
    BusReader(const ControlSurface &surface, int bus) : surface_(surface), bus_(bus) {}
    float operator()(MeterId id) const { return surface_.value(control::MeterTarget{bus_, id}); }

  private:
    const ControlSurface &surface_;
    int bus_;
};

/// The fader of an application and what comes by it.
std::string strip_line(const ControlSurface &surface, int strip) {
    const auto setting = [&](ParameterId id) {
        return surface.value(control::ParameterTarget{-1, id, strip});
    };
    const auto reading = [&](MeterId id) {
        return surface.value(control::MeterTarget{-1, id, strip});
    };
    return "  " + fit(surface.strip_names()[static_cast<std::size_t>(strip)], 16) +
           format(" trim %+5.1f dB  peak ",
                  static_cast<double>(setting(strip_parameter_id("trim")))) +
           level_text(reading(strip_meter_id("peak"))) + "  rms " +
           level_text(reading(strip_meter_id("rms"))) + " dBFS  M " +
           level_text(reading(strip_meter_id("momentary"))) + " LUFS  rider " +
           level_text(reading(strip_meter_id("rider_gain"))) + " dB" +
           (setting(strip_parameter_id("mute")) != 0.0f ? "  muted" : "") +
           (setting(strip_parameter_id("solo")) != 0.0f ? "  solo" : "");
}

} // namespace

std::vector<std::string> live_block(const ControlSurface &surface, int columns) {
    StatusTexts status(surface);
    std::vector<std::string> out;
    out.push_back("headroom " + status("version") + "  " + status("server") + "  " +
                  status("sample_rate") + " Hz  " + status("period") + " frames  profile " +
                  status("profile") + "  OSC " + status("osc"));
    const auto width = static_cast<std::size_t>(columns);
    const auto note = [&](const std::string &text, std::size_t margin) { // whole, on several lines
        for (std::string &line : wrap(std::string(margin, ' ') + "! " + text, width, margin + 2))
            out.push_back(std::move(line));
    };
    if (const std::string notice = status("notice"); !notice.empty())
        note(notice, 0);
    const int bar_width = std::clamp(columns - 58, 8, 40);
    for (std::size_t i = 0; i < surface.bus_names().size(); ++i) {
        const BusReader read(surface, static_cast<int>(i));
        out.push_back(fit(surface.bus_names()[i], 10) + "      M      S      I  LUFS   true peak");
        const auto row = [&](const char *label, MeterId m, MeterId s, MeterId integrated,
                             MeterId peak) {
            out.push_back(format("  %-7s", label) + " " + level_text(read(m)) + " " +
                          level_text(read(s)) + " " + level_text(read(integrated)) + "        " +
                          level_text(read(peak)) + " dBTP " + bar(read(peak), bar_width));
        };
        row("in", meter_id("input/momentary"), meter_id("input/short_term"),
            meter_id("input/integrated"), meter_id("input/true_peak"));
        row("out", meter_id("output/momentary"), meter_id("output/short_term"),
            meter_id("output/integrated"), meter_id("output/true_peak"));
        out.push_back("  gain    agc " + level_text(read(meter_id("agc/gain"))) +
                      " dB  compressor " + level_text(read(meter_id("compressor/gain_reduction"))) +
                      " dB  limiter " + level_text(read(meter_id("limiter/gain_reduction"))) +
                      " dB");
    }
    out.push_back("callback " + status("callback_us_mean") + " us mean, " +
                  status("callback_us_max") + " us max   xruns " + status("xruns") + "   latency " +
                  status("latency_frames") + " frames");
    const auto applications = surface.applications();
    if (applications.empty())
        out.push_back("no application plays");
    for (const control::ApplicationStatus &application : applications) {
        out.push_back("  " + application.name + " -> " + application.route +
                      (application.rule.empty() ? "" : "   (" + application.rule + ")"));
        if (!application.notice.empty())
            note(application.notice, 4);
    }
    for (std::size_t i = 0; i < surface.strip_names().size(); ++i)
        if (surface.is_open(static_cast<int>(i)))
            out.push_back(strip_line(surface, static_cast<int>(i)));
    for (std::string &line : out)
        line = cut(line, width);
    return out;
}

std::string live_line(const ControlSurface &surface) {
    std::string out;
    for (std::size_t i = 0; i < surface.bus_names().size(); ++i) {
        const BusReader read(surface, static_cast<int>(i));
        const auto level = [&](MeterId id) { return decibels(static_cast<double>(read(id))); };
        out += surface.bus_names()[i] + ": in " + level(meter_id("input/momentary")) + " LUFS " +
               level(meter_id("input/true_peak")) + " dBTP, out " +
               level(meter_id("output/momentary")) + " LUFS " +
               level(meter_id("output/true_peak")) +
               format(" dBTP, agc %+.1f compressor %.1f limiter %.1f dB; ",
                      static_cast<double>(read(meter_id("agc/gain"))),
                      static_cast<double>(read(meter_id("compressor/gain_reduction"))),
                      static_cast<double>(read(meter_id("limiter/gain_reduction"))));
    }
    StatusTexts facts(surface);
    out += "callback " + facts("callback_us_mean") + " us, xruns " + facts("xruns") + ";";
    for (const control::ApplicationStatus &application : surface.applications())
        out += " " + application.name + " -> " + application.route;
    return out;
}

void show_live(const ControlSurface &surface, Outlet &display) {
    if (!display.can_redraw()) {
        display.draw({live_line(surface)});
        return;
    }
    auto lines = live_block(surface, display.columns());
    // A block taller than the screen could not be drawn over.
    if (const int rows = display.rows(); rows > 1 && lines.size() >= static_cast<unsigned>(rows))
        lines.resize(static_cast<std::size_t>(rows) - 1);
    display.draw(std::move(lines));
}

} // namespace headroom::app
