// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/remote.hpp"

#include "config/parameter_path.hpp"
#include "config/value_text.hpp"
#include "config/yaml_document.hpp"
#include "jack_client/app/command_line.hpp"
#include "jack_client/app/port_file.hpp"
#include "jack_client/app/remote_paths.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <cmath>
#include <iostream>

namespace headroom::app {

namespace {

/// "bus/main/limiter/ceiling" -> "limiter/ceiling".
std::string_view below_bus(std::string_view path) {
    const auto name = path.find('/');
    const auto rest = name == path.npos ? path.npos : path.find('/', name + 1);
    return rest == path.npos ? std::string_view() : path.substr(rest + 1);
}

Json plain_json(const osc::Argument &argument) {
    return std::visit(
        [](const auto &value) -> Json {
            using T = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<T, float>) {
                if (!std::isfinite(value))
                    return nullptr;
                // The shortest decimals that are this float, not the double nearest to it.
                std::array<char, 32> digits{};
                const auto end =
                    std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
                return Json::parse(digits.data(), end);
            } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
                return value;
            } else {
                return nullptr;
            }
        },
        argument);
}

std::optional<float> number_in(const osc::Argument &argument) {
    if (const auto *number = std::get_if<float>(&argument))
        return *number;
    if (const auto *whole = std::get_if<std::int32_t>(&argument))
        return static_cast<float>(*whole);
    return std::nullopt;
}

/// Why a request about a path has failed, and what to do about an address that is neither a
/// parameter's nor a meter's, or a strip's that is not there.
std::string explained(const std::string &path, const std::string &error) {
    const std::string plain = without_root(path);
    const bool is_known = parameter_at(plain) != nullptr || meter_at(plain) != nullptr;
    if (!is_known)
        return path + ": " + error + " (\"headroom params\" lists what there is)";
    if (plain.find("strip/") != plain.npos && error.find("no such address") != error.npos)
        return path + ": " + error +
               " (\"headroom strip list\" lists the strips; an application has one if its rule "
               "says strip: on)";
    return path + ": " + error;
}

/// Prints "path value" for each answer, or all of them as one JSON object.
class Report {
  public:
    explicit Report(bool as_json) : as_json_(as_json) {}

    void add(const osc::Message &answer) {
        const std::string path = without_root(answer.address);
        if (as_json_)
            object_[path] =
                answer.arguments.empty() ? Json(nullptr) : to_json(path, answer.arguments[0]);
        else if (!answer.arguments.empty())
            std::cout << path << " " << to_text(path, answer.arguments[0]) << "\n";
    }
    void print() const {
        if (as_json_)
            std::cout << printed(object_);
    }

  private:
    bool as_json_;
    Json object_ = Json::object();
};

} // namespace

std::pair<CLI::Option *, CLI::Option *> add_place_options(CLI::App &command, std::string &host,
                                                          std::uint16_t &port) {
    CLI::Option *first = command.add_option("--host", host, "Address of the running headroom")
                             ->transform(host_address())
                             ->capture_default_str();
    CLI::Option *second = command.add_option("--port", port, "Its OSC port")
                              ->default_str("your own headroom's, else 9140");
    command.parse_complete_callback([first, second, &port] {
        if (first->count() == 0 && second->count() == 0)
            port = port_of_own_headroom();
    });
    return {first, second};
}

std::pair<CLI::App *, RemoteOptions *>
add_remote_command(CLI::App &app, const std::string &name, const std::string &help, int &exit_code,
                   std::function<int(const RemoteOptions &)> work) {
    auto options = std::make_shared<RemoteOptions>();
    CLI::App *command = app.add_subcommand(name, help);
    add_place_options(*command, options->host, options->port);
    command->add_flag("--json", options->json, "Print JSON");
    command->callback(
        [options, work = std::move(work), &exit_code] { exit_code = work(*options); });
    return {command, options.get()};
}

int with_client(const RemoteOptions &options,
                const std::function<tl::expected<void, std::string>(osc::Client &)> &work) {
    auto client = osc::Client::open(options.host, options.port);
    auto done = client ? work(**client) : tl::unexpected(client.error());
    if (done)
        return 0;
    const bool is_absent = done.error().find("no headroom answer") != std::string::npos;
    std::cerr << "headroom: " << done.error()
              << (is_absent ? " (\"headroom run\" starts one, \"headroom doctor\" says more)" : "")
              << "\n";
    return 1;
}

int ask_each(const RemoteOptions &options, const std::vector<std::string> &texts) {
    return with_client(options, [&](osc::Client &client) -> Done {
        Report report(options.json);
        for (const std::string &text : texts) {
            const auto named = named_paths(client, text, Paths::readable);
            if (!named)
                return tl::unexpected(named.error());
            for (const NamedPath &one : *named) {
                // An action has no value but that of its parameter.
                const std::string path = one.path + (one.is_action() ? "" : one.suffix);
                const auto answer = client.request({address_of(path), {}});
                if (!answer)
                    return tl::unexpected(explained(path, answer.error()));
                report.add(*answer);
            }
        }
        report.print();
        return {};
    });
}

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

