// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/commands.hpp"
#include "jack_client/jack/pipewire_launcher.hpp"
#include "jack_client/pipewire/headroom_sink.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

namespace headroom::app {

namespace {

using pipewire::SinkChange;

Result<SinkChange> with_pipewire(Result<SinkChange> (*work)(pipewire::Connection *)) {
    if (!jack::pipewire_is_running())
        return work(nullptr);
    const auto pipewire = pipewire::Connection::open();
    if (!pipewire)
        return tl::unexpected(pipewire.error());
    return work(pipewire->get());
}

void print_json(const SinkChange &change, bool installed) {
    std::cout << nlohmann::json{{"installed", installed},
                                {"drop_in", change.drop_in.string()},
                                {"drop_in_changed", change.drop_in_changed},
                                {"sink_changed", change.sink_changed},
                                {"default_changed", change.default_changed},
                                {"default_sink", change.default_sink},
                                {"pipewire_is_running", change.pipewire_is_running},
                                {"is_of_a_run", change.is_of_a_run}}
                     .dump(2)
              << "\n";
}

void print_installed(const SinkChange &change) {
    const auto say = [](bool changed) { return changed ? "" : " already"; };
    std::cout << "The Headroom Sink is" << say(change.drop_in_changed)
              << " installed for every start of PipeWire: " << change.drop_in.string() << "\n";
    if (!change.pipewire_is_running)
        std::cout << "PipeWire does not run now; the sink appears when it starts.\n";
    else if (change.is_of_a_run)
        std::cout << "The present Headroom Sink was made by the running headroom and ends with "
                     "it. The installed one appears when PipeWire starts again: "
                     "systemctl --user restart pipewire\n";
    else
        std::cout << "It" << say(change.sink_changed) << " exists and is"
                  << say(change.default_changed)
                  << " the default sink: applications play into it.\n";
    std::cout << "\"headroom sink remove\" undoes all of this.\n";
}

void print_removed(const SinkChange &change) {
    if (!change.pipewire_is_running)
        std::cout << "PipeWire does not run; when it starts, there will be no Headroom Sink.\n";
    else if (change.sink_changed)
        std::cout << "Headroom Sink is gone; "
                  << (change.default_sink.empty() ? "PipeWire chooses the default sink"
                                                  : "the default is " + change.default_sink)
                  << ".\n";
    else
        std::cout << "There was no Headroom Sink.\n";
    if (change.drop_in_changed)
        std::cout << "Removed " << change.drop_in.string() << "\n";
}

int finish(const Result<SinkChange> &change, bool installed, bool as_json) {
    if (!change) {
        std::cerr << "headroom: " << change.error().text() << "\n";
        return 1;
    }
    if (as_json)
        print_json(*change, installed);
    else if (installed)
        print_installed(*change);
    else
        print_removed(*change);
    return 0;
}

} // namespace

void add_sink_command(CLI::App &app, int &exit_code) {
    CLI::App *sink = app.add_subcommand(
        "sink", "Install or remove the PipeWire sink that applications play into");
    sink->require_subcommand(1);
    sink->footer("Under PipeWire, applications play into \"Headroom Sink\" from their first frame\n"
                 "on, so that nothing is heard unprocessed. JACK needs no sink.\n\n"
                 "Examples:\n"
                 "  headroom sink install    now, and for every start of PipeWire\n"
                 "  headroom sink remove     undoes both, and restores the former default sink");
    const auto as_json = std::make_shared<bool>(false);
    const auto add = [&](const char *name, const char *description, auto *work, bool installs) {
        CLI::App *command = sink->add_subcommand(name, description);
        command->add_flag("--json", *as_json, "Print what was done as one JSON object");
        command->callback([work, installs, as_json, &exit_code] {
            exit_code = finish(with_pipewire(work), installs, *as_json);
        });
    };
    add("install", "Make the sink now and for every later start, and make it the default",
        pipewire::install_sink, true);
    add("remove", "Remove the sink now and for every later start, and restore the former default",
        pipewire::remove_sink, false);
}

} // namespace headroom::app
