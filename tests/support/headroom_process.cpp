// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/headroom_process.hpp"

#include <cmath>
#include <csignal>
#include <stdexcept>

namespace headroom::test {

namespace {

constexpr std::string_view kListening = "OSC on 127.0.0.1:";

std::vector<std::string> command_line(std::vector<std::string> options) {
    std::vector<std::string> out{headroom_program(), "run", "--json", "--osc-port", "0"};
    out.insert(out.end(), options.begin(), options.end());
    return out;
}

ChildProcess::Environment with_default(ChildProcess::Environment environment,
                                       const std::string &name, const std::string &value) {
    environment.emplace(name, value);
    return environment;
}

double as_number(const osc::Argument &argument) {
    return std::visit(
        [](const auto &value) -> double {
            if constexpr (std::is_arithmetic_v<std::decay_t<decltype(value)>>)
                return static_cast<double>(value);
            else
                return std::nan("");
        },
        argument);
}

} // namespace

std::string headroom_program() {
    return HEADROOM_PROGRAM;
}

ChildProcess::Environment empty_machine() {
    return {{"JACK_DEFAULT_SERVER", "headroom-test-no-such-server"},
            {"XDG_RUNTIME_DIR", "/nonexistent"},
            {"PIPEWIRE_RUNTIME_DIR", "/nonexistent"}};
}

HeadroomProcess::HeadroomProcess(std::vector<std::string> options,
                                 const ChildProcess::Environment &environment)
    : process_(command_line(std::move(options)),
               with_default(environment, "XDG_STATE_HOME", state_.path())) {
    const bool listens = eventually([&] {
        return process_.standard_error().find(kListening) != std::string::npos ||
               !process_.is_running();
    });
    const std::string said = process_.standard_error();
    const auto at = said.find(kListening);
    if (!listens || at == said.npos)
        throw std::runtime_error("headroom does not run:\n" + said);
    osc_port_ = static_cast<std::uint16_t>(std::stoi(said.substr(at + kListening.size())));
    auto client = osc::Client::open("127.0.0.1", osc_port_);
    if (!client)
        throw std::runtime_error(client.error());
    client_ = std::move(*client);
}

HeadroomProcess::~HeadroomProcess() {
    // As a user would: a killed client keeps its server busy for seconds.
    if (process_.is_running()) {
        process_.signal(SIGTERM);
        process_.wait();
    }
}

double HeadroomProcess::get(const std::string &path) {
    const auto answer = client_->request({"/headroom/" + path, {}});
    return answer && !answer->arguments.empty() ? as_number(answer->arguments[0]) : std::nan("");
}

bool HeadroomProcess::set(const std::string &path, float value) {
    const auto answer = client_->request({"/headroom/" + path, {value}});
    return answer && !answer->arguments.empty() &&
           as_number(answer->arguments[0]) == static_cast<double>(value);
}

std::string HeadroomProcess::status(const std::string &name) {
    const auto facts = client_->list({"/headroom/status", {}});
    if (!facts)
        return {};
    for (const osc::Message &fact : *facts)
        if (fact.address == "/headroom/status/" + name && !fact.arguments.empty()) {
            std::string list;
            for (const osc::Argument &item : fact.arguments)
                if (const auto *text = std::get_if<std::string>(&item))
                    list += (list.empty() ? "" : ", ") + *text;
            if (std::holds_alternative<std::string>(fact.arguments[0]))
                return list;
            return std::to_string(std::llround(as_number(fact.arguments[0])));
        }
    return {};
}

nlohmann::json HeadroomProcess::finish() {
    process_.signal(SIGTERM);
    const auto code = process_.wait();
    if (code != 0)
        throw std::runtime_error("headroom ended with " + std::to_string(code.value_or(-1)) +
                                 ":\n" + process_.standard_error());
    return nlohmann::json::parse(process_.standard_output());
}

} // namespace headroom::test
