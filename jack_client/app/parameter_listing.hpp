// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

/// The registry, written out for people, scripts, editors and the manual.
namespace headroom::app {

/// Parameters and meters whose path contains the filter, as two aligned tables; "" where there is
/// none.
std::string parameter_table(std::string_view filter);

/// { "parameters": [...], "meters": [...] }: everything the registry knows of those whose path
/// contains the filter. Addresses are those of the bus "main".
nlohmann::ordered_json parameter_json(std::string_view filter);

/// JSON Schema (draft 7) of a profile, for editors.
nlohmann::ordered_json profile_schema();

/// Subsections of a manual page, in mdoc(7).
std::string parameter_manual();

/// As parameter_manual(): what each address takes, in tables.
std::string address_manual();

/// The table of OSC commands of the manual, in mdoc.
std::string command_manual();

} // namespace headroom::app
