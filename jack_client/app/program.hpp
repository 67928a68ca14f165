// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/app/console.hpp"
#include "jack_client/app/osc_port.hpp"
#include "jack_client/app/session.hpp"
#include "jack_client/app/signals.hpp"
#include "jack_client/graph/reconciler.hpp"

#include <optional>
#include <string>

namespace headroom::app {

/// What the command line asks of the running program.
struct ProgramOptions {
    std::string profile;  ///< name or file; empty for the one chosen last
    std::string server;   ///< empty: the default server, or one of our own
    std::string input;    ///< a sound file to play through it; empty for none
    double seconds = 0.0; ///< after which it ends; 0 for never
    OscPort::Options osc;
    std::string backend = "auto";
    graph::AtEnd at_end = graph::AtEnd::restore;
    bool json = false; ///< of the summary
    bool no_overlay = false;
    char *const *argv = nullptr; ///< of the program, to start it again
};

/// How a run has ended.
struct ProgramEnd {
    std::string summary;
    std::optional<Home> next; ///< of another project that the session manager has asked for
};

/// What a run of the program stands on; it outlives the run.
struct Ground {
    Signals &signals;
    Console &console;
    osc::nsm::SessionClient *manager = nullptr; ///< of sessions; nullptr when there is none
};

/// Processes what applications play until a signal, the time or the session manager ends it. Fails
/// when it cannot start.
Result<ProgramEnd> run_program(const ProgramOptions &options, Home home, const Ground &ground);

} // namespace headroom::app
