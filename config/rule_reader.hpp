// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/profile.hpp"
#include "config/yaml_document.hpp"

#include <string>
#include <vector>

/// The part of a profile that says which application goes where. Throws YamlError.
namespace headroom {

struct ProfileRules {
    std::vector<Rule> rules;
    std::vector<Connection> connections;
};

/// Reads the list below "rules:".
ProfileRules read_rules(const YamlNode &node, const std::vector<BusProfile> &buses);

NamePattern read_pattern(const YamlNode &node);

/// A value of the parameter, inside its bounds.
float read_value(const Parameter &parameter, const YamlNode &node);

/// "on" or "off" for something that is no parameter.
bool read_switch(const YamlNode &entry, const std::string &what);

} // namespace headroom
