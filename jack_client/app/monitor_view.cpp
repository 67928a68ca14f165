// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/monitor_view.hpp"

#include "config/stage_order.hpp"
#include "jack_client/app/columns.hpp"
#include "jack_client/app/text_format.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace headroom::app {

namespace {

using Bus = MonitorModel::Bus;

/// The first meter of a stage that shows gain; nothing where it has none.
std::optional<MeterId> gain_meter(std::string_view stage) {
    for (std::size_t i = 0; i < kMeterCount; ++i)
        if (const Meter &each = meters()[i];
            each.unit == Unit::db && each.path.starts_with(stage) && each.path[stage.size()] == '/')
            return MeterId{static_cast<std::uint16_t>(i)};
    return std::nullopt;
}

/// Draws one screen.
class Painter {
  public:
    Painter(const MonitorModel &model, const MonitorLook &look, MonitorModel::TimePoint now,
            int columns, int rows)
        : model_(model),
          look_(look),
          now_(now),
          real_columns_(static_cast<std::size_t>(std::max(columns, 1))),
          columns_(std::max(real_columns_, std::size_t{44})),
          rows_(static_cast<std::size_t>(std::max(rows, 4))) {}

    std::vector<Row> paint() {
        title();
        if (look_.page == MonitorLook::Page::help)
            help();
        else if (look_.page == MonitorLook::Page::profiles)
            profiles();
        else if (look_.page == MonitorLook::Page::learning)
            learning();
        else
            meters();
        out_.resize(rows_ - 2);
        out_.push_back({{model_.message(), Style::alert}});
        out_.push_back({{keys(), Style::dim}});
        for (Row &row : out_)
            clip(row);
        return std::move(out_);
    }

  private:
    static constexpr std::size_t kParts = 8; ///< of a character of a bar
    static constexpr std::size_t kAddressColumns = 36;

    const char *keys() const {
        switch (look_.page) {
        case MonitorLook::Page::meters:
            return "? help  p profile  b bypass  l learn  arrows choose and route  u rule  q quit";
        case MonitorLook::Page::learning:
            return look_.learning.is_waiting()
                       ? "Esc: bind nothing"
                       : "type to find  up/down choose  enter bind a control  Esc: back";
        default:
            return "any other key: back";
        }
    }

    std::string glyph(const char *utf8, char ascii) const {
        return look_.utf8 ? utf8 : std::string(1, ascii);
    }

    /// Full characters, and one that is full in eighths where the terminal has such.
    std::string solid(float share, std::size_t columns) const {
        static constexpr std::array<const char *, kParts> kEighths{"",  "▏", "▎", "▍",
                                                                   "▌", "▋", "▊", "▉"};
        const auto parts = static_cast<std::size_t>(
            std::lround(std::clamp(share, 0.0f, 1.0f) * static_cast<float>(columns * kParts)));
        std::string out;
        for (std::size_t i = 0; i < parts / kParts; ++i)
            out += glyph("█", '#');
        if (look_.utf8)
            out += kEighths[parts % kParts];
        return out;
    }

    /// A bar from `low` to `high` with a mark at a value; without a mark where that is outside.
    void bar(Row &row, float value, float low, float high, float mark, std::size_t columns,
             Style style) const {
        const auto place = [&](float v) { return (v - low) / (high - low); };
        std::string text = fit(solid(place(value), columns), columns);
        const float at = place(mark);
        row.push_back({glyph("▕", '['), Style::dim});
        if (at < 0.0f || at >= 1.0f) {
            row.push_back({text, style});
        } else {
            const auto column = static_cast<std::size_t>(at * static_cast<float>(columns));
            const std::string head = cut(text, column);
            const std::string rest = text.substr(cut(text, column + 1).size());
            row.push_back({head, style});
            row.push_back({glyph("│", '|'), Style::title});
            row.push_back({rest, style});
        }
        row.push_back({glyph("▏", ']'), Style::dim});
    }

