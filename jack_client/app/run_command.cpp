// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/folders.hpp"
#include "jack_client/app/command_line.hpp"
#include "jack_client/app/commands.hpp"
#include "jack_client/app/program.hpp"
#include "jack_client/app/root_user.hpp"
#include "jack_client/app/service.hpp"
#include "jack_client/jack/pipewire_launcher.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <sys/resource.h>

namespace headroom::app {

namespace {

int fail(const Diagnostic &why) {
    say(why.text(), Priority::error);
    return 1;
}

/// Raises the limit of open files as far as a user may: applications and OSC peers by the hundred
/// need a descriptor each.
Result<void> allow_open_files() {
    constexpr rlim_t kFewest = 32; // sound server, sockets, files
    constexpr rlim_t kWanted = 4096;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return {};
    if (limit.rlim_cur < kWanted) {
        limit.rlim_cur = std::min(limit.rlim_max, kWanted);
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < kFewest)
        return failure("only " + std::to_string(limit.rlim_cur) + " files may be open at once",
                       "raise the limit in this shell, for example ulimit -n 1024");
    return {};
}

int run(const ProgramOptions &options) {
    if (const auto allowed = allow_open_files(); !allowed)
        return fail(allowed.error());
    Signals signals; // those that come while nothing runs wait
    Console console(options.json, [&signals] { signals.end(); });
    if (is_root())
        say("headroom runs as root and need not: start it as the user who plays the sound",
            Priority::warning);
    if (!environment("NSM_URL", "").empty() && jack::needs_pw_jack(options.server))
        return fail(jack::restart_under_pw_jack(options.argv)); // before anybody has met us
    const auto manager = announce_to_session_manager(
        options.osc.number.value_or(osc::ServerOptions().port), options.argv[0], say_notice);
    const Ground ground{signals, console, manager.get()};
    const HomeOptions wanted{options.profile, options.no_overlay, say_notice};
    Result<std::optional<Home>> home =
        manager ? managed_home(*manager, signals, wanted, true) : own_home(wanted);
    while (home && *home && !signals.is_end_wanted()) {
        const bool is_session = (*home)->is_session();
        auto ended = run_program(options, std::move(**home), ground);
        if (ended) {
            home = std::move(ended->next);
            if (*home)
                continue;
            if (!console.finish(ended->summary, [&] { return signals.is_end_wanted(); }))
                return fail({.message = "the output could not be written"});
        } else if (is_session) {
            say(ended.error().text(), Priority::error);
            manager->refuse_open({.text = ended.error().text()});
            home = managed_home(*manager, signals, wanted, false);
        } else {
            return fail(ended.error());
        }
    }
    return home ? 0 : fail(home.error());
}

} // namespace

void add_run_command(CLI::App &app, int &exit_code, char *const *argv) {
    auto options = std::make_shared<ProgramOptions>();
    options->argv = argv;
    CLI::App *command = app.add_subcommand("run", "Process the sound of applications until Ctrl-C");
    command->add_option("--profile", options->profile,
                        "Name of a profile, or its file; without it, the one that \"headroom "
                        "profile use\" has chosen last, or \"default\"");
    command->add_option("--input", options->input,
                        "Play this audio file through headroom, as client \"demo\"");
    command->add_option("--seconds", options->seconds, "End after this time")
        ->check(seconds_from(0.001));
    command->add_option("--server", options->server, "Name of the JACK server");
    command->add_option("--listen", options->osc.listen,
                        "Listen for OSC on this address too, for a LAN; with --allow or --write");
    command->add_option("--allow", options->osc.allow,
                        "A network such as 192.168.1.0/24, or an address, that may ask it");
    command->add_option("--write", options->osc.write,
                        "A network or an address that may ask it and set it");
    command->add_option("--osc-port", options->osc.number,
                        "Port to listen on; 0 takes a free one. Without it 9140, or a free one if "
                        "another user has that");
    command
        ->add_option("--backend", options->backend,
                     "How sound comes into headroom: \"direct\" moves the links of applications, "
                     "\"null-sink\" makes the Headroom Sink PipeWire's default, \"smart-filter\" "
                     "lets WirePlumber insert it in front of the default")
        ->check(one_of({"auto", "direct", "null-sink", "smart-filter"}))
        ->capture_default_str();
    command
        ->add_option_function<std::string>(
            "--at-end",
            [options](const std::string &word) {
                options->at_end = word == "mute" ? graph::AtEnd::mute : graph::AtEnd::restore;
            },
            "What happens to applications at the end: \"restore\" links them to their sinks, "
            "\"mute\" leaves them silent")
        ->check(one_of({"restore", "mute"}))
        ->default_str("restore");
    command->add_flag("--no-query", options->osc.no_query,
                      "Do not answer OSCQuery (HTTP and WebSocket) on the OSC port");
    command->add_flag("--no-announce", options->osc.no_announce,
                      "Do not announce the OSC port over DNS-SD");
    command->add_flag("--json", options->json, "Print the summary as one JSON object");
    command->add_flag("--no-overlay", options->no_overlay,
                      "Ignore changes of former runs, and keep none of this run");
    command->footer("If no sound server runs, headroom starts a silent one and plays a demo.\n"
                    "Examples:\n"
                    "  headroom run --profile night\n"
                    "  headroom run --seconds 20 --input song.flac --json");
    command->callback([options, &exit_code] { exit_code = run(*options); });
}

} // namespace headroom::app
