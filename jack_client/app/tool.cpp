// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/tool.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <tuple>
#include <unistd.h>
#include <utility>

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

/// Starts a program with the given standard input and output; -1 stands for /dev/null. The program
/// is terminated when the calling thread ends.
Result<pid_t> spawn(const std::vector<std::string> &arguments, int input_fd, int output_fd) {
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
    dup2(input_fd >= 0 ? input_fd : null_fd, STDIN_FILENO);
    dup2(output_fd >= 0 ? output_fd : null_fd, STDOUT_FILENO);
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
    const auto pid = spawn(arguments, -1, output.write_fd);
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
        return failure(arguments[0] + " is not installed", "install pipewire-bin");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return failure(arguments[0] + " failed");
    return text;
}

Result<FedTool> FedTool::start(const std::vector<std::string> &arguments) {
    // Not a pipe, so that a tool that has ended does not end the program by SIGPIPE.
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return failure(arguments[0] + ": " + std::generic_category().message(errno));
    const auto pid = spawn(arguments, ends[0], -1);
    close(ends[0]);
    if (!pid) {
        close(ends[1]);
        return tl::unexpected(pid.error());
    }
    return FedTool(*pid, ends[1]);
}

FedTool::FedTool(FedTool &&other) noexcept
    : pid_(std::exchange(other.pid_, -1)), input_fd_(std::exchange(other.input_fd_, -1)) {}

FedTool::~FedTool() {
    if (pid_ < 0)
        return;
    close(input_fd_);
    int status = 0;
    if (!wait_for_end(pid_, Clock::now() + 1s, status))
        kill_and_reap(pid_);
}

bool FedTool::has_ended() {
    if (pid_ >= 0 && waitpid(pid_, nullptr, WNOHANG) != 0) {
        close(input_fd_);
        pid_ = -1;
    }
    return pid_ < 0;
}

Result<void> FedTool::write_line(const std::string &line) {
    const std::string text = line + "\n";
    if (send(input_fd_, text.data(), text.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(text.size()))
        return failure("cannot write to a tool: " + std::generic_category().message(errno));
    return {};
}

} // namespace headroom::app