    /// One character for each value; 20 dB fill it.
    std::string history(const std::deque<float> &values, std::size_t columns) const {
        static constexpr std::array<const char *, 9> kBlocks{" ", "▁", "▂", "▃", "▄",
                                                             "▅", "▆", "▇", "█"};
        static constexpr std::string_view kAscii = " .:-=+*#@";
        constexpr float kFull_db = 20.0f;
        std::string out;
        const std::size_t first = values.size() > columns ? values.size() - columns : 0;
        for (std::size_t i = first; i < values.size(); ++i) {
            const float size_db = std::fabs(values[i]);
            const float share = std::min(size_db / kFull_db, 1.0f);
            const auto level =
                size_db < 0.1f ? std::size_t{0} : static_cast<std::size_t>(std::ceil(share * 8.0f));
            out += look_.utf8 ? kBlocks[level] : std::string(1, kAscii[level]);
        }
        return out;
    }

    void title() {
        std::string left = "headroom " + model_.fact("version") + "  ";
        std::string right;
        Style style = Style::good;
        if (!model_.has_been_heard()) {
            left = "headroom monitor";
            right = "waiting for " + look_.server;
            style = Style::alert;
        } else {
            left += "profile " + model_.fact("profile") + "  " + model_.fact("server") + "  " +
                    model_.fact("sample_rate") + " Hz  " + model_.fact("period") + " frames";
            right = "live";
            if (model_.is_stale(now_)) {
                right = format("STALE for %d s", static_cast<int>(model_.silence(now_).count()));
                style = Style::alert;
            } else if (model_.bypass()) {
                right = "BYPASS";
                style = Style::alert;
            }
        }
        out_.push_back(
            {{fit(left, columns_ - columns_of(right) - 1) + " ", Style::title}, {right, style}});
    }

    void meters() {
        const auto &buses = model_.buses();
        // The title, the load, the head of the applications, a message and the keys are always
        // there. On a small screen two applications stay in sight, then the peaks of a bus.
        constexpr std::size_t kAlways = 5;
        constexpr std::size_t kLeast = 3;
        const std::size_t free = rows_ > kAlways ? rows_ - kAlways : 0;
        const std::size_t applications = model_.applications().size();
        const auto rows_of_buses = [&](std::size_t shown) {
            return std::max(free - std::min(free, shown), kLeast);
        };
        const std::size_t first = buses.empty() ? 0 : look_.bus % buses.size();
        for (std::size_t shown = 0; shown < buses.size(); ++shown) {
            const std::size_t before = out_.size();
            bus(buses[(first + shown) % buses.size()]);
            if (shown == 0) {
                out_.resize(std::min(out_.size(),
                                     1 + rows_of_buses(std::min<std::size_t>(applications, 2))));
            } else if (out_.size() - 1 > rows_of_buses(applications)) {
                out_.resize(before);
                break;
            }
        }
        load();
        this->applications();
    }

    void bus(const Bus &bus) {
        const float target_lufs = bus[parameter_id("agc/target")];
        const float ceiling_dbtp = bus[parameter_id("limiter/ceiling")];
        const bool has_agc = bus[parameter_id("agc/on")] != 0.0f;
        Row head{
            {bus.name, Style::title},
            {format("  target %s  ceiling %.1f dBTP",
                    has_agc ? format("%.1f LUFS", static_cast<double>(target_lufs)).c_str() : "off",
                    static_cast<double>(ceiling_dbtp)),
             Style::plain}};
        const bool bypassed = bus[parameter_id("bypass")] != 0.0f;
        if (bypassed)
            head.push_back({"  BYPASSED", Style::alert});
        if (bus[parameter_id("bypass/matched")] != 0.0f)
            head.push_back(
                {bypassed || model_.bypass() ? "  MATCHED" : "  bypass is matched", Style::alert});
        if (bus[parameter_id("listen")] != 0.0f && !bypassed && !model_.bypass())
            head.push_back({"  DIFFERENCE", Style::alert});
        out_.push_back(std::move(head));

        peak(" in   peak", bus[meter_id("input/true_peak")], bus.input_hold_dbtp, ceiling_dbtp);
        peak(" out  peak", bus[meter_id("output/true_peak")], bus.output_hold_dbtp, ceiling_dbtp);
        loudness(" M ", bus, meter_id("input/momentary"), meter_id("output/momentary"));
        loudness(" S ", bus, meter_id("input/short_term"), meter_id("output/short_term"));
        loudness(" I ", bus, meter_id("input/integrated"), meter_id("output/integrated"));
        for (const std::string_view stage : kMovableStages)
            gain(stage, bus);
        gain("limiter", bus);
    }

