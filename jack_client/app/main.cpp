// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/folders.hpp"
#include "jack_client/app/command_line.hpp"
#include "jack_client/app/commands.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <iostream>
#include <poll.h>
#include <system_error>
#include <unistd.h>

namespace {

/// So that every help has examples: those of the command above when it has none of its own.
void share_examples(CLI::App &app) {
    for (CLI::App *command : app.get_subcommands(nullptr)) {
        if (command->get_footer().find("Example") == std::string::npos)
            command->footer(app.get_footer());
        share_examples(*command);
    }
}

/// A standard stream that is closed would be the next file that is opened. What is written to
/// this stand-in fails, as it should.
void occupy_standard_streams() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(fd, F_GETFD) < 0)
            ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/// The output is a pipe whose reader has left: it has seen what it wanted.
bool reader_has_left() {
    pollfd output{.fd = STDOUT_FILENO, .events = 0};
    return ::poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

/// Whether all output has arrived; says so when it has not.
bool output_has_arrived() {
    errno = 0;
    const bool is_written =
        std::cout.flush().good() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    if (!is_written && !reader_has_left())
        std::cerr << "headroom: the output cannot be written"
                  << (errno != 0 ? ": " + std::generic_category().message(errno) : "") << "\n";
    return is_written;
}

int run(CLI::App &app, int argc, char **argv, const int &exit_code) {
    try {
        // A session manager starts a program without arguments.
        if (argc == 1 && !headroom::environment("NSM_URL", "").empty())
            app.parse("run");
        else
            app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        if (error.get_exit_code() == 0)
            return app.exit(error); // --help, --version
        std::cerr << "headroom: "
                  << headroom::app::explain_mistake(app, error, {argv + 1, argv + argc}) << "\n";
        return headroom::app::kWrongUse;
    } catch (const std::exception &error) {
        std::cerr << "headroom: " << error.what() << "\n";
        return headroom::app::kFailed;
    }
    return exit_code;
}

} // namespace

int main(int argc, char **argv) {
    using namespace headroom::app;
    occupy_standard_streams();
    std::signal(SIGPIPE, SIG_IGN); // writing fails instead, and the work is ended in order
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
    add_token_command(app, exit_code);
    add_restore_command(app, exit_code, argv);
    add_help_command(app);
    share_examples(app);

    const int ended = run(app, argc, argv, exit_code);
    return output_has_arrived() || ended != 0 ? ended : kFailed;
}
