// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/commands.hpp"

#include <CLI/CLI.hpp>

/// The program's `sink` command alone.
int main(int argc, char **argv) {
    CLI::App app;
    int exit_code = 0;
    headroom::app::add_sink_command(app, exit_code);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    return exit_code;
}
