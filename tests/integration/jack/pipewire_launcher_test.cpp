// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/pipewire_launcher.hpp"
#include "jack_client/jack/server.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/jack_server.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace headroom;
using namespace headroom::test;

namespace {

/// A runtime folder of its own, named by the environment, as a session would have.
struct RuntimeFolder {
    std::filesystem::path path;

    RuntimeFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "headroom-XXXXXX").string();
        path = mkdtemp(name.data());
        unsetenv("PIPEWIRE_REMOTE");
        unsetenv("PIPEWIRE_RUNTIME_DIR");
        unsetenv("HEADROOM_UNDER_PW_JACK");
        setenv("XDG_RUNTIME_DIR", path.c_str(), 1);
    }
    ~RuntimeFolder() {
        unsetenv("XDG_RUNTIME_DIR");
        std::filesystem::remove_all(path);
    }
};

/// A socket that takes connections, as PipeWire's does.
class Listener {
  public:
    explicit Listener(const std::filesystem::path &path)
        : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.string().copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(bind(fd_, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
        REQUIRE(listen(fd_, 8) == 0);
    }
    ~Listener() { close(fd_); }

  private:
    int fd_;
};

} // namespace

TEST_CASE("PipeWire runs where its socket takes connections") {
    const RuntimeFolder runtime;
    CHECK_FALSE(jack::pipewire_is_running());
    {
        const Listener listener(runtime.path / "pipewire-0");
        CHECK(jack::pipewire_is_running());
    }
    CHECK(std::filesystem::exists(runtime.path / "pipewire-0"));
    CHECK_FALSE(jack::pipewire_is_running());

    const Listener other(runtime.path / "other");
    setenv("PIPEWIRE_REMOTE", "other", 1);
    CHECK(jack::pipewire_is_running());
    setenv("PIPEWIRE_RUNTIME_DIR", "/nonexistent", 1);
    CHECK_FALSE(jack::pipewire_is_running());
    unsetenv("PIPEWIRE_RUNTIME_DIR");
    unsetenv("PIPEWIRE_REMOTE");
    unsetenv("XDG_RUNTIME_DIR");
    CHECK_FALSE(jack::pipewire_is_running());
}

TEST_CASE("pw-jack is needed only where PipeWire runs alone, and only once") {
    const RuntimeFolder runtime;
    const Listener listener(runtime.path / "pipewire-0");
    REQUIRE_FALSE(jack::libjack_is_pipewire());
    CHECK(jack::needs_pw_jack("no-such-server"));
    {
        const JackServer server;
        CHECK_FALSE(jack::needs_pw_jack(server.name()));
    }
    setenv("HEADROOM_UNDER_PW_JACK", "1", 1);
    CHECK_FALSE(jack::needs_pw_jack("no-such-server"));
    unsetenv("HEADROOM_UNDER_PW_JACK");
}

TEST_CASE("The program starts itself again with its arguments and the guard") {
    const RuntimeFolder runtime;
    const std::filesystem::path told = runtime.path / "told";
    std::ofstream(runtime.path / "pw-jack")
        << "#!/bin/sh\nprintf '%s\\n' \"$HEADROOM_UNDER_PW_JACK\" \"$@\" > " << told.string()
        << '\n';
    std::filesystem::permissions(runtime.path / "pw-jack", std::filesystem::perms::owner_all);

    const pid_t child = fork();
    if (child == 0) {
        setenv("PATH", (runtime.path.string() + ":/usr/bin:/bin").c_str(), 1);
        std::string name = "headroom", run = "run", option = "--name=two words";
        char *const arguments[] = {name.data(), run.data(), option.data(), nullptr};
        jack::restart_under_pw_jack(arguments);
        _exit(99);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    std::ifstream file(told);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    CHECK(text == "1\n" + std::filesystem::read_symlink("/proc/self/exe").string() +
                      "\nrun\n--name=two words\n");
}

TEST_CASE("Without pw-jack the diagnostic says what to install") {
    const RuntimeFolder runtime;
    const std::string path = std::getenv("PATH");
    setenv("PATH", runtime.path.c_str(), 1);
    std::string name = "headroom";
    char *const arguments[] = {name.data(), nullptr};
    const Diagnostic failed = jack::restart_under_pw_jack(arguments);
    setenv("PATH", path.c_str(), 1);
    unsetenv("HEADROOM_UNDER_PW_JACK");
    CHECK(failed.text() == "cannot start through pw-jack: No such file or directory "
                           "(install the package pipewire-jack)");
}

TEST_CASE("The library behind libjack's name is known") {
    CHECK(jack::server_kind() == "JACK2");
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
    const RunResult under_pipewire =
        run_program({"pw-jack", self.string(), "PipeWire's libjack is told from JACK2's"});
    CHECK(under_pipewire.exit_code == 0);
    INFO(under_pipewire.standard_output);
    CHECK(under_pipewire.standard_output.find("All tests passed") != std::string::npos);
}

// Run under pw-jack by the test above; hidden otherwise.
TEST_CASE("PipeWire's libjack is told from JACK2's", "[.]") {
    CHECK(jack::libjack_is_pipewire());
    CHECK(jack::server_kind().rfind("PipeWire ", 0) == 0);
    CHECK(jack::server_kind().find_first_of("0123456789") == 9);
}
