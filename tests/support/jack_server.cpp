// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/jack_server.hpp"

#include "jack_client/jack/metadata_store.hpp"

#include <csignal>
#include <optional>
#include <pthread.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace headroom::test {
namespace {

/// Leaves room for the servers of the programs under test: JACK2 knows eight in all.
constexpr int kServersAtOnce = 5;

jack::ServerName lease_name() {
    std::optional<jack::ServerName> name;
    eventually([&] { return (name = jack::ServerName::lease("test", kServersAtOnce)).has_value(); },
               std::chrono::minutes(5));
    if (!name)
        throw std::runtime_error("no free JACK server name");
    return std::move(*name);
}

constexpr int kRealtimePriority = 20;

/// Tried in a thread that ends with it.
bool may_run_in_real_time() {
    bool may = false;
    std::thread([&may] {
        const sched_param priority{.sched_priority = kRealtimePriority};
        may = pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority) == 0;
    }).join();
    return may;
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
    std::vector<std::string> arguments{"jackd", "-n", name(), "--port-max",
                                       std::to_string(options_.port_max)};
    if (options_.realtime && may_run_in_real_time())
        arguments.insert(arguments.end(), {"-R", "-P", std::to_string(kRealtimePriority)});
    else
        arguments.emplace_back("-r");
    if (!options_.allow_self_connect)
        arguments.insert(arguments.end(), {"-a", "e"});
    if (options_.synchronous)
        arguments.emplace_back("-S");
    arguments.insert(arguments.end(), {"-d", "dummy", "-r", std::to_string(options_.sample_rate_hz),
                                       "-p", std::to_string(options_.period_frames), "-P",
                                       std::to_string(options_.playback_channels), "-C",
                                       std::to_string(options_.capture_channels)});
    // A test that died may have left a server of this name behind that is still ending, or a store
    // of metadata that ends this one.
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    do {
        jack::mend_metadata_store();
        process_ = std::make_unique<ChildProcess>(arguments);
    } while (!answers() && (output().find("already active") != std::string::npos || was_struck()) &&
             std::chrono::steady_clock::now() < deadline);
    if (!is_running())
        throw std::runtime_error("jackd did not start: " + output());
}

/// Waits until the server answers or has ended.
bool JackServer::answers() {
    return eventually([this] { return !is_running() || jack_server_answers(name()); }) &&
           is_running();
}

void JackServer::start(Options options) {
    options_ = options;
    start();
}

bool JackServer::was_struck() {
    return process_->wait(std::chrono::milliseconds(0)) == 128 + SIGBUS;
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
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = "/dev/shm/jack_" + name + "_" + std::to_string(getuid()) + "_0";
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool answers =
        connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    close(fd);
    return answers;
}

} // namespace headroom::test
