// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/parameter_listing.hpp"

#include "config/registry.hpp"
#include "osc/command_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

namespace headroom::app {

namespace {

using Json = nlohmann::ordered_json;

/// Path below /headroom/, in the bus "main" where every bus has one.
std::string path_of(const Parameter &parameter) {
    const std::string path(parameter.path);
    return parameter.scope == Scope::global  ? path
           : parameter.scope == Scope::strip ? "strip/APPLICATION/" + path
                                             : "bus/main/" + path;
}

std::string path_of(const Meter &meter) {
    return (find_meter(meter.path) ? "meter/bus/main/" : "meter/strip/APPLICATION/") +
           std::string(meter.path);
}

std::vector<Parameter> every_parameter() {
    std::vector<Parameter> out(parameters().begin(), parameters().end());
    out.insert(out.end(), strip_parameters().begin(), strip_parameters().end());
    return out;
}

std::vector<Meter> every_meter() {
    std::vector<Meter> out(meters().begin(), meters().end());
    out.insert(out.end(), strip_meters().begin(), strip_meters().end());
    return out;
}

std::string_view name(Scale scale) {
    switch (scale) {
    case Scale::linear:
        return "linear";
    case Scale::logarithmic:
        return "logarithmic";
    case Scale::boolean:
        return "boolean";
    case Scale::choice:
        return "choice";
    }
    return "";
}

/// The double that prints as short as the float does: 0.1f gives 0.1.
double shortest(float value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.begin(), text.end(), value).ptr;
    double out = 0.0;
    std::from_chars(text.begin(), end, out);
    return out;
}

std::string number(float value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%g", static_cast<double>(value));
    return text.data();
}

/// "-20 to 0", "on or off", "low, normal or quality".
std::string range(const Parameter &p) {
    if (p.scale == Scale::boolean)
        return "on or off";
    if (p.scale != Scale::choice)
        return number(p.minimum) + " to " + number(p.maximum);
    std::string out;
    const auto symbols = choices(p);
    for (std::size_t i = 0; i < symbols.size(); ++i)
        out += (i == 0 ? "" : i + 1 == symbols.size() ? " or " : ", ") + std::string(symbols[i]);
    return out;
}

std::string default_text(const Parameter &p) {
    const bool is_number = p.scale == Scale::linear || p.scale == Scale::logarithmic;
    return is_number ? number(p.default_value) : to_text(p, p.default_value);
}

using TableRow = std::vector<std::string>;

/// Rows as columns two spaces apart; the last column keeps its own length.
std::string aligned(const std::vector<TableRow> &rows) {
    std::vector<std::size_t> widths(rows.front().size());
    for (const TableRow &row : rows)
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    std::string out;
    for (const TableRow &row : rows) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            out += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
        out += row.back() + "\n";
    }
    return out;
}

bool contains(const std::string &path, std::string_view filter) {
    return path.find(filter) != path.npos;
}

Json described(const Parameter &p) {
    Json choice_symbols = Json::array();
    for (std::string_view symbol : choices(p))
        choice_symbols.push_back(symbol);
    return {{"path", p.path},
            {"scope", p.scope == Scope::global  ? "global"
                      : p.scope == Scope::strip ? "strip"
                                                : "bus"},
            {"address", "/headroom/" + path_of(p)},
            {"label", p.label},
            {"unit", symbol(p.unit)},
            {"scale", name(p.scale)},
            {"minimum", shortest(p.minimum)},
            {"default", shortest(p.default_value)},
            {"maximum", shortest(p.maximum)},
            {"choices", choice_symbols},
            {"structural", p.structural},
            {"smoothing_ms", shortest(p.smoothing_ms)},
            {"documentation", p.documentation}};
}

Json described(const Meter &m) {
    return {{"path", m.path},
            {"address", "/headroom/" + path_of(m)},
            {"label", m.label},
            {"unit", symbol(m.unit)},
            {"floor", shortest(m.floor)},
            {"ceiling", shortest(m.ceiling)},
            {"documentation", m.documentation}};
}

/// Text that mdoc takes as it stands: a leading dot or quote would be a macro, "-" a hyphen.
std::string escaped(std::string_view text) {
    std::string out;
    for (char c : text)
        out += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
    return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

/// "-20 to 0 dBTP", "1 to 20:1".
std::string range_with_unit(const Parameter &p) {
    const std::string unit(symbol(p.unit));
    return range(p) + (unit.empty() || p.unit == Unit::ratio ? "" : " ") + unit;
}

/// "From -20 to 0 dBTP", "On or off", "One of low, normal or quality".
std::string values_sentence(const Parameter &p) {
    if (p.scale == Scale::boolean)
        return "On or off";
    if (p.scale == Scale::choice)
        return "One of " + range(p);
    return "From " + range_with_unit(p);
}

/// The heading under which a manual tells of a parameter.
std::string group_of(const Parameter &p) {
    const auto slash = p.path.find('/');
    if (p.scope == Scope::global)
        return "The whole program";
    if (p.scope == Scope::strip)
        return "Every strip";
    return slash == p.path.npos ? "Every bus" : "Stage " + std::string(p.path.substr(0, slash));
}

/// A row of a table whose first cell is an address.
std::string address_row(std::string_view path, std::string_view type, const std::string &values,
                        std::string_view scale) {
    return ".It Pa " + escaped(path) + " Ta " + std::string(type) + " Ta " + escaped(values) +
           " Ta " + std::string(scale) + "\n";
}

/// A table of addresses below `root`; its widest cells set the columns.
std::string open_table(const std::string &title, const std::string &root) {
    return ".Ss " + title + "\nBelow\n.Pa " + root +
           " :\n.Bl -column \"equaliser/high_shelf/frequency\" \"Type\" \"0.1 to 20000 dBTP\" "
           "\"logarithmic\"\n.It Sy Address Ta Sy Type Ta Sy Values Ta Sy Scale\n";
}

void append_item(std::string &out, std::string_view path, const std::string &values,
                 std::string_view documentation) {
    out += ".It Cm " + escaped(path) + "\n" + escaped(documentation) + "\n";
    if (!values.empty())
        out += escaped(values) + "\n";
}

} // namespace

