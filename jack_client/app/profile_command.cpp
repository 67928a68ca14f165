// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/embedded_files.hpp"
#include "config/folders.hpp"
#include "config/profile.hpp"
#include "jack_client/app/commands.hpp"
#include "jack_client/app/remote.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace headroom::app {

namespace {

namespace fs = std::filesystem;
int complain(const std::string &text) {
    std::cerr << "headroom: " << text << "\n";
    return 1;
}

bool is_path(const std::string &name) {
    return name.find('/') != std::string::npos || name.ends_with(".yaml") || name.ends_with(".yml");
}

int list(bool json) {
    Json array = Json::array();
    for (const auto &[name, description] : list_profiles()) {
        array.push_back({{"name", name}, {"description", description}});
        if (!json)
            std::printf("%-18s %s\n", name.c_str(), description.c_str());
    }
    if (json)
        std::cout << printed(array);
    return 0;
}

/// The text of a profile as it was written; find_profile() has found it.
std::string source_of(const Profile &profile, const std::string &name) {
    if (!profile.file.empty()) {
        std::ifstream stream(profile.file, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
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
    if (name.find_first_not_of(kLetters) != std::string::npos) {
        std::cerr << "headroom profile new: a name has letters, digits, _ and -\n";
        return 2;
    }
    const auto source = find_profile(from);
    if (!source)
        return complain(source.error().text());
    const fs::path folder = own_folder("profiles");
    if (folder.empty())
        return complain("there is no place for profiles (set HOME or XDG_CONFIG_HOME)");
    const fs::path file = folder / (name + ".yaml");
    std::error_code error;
    fs::create_directories(folder, error);
    if (fs::exists(file, error))
        return complain(file.string() + " exists already (choose another name, or edit it)");
    std::ofstream(file, std::ios::binary) << source_of(*source, from);
    if (!fs::exists(file, error) || fs::file_size(file, error) == 0)
        return complain(file.string() + " cannot be written");
    std::cout << file.string() << "\n";
    return 0;
}

int use(const RemoteOptions &options) {
    const std::string &wanted = options.words.front();
    const std::string name = is_path(wanted) ? fs::absolute(wanted).string() : wanted;
    return with_client(options, [&](osc::Client &client) -> Done {
        const auto answer = client.request({"/headroom/profile", {name}});
        if (!answer)
            return tl::unexpected(answer.error());
        if (options.json)
            std::cout << printed({{"profile", text_at(*answer, 0)}, {"file", text_at(*answer, 1)}});
        else
            std::cout << "profile " << text_at(*answer, 0) << " is in use\n";
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

    CLI::App *listing = command->add_subcommand("list", "Names and descriptions");
    listing->add_flag("--json", options->json, "Print JSON");
    listing->callback([options, &exit_code] { exit_code = list(options->json); });

    const auto [using_it, use_options] = add_remote_command(
        *command, "use", "Have the running headroom change to a profile", exit_code, use);
    using_it->add_option("profile", use_options->words, "Name of a profile, or its file")
        ->required()
        ->expected(1);

    CLI::App *showing = command->add_subcommand("show", "Print a profile as it is written");
    showing->add_option("profile", options->name, "Name of a profile, or its file")->required();
    showing->callback([options, &exit_code] { exit_code = show(options->name); });

    add_remote_command(*command, "reload", "Have the running headroom read its profile again",
                       exit_code, reload);
    add_check_command(*command, exit_code);

    CLI::App *making =
        command->add_subcommand("new", "Write a profile of your own, as a copy of another");
    making->add_option("name", options->name, "Its name")->required();
    making->add_option("--from", options->from, "Profile to copy")->capture_default_str();
    making->callback([options, &exit_code] { exit_code = make_new(options->name, options->from); });

    command->footer("The running headroom takes on an edit of its profile as soon as it is saved.\n"
                    "Examples:\n"
                    "  headroom profile new mine --from night\n"
                    "  headroom profile use mine");
}

} // namespace headroom::app
