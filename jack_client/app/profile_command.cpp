// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/embedded_files.hpp"
#include "config/folders.hpp"
#include "config/preset_files.hpp"
#include "config/profile.hpp"
#include "config/text_file.hpp"
#include "jack_client/app/commands.hpp"
#include "jack_client/app/readable.hpp"
#include "jack_client/app/remote.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>

namespace headroom::app {

namespace {

namespace fs = std::filesystem;
int complain(const std::string &text) {
    std::cerr << "headroom: " << text << "\n";
    return 1;
}

int list(bool json) {
    Json array = Json::array();
    for (const auto &[name, description] : list_profiles()) {
        array.push_back({{"name", readable(name)}, {"description", readable(description)}});
        if (!json)
            std::printf("%-18s %s\n", readable(name).c_str(), readable(description).c_str());
    }
    if (json)
        std::cout << printed(array);
    return 0;
}

/// The text of a profile as it was written; find_profile() has found it.
std::string source_of(const Profile &profile, const std::string &name) {
    if (!profile.file.empty())
        return profile.text;
    for (const EmbeddedFile &file : embedded_profiles())
        if (file.name == name)
            return std::string(file.text);
    return {};
}

int show(const std::string &name) {
    const auto profile = find_profile(name);
    if (!profile)
        return complain(profile.error().text());
    std::cout << source_of(*profile, name);
    return 0;
}

/// Writes the user's own profile NAME as a copy of another, to be edited.
int make_new(const std::string &name, const std::string &from) {
    constexpr const char *kLetters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    if (name.empty() || name.find_first_not_of(kLetters) != std::string::npos) {
        std::cerr << "headroom profile new: a name has letters, digits, _ and -, at least one\n";
        return kWrongUse;
    }
    const auto source = find_profile(from);
    if (!source)
        return complain(source.error().text());
    const fs::path folder = own_folder("profiles");
    if (folder.empty())
        return complain("there is no folder for profiles (set HOME or XDG_CONFIG_HOME)");
    const fs::path file = folder / (name + ".yaml");
    std::error_code error;
    if (fs::exists(fs::symlink_status(file, error)))
        return complain(file.string() + " exists already (choose another name, or edit it)");
    if (const auto written = write_new_text(file, source_of(*source, from), Access::everyone);
        !written)
        return complain(written.error().text());
    std::cout << file.string() << "\n";
    return 0;
}

/// A file is named by its path in full, as the program may run in another folder.
std::string path_or_name(const std::string &wanted) {
    std::error_code error;
    const fs::path file = fs::absolute(wanted, error);
    return is_preset_path(wanted) && !error ? file.string() : wanted;
}

/// What was changed at run time and lies over the profile.
tl::expected<std::vector<std::string>, std::string> settings_over_profile(osc::Client &client) {
    const auto entries = client.list({"/headroom/overlay", {}});
    if (!entries)
        return tl::unexpected(entries.error());
    std::vector<std::string> out;
    for (const osc::Message &entry : *entries)
        if (parameter_at(text_at(entry, 0)) != nullptr && text_at(entry, 2).empty())
            out.push_back(text_at(entry, 0) + " " + text_at(entry, 1));
    return out;
}

int use(const RemoteOptions &options) {
    const std::string &wanted = options.words.front();
    const std::string name = path_or_name(wanted);
    return with_client(options, [&](osc::Client &client) -> Done {
        const auto answer = client.request({"/headroom/profile", {name}});
        if (!answer)
            return tl::unexpected(answer.error());
        const auto over = settings_over_profile(client);
        if (!over)
            return tl::unexpected(over.error());
        if (options.json) {
            std::cout << printed({{"profile", text_at(*answer, 0)},
                                  {"file", text_at(*answer, 1)},
                                  {"settings_over_it", *over}});
            return {};
        }
        std::cout << "profile " << text_at(*answer, 0) << " is in use, and after a restart too\n";
        if (!over->empty())
            std::cout << "changed at run time, and over it until \"headroom overlay clear\":\n";
        for (const std::string &setting : *over)
            std::cout << "  " << readable(setting) << "\n";
        return {};
    });
}

int reload(const RemoteOptions &options) {
    return with_client(options, [&](osc::Client &client) -> Done {
        const auto answer = client.request({"/headroom/profile/reload", {}});
        if (!answer)
            return tl::unexpected(answer.error());
        if (options.json)
            std::cout << printed({{"profile", text_at(*answer, 0)}});
        else
            std::cout << "profile " << text_at(*answer, 0) << " read again\n";
        return {};
    });
}

int why(const RemoteOptions &options) {
    return with_client(options, [&](osc::Client &client) -> Done {
        const auto answer = client.request({"/headroom/profile/why", {}});
        if (!answer)
            return tl::unexpected(answer.error());
        const std::string name = text_at(*answer, 0);
        const std::string reason = text_at(*answer, 1);
        if (options.json)
            std::cout << printed({{"profile", name}, {"reason", reason}});
        else
            std::cout << readable(name) << ": " << readable(reason) << "\n";
        return {};
    });
}

} // namespace

void add_profile_command(CLI::App &app, int &exit_code) {
    struct Options {
        std::string name = "default";
        std::string from = "default";
        bool json = false;
    };
    CLI::App *command = app.add_subcommand("profile", "List, choose, read and make profiles");
    command->require_subcommand(1);
    const auto options = std::make_shared<Options>();

    CLI::App *listing = command->add_subcommand("list", "List names and descriptions");
    listing->add_flag("--json", options->json, "Print JSON");
    listing->callback([options, &exit_code] { exit_code = list(options->json); });

    const auto [using_it, use_options] = add_remote_command(
        *command, "use", "Change the running headroom to a profile", exit_code, use);
    using_it->add_option("profile", use_options->words, "Name of a profile, or its file")
        ->required()
        ->expected(1);

    CLI::App *showing = command->add_subcommand("show", "Print a profile as it is written");
    showing->add_option("profile", options->name, "Name of a profile, or its file")->required();
    showing->callback([options, &exit_code] { exit_code = show(options->name); });

    add_remote_command(*command, "why", "Tell which profile is in use, and why", exit_code, why);
    add_remote_command(*command, "reload", "Read the profile of the running headroom again",
                       exit_code, reload);
    add_check_command(*command, exit_code);

    CLI::App *making =
        command->add_subcommand("new", "Write a profile of your own, as a copy of another");
    making->add_option("name", options->name, "Its name")->required();
    making->add_option("--from", options->from, "Profile to copy")->capture_default_str();
    making->callback([options, &exit_code] { exit_code = make_new(options->name, options->from); });

    command->footer("An edit of the running profile applies when you save it.\n"
                    "Examples:\n"
                    "  headroom profile new mine --from night\n"
                    "  headroom profile use mine\n"
                    "  headroom profile why");
}

} // namespace headroom::app
