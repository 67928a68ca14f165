// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/parameter_path.hpp"
#include "jack_client/app/commands.hpp"
#include "jack_client/app/readable.hpp"
#include "jack_client/app/remote.hpp"
#include "jack_client/app/remote_paths.hpp"
#include "osc/wire/pattern.hpp"

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
            const std::string unused_because = text_at(entry, 2);
            const std::string value =
                readable(text_at(entry, 1)) +
                (unused_because.empty() ? "" : " (not in effect: " + unused_because + ")");
            object[readable(text_at(entry, 0))] = value;
            if (!options.json)
                std::cout << readable(text_at(entry, 0)) << " " << value << "\n";
        }
        if (options.json)
            std::cout << printed(object);
        return {};
    });
}

/// Of what was changed, that which each word names: a path, its end, or a pattern.
tl::expected<std::vector<std::string>, std::string>
paths_to_clear(osc::Client &client, const std::vector<std::string> &words) {
    const auto entries = client.list({"/headroom/overlay", {}});
    if (!entries)
        return tl::unexpected(entries.error());
    std::vector<std::string> known;
    for (const osc::Message &entry : *entries)
        known.push_back(text_at(entry, 0));
    std::vector<std::string> out;
    for (const std::string &word : words) {
        const auto found = find_path(word, known);
        const bool is_listed = found.has_value();
        const auto pattern = osc::Pattern::is_pattern(word)
                                 ? osc::Pattern::compile(address_of(word))
                                 : tl::unexpected(std::string());
        if (is_listed)
            out.push_back(*found);
        const std::size_t before = out.size();
        for (const std::string &path : known)
            if (!is_listed && pattern && pattern->matches(address_of(path)))
                out.push_back(path);
        if (!is_listed && out.size() == before) // the program says what is wrong with it
            out.push_back(parameter_or_text(client, word));
    }
    return out;
}

int clear(const RemoteOptions &options, bool all) {
    if (all != options.words.empty()) {
        std::cerr << "headroom overlay clear: expected PATH... or --all\n";
        return 2;
    }
    return with_client(options, [&](osc::Client &client) -> Done {
        std::vector<osc::Message> messages;
        if (!all) {
            const auto paths = paths_to_clear(client, options.words);
            if (!paths)
                return tl::unexpected(paths.error());
            for (const std::string &path : *paths)
                messages.push_back({"/headroom/overlay/clear", {path}});
        }
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
    CLI::App *command =
        app.add_subcommand("overlay", "List or discard values that were changed at run time");
    command->require_subcommand(1);
    add_remote_command(*command, "list", "List the changes, path and value", exit_code,
                       list_changes);

    auto all = std::make_shared<bool>(false);
    const auto [clearing, options] = add_remote_command(
        *command, "clear", "Discard changes: the values of the profile apply again", exit_code,
        [all](const RemoteOptions &o) { return clear(o, *all); });
    clearing->add_option("path", options->words, "As \"list\" prints them");
    clearing->add_flag("--all", *all, "Every change");
    command->footer("Examples:\n"
                    "  headroom overlay list\n"
                    "  headroom overlay clear bus/main/limiter/ceiling\n"
                    "  headroom overlay clear --all");
}

} // namespace headroom::app
