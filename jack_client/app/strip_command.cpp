// SPDX-License-Identifier: GPL-3.0-or-later
// strip: the fader of one application.
#include "config/suggestion.hpp"
#include "jack_client/app/commands.hpp"
#include "jack_client/app/remote.hpp"
#include "osc/address_space.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

namespace headroom::app {

namespace {

constexpr const char *kNoStrip =
    "no application has a strip; to give it one, add strip: on to its rule";

/// The parameters of every strip, by their paths.
std::vector<std::string> settings() {
    std::vector<std::string> out;
    for (const Parameter &p : strip_parameters())
        out.emplace_back(p.path);
    return out;
}

/// The meters of a strip, by their paths; an application that has gone has none.
std::vector<std::string_view> readings(bool is_open) {
    std::vector<std::string_view> out;
    if (is_open)
        for (const Meter &each : strip_meters())
            out.push_back(each.path);
    return out;
}

/// "strip/firefox/": the application may be named as it is, or as an address has it.
std::string path_below(const std::string &application) {
    return "strip/" + osc::address_part(application) + "/";
}

/// What stands in `addresses` behind "/headroom/<prefix>" and before the next slash, each once.
std::vector<std::string> names_below(const std::vector<osc::Message> &addresses,
                                     const std::string &prefix) {
    std::vector<std::string> out;
    for (const osc::Message &entry : addresses) {
        const std::string name = without_root(text_at(entry, 0)).substr(prefix.size());
        out.push_back(name.substr(0, name.find('/')));
    }
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

int list_strips(const RemoteOptions &options) {
    return with_client(options, [&](osc::Client &client) -> Done {
        const auto addresses = client.list({"/headroom/list", {std::string("/headroom/strip/")}});
        if (!addresses)
            return tl::unexpected(addresses.error());
        const auto open = client.request({"/headroom/status/strips", {}});
        if (!open)
            return tl::unexpected(open.error());
        const std::vector<std::string> playing = texts_of(*open);
        Json json = Json::array();
        for (const std::string &name : names_below(*addresses, "strip/")) {
            const bool is_open = std::find(playing.begin(), playing.end(), name) != playing.end();
            Json entry{{"name", name}, {"plays", is_open}};
            std::string line = name;
            const auto add = [&](const std::string &path, const std::string &what) -> Done {
                const auto answer = client.request({address_of(path), {}});
                if (!answer)
                    return tl::unexpected(answer.error());
                entry[what] = to_json(path, answer->arguments.at(0));
                line += "  " + what + " " + to_text(path, answer->arguments.at(0));
                return {};
            };
            const std::string path = "strip/" + name + "/";
            for (const std::string &setting : settings())
                if (auto added = add(path + setting, setting); !added)
                    return added;
            for (const std::string_view each : readings(is_open))
                if (auto added = add("meter/" + path + std::string(each), std::string(each));
                    !added)
                    return added;
            json.push_back(std::move(entry));
            if (!options.json)
                std::cout << line << (is_open ? "" : "  (does not play)") << "\n";
        }
        if (options.json)
            std::cout << printed(json);
        else if (json.empty())
            std::cout << kNoStrip << "\n";
        return {};
    });
}

/// False, said on standard error, where the word is no setting of a strip.
bool is_setting(const std::string &word) {
    const std::vector<std::string> known = settings();
    if (std::find(known.begin(), known.end(), word) != known.end())
        return true;
    std::cerr << "headroom strip: there is no setting \"" << word << "\" ("
              << "there are " << enumeration(known) << ")\n";
    return false;
}

int set_strip(const RemoteOptions &options, const std::string &application) {
    auto wanted = assignments(options.words);
    if (wanted.empty()) {
        std::cerr << "headroom strip set: expected APPLICATION SETTING VALUE, or "
                     "SETTING=VALUE...\n";
        return 2;
    }
    for (Assignment &each : wanted) {
        if (!is_setting(each.path))
            return 2;
        each.path.insert(0, path_below(application));
    }
    return set_each(options, wanted);
}

int reset(const RemoteOptions &options, const std::string &application) {
    std::vector<std::string> paths;
    for (const std::string &setting : options.words.empty() ? settings() : options.words) {
        if (!is_setting(setting))
            return 2;
        paths.push_back(path_below(application) + setting);
    }
    return reset_each(options, paths);
}

} // namespace

void add_strip_command(CLI::App &app, int &exit_code) {
    CLI::App *strip = app.add_subcommand("strip", "The fader of one application");
    strip->require_subcommand(1);
    strip->footer("An application has a strip if the rule that matches it says strip: on. Its "
                  "settings\nare trim, mute, solo, pan and those of the level rider; they are kept "
                  "over restarts.\n"
                  "Examples:\n"
                  "  headroom strip list\n"
                  "  headroom strip set firefox trim -6\n"
                  "  headroom strip set \"Web Browser\" mute=off rider/on=on\n"
                  "  headroom strip reset firefox");
    add_remote_command(*strip, "list", "Every strip with its settings and meters", exit_code,
                       list_strips)
        .first->footer("Example:\n  headroom strip list --json");

    const auto application = std::make_shared<std::string>();
    const auto [setting, set_options] = add_remote_command(
        *strip, "set", "Change settings of an application's strip", exit_code,
        [application](const RemoteOptions &o) { return set_strip(o, *application); });
    setting->add_option("application", *application, "Its name")->required();
    setting->add_option("setting", set_options->words, "SETTING VALUE, or SETTING=VALUE...")
        ->required();
    setting->footer("Examples:\n"
                    "  headroom strip set firefox trim -6\n"
                    "  headroom strip set firefox mute=on");

    const auto [resetting, reset_options] = add_remote_command(
        *strip, "reset", "Set settings, or all of them, to their defaults", exit_code,
        [application](const RemoteOptions &o) { return reset(o, *application); });
    resetting->add_option("application", *application, "Its name")->required();
    resetting->add_option("setting", reset_options->words, "Only these settings");
    resetting->footer("Example:\n  headroom strip reset firefox trim");
}

} // namespace headroom::app
