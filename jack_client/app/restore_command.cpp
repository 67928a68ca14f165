// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/folders.hpp"
#include "jack_client/app/commands.hpp"
#include "jack_client/graph/journal.hpp"
#include "jack_client/jack/graph_client.hpp"
#include "jack_client/jack/pipewire_launcher.hpp"
#include "jack_client/jack/server.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

namespace headroom::app {

namespace {

using namespace std::chrono_literals;

/// PipeWire 0.3.65 may silence a stream for good that changes its driver twice in a moment, as it
/// would where links are made while the ended program is still being taken out of the graph.
constexpr auto kSettleTime = 300ms;

/// How long the server may take to show a link.
constexpr auto kLinkTime = 2s;

struct RestoreOptions {
    std::string server;
    bool unmute = false;
    bool json = false;
    char *const *argv = nullptr; ///< of the program, to start it again
};

struct Restored {
    std::vector<graph::Link> links;
    std::vector<graph::Link> missing; ///< that the server did not make
    std::string notice;
};

Result<Restored> restore_links(const std::string &server, const graph::Debts &debts) {
    auto graph = jack::GraphClient::open("headroom-restore", server);
    if (!graph)
        return tl::unexpected(graph.error());
    if (jack::libjack_is_pipewire())
        std::this_thread::sleep_for(kSettleTime);
    Restored out;
    const auto deadline = std::chrono::steady_clock::now() + kLinkTime;
    for (const graph::Link &link : graph::links_to_restore(debts, (*graph)->snapshot())) {
        graph::Outcome outcome = (*graph)->connect(link);
        while (outcome != graph::Outcome::done && outcome != graph::Outcome::no_server &&
               std::chrono::steady_clock::now() < deadline) {
            (*graph)->wait(50ms);
            outcome = (*graph)->connect(link);
        }
        (outcome == graph::Outcome::done ? out.links : out.missing).push_back(link);
    }
    return out;
}

Result<Restored> restore(const RestoreOptions &options) {
    if (jack::needs_pw_jack(options.server))
        return tl::unexpected(jack::restart_under_pw_jack(options.argv));
    const std::string server = jack::server_key(options.server);
    const auto folder = state_folder();
    if (!folder)
        return tl::unexpected(folder.error());
    const graph::LeftBehind left = graph::read_journals(*folder, server);
    if (left.debts.empty())
        return Restored{.notice = left.in_use ? "headroom is running and keeps the applications"
                                              : "no application was left without its sink"};
    if (left.at_end == graph::AtEnd::mute && !options.unmute)
        return Restored{.notice = "the applications are to stay silent (run --at-end mute); "
                                  "--unmute links them"};
    auto restored = restore_links(options.server, left.debts);
    if (restored)
        graph::take_journals(*folder, server);
    return restored;
}

int finish(const Result<Restored> &result, bool as_json) {
    if (!result) {
        std::cerr << "headroom: " << result.error().text() << "\n";
        return 1;
    }
    const auto to_json = [](const std::vector<graph::Link> &links) {
        nlohmann::ordered_json out = nlohmann::ordered_json::array();
        for (const graph::Link &link : links)
            out.push_back({{"from", link.from}, {"to", link.to}});
        return out;
    };
    if (as_json) {
        std::cout << nlohmann::ordered_json{{"links", to_json(result->links)},
                                            {"missing", to_json(result->missing)},
                                            {"notice", result->notice}}
                         .dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
                  << "\n";
    } else {
        for (const graph::Link &link : result->links)
            std::cout << link.from << " -> " << link.to << "\n";
        if (!result->notice.empty())
            std::cout << result->notice << "\n";
    }
    for (const graph::Link &link : result->missing)
        std::cerr << "headroom: the server does not connect " << link.from << " to " << link.to
                  << "\n";
    return result->missing.empty() ? 0 : 1;
}

} // namespace

void add_restore_command(CLI::App &app, int &exit_code, char *const *argv) {
    const auto options = std::make_shared<RestoreOptions>();
    options->argv = argv;
    CLI::App *command =
        app.add_subcommand("restore", "After a crash: link the applications to their sinks again");
    command->add_option("--server", options->server, "Name of the JACK server");
    command->add_flag("--unmute", options->unmute, "Also after \"run --at-end mute\"");
    command->add_flag("--json", options->json, "Print what was done as one JSON object");
    command->footer("\"headroom run\" does this itself when it ends, and when it starts again.\n"
                    "Example, in a systemd unit:\n"
                    "  ExecStopPost=headroom restore");
    command->callback(
        [options, &exit_code] { exit_code = finish(restore(*options), options->json); });
}

} // namespace headroom::app
