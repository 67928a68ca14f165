// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>

/// The files of presets/ that are part of the program.
namespace headroom {

struct EmbeddedFile {
    std::string_view name; ///< without folder and extension
    std::string_view text;
};

/// presets/profiles/*.yaml, by name.
std::span<const EmbeddedFile> embedded_profiles();

/// presets/controllers/*.yaml, by name.
std::span<const EmbeddedFile> embedded_controllers();

/// presets/pipewire/50-headroom-nullsink.conf: the PipeWire drop-in that makes "Headroom Sink".
std::string_view embedded_nullsink_conf();

} // namespace headroom
