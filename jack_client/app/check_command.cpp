// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/profile.hpp"
#include "config/suggestion.hpp"
#include "jack_client/app/commands.hpp"
#include "osc/local_user.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

namespace headroom::app {

namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> symbols(const ChannelLayout &channels) {
    std::vector<std::string> out;
    out.reserve(channels.size());
    for (Channel channel : channels)
        out.emplace_back(symbol(channel));
    return out;
}

std::string summary(const Profile &profile) {
    std::vector<std::string> buses;
    buses.reserve(profile.buses.size());
    for (const BusProfile &bus : profile.buses) {
        std::string channels;
        for (const std::string &name : symbols(bus.channels))
            channels += " " + name;
        buses.push_back(bus.name + " (" + channels.substr(1) + ")");
    }
    const std::size_t rules = profile.rules.size() + profile.connections.size();
    return profile.name + ": " + (buses.size() == 1 ? "bus " : "buses ") + enumeration(buses) +
           ", " + std::to_string(rules) + (rules == 1 ? " rule" : " rules") +
           (profile.description.empty() ? "" : ". " + profile.description);
}

Json profile_json(const Profile &profile) {
    Json buses = Json::array();
    for (const BusProfile &bus : profile.buses)
        buses.push_back(
            {{"name", bus.name}, {"channels", symbols(bus.channels)}, {"sink", bus.sink}});
    Json rules = Json::array();
    for (const Rule &rule : profile.rules)
        rules.push_back({{"name", rule.name}, {"route", rule.route.text()}});
    return {{"ok", true},
            {"name", profile.name},
            {"description", profile.description},
            {"buses", buses},
            {"rules", rules}};
}

Json diagnostic_json(const Diagnostic &error) {
    return {{"ok", false},
            {"file", error.file},
            {"line", error.line},
            {"column", error.column},
            {"message", error.message},
            {"remedy", error.remedy}};
}

/// Says which surfaces cannot be reached from here now; they stop nothing.
void warn_of_surfaces(const OscSettings &settings) {
    for (const OscPeer &peer : settings.peers)
        if (const auto endpoint = osc::Endpoint::parse(peer.address, peer.port);
            endpoint && !osc::address_towards(*endpoint))
            std::cerr << "note: the surface " << endpoint->text()
                      << " cannot be reached from this machine now; headroom runs without it\n";
}

int check(const std::string &name_or_path, bool json) {
    const Result<Profile> profile = find_profile(name_or_path);
    if (json)
        std::cout << (profile ? profile_json(*profile) : diagnostic_json(profile.error()))
                         .dump(2, ' ', false, Json::error_handler_t::replace)
                  << "\n";
    else if (profile)
        std::cout << summary(*profile) << "\n";
    else
        std::cerr << profile.error().text() << "\n";
    if (profile)
        warn_of_surfaces(profile->osc);
    return profile ? 0 : 1;
}

} // namespace

void add_check_command(CLI::App &app, int &exit_code) {
    struct Options {
        std::string profile;
        bool json = false;
    };
    auto *command =
        app.add_subcommand("check", "Check a profile, and show the line of its first mistake");
    const auto options = std::make_shared<Options>();
    command->add_option("PROFILE", options->profile, "Name of a profile, or path of a YAML file")
        ->required();
    command->add_flag("--json", options->json, "Print the result as one JSON object");
    command->footer("Examples:\n"
                    "  headroom check night\n"
                    "  headroom check ./mine.yaml && echo valid\n");
    command->callback(
        [options, &exit_code] { exit_code = check(options->profile, options->json); });
}

} // namespace headroom::app
