// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/parameter_path.hpp"

#include "config/registry.hpp"
#include "config/suggestion.hpp"
#include "config/value_text.hpp"
#include "config/yaml_document.hpp"

namespace headroom {

namespace {

bool ends_in_parts(std::string_view path, std::string_view parts) {
    if (path.size() <= parts.size())
        return false;
    const std::size_t start = path.size() - parts.size();
    return path[start - 1] == '/' && equal_ignoring_case(path.substr(start), parts);
}

/// "did you mean limiter/ceiling?", or where to look.
std::string nearest(std::string_view text, std::span<const std::string> paths) {
    std::vector<std::string> ends;
    for (const std::string &path : paths)
        for (std::size_t start = 0; start != std::string::npos;) {
            ends.push_back(path.substr(start));
            const auto slash = path.find('/', start);
            start = slash == path.npos ? path.npos : slash + 1;
        }
    const std::string suggestion = did_you_mean(text, ends);
    return (suggestion.empty() ? "" : suggestion + " ") + "\"headroom params\" lists them all";
}

} // namespace

std::vector<std::string> parameter_paths(std::span<const std::string> buses,
                                         std::span<const std::string> strips) {
    std::vector<std::string> out;
    for (const Parameter &p : parameters())
        if (p.scope == Scope::global)
            out.emplace_back(p.path);
    for (const std::string &bus : buses)
        for (const Parameter &p : parameters())
            if (p.scope == Scope::bus)
                out.push_back("bus/" + bus + "/" + std::string(p.path));
    for (const std::string &strip : strips)
        for (const Parameter &p : strip_parameters())
            out.push_back("strip/" + strip + "/" + std::string(p.path));
    return out;
}

std::vector<std::string> meter_paths(std::span<const std::string> buses,
                                     std::span<const std::string> strips) {
    std::vector<std::string> out;
    for (const std::string &bus : buses)
        for (const Meter &m : meters())
            out.push_back("meter/bus/" + bus + "/" + std::string(m.path));
    for (const std::string &strip : strips)
        for (const Meter &m : strip_meters())
            out.push_back("meter/strip/" + strip + "/" + std::string(m.path));
    return out;
}

std::string without_root(std::string path) {
    constexpr std::string_view kRoot = "headroom/";
    path.erase(0, path.find_first_not_of('/'));
    if (path.starts_with(kRoot))
        path.erase(0, kRoot.size());
    return path;
}

Result<std::string> find_path(std::string_view text, std::span<const std::string> paths) {
    constexpr std::size_t kShown = 8;
    const std::string wanted = without_root(std::string(text));
    std::vector<std::string> fitting;
    for (const std::string &path : paths) {
        if (equal_ignoring_case(path, wanted))
            return path;
        if (ends_in_parts(path, wanted))
            fitting.push_back(path);
    }
    if (fitting.size() == 1)
        return fitting.front();
    if (fitting.empty() || wanted.empty())
        return failure("there is no parameter " + in_quotes(text), nearest(wanted, paths));
    const std::size_t count = fitting.size();
    std::string more;
    if (count > kShown) {
        fitting.resize(kShown);
        more = ", and " + std::to_string(count - kShown) + " more";
    }
    return failure(in_quotes(text) + " may mean " + enumeration(fitting) + more,
                   "write one of them, or a pattern in quotes such as \"bus/*/" + wanted + "\"");
}

} // namespace headroom
