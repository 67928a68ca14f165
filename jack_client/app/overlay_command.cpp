// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/commands.hpp"
#include "jack_client/app/remote.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

namespace headroom::app {

namespace {

int list_changes(const RemoteOptions &options) {
    return with_client(options, [&](osc::Client &client) -> Done {
        const auto entries = client.list({"/headroom/overlay", {}});
        if (!entries)
            return tl::unexpected(entries.error());
        Json object = Json::object();
        for (const osc::Message &entry : *entries) {
            object[text_at(entry, 0)] = text_at(entry, 1);
            if (!options.json)
                std::cout << text_at(entry, 0) << " " << text_at(entry, 1) << "\n";
        }
        if (options.json)
            std::cout << printed(object);
        return {};
    });
}

int clear(const RemoteOptions &options, bool all) {
    if (all != options.words.empty()) {
        std::cerr << "headroom overlay clear: expected PATH... or --all\n";
        return 2;
    }
    return with_client(options, [&](osc::Client &client) -> Done {
        std::vector<osc::Message> messages;
        for (const std::string &path : options.words)
            messages.push_back({"/headroom/overlay/clear", {without_root(path)}});
        if (all)
            messages.push_back({"/headroom/overlay/clear", {}});
        Json cleared = 0;
        for (const osc::Message &message : messages) {
            const auto answer = client.request(message);
            if (!answer)
                return tl::unexpected(answer.error());
            if (!answer->arguments.empty())
                cleared = cleared.get<int>() + to_json({}, answer->arguments[0]).get<int>();
        }
        if (options.json)
            std::cout << printed({{"cleared", cleared}});
        else
            std::cout << cleared.get<int>() << " cleared\n";
        return {};
    });
}

} // namespace

void add_overlay_command(CLI::App &app, int &exit_code) {
    CLI::App *command = app.add_subcommand(
        "overlay", "What was changed at run time over the profile, and is kept over restarts");
    command->require_subcommand(1);
    add_remote_command(*command, "list", "List the changes, path and value", exit_code,
                       list_changes);

    auto all = std::make_shared<bool>(false);
    const auto [clearing, options] =
        add_remote_command(*command, "clear", "Take changes back to what the profile says",
                           exit_code, [all](const RemoteOptions &o) { return clear(o, *all); });
    clearing->add_option("path", options->words, "As \"list\" prints them");
    clearing->add_flag("--all", *all, "Every change");
    command->footer("Examples:\n"
                    "  headroom overlay list\n"
                    "  headroom overlay clear bus/main/limiter/ceiling\n"
                    "  headroom overlay clear --all");
}

} // namespace headroom::app
