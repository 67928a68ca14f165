// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace CLI {
class App;
}

/// The subcommands of the program, one file each. Every function adds its subcommand with options,
/// help and examples; when the user chose it, its callback does the work and leaves the exit code:
/// 0 done, kFailed, kWrongUse. Errors go to stderr, results to stdout.
namespace headroom::app {

inline constexpr int kFailed = 1;
inline constexpr int kWrongUse = 2;

/// argv: of the program, which may have to start itself again through pw-jack.
void add_run_command(CLI::App &app, int &exit_code, char *const *argv);
void add_render_command(CLI::App &app, int &exit_code);
void add_measure_command(CLI::App &app, int &exit_code);
void add_params_command(CLI::App &app, int &exit_code);
void add_check_command(CLI::App &app, int &exit_code);
void add_sink_command(CLI::App &app, int &exit_code);
void add_route_command(CLI::App &app, int &exit_code);
void add_strip_command(CLI::App &app, int &exit_code);
/// argv: as for run.
void add_restore_command(CLI::App &app, int &exit_code, char *const *argv);
void add_get_command(CLI::App &app, int &exit_code);
void add_set_command(CLI::App &app, int &exit_code);
void add_reset_command(CLI::App &app, int &exit_code);
void add_bypass_command(CLI::App &app, int &exit_code);
void add_status_command(CLI::App &app, int &exit_code);
void add_profile_command(CLI::App &app, int &exit_code);
void add_overlay_command(CLI::App &app, int &exit_code);
void add_monitor_command(CLI::App &app, int &exit_code);
void add_doctor_command(CLI::App &app, int &exit_code);
void add_completion_command(CLI::App &app, int &exit_code);
void add_layout_command(CLI::App &app, int &exit_code);
void add_midi_command(CLI::App &app, int &exit_code);
void add_token_command(CLI::App &app, int &exit_code);

} // namespace headroom::app
