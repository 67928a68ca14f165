// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <nlohmann/json.hpp>
#include <string>

namespace headroom::app {

/// PipeWire's objects, as a JSON list; a failure where PipeWire does not answer. Not real-time
/// safe.
Result<nlohmann::json> pipewire_objects();

/// Reads what pw-dump writes: a list of all objects, and further lists where something changes
/// while it works. Each object once, as last told; no list where the text is none.
nlohmann::json read_pipewire_dump(const std::string &text);

/// The properties of one of the objects; empty ones where it has none.
nlohmann::json properties_of(const nlohmann::json &object);

/// The text under a key; empty where there is none.
std::string text_of(const nlohmann::json &object, const char *key);

} // namespace headroom::app
