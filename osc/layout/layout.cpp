// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/layout/layout.hpp"

#include "config/registry.hpp"

#include <algorithm>
#include <string_view>

namespace headroom::osc {

namespace {

constexpr int kMargin = 6;
constexpr int kCaptionHeight = 36;
constexpr int kTextHeight = 30;
constexpr int kButtonHeight = 64;
constexpr int kMaxCellWidth = 150;
constexpr int kMaxCellHeight = 420;
constexpr int kMaxColumns = 10;
constexpr std::size_t kMaxPatternCharacters = 100;

/// A parameter or a meter, with everything that shows it, in one rectangle.
struct Cell {
    std::string label;
    std::string address;
    Widget::Kind kind;
    std::vector<std::string_view> symbols; ///< of a choice
};

Cell cell(const Parameter &p, const std::string &root) {
    const auto kind = p.scale == Scale::boolean  ? Widget::Kind::toggle
                      : p.scale == Scale::choice ? Widget::Kind::choice
                                                 : Widget::Kind::fader;
    return {std::string(p.label), root + std::string(p.path), kind, choices(p)};
}

Cell cell(const Meter &m, const std::string &root) {
    return {std::string(m.label), root + std::string(m.path), Widget::Kind::meter, {}};
}

/// `position` as in Widget.
void place(const Cell &cell, Frame frame, std::vector<Widget> &out, int position = 0) {
    frame = {frame.x + kMargin / 2, frame.y + kMargin / 2, frame.width - kMargin,
             frame.height - kMargin};
    const auto add = [&](Widget::Kind kind, int y, int height, const std::string &text,
                         const std::string &address) {
        out.push_back({kind, {frame.x, y, frame.width, height}, text, address, position});
    };
    const int name_width = frame.width * 3 / 5;
    const int bottom = frame.y + frame.height - kTextHeight;
    const int top = frame.y + kCaptionHeight;
    add(Widget::Kind::caption, frame.y, kCaptionHeight, cell.label, "");
    add(Widget::Kind::text, bottom, kTextHeight, "", cell.address + "/text");
    if (cell.kind == Widget::Kind::choice) {
        const int count = static_cast<int>(cell.symbols.size());
        const int height = std::min((bottom - top) / count, kButtonHeight);
        for (int i = 0; i < count; ++i) {
            const std::string symbol(cell.symbols[static_cast<std::size_t>(i)]);
            const int y = top + i * height;
            out.push_back(
                {Widget::Kind::caption, {frame.x, y, name_width, height - kMargin}, symbol, ""});
            out.push_back({cell.kind,
                           {frame.x + name_width, y, frame.width - name_width, height - kMargin},
                           symbol,
                           cell.address + "/text"});
        }
        return;
    }
    const bool is_toggle = cell.kind == Widget::Kind::toggle;
    add(cell.kind, top, is_toggle ? std::min(bottom - top, kButtonHeight) : bottom - top, "",
        cell.address + "/norm");
}

/// The cells in rows from `top` down; returns where the next thing can stand.
int place_rows(const std::vector<Cell> &cells, int top, int height, std::vector<Widget> &out) {
    const int count = static_cast<int>(cells.size());
    const int rows = (count + kMaxColumns - 1) / kMaxColumns;
    if (rows == 0)
        return top;
    const int columns = (count + rows - 1) / rows;
    const int cell_width = std::min(Layout::kWidth / columns, kMaxCellWidth);
    const int cell_height = std::min(height / rows, kMaxCellHeight);
    for (int i = 0; i < count; ++i)
        place(cells[static_cast<std::size_t>(i)],
              {i % columns * cell_width, top + i / columns * cell_height, cell_width, cell_height},
              out);
    return top + rows * cell_height;
}

std::string_view stage_of(std::string_view path) {
    const auto slash = path.find('/');
    return slash == path.npos ? std::string_view() : path.substr(0, slash);
}

/// The stages that have parameters, in the order of the registry.
std::vector<std::string_view> stages() {
    std::vector<std::string_view> out;
    for (const Parameter &p : parameters())
        if (const auto stage = stage_of(p.path);
            p.scope == Scope::bus && !stage.empty() &&
            std::find(out.begin(), out.end(), stage) == out.end())
            out.push_back(stage);
    return out;
}

Page bus_page(const std::string &bus) {
    constexpr int kHeight = Layout::kHeight - 2 * Layout::kTabHeight;
    const std::string parameter_root = "/headroom/bus/" + bus + "/";
    const std::string meter_root = "/headroom/meter/bus/" + bus + "/";
    Page page{bus, {}, {}};

    std::vector<Cell> overview;
    for (const Parameter &p : parameters())
        if (p.scope == Scope::bus &&
            (stage_of(p.path).empty() || p.path == std::string(stage_of(p.path)) + "/on"))
            overview.push_back(cell(p, parameter_root));
    for (const Meter &m : meters())
        overview.push_back(cell(m, meter_root));
    place_rows(overview, 0, kHeight, page.pages.emplace_back(Page{"overview", {}, {}}).widgets);

    for (const auto stage : stages()) {
        std::vector<Cell> cells;
        for (const Parameter &p : parameters())
            if (p.scope == Scope::bus && stage_of(p.path) == stage)
                cells.push_back(cell(p, parameter_root));
        for (const Meter &m : meters())
            if (stage_of(m.path) == stage)
                cells.push_back(cell(m, meter_root));
        place_rows(cells, 0, kHeight,
                   page.pages.emplace_back(Page{std::string(stage), {}, {}}).widgets);
    }
    return page;
}

/// One application's way into its bus from top to bottom, in a column.
void place_strip(const std::string &name, const std::string &label, int x, int width, int position,
                 std::vector<Widget> &out) {
    constexpr int kSwitchHeight = 110;
    constexpr int kHeight = Layout::kHeight - 2 * Layout::kTabHeight;
    const std::string root = "/headroom/strip/" + name + "/";
    const std::string meter_root = "/headroom/meter/strip/" + name + "/";
    out.push_back({position > 0 ? Widget::Kind::strip : Widget::Kind::caption,
                   {x + kMargin / 2, 0, width - kMargin, kCaptionHeight},
                   label,
                   "",
                   position});
    int y = kCaptionHeight;
    for (const auto id : {strip_parameter_id("mute"), strip_parameter_id("solo")}) {
        place(cell(parameter(id), root), {x, y, width, kSwitchHeight}, out, position);
        y += kSwitchHeight;
    }
    const int left = width * 3 / 5;
    place(cell(parameter(strip_parameter_id("trim")), root), {x, y, left, kHeight - y}, out,
          position);
    place(cell(meter(strip_meter_id("peak")), meter_root), {x + left, y, width - left, kHeight - y},
          out, position);
}

/// A mixer of the strips, and a page for each with everything; or a mixer of positions.
Page strips_page(const std::vector<std::string> &strips, int positions) {
    constexpr int kHeight = Layout::kHeight - 2 * Layout::kTabHeight;
    constexpr std::size_t kColumns = 8;
    constexpr int kWidth = Layout::kWidth / static_cast<int>(kColumns);
    Page page{"strips", {}, {}};
    const auto column = [](std::size_t i) { return static_cast<int>(i % kColumns) * kWidth; };
    for (std::size_t i = 0; i < strips.size(); ++i) {
        if (i % kColumns == 0)
            page.pages.push_back({"mixer " + std::to_string(1 + i / kColumns), {}, {}});
        place_strip(strips[i], strips[i], column(i), kWidth, 0, page.pages.back().widgets);
    }
    for (const std::string &strip : strips) {
        std::vector<Cell> cells;
        for (const Parameter &p : strip_parameters())
            cells.push_back(cell(p, "/headroom/strip/" + strip + "/"));
        for (const Meter &m : strip_meters())
            cells.push_back(cell(m, "/headroom/meter/strip/" + strip + "/"));
        place_rows(cells, 0, kHeight, page.pages.emplace_back(Page{strip, {}, {}}).widgets);
    }
    if (strips.empty())
        page.pages.push_back({"mixer", {}, {}});
    for (int i = 0; i < positions; ++i)
        place_strip({kAnybody}, "strip " + std::to_string(i + 1),
                    column(static_cast<std::size_t>(i)), kWidth, i + 1, page.pages.back().widgets);
    return page;
}

/// Parameters of the whole program, and below them a line for each application, with its route and
/// a button for each that it may have.
Page program_page(const LayoutSource &source) {
    constexpr int kGlobalsHeight = 200;
    constexpr int kHeight = Layout::kHeight - Layout::kTabHeight;
    constexpr int kLineHeight = 48;
    constexpr int kNameWidth = 260;
    constexpr int kRouteWidth = 140;
    constexpr int kButtonWidth = 100;
    constexpr int kRoutesWidth = Layout::kWidth - kNameWidth - kRouteWidth;
    std::vector<std::string> routes = source.buses;
    routes.insert(routes.begin(), {"unset", "bypass"});
    routes.resize(std::min<std::size_t>(routes.size(), kRoutesWidth / kButtonWidth));
    Page page{"program", {}, {}};
    std::vector<Cell> cells;
    for (const Parameter &p : parameters())
        if (p.scope == Scope::global)
            cells.push_back(cell(p, "/headroom/"));
    int y = place_rows(cells, 0, kGlobalsHeight, page.widgets);
    for (const auto &application : source.applications) {
        if (y + kLineHeight > kHeight)
            break;
        page.widgets.push_back({Widget::Kind::caption,
                                {0, y, kNameWidth - kMargin, kLineHeight - kMargin},
                                application.name,
                                ""});
        page.widgets.push_back({Widget::Kind::text,
                                {kNameWidth, y, kRouteWidth, kLineHeight - kMargin},
                                "",
                                application.address});
        int x = kNameWidth + kRouteWidth;
        for (const std::string &route : routes) {
            const int caption = kButtonWidth * 3 / 5;
            page.widgets.push_back({Widget::Kind::caption,
                                    {x + kMargin, y, caption - kMargin, kLineHeight - kMargin},
                                    route,
                                    ""});
            page.widgets.push_back({Widget::Kind::choice,
                                    {x + caption, y, kButtonWidth - caption, kLineHeight - kMargin},
                                    route,
                                    application.address});
            x += kButtonWidth;
        }
        y += kLineHeight;
    }
    return page;
}

/// What a pattern of OSC has in the place of a bus: one of these.
std::string one_of(const std::vector<std::string> &buses) {
    std::string out;
    for (const std::string &bus : buses)
        out += (out.empty() ? "" : ",") + bus;
    if (buses.size() == 1)
        return out;
    return out.size() > kMaxPatternCharacters ? "*" : "{" + out + "}";
}

} // namespace

Layout plan_layout(const LayoutSource &source) {
    constexpr int kFader_hz = 20;
    constexpr int kText_hz = 5; // nobody reads faster
    constexpr int kPositions = 8;
    Layout layout;
    layout.positions = source.strips.empty() ? kPositions : 0;
    for (const std::string &bus : source.buses)
        layout.pages.push_back(bus_page(bus));
    layout.pages.push_back(strips_page(source.strips, layout.positions));
    layout.pages.push_back(program_page(source));
    const std::string buses = one_of(source.buses);
    for (const std::string &pattern :
         {std::string("/headroom/bypass"), "/headroom/bus/" + buses, "/headroom/meter/bus/" + buses,
          std::string("/headroom/strip"), std::string("/headroom/meter/strip")}) {
        layout.subscriptions.push_back({pattern, kFader_hz, "norm"});
        layout.subscriptions.push_back({pattern, kText_hz, "text"});
    }
    return layout;
}

} // namespace headroom::osc
