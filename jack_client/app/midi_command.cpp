// SPDX-License-Identifier: GPL-3.0-or-later
// midi: what hardware controllers do.
#include "config/text_file.hpp"
#include "jack_client/app/commands.hpp"
#include "jack_client/app/held_signals.hpp"
#include "jack_client/app/remote.hpp"
#include "jack_client/app/remote_paths.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>

namespace headroom::app {

namespace {

constexpr const char *kList = "/headroom/midi/list";
constexpr const char *kLearned = "learned";
constexpr std::chrono::milliseconds kLookInterval{100};

int learn(const RemoteOptions &options) {
    const HeldSignals signals;
    return with_client(options, [&](osc::Client &client) -> Done {
        const std::string path = parameter_or_text(client, options.words.front());
        auto state = client.request({kLearnAddress, {path}});
        if (state && !options.json)
            std::cout << "move the control for " << path << std::endl;
        while (state && !text_at(*state, 0).empty()) {
            if (signals.came_within(kLookInterval)) {
                (void)client.request({kLearnAddress, {std::string("stop")}});
                return tl::unexpected(std::string("ended: no control was bound"));
            }
            state = client.request({kLearnAddress, {}});
        }
        if (!state)
            return tl::unexpected(state.error());
        const std::string line = text_at(*state, 1);
        if (line.empty())
            return tl::unexpected(std::string("no control was moved"));
        if (options.json)
            std::cout << printed({{"address", path}, {"binding", line}}) << "\n";
        else
            std::cout << line << "\n";
        return {};
    });
}

int list_bindings(const RemoteOptions &options) {
    return with_client(options, [&](osc::Client &client) -> Done {
        const auto bindings = client.list({kList, {}});
        if (!bindings)
            return tl::unexpected(bindings.error());
        Json json = Json::array();
        for (const osc::Message &binding : *bindings) {
            json.push_back({{"map", text_at(binding, 0)}, {"binding", text_at(binding, 1)}});
            if (!options.json)
                std::cout << text_at(binding, 0) << ": " << text_at(binding, 1) << "\n";
        }
        if (options.json)
            std::cout << printed(json) << "\n";
        return {};
    });
}

int forget(const RemoteOptions &options) {
    return with_client(options, [&](osc::Client &client) -> Done {
        int count = 0;
        for (const std::string &word : options.words) {
            const auto answer =
                client.request({"/headroom/midi/forget", {parameter_or_text(client, word)}});
            if (!answer)
                return tl::unexpected(answer.error());
            if (!answer->arguments.empty())
                count += to_json({}, answer->arguments[0]).get<int>();
        }
        if (options.json)
            std::cout << printed({{"forgotten", count}}) << "\n";
        else
            std::cout << count << " forgotten\n";
        return {};
    });
}

/// As a map, so that a profile can name it.
int save(const RemoteOptions &options) {
    return with_client(options, [&](osc::Client &client) -> Done {
        const auto bindings = client.list({kList, {}});
        if (!bindings)
            return tl::unexpected(bindings.error());
        std::string text;
        for (const osc::Message &binding : *bindings)
            if (text_at(binding, 0) == kLearned)
                text += "  - " + text_at(binding, 1) + "\n";
        if (text.empty())
            return tl::unexpected(std::string("nothing was learned yet"));
        const auto written =
            write_text(options.words.front(), "bindings:\n" + text, Access::everyone);
        if (!written)
            return tl::unexpected(written.error().text());
        if (options.json)
            std::cout << printed({{"file", options.words.front()}}) << "\n";
        return {};
    });
}

int resend(const RemoteOptions &options) {
    return with_client(options, [&](osc::Client &client) -> Done {
        const auto answer = client.request({"/headroom/midi/resend", {}});
        if (!answer)
            return tl::unexpected(answer.error());
        return {};
    });
}

} // namespace

void add_midi_command(CLI::App &app, int &exit_code) {
    CLI::App *midi = app.add_subcommand("midi", "Control headroom with a MIDI controller");
    midi->require_subcommand(1);
    midi->footer("Connect the controller to headroom:midi_in and headroom:midi_out first.\n"
                 "Examples:\n"
                 "  headroom midi learn bus/main/limiter/ceiling\n"
                 "  headroom midi learn strip/1/trim\n"
                 "  headroom midi learn profile/night\n"
                 "  headroom midi save ~/.config/headroom/controllers/mine.yaml");
    auto [learning, learn_options] = add_remote_command(
        *midi, "learn", "Bind the next control that you move to an address", exit_code, learn);
    learning
        ->add_option("address", learn_options->words,
                     "A parameter, profile/NAME, route/APPLICATION/ROUTE, bank/next or "
                     "bank/previous")
        ->required()
        ->expected(1);
    add_remote_command(*midi, "list", "List the function of each control", exit_code,
                       list_bindings);
    auto [forgetting, forget_options] = add_remote_command(
        *midi, "forget", "Forget what was learned for an address or a control", exit_code, forget);
    forgetting
        ->add_option("what", forget_options->words, "An address, or a control such as \"cc 7\"")
        ->required();
    auto [saving, save_options] = add_remote_command(
        *midi, "save", "Write what was learned to a file that a profile can name", exit_code, save);
    saving->add_option("file", save_options->words, "File to write")->required()->expected(1);
    add_remote_command(*midi, "resend", "Update all lights, displays and motor faders", exit_code,
                       resend);
}

} // namespace headroom::app
