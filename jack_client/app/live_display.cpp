// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/live_display.hpp"

#include "jack_client/app/text_format.hpp"

#include <algorithm>
#include <map>
#include <sys/ioctl.h>
#include <unistd.h>

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

/// The status by name, as text.
class StatusTexts {
  public:
    explicit StatusTexts(const ControlSurface &surface) {
        for (const auto &[key, value] : surface.status()) {
            if (const auto *text = std::get_if<std::string>(&value))
                facts_[key] = *text;
            else if (const auto *whole = std::get_if<std::int64_t>(&value))
                facts_[key] = std::to_string(*whole);
            else
                facts_[key] = format("%.0f", std::get<double>(value));
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
        return static_cast<double>(surface.value(control::MeterTarget{-1, id, strip}));
    };
    return format("  %-16.16s", surface.strip_names()[static_cast<std::size_t>(strip)].c_str()) +
           format(" trim %+5.1f dB  peak %6.1f  rms %6.1f dBFS  M %6.1f LUFS  rider %5.1f dB",
                  static_cast<double>(setting(strip_parameter_id("trim"))),
                  reading(strip_meter_id("peak")), reading(strip_meter_id("rms")),
                  reading(strip_meter_id("momentary")), reading(strip_meter_id("rider_gain"))) +
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
    if (const std::string notice = status("notice"); !notice.empty())
        out.push_back("! " + notice);
    const int bar_width = std::clamp(columns - 58, 8, 40);
    for (std::size_t i = 0; i < surface.bus_names().size(); ++i) {
        const BusReader read(surface, static_cast<int>(i));
        out.push_back(format("%-10.10s      M      S      I  LUFS   true peak",
                             surface.bus_names()[i].c_str()));
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
            out.push_back("    ! " + application.notice);
    }
    for (std::size_t i = 0; i < surface.strip_names().size(); ++i)
        if (surface.is_open(static_cast<int>(i)))
            out.push_back(strip_line(surface, static_cast<int>(i)));
    for (std::string &line : out)
        if (line.size() > static_cast<std::size_t>(columns))
            line.resize(static_cast<std::size_t>(columns));
    return out;
}

std::string live_line(const ControlSurface &surface) {
    std::string out;
    for (std::size_t i = 0; i < surface.bus_names().size(); ++i) {
        const BusReader read(surface, static_cast<int>(i));
        out += surface.bus_names()[i] +
               format(": in %.1f LUFS %.1f dBTP, out %.1f LUFS %.1f dBTP, "
                      "agc %+.1f compressor %.1f limiter %.1f dB; ",
                      static_cast<double>(read(meter_id("input/momentary"))),
                      static_cast<double>(read(meter_id("input/true_peak"))),
                      static_cast<double>(read(meter_id("output/momentary"))),
                      static_cast<double>(read(meter_id("output/true_peak"))),
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

LiveDisplay::LiveDisplay(std::FILE *stream)
    : stream_(stream), is_terminal_(isatty(fileno(stream)) == 1) {}

void LiveDisplay::show(const ControlSurface &surface) {
    if (!is_terminal_) {
        std::fprintf(stream_, "%s\n", live_line(surface).c_str());
        std::fflush(stream_);
        return;
    }
    winsize size{};
    const bool known = ioctl(fileno(stream_), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    auto lines = live_block(surface, known ? size.ws_col : 80);
    // A block taller than the screen could not be drawn over.
    if (known && size.ws_row > 1 && lines.size() >= size.ws_row)
        lines.resize(size.ws_row - 1u);
    std::string out;
    if (lines_shown_ > 0)
        out += "\r\033[" + std::to_string(lines_shown_) + "A";
    for (const std::string &line : lines)
        out += line + "\033[K\n";
    out += "\033[J";
    lines_shown_ = lines.size();
    std::fwrite(out.data(), 1, out.size(), stream_);
    std::fflush(stream_);
}

void LiveDisplay::clear() {
    if (!is_terminal_ || lines_shown_ == 0)
        return;
    std::fprintf(stream_, "\r\033[%zuA\033[J", lines_shown_);
    std::fflush(stream_);
    lines_shown_ = 0;
}

} // namespace headroom::app
