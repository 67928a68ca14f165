// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/remote.hpp"

#include "jack_client/app/command_line.hpp"

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
               " (\"headroom strip list\" names the strips there are; an application gets one "
               "where "
               "its rule says strip: on)";
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

std::pair<CLI::App *, RemoteOptions *>
add_remote_command(CLI::App &app, const std::string &name, const std::string &help, int &exit_code,
                   std::function<int(const RemoteOptions &)> work) {
    auto options = std::make_shared<RemoteOptions>();
    CLI::App *command = app.add_subcommand(name, help);
    command->add_option("--host", options->host, "Address of the running headroom")
        ->transform(host_address())
        ->capture_default_str();
    command->add_option("--port", options->port, "Its OSC port")->capture_default_str();
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

int ask_each(const RemoteOptions &options, const std::vector<osc::Message> &messages) {
    return with_client(options, [&](osc::Client &client) -> Done {
        Report report(options.json);
        for (const osc::Message &message : messages) {
            const auto answer = client.request(message);
            if (!answer)
                return tl::unexpected(explained(without_root(message.address), answer.error()));
            report.add(*answer);
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

int set_each(const RemoteOptions &options, const std::vector<Assignment> &wanted) {
    std::vector<osc::Message> messages;
    for (const auto &[path, text] : wanted) {
        osc::Argument argument = text;
        if (const Parameter *known = parameter_at(without_root(path))) {
            const auto value = from_text(*known, text);
            if (!value) {
                std::cerr << "headroom: " << value.error().text() << "\n";
                return 1;
            }
            argument = *value;
        }
        messages.push_back({address_of(path), {argument}});
    }
    return ask_each(options, messages);
}

int reset_each(const RemoteOptions &options, const std::vector<std::string> &paths) {
    return with_client(options, [&](osc::Client &client) -> Done {
        Report report(options.json);
        for (const std::string &path : paths) {
            const std::string address = address_of(path);
            if (parameter_at(without_root(path)) == nullptr)
                return tl::unexpected(explained(path, "no such parameter"));
            // An action is confirmed on the address of its parameter: that is asked behind it.
            client.send({address + "/reset", {}});
            const auto answer = client.request({address, {}});
            if (!answer)
                return tl::unexpected(explained(path, answer.error()));
            report.add(*answer);
        }
        report.print();
        return {};
    });
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

std::string printed(const Json &json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace headroom::app
