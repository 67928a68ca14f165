// SPDX-License-Identifier: GPL-3.0-or-later
// route: which application goes where, and why.
#include "config/profile.hpp"
#include "config/suggestion.hpp"
#include "config/value_text.hpp"
#include "jack_client/app/commands.hpp"
#include "jack_client/app/readable.hpp"
#include "jack_client/app/remote.hpp"
#include "jack_client/control/route_keeper.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

namespace headroom::app {

namespace {

constexpr const char *kRoute = "/headroom/route";

/// What stands before the links in a message about an application.
constexpr std::size_t kFirstLink = 7;

ApplicationNames names_in(const osc::Message &about) {
    return {.client = text_at(about, 2),
            .application = text_at(about, 4),
            .binary = text_at(about, 5),
            .title = text_at(about, 6)};
}

Json application_json(const osc::Message &about) {
    Json links = Json::array();
    for (std::size_t i = kFirstLink; i + 1 < about.arguments.size(); i += 2)
        links.push_back({{"from", text_at(about, i)}, {"to", text_at(about, i + 1)}});
    const ApplicationNames names = names_in(about);
    return {{"name", names.client},        {"application", names.application},
            {"program", names.binary},     {"title", names.title},
            {"route", text_at(about, 0)},  {"rule", text_at(about, 1)},
            {"notice", text_at(about, 3)}, {"links", links}};
}

/// ", of Firefox, program firefox-esr, plays Radio": what the name of the client does not say.
std::string origin(const ApplicationNames &names) {
    std::string out;
    if (!names.application.empty() && names.application != names.client)
        out += ", of " + readable(names.application);
    if (!names.binary.empty() && !equal_ignoring_case(names.binary, names.application))
        out += ", program " + readable(names.binary);
    if (!names.title.empty())
        out += ", plays " + readable(names.title);
    return out;
}

void print_application(const osc::Message &about) {
    const std::string rule = text_at(about, 1);
    const std::string notice = text_at(about, 3);
    std::cout << text_at(about, 2) << " -> " << text_at(about, 0)
              << (rule.empty() ? " (no rule)" : " (" + rule + ")") << origin(names_in(about))
              << "\n";
    for (std::size_t i = kFirstLink; i + 1 < about.arguments.size(); i += 2)
        std::cout << "    " << text_at(about, i) << " -> " << text_at(about, i + 1) << "\n";
    if (!notice.empty())
        std::cout << "    " << notice << "\n";
}

int list_routes(const RemoteOptions &options) {
    return with_client(options, [&](osc::Client &client) -> Done {
        const auto applications = client.list({kRoute, {}});
        if (!applications)
            return tl::unexpected(applications.error());
        Json json = Json::array();
        for (const osc::Message &about : *applications)
            if (options.json)
                json.push_back(application_json(about));
            else
                print_application(about);
        if (options.json)
            std::cout << printed(json) << "\n";
        return {};
    });
}

/// The running applications, and of them those that a name or pattern is for.
struct Running {
    std::vector<std::string> all;
    std::vector<std::string> matching;
};
tl::expected<Running, std::string> running(osc::Client &client, const std::string &name) {
    const auto applications = client.list({kRoute, {}});
    if (!applications)
        return tl::unexpected(applications.error());
    const Rule rule = override_rule(name, {});
    Running out;
    for (const osc::Message &about : *applications) {
        const ApplicationNames known = names_in(about);
        out.all.push_back(known.client);
        if (rule.match.matches(known))
            out.matching.push_back(known.client);
    }
    return out;
}

void print_matches(const std::string &name, const std::string &route, const Running &running) {
    for (const std::string &application : running.matching)
        std::cout << readable(application) << " -> " << route << "\n";
    if (!running.matching.empty())
        return;
    const std::string suggestion = did_you_mean(name, running.all);
    std::cout << readable(name) << " -> " << route
              << ", as soon as it plays: no application of that "
              << "name runs now" << (suggestion.empty() ? "" : " (" + suggestion + ")") << "\n";
}

int set_route(const RemoteOptions &options) {
    const std::string &name = options.words[0];
    return with_client(options, [&](osc::Client &client) -> Done {
        const auto done = client.request({kRoute, {name, options.words[1]}});
        if (!done)
            return tl::unexpected(done.error());
        const auto now = running(client, name);
        if (!now)
            return tl::unexpected(now.error());
        std::string route = text_at(*done, 0);
        for (const char *word : {"bypass", "ignore"})
            if (equal_ignoring_case(route, word))
                route = word;
        if (options.json)
            std::cout << printed({{"applications", {name}},
                                  {"route", route},
                                  {"matching", now->matching}})
                      << "\n";
        else
            print_matches(name, route, *now);
        return {};
    });
}

int unset_routes(const RemoteOptions &options) {
    return with_client(options, [&](osc::Client &client) -> Done {
        for (const std::string &name : options.words) {
            const auto done = client.request({kRoute, {name, std::string("unset")}});
            if (!done)
                return tl::unexpected(done.error());
        }
        if (options.json)
            std::cout << printed({{"applications", options.words}, {"route", "unset"}}) << "\n";
        return {};
    });
}

int tell(const std::string &name, const std::vector<control::RuleVerdict> &verdicts, bool as_json) {
    const bool matched = !verdicts.empty() && verdicts.back().matches;
    if (as_json) {
        Json rules = Json::array();
        for (const control::RuleVerdict &verdict : verdicts)
            rules.push_back({{"rule", verdict.rule},
                             {"route", verdict.route},
                             {"matches", verdict.matches},
                             {"reason", verdict.reason}});
        std::cout << printed({{"name", name},
                              {"route", matched ? verdicts.back().route : "ignore"},
                              {"rules", rules}})
                  << "\n";
        return 0;
    }
    for (const control::RuleVerdict &verdict : verdicts)
        std::cout << (verdict.matches ? "  yes  " : "  no   ") << verdict.rule << ": "
                  << verdict.reason << "\n";
    std::cout << name << " -> "
              << (matched ? verdicts.back().route : "ignore, since no rule matches") << "\n";
    return 0;
}

/// Without the running program: nothing but the name is known then.
int test_profile(const std::string &profile_name, const RemoteOptions &options) {
    const Result<Profile> profile = find_profile(profile_name);
    if (!profile) {
        std::cerr << profile.error().text() << "\n";
        return 1;
    }
    for (const std::string &name : options.words)
        tell(name, control::explain(profile->rules, {.client = name}), options.json);
    return 0;
}

int test(const RemoteOptions &options) {
    return with_client(options, [&](osc::Client &client) -> Done {
        for (const std::string &name : options.words) {
            const auto answers = client.list({kRoute, {name}});
            if (!answers)
                return tl::unexpected(answers.error());
            std::vector<control::RuleVerdict> verdicts;
            for (const osc::Message &answer : *answers) {
                const auto *matches =
                    answer.arguments.size() > 2 ? std::get_if<bool>(&answer.arguments[2]) : nullptr;
                verdicts.push_back({text_at(answer, 0), text_at(answer, 1), matches && *matches,
                                    text_at(answer, 3)});
            }
            tell(name, verdicts, options.json);
        }
        return {};
    });
}

} // namespace

void add_route_command(CLI::App &app, int &exit_code) {
    CLI::App *route = app.add_subcommand("route", "Show and change where applications go");
    route->require_subcommand(1);
    route->footer("A route is a bus, several buses joined by \"+\", bypass (untouched) or ignore\n"
                  "(links are left alone).\nExamples:\n"
                  "  headroom route list\n"
                  "  headroom route set firefox bypass\n"
                  "  headroom route unset firefox\n"
                  "  headroom route test firefox");
    add_remote_command(*route, "list", "Every application: its route, rule, links and conflicts",
                       exit_code, list_routes);

    auto [set_command, set_options] = add_remote_command(
        *route, "set", "Set the route of an application; it is kept over restarts", exit_code,
        set_route);
    set_command
        ->add_option("application", set_options->words,
                     "Its name, or a pattern; then a bus, bypass or ignore")
        ->required()
        ->expected(2)
        ->type_name("APPLICATION ROUTE");

    auto [unset_command, unset_options] = add_remote_command(
        *route, "unset", "Use the route of the rules again", exit_code, unset_routes);
    unset_command->add_option("application", unset_options->words, "Name or pattern, as it was set")
        ->required();

    const auto profile = std::make_shared<std::string>();
    auto [test_command, test_options] = add_remote_command(
        *route, "test", "Show which rule matches an application, and why", exit_code,
        [profile](const RemoteOptions &options) {
            return profile->empty() ? test(options) : test_profile(*profile, options);
        });
    test_command->add_option("application", test_options->words, "Its name")->required();
    test_command->add_option("--profile", *profile,
                             "Use the rules of this profile, not of the running headroom");
}

} // namespace headroom::app
