// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/profile.hpp"
#include "config/suggestion.hpp"
#include "config/text_file.hpp"
#include "jack_client/app/commands.hpp"
#include "jack_client/app/remote.hpp"
#include "osc/client/client.hpp"
#include "osc/layout/layout.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

namespace headroom::app {

namespace {

struct LayoutOptions {
    std::string program;
    std::string profile;
    std::string host = "127.0.0.1";
    std::uint16_t port = 9140;
    std::vector<std::string> buses;
    std::string output;
};

constexpr const char *kTouchOsc = "touchosc";
constexpr const char *kOpenStageControl = "open-stage-control";

/// The buses and applications of the running program.
Result<osc::LayoutSource> running_source(const std::string &host, std::uint16_t port) {
    constexpr std::string_view kBusRoot = "/headroom/bus/";
    constexpr std::string_view kOneOfEachBus = "/bypass";
    const auto no_answer = [](const std::string &reason) {
        return failure(reason, "start headroom, or name a profile with --profile");
    };
    const auto client = osc::Client::open(host, port);
    if (!client)
        return no_answer(client.error());
    osc::LayoutSource source;
    const auto listed = (*client)->list({"/headroom/list", {std::string(kBusRoot)}});
    if (!listed)
        return no_answer(listed.error());
    for (const osc::Message &answer : *listed) {
        const std::string address = text_at(answer, 0);
        if (!address.ends_with(kOneOfEachBus))
            continue;
        const std::string bus = address.substr(kBusRoot.size(), address.size() - kBusRoot.size() -
                                                                    kOneOfEachBus.size());
        if (bus.find('/') == bus.npos)
            source.buses.push_back(bus);
    }
    const auto routes = (*client)->list({"/headroom/route", {}});
    if (!routes)
        return no_answer(routes.error());
    for (const osc::Message &answer : *routes)
        source.applications.push_back({text_at(answer, 2), answer.address});
    constexpr std::string_view kStripRoot = "/headroom/strip/";
    constexpr std::string_view kOneOfEachStrip = "/trim";
    const auto strips = (*client)->list({"/headroom/list", {std::string(kStripRoot)}});
    if (!strips)
        return no_answer(strips.error());
    for (const osc::Message &answer : *strips)
        if (const std::string address = text_at(answer, 0); address.ends_with(kOneOfEachStrip))
            source.strips.push_back(address.substr(
                kStripRoot.size(), address.size() - kStripRoot.size() - kOneOfEachStrip.size()));
    return source;
}

Result<osc::LayoutSource> profile_source(const std::string &name) {
    const auto profile = find_profile(name);
    if (!profile)
        return tl::unexpected(profile.error());
    osc::LayoutSource source;
    for (const BusProfile &bus : profile->buses)
        source.buses.push_back(bus.name);
    return source;
}

Result<void> keep_only(const std::vector<std::string> &wanted, std::vector<std::string> &buses) {
    for (const std::string &bus : wanted)
        if (std::find(buses.begin(), buses.end(), bus) == buses.end())
            return failure("there is no bus \"" + bus + "\", only " + enumeration(buses));
    if (!wanted.empty())
        std::erase_if(buses, [&](const std::string &bus) {
            return std::find(wanted.begin(), wanted.end(), bus) == wanted.end();
        });
    return {};
}

Result<void> write_layout(const LayoutOptions &options) {
    auto source = options.profile.empty() ? running_source(options.host, options.port)
                                          : profile_source(options.profile);
    if (!source)
        return tl::unexpected(source.error());
    if (auto kept = keep_only(options.buses, source->buses); !kept)
        return kept;
    const bool is_touchosc = options.program == kTouchOsc;
    const auto layout = osc::plan_layout(*source);
    const std::string content =
        is_touchosc ? osc::touchosc_file(layout) : osc::open_stage_control_file(layout);
    const std::string file = !options.output.empty() ? options.output
                             : is_touchosc           ? "headroom.tosc"
                                                     : "headroom.json";
    if (auto written = write_text(file, content, Access::everyone); !written)
        return written;
    std::cout << file << ": " << (source->buses.size() == 1 ? "bus " : "buses ")
              << enumeration(source->buses) << ", " << source->applications.size()
              << (source->applications.size() == 1 ? " application, " : " applications, ")
              << source->strips.size() << (source->strips.size() == 1 ? " strip\n" : " strips\n");
    return {};
}

} // namespace

void add_layout_command(CLI::App &app, int &exit_code) {
    const auto options = std::make_shared<LayoutOptions>();
    auto *command = app.add_subcommand(
        "layout", "Write a layout with every parameter, for TouchOSC or Open Stage Control");
    command->add_option("PROGRAM", options->program, "touchosc or open-stage-control")
        ->required()
        ->check(CLI::IsMember({kTouchOsc, kOpenStageControl}));
    auto *profile =
        command->add_option("--profile", options->profile,
                            "Use the buses of this profile, not of the running headroom");
    const auto [host, port] = add_place_options(*command, options->host, options->port);
    profile->excludes(host)->excludes(port);
    command->add_option("--bus", options->buses, "Only this bus; may be given several times");
    command->add_option("--output", options->output,
                        "File to write; by default headroom.tosc or headroom.json");
    command->footer("Examples:\n"
                    "  headroom layout touchosc\n"
                    "  headroom layout open-stage-control --profile night --output night.json\n");
    command->callback([options, &exit_code] {
        const auto written = write_layout(*options);
        if (!written)
            std::cerr << "headroom: " << written.error().text() << "\n";
        exit_code = written ? 0 : 1;
    });
}

} // namespace headroom::app
