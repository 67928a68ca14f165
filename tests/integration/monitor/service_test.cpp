// SPDX-License-Identifier: GPL-3.0-or-later
// As a service manager sees the program.
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"

#include <array>
#include <csignal>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace headroom::test;

namespace {

/// The socket of a service manager.
class Manager {
  public:
    Manager() : fd_(socket(AF_UNIX, SOCK_DGRAM, 0)) {
        sockaddr_un address{.sun_family = AF_UNIX};
        path().copy(static_cast<char *>(address.sun_path), sizeof address.sun_path - 1);
        REQUIRE(bind(fd_, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
    }
    ~Manager() { close(fd_); }
    Manager(const Manager &) = delete;
    Manager &operator=(const Manager &) = delete;

    std::string path() const { return folder_.path() / "notify"; }

    /// The next message; empty where none comes in time.
    std::string next(int timeout_ms = 20000) {
        pollfd waiting{fd_, POLLIN, 0};
        std::array<char, 256> buffer{};
        if (poll(&waiting, 1, timeout_ms) <= 0)
            return {};
        const ssize_t size = recv(fd_, buffer.data(), buffer.size(), 0);
        return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    }

  private:
    TemporaryFolder folder_;
    int fd_;
};

} // namespace

TEST_CASE("a service says when it is ready, that it lives, and when it stops") {
    Manager manager;
    const JackServer server;
    auto environment = server.environment();
    environment["NOTIFY_SOCKET"] = manager.path();
    environment["WATCHDOG_USEC"] = "200000";
    HeadroomProcess process({}, environment);
    CHECK(manager.next() == "READY=1");
    for (int i = 0; i < 5; ++i)
        CHECK(manager.next(1000) == "WATCHDOG=1");
    process.process().signal(SIGTERM);
    std::string last = manager.next();
    while (last == "WATCHDOG=1")
        last = manager.next();
    CHECK(last == "STOPPING=1");
    CHECK(process.process().wait() == 0);
    const std::string said = process.process().standard_error();
    CHECK(said.find("LUFS") == std::string::npos); // no live lines
}

TEST_CASE("a service without a server plays no demo to nobody") {
    Manager manager;
    auto environment = empty_machine();
    environment["NOTIFY_SOCKET"] = manager.path();
    const RunResult run = run_program({headroom_program(), "run", "--osc-port", "0"}, environment);
    CHECK(run.exit_code == 1);
    CHECK(run.standard_error.find("neither a JACK server nor PipeWire runs") != std::string::npos);
}

TEST_CASE("a second headroom says that there is one already") {
    HeadroomProcess process({}, empty_machine());
    const std::string port = std::to_string(process.osc_port());
    const RunResult second =
        run_program({headroom_program(), "run", "--osc-port", port}, empty_machine());
    CHECK(second.exit_code == 1);
    CHECK(second.standard_error.find("another headroom") != std::string::npos);
    CHECK(second.standard_error.find("choose another OSC port") != std::string::npos);
}
