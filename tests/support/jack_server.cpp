// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/jack_server.hpp"

#include <csignal>
#include <jack/jack.h>
#include <optional>
#include <stdexcept>

namespace headroom::test {
namespace {

/// Leaves room for the servers of the programs under test: JACK2 knows eight in all.
constexpr int kServersAtOnce = 5;

jack::ServerName lease_name() {
    std::optional<jack::ServerName> name;
    eventually(
        [&] {
            name = std::nullopt;
            if (auto leased = jack::ServerName::lease("test", kServersAtOnce))
                name.emplace(std::move(*leased));
            return name.has_value();
        },
        std::chrono::minutes(5));
    if (!name)
        throw std::runtime_error("no free JACK server name");
    return std::move(*name);
}

} // namespace

JackServer::JackServer(Options options) : options_(options), name_(lease_name()) {
    start();
}

JackServer::~JackServer() {
    // A killed server holds its place in JACK's registry until its name is used again.
    terminate();
}

void JackServer::start() {
    std::vector<std::string> arguments{"jackd", "-n", name(), "-r"};
    if (!options_.allow_self_connect)
        arguments.insert(arguments.end(), {"-a", "e"});
    arguments.insert(arguments.end(), {"-d", "dummy", "-r", std::to_string(options_.sample_rate_hz),
                                       "-p", std::to_string(options_.period_frames), "-P",
                                       std::to_string(options_.playback_channels), "-C",
                                       std::to_string(options_.capture_channels)});
    process_ = std::make_unique<ChildProcess>(arguments);
    if (!eventually([this] { return !is_running() || jack_server_answers(name()); }) ||
        !is_running())
        throw std::runtime_error("jackd did not start: " + output());
}

std::string JackServer::output() const {
    return process_->standard_output() + process_->standard_error();
}

void JackServer::stop(int signal_number) {
    process_->signal(signal_number);
    if (!process_->wait())
        throw std::runtime_error("jackd did not end: " + output());
}

void JackServer::terminate() {
    stop(SIGTERM);
}

void JackServer::kill() {
    stop(SIGKILL);
}

bool jack_server_answers(const std::string &name) {
    jack_set_error_function([](const char *) {});
    jack_set_info_function([](const char *) {});
    const auto options = static_cast<jack_options_t>(JackNoStartServer | JackServerName);
    jack_client_t *client = jack_client_open("probe", options, nullptr, name.c_str());
    if (client)
        jack_client_close(client);
    return client != nullptr;
}

} // namespace headroom::test
