// SPDX-License-Identifier: GPL-3.0-or-later
// get, set and status: the running program, asked over OSC.
#include "config/registry.hpp"
#include "jack_client/app/commands.hpp"
#include "osc/client/client.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <iostream>
#include <nlohmann/json.hpp>

namespace headroom::app {

namespace {

using Json = nlohmann::ordered_json;

struct RemoteOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 9140;
    bool json = false;
    std::vector<std::string> words;
};

void add_remote_options(CLI::App &command, RemoteOptions &options) {
    command.add_option("--host", options.host, "Address of the running headroom")
        ->capture_default_str();
    command.add_option("--port", options.port, "Its OSC port")->capture_default_str();
    command.add_flag("--json", options.json, "Print JSON");
}

int fail(const std::string &message) {
    std::cerr << "headroom: " << message << "\n";
    return 1;
}

std::string without_root(std::string path) {
    while (path.starts_with('/'))
        path.erase(0, 1);
    if (path.starts_with("headroom/"))
        path.erase(0, 9);
    return path;
}

std::string address_of(const std::string &path) {
    return "/headroom/" + without_root(path);
}

/// "bus/main/limiter/ceiling" -> "limiter/ceiling".
std::string_view below_bus(std::string_view path) {
    const auto name = path.find('/');
    const auto rest = name == path.npos ? path.npos : path.find('/', name + 1);
    return rest == path.npos ? std::string_view() : path.substr(rest + 1);
}

const Parameter *parameter_at(std::string_view path) {
    const bool in_bus = path.starts_with("bus/");
    const auto id =
        find_parameter(in_bus ? Scope::bus : Scope::global, in_bus ? below_bus(path) : path);
    return id ? &parameter(*id) : nullptr;
}

const Meter *meter_at(std::string_view path) {
    constexpr std::string_view kRoot = "meter/";
    if (!path.starts_with(kRoot))
        return nullptr;
    const auto id = find_meter(below_bus(path.substr(kRoot.size())));
    return id ? &meter(*id) : nullptr;
}

Json to_json(const osc::Argument &argument) {
    return std::visit(
        [](const auto &value) -> Json {
            using T = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<T, float>) {
                // The shortest decimals that are this float, not the double nearest to it.
                char digits[32];
                const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
                return Json::parse(digits, end);
            } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
                return value;
            } else {
                return nullptr;
            }
        },
        argument);
}

/// As a person reads it: with its unit where the address is a parameter or a meter.
std::string to_text(const std::string &path, const osc::Argument &argument) {
    const auto *number = std::get_if<float>(&argument);
    const auto *whole = std::get_if<std::int32_t>(&argument);
    if (number != nullptr || whole != nullptr) {
        const float value = number != nullptr ? *number : static_cast<float>(*whole);
        if (const Parameter *known = parameter_at(path))
            return headroom::to_text(*known, value);
        if (const Meter *known = meter_at(path))
            return headroom::to_text(*known, value);
    }
    const Json json = to_json(argument);
    return json.is_string() ? json.get<std::string>() : json.dump();
}

/// What to do about an address that is neither a parameter's nor a meter's.
std::string known_address_hint(const std::string &path) {
    const std::string plain = without_root(path);
    return parameter_at(plain) || meter_at(plain) ? ""
                                                  : " (\"headroom params\" lists what there is)";
}

/// Prints "path value", or adds to the JSON object.
void report(const osc::Message &answer, bool as_json, Json &object) {
    const std::string path = without_root(answer.address);
    if (as_json) {
        object[path] = answer.arguments.empty() ? Json(nullptr) : to_json(answer.arguments[0]);
    } else if (!answer.arguments.empty()) {
        std::cout << path << " " << to_text(path, answer.arguments[0]) << "\n";
    }
}

int get(const RemoteOptions &options) {
    auto client = osc::Client::open(options.host, options.port);
    if (!client)
        return fail(client.error());
    Json object = Json::object();
    for (const std::string &path : options.words) {
        const auto answer = (*client)->request({address_of(path), {}});
        if (!answer)
            return fail(path + ": " + answer.error() + known_address_hint(path));
        report(*answer, options.json, object);
    }
    if (options.json)
        std::cout << object.dump(2) << "\n";
    return 0;
}

struct Assignment {
    std::string path;
    std::string value;
};

/// "path value" or any number of "path=value".
std::vector<Assignment> assignments(const std::vector<std::string> &words) {
    if (words.size() == 2 && words[0].find('=') == std::string::npos)
        return {{words[0], words[1]}};
    std::vector<Assignment> out;
    for (const std::string &word : words) {
        const auto equals = word.find('=');
        if (equals == std::string::npos || equals == 0)
            return {};
        out.push_back({word.substr(0, equals), word.substr(equals + 1)});
    }
    return out;
}

