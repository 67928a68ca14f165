// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/value_reader.hpp"

#include "config/value_text.hpp"

#include <stdexcept>

namespace headroom {

float read_value(const Parameter &parameter, const YamlNode &node) {
    const std::string expected = expected_values(parameter) + " for " + std::string(parameter.path);
    if (node.kind != YamlNode::Kind::scalar)
        refuse(node, expected);
    const Result<float> value = from_text(parameter, node.text);
    if (!value)
        refuse(node, expected, value.error().remedy);
    if (*value < parameter.minimum || *value > parameter.maximum)
        refuse(node, expected);
    return *value;
}

bool read_switch(const YamlNode &node, const std::string &what) {
    const auto is_on = switch_from_text(node.text);
    if (node.kind != YamlNode::Kind::scalar || !is_on)
        refuse(node, "on or off for " + what);
    return *is_on;
}

int read_whole_number(const YamlNode &node, int least, int most) {
    const auto value = whole_number(node.text);
    if (node.kind != YamlNode::Kind::scalar || !value || *value < least || *value > most)
        refuse(node,
               "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return *value;
}

NamePattern read_pattern(const YamlNode &node) {
    try {
        return NamePattern(require_line(node, "a name, a glob or a /regular expression/"));
    } catch (const std::invalid_argument &error) {
        throw YamlError{node.place,
                        "found " + in_quotes(node.text) +
                            ", expected a name, a glob or a /regular expression/: " + error.what(),
                        {}};
    }
}

} // namespace headroom
