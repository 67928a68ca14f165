// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <optional>
#include <string>

namespace headroom::jack {

/// A server is there and answers. Never starts one.
bool server_is_running(const std::string &server_name = {});

/// Why a server that is there does not answer; empty if it answers, or none is there.
std::optional<Diagnostic> server_hang(const std::string &server_name = {});

/// A name for the server that stays the same from run to run, also where it goes by a default.
std::string server_key(const std::string &server_name);

/// The library behind libjack's name: "JACK2" or "PipeWire 0.3.65".
std::string server_kind();

/// The program runs with PipeWire's libjack.
bool libjack_is_pipewire();

} // namespace headroom::jack