    /// Those that are off until somebody wants them are left out.
    static bool is_of_use(std::string_view stage, const Bus &bus) {
        const auto on = find_parameter(Scope::bus, std::string(stage) + "/on");
        return !on || bus[*on] != 0.0f || parameter(*on).default_value != 0.0f;
    }

    void peak(const char *label, float value, float held, float ceiling) {
        Row row{{std::string(label) + level_text(value) + " ", Style::plain}};
        const std::string hold = " hold" + level_text(held) + " dBTP";
        const Style style = value > 0.0f ? Style::hot : value > -6.0f ? Style::warm : Style::good;
        bar(row, value, -60.0f, 6.0f, ceiling, columns_ - 19 - hold.size(), style);
        row.push_back({hold, held > 0.0f ? Style::hot : Style::plain});
        out_.push_back(std::move(row));
    }

    void loudness(const char *label, const Bus &bus, MeterId in, MeterId out) {
        Row row{
            {std::string(label) + "in" + level_text(bus[in]) + " out" + level_text(bus[out]) + " ",
             Style::plain}};
        const bool has_agc = bus[parameter_id("agc/on")] != 0.0f;
        bar(row, bus[out], -60.0f, 0.0f, has_agc ? bus[parameter_id("agc/target")] : 1.0f,
            columns_ - 29, Style::good);
        row.push_back({" LUFS", Style::dim});
        out_.push_back(std::move(row));
    }

    void gain(std::string_view stage, const Bus &bus) {
        const auto id = gain_meter(stage);
        if (!id || !is_of_use(stage, bus))
            return;
        const float value = bus[*id];
        Row row{{fit(" " + std::string(stage), 12) + level_text(value) + " dB ", Style::plain}};
        const std::size_t seconds = std::min(MonitorModel::kHistorySeconds, columns_ / 3);
        bar(row, std::fabs(value), 0.0f, 20.0f, 30.0f, columns_ - 25 - seconds,
            value > 0.0f ? Style::warm : Style::good);
        row.push_back({" " + history(bus.history.at(id->index), seconds), Style::warm});
        out_.push_back(std::move(row));
    }

    void load() {
        const auto fact = [&](const char *name) { return std::atof(model_.fact(name).c_str()); };
        const double period_us =
            fact("sample_rate") > 0.0 ? fact("period") * 1e6 / fact("sample_rate") : 0.0;
        const double share = period_us > 0.0 ? 100.0 * fact("callback_us_mean") / period_us : 0.0;
        const bool lost = fact("xruns") > 0.0;
        out_.push_back({{format("callback %.0f us mean, %.0f max, load %.1f %%  ",
                                fact("callback_us_mean"), fact("callback_us_max"), share),
                         Style::plain},
                        {"xruns " + model_.fact("xruns"), lost ? Style::hot : Style::plain},
                        {"  latency " + model_.fact("latency_frames") + " frames", Style::plain}});
    }

    void applications() {
        const auto &all = model_.applications();
        out_.push_back({{all.empty() ? "no application plays"
                                     : fit("  application", 24) + fit("route", 11) +
                                           " level  trim rider  rule",
                         Style::dim}});
        const std::size_t room = rows_ - 2 > out_.size() ? rows_ - 2 - out_.size() : 0;
        const std::size_t chosen = std::min(look_.application, all.empty() ? 0 : all.size() - 1);
        const std::size_t first = room > 0 && chosen >= room ? chosen - room + 1 : 0;
        for (std::size_t i = first; i < all.size() && i < first + room; ++i)
            out_.push_back(application(all[i], i == chosen));
    }

    Row application(const MonitorModel::Application &each, bool is_chosen) const {
        const MonitorModel::Strip &strip = model_.strip(each);
        const auto figure = [&](const char *name) {
            const auto at = strip.find(name);
            return at != strip.end() ? level_text(at->second) : "     -";
        };
        const auto is_on = [&](const char *name) {
            const auto at = strip.find(name);
            return at != strip.end() && at->second != 0.0f;
        };
        Row row{{(is_chosen ? "> " : "  ") + fit(each.name, 21) + " " + fit(each.route, 10),
                 is_chosen ? Style::chosen : Style::plain},
                {figure("momentary") + figure("trim") + figure("rider_gain"), Style::plain},
                {is_on("mute") ? " M" : "  ", Style::hot},
                {is_on("solo") ? "S " : "  ", Style::warm},
                {each.rule, Style::dim}};
        if (!each.notice.empty())
            row.push_back({" ! " + each.notice, Style::alert});
        return row;
    }