std::string parameter_table(std::string_view filter) {
    std::vector<TableRow> parameter_rows = {{"PARAMETER", "RANGE", "UNIT", "DEFAULT", "MEANING"}};
    for (const Parameter &p : every_parameter())
        if (contains(path_of(p), filter))
            parameter_rows.push_back({path_of(p), range(p), std::string(symbol(p.unit)),
                                      default_text(p), std::string(p.documentation)});
    std::vector<TableRow> meter_rows = {{"METER", "UNIT", "MEANING"}};
    for (const Meter &m : every_meter())
        if (contains(path_of(m), filter))
            meter_rows.push_back(
                {path_of(m), std::string(symbol(m.unit)), std::string(m.documentation)});
    std::string out;
    if (parameter_rows.size() > 1)
        out += aligned(parameter_rows);
    if (meter_rows.size() > 1)
        out += (out.empty() ? "" : "\n") + aligned(meter_rows);
    return out;
}

nlohmann::ordered_json parameter_json(std::string_view filter) {
    Json out = {{"parameters", Json::array()}, {"meters", Json::array()}};
    for (const Parameter &p : every_parameter())
        if (contains(path_of(p), filter))
            out["parameters"].push_back(described(p));
    for (const Meter &m : every_meter())
        if (contains(path_of(m), filter))
            out["meters"].push_back(described(m));
    return out;
}

std::string parameter_manual() {
    std::string out;
    const auto open_list = [&out](const std::string &title) {
        out += ".Ss " + title + "\n.Bl -tag -width Ds\n";
    };
    std::string open_group;
    for (const Parameter &p : every_parameter()) {
        if (const std::string group = group_of(p); group != open_group) {
            if (!open_group.empty())
                out += ".El\n";
            open_list(group);
            open_group = group;
        }
        append_item(out, p.path,
                    values_sentence(p) + "; default " + default_text(p) +
                        (p.structural ? "; may change the latency." : "."),
                    p.documentation);
    }
    out += ".El\n";
    const auto list_meters = [&](const std::string &title, std::span<const Meter> listed) {
        open_list(title);
        for (const Meter &m : listed)
            append_item(out, m.path,
                        m.unit == Unit::none ? "" : "In " + std::string(symbol(m.unit)) + ".",
                        m.documentation);
        out += ".El\n";
    };
    list_meters("Meters of every bus", meters());
    list_meters("Meters of every strip", strip_meters());
    return out;
}

std::string address_manual() {
    const auto root_of = [](Scope scope) {
        return scope == Scope::global ? "/headroom/"
               : scope == Scope::bus  ? "/headroom/bus/BUS/"
                                      : "/headroom/strip/APPLICATION/";
    };
    std::string out;
    std::string open_group;
    for (const Parameter &p : every_parameter()) {
        if (const std::string group = group_of(p); group != open_group) {
            out += open_group.empty() ? "" : ".El\n";
            out += open_table(group, root_of(p.scope));
            open_group = group;
        }
        const bool has_steps = p.scale == Scale::boolean || p.scale == Scale::choice;
        out += address_row(p.path, has_steps ? "i" : "f", range_with_unit(p), name(p.scale));
    }
    const auto add_meters = [&out](const std::string &title, const std::string &root,
                                   std::span<const Meter> listed) {
        out += ".El\n" + open_table(title, root);
        for (const Meter &m : listed)
            out += address_row(m.path, "f",
                               number(m.floor) + " to " + number(m.ceiling) + " " +
                                   std::string(symbol(m.unit)),
                               "linear");
    };
    add_meters("Meters of every bus", "/headroom/meter/bus/BUS/", meters());
    add_meters("Meters of every strip", "/headroom/meter/strip/APPLICATION/", strip_meters());
    return out + ".El\n";
}

std::string command_manual() {
    const auto who = [](const osc::CommandInfo &command) {
        return command.bare == osc::Effect::acts    ? "sets"
               : command.given == osc::Effect::acts ? "asks, or sets"
                                                    : "asks";
    };
    std::string out = ".Bl -tag -width Ds\n";
    for (const osc::CommandInfo &command : osc::command_table()) {
        out += ".It Pa " + std::string(command.address);
        if (!command.arguments.empty())
            out += " No " + std::string(command.arguments);
        out += "\n" + std::string(command.documentation) + "\n.Pq " + who(command) + "\n";
    }
    return out + ".El\n";
}

} // namespace headroom::app
