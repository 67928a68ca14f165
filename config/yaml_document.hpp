// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Guarded YAML: what a hostile or mistaken file can do is bounded before anything is built from
/// it.
namespace headroom {

/// Limits of a document. It is one document of UTF-8 without anchors, aliases, tags, and keys
/// that are no text or stand twice.
inline constexpr std::size_t kMaxYamlBytes = 256 * 1024;
inline constexpr std::size_t kMaxYamlDepth = 12;
inline constexpr std::size_t kMaxYamlNodes = 4096;
inline constexpr std::size_t kMaxYamlScalarBytes = 4096;

/// A place in a file, both from 1; columns count bytes.
struct Place {
    int line = 1;
    int column = 1;
    bool operator==(const Place &) const = default;
};

/// Thrown by everything below; the reader of a file turns it into a Diagnostic. It never leaves
/// config.
struct YamlError {
    Place place;
    std::string message; ///< what was found and what was expected
    std::string remedy;

    Diagnostic in(const std::string &file) const;
};

/// A value with its place. Scalars stay text: "no" is "no" and "010" is "010".
struct YamlNode {
    enum class Kind : std::uint8_t { nothing, scalar, list, map };
    Kind kind = Kind::nothing;
    Place place;
    std::string text;               ///< of a scalar
    std::vector<YamlNode> children; ///< of a list or a map, in the order of the file
    std::string key;                ///< where the parent is a map
    Place key_place;
};

/// Parses a document and holds it to the limits.
YamlNode parse_yaml(std::string_view text);

/// What stands there, for a message: a map, a list, nothing, or the text in quotes.
std::string described(const YamlNode &node);

/// Text in quotes, shortened, and safe to print on a terminal.
std::string in_quotes(std::string_view text);

/// Text as a scalar in double quotes, which parse_yaml() reads again.
std::string yaml_quoted(std::string_view text);

/// "found ..., expected ..." at the place of the node.
[[noreturn]] void refuse(const YamlNode &node, std::string_view expected, std::string remedy = {});

/// The node itself where it is of that kind, else an error.
const YamlNode &require_map(const YamlNode &node, std::string_view expected);
const YamlNode &require_list(const YamlNode &node, std::string_view expected);

/// The text of a scalar that is neither empty nor longer than a line.
std::string require_line(const YamlNode &node, std::string_view expected);

/// The texts of a list, or of a single scalar.
std::vector<const YamlNode *> scalars(const YamlNode &node, std::string_view expected);

/// An error at an unknown key, with the nearest of the allowed ones.
[[noreturn]] void refuse_key(const YamlNode &child, const std::vector<std::string> &allowed);

} // namespace headroom
