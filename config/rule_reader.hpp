// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/profile.hpp"
#include "config/yaml_document.hpp"

#include <vector>

/// The part of a profile that says which application goes where. Throws YamlError.
namespace headroom {

struct ProfileRules {
    std::vector<Rule> rules;
    std::vector<Connection> connections;
};

/// Reads the list below "rules:".
ProfileRules read_rules(const YamlNode &node, const std::vector<BusProfile> &buses);

} // namespace headroom
