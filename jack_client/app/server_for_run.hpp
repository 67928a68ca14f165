// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "jack_client/app/console.hpp"
#include "jack_client/jack/spawned_server.hpp"

#include <memory>
#include <string>

namespace headroom::app {

struct ServerWanted {
    std::string name;            ///< empty: the default server
    bool is_session = false;     ///< it opens a project of a session manager: no demo
    char *const *argv = nullptr; ///< of the program, to start it again
    Console *console = nullptr;  ///< which must have written everything before that
};

/// Finds the JACK server for one run of the program: nullptr where one runs, else one of our own.
/// Where only PipeWire runs, the program starts again through pw-jack and this does not return.
Result<std::unique_ptr<jack::SpawnedServer>> server_for_run(const ServerWanted &wanted);

} // namespace headroom::app
