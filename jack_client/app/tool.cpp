// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/tool.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <tuple>
#include <unistd.h>

namespace headroom::app {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kToolTime = 5s;

struct Pipe {
    int read_fd = -1;
    int write_fd = -1;

    Pipe() {
        std::array<int, 2> fds{};
        if (pipe2(fds.data(), O_CLOEXEC) == 0)
            std::tie(read_fd, write_fd) = std::pair(fds[0], fds[1]);
    }
    ~Pipe() {
        close_end(read_fd);
        close_end(write_fd);
    }
    Pipe(const Pipe &) = delete;
    Pipe &operator=(const Pipe &) = delete;

    static void close_end(int &fd) {
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
};

/// Exit code by which shells, and we, tell that there is no such program.
constexpr int kNotFound = 127;

/// Starts a program with the given standard output, which is terminated when the calling thread
/// ends.
Result<pid_t> spawn(const std::vector<std::string> &arguments, int output_fd) {
    std::vector<char *> argv;
    argv.reserve(arguments.size() + 1);
    for (const std::string &argument : arguments)
        argv.push_back(const_cast<char *>(argument.c_str()));
    argv.push_back(nullptr);
    const pid_t pid = fork();
    if (pid < 0)
        return failure(arguments[0] + ": " + std::generic_category().message(errno));
    if (pid > 0)
        return pid;
    // Between fork and exec only what is safe in a signal handler. The program takes its signals
    // through a descriptor; its tools should not inherit that.
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null_fd, STDIN_FILENO);
    dup2(output_fd, STDOUT_FILENO);
    dup2(null_fd, STDERR_FILENO);
    execvp(argv[0], argv.data());
    _exit(kNotFound);
}

/// False where the program still runs at the deadline.
bool wait_for_end(pid_t pid, Clock::time_point deadline, int &status) {
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (Clock::now() >= deadline)
            return false;
        std::this_thread::sleep_for(2ms);
    }
    return true;
}

void kill_and_reap(pid_t pid) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
}

/// Until end of file or the deadline.
std::string read_all(int fd, Clock::time_point deadline) {
    std::string out;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        pollfd waiting{.fd = fd, .events = POLLIN};
        if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) <= 0)
            return out;
        const ssize_t count = read(fd, buffer.data(), buffer.size());
        if (count <= 0)
            return out;
        out.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

} // namespace

Result<std::string> run_tool(const std::vector<std::string> &arguments) {
    Pipe output;
    const auto pid = spawn(arguments, output.write_fd);
    if (!pid)
        return tl::unexpected(pid.error());
    Pipe::close_end(output.write_fd);
    const auto deadline = Clock::now() + kToolTime;
    std::string text = read_all(output.read_fd, deadline);
    int status = 0;
    if (!wait_for_end(*pid, deadline, status)) {
        kill_and_reap(*pid);
        return failure(arguments[0] + " does not end");
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == kNotFound)
        return failure(arguments[0] + " is not installed");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return failure(arguments[0] + " failed");
    return text;
}

} // namespace headroom::app
