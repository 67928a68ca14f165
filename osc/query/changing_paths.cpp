// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/query/changing_paths.hpp"

#include "osc/address_space.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

namespace headroom::osc {

std::set<std::string> ChangingPaths::present() const {
    std::set<std::string> out;
    for (const std::string &name : surface_.strip_names()) {
        out.insert("/headroom/strip/" + name);
        out.insert("/headroom/meter/strip/" + name);
    }
    for (const auto &application : surface_.applications())
        out.insert("/headroom/route/" + address_part(application.name));
    return out;
}

std::vector<std::string> ChangingPaths::changes() {
    auto now = present();
    std::vector<std::string> out;
    const auto tell = [&](const char *command, const auto &from, const auto &without) {
        std::vector<std::string> paths;
        std::set_difference(from.begin(), from.end(), without.begin(), without.end(),
                            std::back_inserter(paths));
        for (const std::string &path : paths)
            out.push_back(nlohmann::ordered_json{{"COMMAND", command}, {"DATA", path}}.dump());
    };
    tell("PATH_REMOVED", known_, now);
    tell("PATH_ADDED", now, known_);
    known_ = std::move(now);
    return out;
}

} // namespace headroom::osc
