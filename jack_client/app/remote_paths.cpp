// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/remote_paths.hpp"

#include "config/parameter_path.hpp"
#include "jack_client/app/remote.hpp"
#include "osc/wire/pattern.hpp"

#include <algorithm>
#include <array>

namespace headroom::app {

namespace {

/// What the program has beside parameters and meters: their addresses stand for themselves.
constexpr std::array<std::string_view, 8> kOthers{"status/", "route/", "profile", "overlay",
                                                  "midi/",   "alive",  "meters/", "info"};

/// Takes a form or an action off the end of a text.
std::string take_suffix(std::string &text) {
    for (const char *suffix : {"/norm", "/text", "/toggle", "/inc", "/reset"})
        if (text.ends_with(suffix)) {
            text.erase(text.size() - std::string_view(suffix).size());
            return suffix;
        }
    return {};
}

/// The items of one fact of the status.
std::vector<std::string> items_of(const std::vector<osc::Message> &facts, const char *name) {
    for (const osc::Message &fact : facts)
        if (fact.address == std::string("/headroom/status/") + name)
            return texts_of(fact);
    return {};
}

tl::expected<std::vector<std::string>, std::string> all_paths(osc::Client &client, Paths wanted) {
    const auto facts = client.list({"/headroom/status", {}});
    if (!facts)
        return tl::unexpected(facts.error());
    const auto buses = items_of(*facts, "buses");
    const auto strips = items_of(*facts, "strips");
    std::vector<std::string> out = parameter_paths(buses, strips);
    if (wanted == Paths::readable) {
        const auto meters = meter_paths(buses, strips);
        out.insert(out.end(), meters.begin(), meters.end());
    }
    return out;
}

} // namespace

tl::expected<std::vector<NamedPath>, std::string>
named_paths(osc::Client &client, const std::string &text, Paths wanted) {
    std::string path = without_root(text);
    const std::string suffix = take_suffix(path);
    const bool is_pattern = osc::Pattern::is_pattern(path);
    const bool is_known = parameter_at(path) != nullptr || meter_at(path) != nullptr;
    const bool is_other = std::any_of(kOthers.begin(), kOthers.end(),
                                      [&](auto other) { return path.starts_with(other); });
    if (!is_pattern && (is_known || is_other))
        return std::vector{NamedPath{path, suffix}};
    const auto all = all_paths(client, wanted);
    if (!all)
        return tl::unexpected(all.error());
    if (!is_pattern) {
        const auto found = find_path(path, *all);
        if (!found)
            return tl::unexpected(found.error().text());
        return std::vector{NamedPath{*found, suffix}};
    }
    const auto pattern = osc::Pattern::compile(address_of(path));
    if (!pattern)
        return tl::unexpected(path + ": " + pattern.error());
    std::vector<NamedPath> out;
    for (const std::string &one : *all)
        if (pattern->matches(address_of(one)))
            out.push_back({one, suffix});
    if (out.empty())
        return tl::unexpected(path +
                              ": the pattern matches nothing (\"headroom params\" lists what "
                              "there is)");
    return out;
}

std::string parameter_or_text(osc::Client &client, const std::string &text) {
    const auto named = osc::Pattern::is_pattern(text) ? tl::unexpected(std::string())
                                                      : named_paths(client, text, Paths::settable);
    return named ? named->front().path + named->front().suffix : without_root(text);
}

} // namespace headroom::app