    void help() {
        for (const char *line :
             {"", "up, down      choose an application",
              "left, right   change its route: a bus, bypass (untouched) or ignore",
              "u             use the route of the rules again",
              "+, -          raise or lower its trim by 1 dB",
              "m, s          mute it, hear it alone", "p             change to another profile",
              "b             bypass everything",
              "a             let a bypass be as loud as the output, or as it is",
              "d             hear what is taken away, or the output",
              "l             bind a control of a MIDI controller to an address",
              "r             reset integrated loudness and maxima",
              "tab           show the next bus first", "q             quit"})
            out_.push_back({{line, Style::plain}});
        paragraph("The bars of M, S and I show the loudness that leaves the bus; the mark is the "
                  "target of the AGC. Peaks are true peaks; the mark is the ceiling. Beside each "
                  "stage you see its gain over the last 30 seconds, 20 dB high.");
    }

    void paragraph(const char *text) {
        for (std::string &line : wrap(text, std::max<std::size_t>(real_columns_, 20)))
            out_.push_back({{std::move(line), Style::plain}});
    }

    void profiles() {
        const auto &all = model_.profiles();
        out_.push_back(
            {{all.empty() ? "asking for the profiles" : "up, down and enter choose", Style::dim}});
        std::vector<std::string> lines;
        lines.reserve(all.size());
        for (const std::string &name : all)
            lines.push_back(name + (name == model_.fact("profile") ? "  (in use)" : ""));
        choice(lines, look_.profile);
    }

    void learning() {
        const MonitorLearning &learning = look_.learning;
        if (learning.is_waiting()) {
            out_.push_back(
                {{"move a control for " + learning.wanted() + " (Esc ends)", Style::title}});
            paragraph("An encoder without end is turned both ways. After a minute without a "
                      "control the wait ends.");
            return;
        }
        out_.push_back({{"bind a control to: ", Style::dim}, {learning.typed() + "_"}});
        if (learning.found().empty())
            out_.push_back({{"no such address is listed; enter asks headroom for it", Style::dim}});
        std::vector<std::string> lines;
        for (const auto &[address, meaning] : learning.found())
            lines.push_back(fit(address, std::max(columns_of(address), kAddressColumns)) + meaning);
        choice(lines, learning.chosen());
    }

    /// As many of the lines as there is room for, with the chosen one.
    void choice(const std::vector<std::string> &lines, std::size_t chosen) {
        const std::size_t room = rows_ - 2 > out_.size() ? rows_ - 2 - out_.size() : 0;
        const std::size_t first = chosen >= room ? chosen - room + 1 : 0;
        for (std::size_t i = first; i < lines.size() && i < first + room; ++i) {
            const bool is_chosen = i == chosen;
            out_.push_back(
                {{(is_chosen ? "> " : "  ") + lines[i], is_chosen ? Style::chosen : Style::plain}});
        }
    }

    void clip(Row &row) const {
        std::size_t left = real_columns_;
        for (Span &span : row) {
            span.text = cut(span.text, left);
            if (!look_.utf8)
                std::replace_if(
                    span.text.begin(), span.text.end(), [](char c) { return c < ' ' || c > '~'; },
                    '?');
            left -= columns_of(span.text);
        }
    }

    const MonitorModel &model_;
    const MonitorLook &look_;
    MonitorModel::TimePoint now_;
    std::size_t real_columns_;
    std::size_t columns_; ///< of the layout, which the terminal may cut
    std::size_t rows_;
    std::vector<Row> out_;
};

} // namespace

std::vector<Row> monitor_screen(const MonitorModel &model, const MonitorLook &look,
                                MonitorModel::TimePoint now, int columns, int rows) {
    return Painter(model, look, now, columns, rows).paint();
}

} // namespace headroom::app
