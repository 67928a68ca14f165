// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/folders.hpp"
#include "jack_client/app/commands.hpp"

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

namespace {

/// So that every help has examples: those of the command above where it has none of its own.
void share_examples(CLI::App &app) {
    for (CLI::App *command : app.get_subcommands(nullptr)) {
        if (command->get_footer().find("Example") == std::string::npos)
            command->footer(app.get_footer());
        share_examples(*command);
    }
}

} // namespace

int main(int argc, char **argv) {
    using namespace headroom::app;
    CLI::App app("headroom: a loudness and true-peak safety net for JACK and PipeWire");
    app.name("headroom");
    app.set_version_flag("--version", "headroom " HEADROOM_VERSION);
    app.require_subcommand(1);
    app.footer("Start with \"headroom run\". Each command has its own --help.");

    int exit_code = 0;
    add_run_command(app, exit_code, argv);
    add_render_command(app, exit_code);
    add_measure_command(app, exit_code);
    add_get_command(app, exit_code);
    add_set_command(app, exit_code);
    add_reset_command(app, exit_code);
    add_bypass_command(app, exit_code);
    add_status_command(app, exit_code);
    add_profile_command(app, exit_code);
    add_overlay_command(app, exit_code);
    add_monitor_command(app, exit_code);
    add_doctor_command(app, exit_code);
    add_completion_command(app, exit_code);
    add_params_command(app, exit_code);
    add_check_command(app, exit_code);
    add_sink_command(app, exit_code);
    add_layout_command(app, exit_code);
    add_route_command(app, exit_code);
    add_strip_command(app, exit_code);
    add_midi_command(app, exit_code);
    add_restore_command(app, exit_code, argv);
    share_examples(app);

    try {
        // A session manager starts a program without arguments.
        if (argc == 1 && !headroom::environment("NSM_URL", "").empty())
            app.parse("run");
        else
            app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : kWrongUse;
    } catch (const std::exception &error) {
        std::cerr << "headroom: " << error.what() << "\n";
        return kFailed;
    }
    return exit_code;
}
