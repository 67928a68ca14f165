// SPDX-License-Identifier: GPL-3.0-or-later
// get, set, reset, bypass and status: the running program, asked over OSC.
#include "jack_client/app/commands.hpp"
#include "jack_client/app/program_status.hpp"
#include "jack_client/app/remote.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

namespace headroom::app {

namespace {

int get(const RemoteOptions &options) {
    return ask_each(options, options.words);
}

int set(RemoteOptions options, const std::string &first_word) {
    options.words.insert(options.words.begin(), first_word);
    const auto wanted = assignments(options.words);
    if (wanted.empty()) {
        std::cerr << "headroom set: expected PATH VALUE or PATH=VALUE...\n";
        return kWrongUse;
    }
    return set_each(options, wanted);
}

int bypass(const RemoteOptions &options) {
    return options.words.empty() ? ask_each(options, {"bypass"})
                                 : set_each(options, {{"bypass", options.words.front()}});
}

int status(const RemoteOptions &options) {
    return with_client(options, [&](osc::Client &client) -> Done {
        const auto facts = client.list({"/headroom/status", {}});
        if (!facts)
            return tl::unexpected(facts.error());
        const auto routes = client.list({"/headroom/route", {}});
        if (!routes)
            return tl::unexpected(routes.error());
        Json object = Json::object();
        for (const osc::Message &fact : *facts) {
            const std::string name = without_root(fact.address).substr(sizeof "status");
            if (fact.arguments.empty())
                continue;
            const bool is_list =
                std::find(kListFacts.begin(), kListFacts.end(), name) != kListFacts.end();
            object[name] = is_list ? Json(texts_of(fact)) : to_json({}, fact.arguments[0]);
            if (!options.json)
                std::cout << name << " " << fact_text(fact) << "\n";
        }
        object["applications"] = Json::array();
        for (const osc::Message &answer : *routes) {
            const std::string name = text_at(answer, 2); // as it is, not as an address may hold it
            object["applications"].push_back({{"name", name},
                                              {"route", text_at(answer, 0)},
                                              {"rule", text_at(answer, 1)},
                                              {"notice", text_at(answer, 3)}});
            if (!options.json)
                std::cout << "application " << name << " -> " << text_at(answer, 0) << " ("
                          << text_at(answer, 1) << ") " << text_at(answer, 3) << "\n";
        }
        if (options.json)
            std::cout << printed(object);
        return {};
    });
}

} // namespace

void add_get_command(CLI::App &app, int &exit_code) {
    const auto [command, options] = add_remote_command(
        app, "get", "Read parameters and meters of the running headroom", exit_code, get);
    command->add_option("path", options->words, "Addresses, with or without /headroom/")
        ->required();
    command->footer("Examples:\n"
                    "  headroom get bus/main/limiter/ceiling\n"
                    "  headroom get --json meter/bus/main/output/true_peak");
}

void add_set_command(CLI::App &app, int &exit_code) {
    auto first = std::make_shared<std::string>();
    const auto [command, options] =
        add_remote_command(app, "set", "Change parameters of the running headroom", exit_code,
                           [first](const RemoteOptions &o) { return set(o, *first); });
    command->add_option("path", *first, "PATH, or PATH=VALUE")->required();
    command->add_option("more", options->words, "VALUE, or more PATH=VALUE");
    command->footer("What you change is kept over restarts; \"headroom overlay\" lists it.\n"
                    "Examples:\n"
                    "  headroom set bus/main/limiter/ceiling -3\n"
                    "  headroom set bus/main/agc/on=off bus/main/agc/target=\"-20 LUFS\"");
}

void add_reset_command(CLI::App &app, int &exit_code) {
    const auto [command, options] = add_remote_command(
        app, "reset", "Set parameters of the running headroom to their defaults", exit_code,
        [](const RemoteOptions &o) { return reset_each(o, o.words); });
    command->add_option("path", options->words, "Parameters, with or without /headroom/")
        ->required();
    command->footer("\"headroom overlay clear PATH\" sets the value of the profile instead.\n"
                    "Example:\n"
                    "  headroom reset bus/main/limiter/ceiling");
}

void add_bypass_command(CLI::App &app, int &exit_code) {
    const auto [command, options] = add_remote_command(
        app, "bypass", "Bypass all processing (on), process again (off), or show which", exit_code,
        bypass);
    command
        ->add_option("switch", options->words, "on: sound passes unprocessed, off: it is processed")
        ->expected(0, 1);
    command->footer("Examples:\n"
                    "  headroom bypass on\n"
                    "  headroom bypass");
}

void add_status_command(CLI::App &app, int &exit_code) {
    const auto [command, options] = add_remote_command(
        app, "status", "Show what the running headroom is doing", exit_code, status);
    command->footer("These lines count since headroom started:\n"
                    "  xruns             periods that JACK could not finish in time\n"
                    "  raw_frames        audio frames of applications that reached the sink\n"
                    "                    unprocessed, before they were moved to their bus\n"
                    "  reconnects        how often the JACK server was lost and found again\n"
                    "  callback_spikes   calls of the process thread that took more than half a\n"
                    "                    period\n"
                    "Example:\n  headroom status --json");
}

} // namespace headroom::app