namespace {

/// The argument of a set, or why the text is no value.
tl::expected<osc::Argument, std::string> value_for(const NamedPath &target,
                                                   const std::string &text) {
    if (meter_at(target.path) != nullptr)
        return tl::unexpected(target.path + " is a meter, which can only be read");
    if (target.suffix == "/norm" || target.suffix == "/inc") {
        const auto number = read_quantity(text);
        const bool is_plain = number && (number->unit.empty() || target.suffix == "/inc");
        if (!is_plain)
            return tl::unexpected(in_quotes(text) + " is no number for " + target.path +
                                  target.suffix);
        const Parameter *known = parameter_at(target.path);
        const auto value = known ? in_unit(*number, known->unit) : number->number;
        if (!value)
            return tl::unexpected(in_quotes(number->unit) + " is no unit of " + target.path);
        return static_cast<float>(*value);
    }
    if (target.is_action()) {
        const auto is_on = switch_from_text(text);
        if (!is_on)
            return tl::unexpected(in_quotes(text) + " is no value of " + target.path +
                                  target.suffix + ": expected 1");
        return *is_on ? 1.0f : 0.0f;
    }
    const Parameter *known = parameter_at(target.path);
    if (known == nullptr)
        return text;
    const auto value = from_text(*known, text);
    if (!value)
        return tl::unexpected(value.error().text());
    return *value;
}

/// Sets one, and returns what it is then.
tl::expected<osc::Message, std::string> set_one(osc::Client &client, const NamedPath &target,
                                                const osc::Argument &argument) {
    const std::string address = address_of(target.path + target.suffix);
    if (!target.is_action())
        return client.request({address, {argument}});
    // An action is confirmed on the address of its parameter, which is asked behind it.
    client.send({address, {argument}});
    return client.request({address_of(target.path), {}});
}

Done set_all(osc::Client &client, const std::vector<Assignment> &wanted, Report &report) {
    std::vector<std::pair<NamedPath, osc::Argument>> sets; // nothing is set if one is wrong
    for (const auto &[text, value_text] : wanted) {
        const auto named = named_paths(client, text, Paths::settable);
        if (!named)
            return tl::unexpected(named.error());
        for (const NamedPath &one : *named) {
            const auto value = value_for(one, value_text);
            if (!value)
                return tl::unexpected(value.error());
            sets.emplace_back(one, *value);
        }
    }
    for (const auto &[target, argument] : sets) {
        const auto answer = set_one(client, target, argument);
        if (!answer)
            return tl::unexpected(explained(target.path + target.suffix, answer.error()));
        report.add(*answer);
    }
    return {};
}

} // namespace

int set_each(const RemoteOptions &options, const std::vector<Assignment> &wanted) {
    return with_client(options, [&](osc::Client &client) -> Done {
        Report report(options.json);
        if (auto done = set_all(client, wanted, report); !done)
            return done;
        report.print();
        return {};
    });
}

int reset_each(const RemoteOptions &options, const std::vector<std::string> &paths) {
    std::vector<Assignment> wanted;
    wanted.reserve(paths.size());
    for (const std::string &path : paths)
        wanted.push_back({path + "/reset", "1"});
    return set_each(options, wanted);
}

std::string address_of(const std::string &path) {
    return "/headroom/" + without_root(path);
}

const Parameter *parameter_at(std::string_view path) {
    const Scope scope = path.starts_with("bus/")     ? Scope::bus
                        : path.starts_with("strip/") ? Scope::strip
                                                     : Scope::global;
    const auto id = find_parameter(scope, scope == Scope::global ? path : below_bus(path));
    return id ? &parameter(*id) : nullptr;
}

const Meter *meter_at(std::string_view path) {
    constexpr std::string_view kRoot = "meter/";
    if (!path.starts_with(kRoot))
        return nullptr;
    path.remove_prefix(kRoot.size());
    const auto id = path.starts_with("strip/") ? find_strip_meter(below_bus(path))
                                               : find_meter(below_bus(path));
    return id ? &meter(*id) : nullptr;
}

Json to_json(std::string_view path, const osc::Argument &argument) {
    const Parameter *known = parameter_at(path);
    const auto number = number_in(argument);
    if (known != nullptr && number &&
        (known->scale == Scale::boolean || known->scale == Scale::choice))
        return headroom::to_text(*known, *number);
    return plain_json(argument);
}

std::string to_text(std::string_view path, const osc::Argument &argument) {
    if (const auto number = number_in(argument)) {
        if (const Parameter *known = parameter_at(path))
            return headroom::to_text(*known, *number);
        if (const Meter *known = meter_at(path))
            return headroom::to_text(*known, *number);
    }
    const Json json = plain_json(argument);
    return json.is_string() ? json.get<std::string>() : json.dump();
}

std::string text_at(const osc::Message &message, std::size_t index) {
    if (index >= message.arguments.size())
        return {};
    const auto *text = std::get_if<std::string>(&message.arguments[index]);
    return text != nullptr ? *text : std::string();
}

std::vector<std::string> texts_of(const osc::Message &message) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < message.arguments.size(); ++i)
        if (std::string text = text_at(message, i); !text.empty())
            out.push_back(std::move(text));
    return out;
}

std::string fact_text(const osc::Message &fact) {
    std::string out;
    for (const osc::Argument &argument : fact.arguments)
        out += (out.empty() ? "" : ", ") + to_text({}, argument);
    return out;
}

std::string printed(const Json &json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace headroom::app
