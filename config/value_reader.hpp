// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/name_pattern.hpp"
#include "config/parameter.hpp"
#include "config/yaml_document.hpp"

#include <string>

/// Values in YAML: what value_text.hpp reads, with the place of what is wrong. Throws YamlError.
namespace headroom {

/// A value of the parameter, inside its bounds.
float read_value(const Parameter &parameter, const YamlNode &node);

/// On or off, for something that is no parameter.
bool read_switch(const YamlNode &node, const std::string &what);

/// A whole number within bounds.
int read_whole_number(const YamlNode &node, int least, int most);

/// A name, a glob or a regular expression.
NamePattern read_pattern(const YamlNode &node);

} // namespace headroom