int set(const RemoteOptions &options) {
    const auto wanted = assignments(options.words);
    if (wanted.empty()) {
        std::cerr << "headroom set: expected PATH VALUE or PATH=VALUE...\n";
        return 2;
    }
    auto client = osc::Client::open(options.host, options.port);
    if (!client)
        return fail(client.error());
    Json object = Json::object();
    for (const auto &[path, text] : wanted) {
        osc::Argument argument = text;
        if (const Parameter *known = parameter_at(without_root(path))) {
            const auto value = from_text(*known, text);
            if (!value)
                return fail(value.error().text());
            argument = *value;
        }
        const auto answer = (*client)->request({address_of(path), {argument}});
        if (!answer)
            return fail(path + ": " + answer.error() + known_address_hint(path));
        report(*answer, options.json, object);
    }
    if (options.json)
        std::cout << object.dump(2) << "\n";
    return 0;
}

int status(const RemoteOptions &options) {
    auto client = osc::Client::open(options.host, options.port);
    if (!client)
        return fail(client.error());
    Json object = Json::object();
    const auto gather = [&](const char *what, auto &&take) -> int {
        const auto answers = (*client)->list({std::string("/headroom/") + what, {}});
        if (!answers)
            return fail(answers.error());
        for (const osc::Message &answer : *answers)
            take(without_root(answer.address).substr(std::string_view(what).size() + 1), answer);
        return 0;
    };
    const auto text = [](const osc::Message &answer, std::size_t i) {
        return i < answer.arguments.size() ? to_text({}, answer.arguments[i]) : std::string();
    };
    const int facts = gather("status", [&](const std::string &key, const osc::Message &answer) {
        object[key] = answer.arguments.empty() ? Json(nullptr) : to_json(answer.arguments[0]);
        if (!options.json)
            std::cout << key << " " << text(answer, 0) << "\n";
    });
    if (facts != 0)
        return facts;
    object["applications"] = Json::array();
    const int routes = gather("route", [&](const std::string &, const osc::Message &answer) {
        const std::string name = text(answer, 2); // as it is, not as an address may hold it
        object["applications"].push_back({{"name", name},
                                          {"route", text(answer, 0)},
                                          {"rule", text(answer, 1)},
                                          {"notice", text(answer, 3)}});
        if (!options.json)
            std::cout << "application " << name << " -> " << text(answer, 0) << " ("
                      << text(answer, 1) << ") " << text(answer, 3) << "\n";
    });
    if (routes != 0)
        return routes;
    if (options.json)
        std::cout << object.dump(2) << "\n";
    return 0;
}

using Work = int (*)(const RemoteOptions &);

CLI::App *add_remote(CLI::App &app, const char *name, const char *help, Work work, int &exit_code,
                     std::shared_ptr<RemoteOptions> options) {
    CLI::App *command = app.add_subcommand(name, help);
    add_remote_options(*command, *options);
    command->callback([options, work, &exit_code] { exit_code = work(*options); });
    return command;
}

} // namespace

void add_get_command(CLI::App &app, int &exit_code) {
    auto options = std::make_shared<RemoteOptions>();
    CLI::App *command = add_remote(app, "get", "Read parameters and meters of the running headroom",
                                   get, exit_code, options);
    command->add_option("path", options->words, "Addresses, with or without /headroom/")
        ->required();
    command->footer("Examples:\n"
                    "  headroom get bus/main/limiter/ceiling\n"
                    "  headroom get --json meter/bus/main/output/true_peak");
}

void add_set_command(CLI::App &app, int &exit_code) {
    auto options = std::make_shared<RemoteOptions>();
    CLI::App *command = add_remote(app, "set", "Change parameters of the running headroom", set,
                                   exit_code, options);
    command->add_option("assignment", options->words, "PATH VALUE, or PATH=VALUE...")->required();
    command->footer("Examples:\n"
                    "  headroom set bus/main/limiter/ceiling -3\n"
                    "  headroom set bus/main/agc/on=off bus/main/agc/target=\"-20 LUFS\"");
}

void add_status_command(CLI::App &app, int &exit_code) {
    auto options = std::make_shared<RemoteOptions>();
    CLI::App *command = add_remote(app, "status", "Tell what the running headroom is doing", status,
                                   exit_code, options);
    command->footer("Example:\n  headroom status --json");
}

} // namespace headroom::app
