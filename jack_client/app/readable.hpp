// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

/// Names as files have them: any bytes but zero, which no terminal and no JSON should get as they
/// are.
namespace headroom::app {

/// The text with every byte that is not UTF-8, and every control character, written as \xE9; a
/// backslash as \\ when anything is written so. Text without such bytes comes back unchanged.
std::string readable(std::string_view text);

/// json[key] = readable(name), and json[key + "_escaped"] = true when that is not the name itself.
void add_name(nlohmann::ordered_json &json, const std::string &key, const std::string &name);

} // namespace headroom::app
