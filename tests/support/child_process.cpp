// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace headroom::test {
namespace {

std::vector<std::string> merged_environment(const ChildProcess::Environment &variables) {
    std::vector<std::string> merged;
    for (char **entry = environ; *entry; ++entry) {
        const std::string_view text(*entry);
        if (!variables.contains(std::string(text.substr(0, text.find('=')))))
            merged.emplace_back(text);
    }
    for (const auto &[name, value] : variables)
        merged.emplace_back(name).append("=").append(value);
    return merged;
}

std::vector<char *> pointers(std::vector<std::string> &texts) {
    std::vector<char *> result;
    result.reserve(texts.size() + 1);
    for (std::string &text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

std::string content(int fd) {
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0;
         (got = pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(text.size()))) > 0;)
        text.append(buffer.data(), static_cast<std::size_t>(got));
    return text;
}

} // namespace

ChildProcess::ChildProcess(std::vector<std::string> arguments, const Environment &environment)
    : output_fd_(memfd_create("stdout", MFD_CLOEXEC)),
      error_fd_(memfd_create("stderr", MFD_CLOEXEC)) {
    std::vector<std::string> variables = merged_environment(environment);
    const std::vector<char *> argv = pointers(arguments);
    const std::vector<char *> envp = pointers(variables);
    std::array<int, 2> failure_pipe{};
    if (output_fd_ < 0 || error_fd_ < 0 || pipe2(failure_pipe.data(), O_CLOEXEC) != 0)
        throw std::system_error(errno, std::generic_category(), "memfd_create or pipe2");

    pid_ = fork();
    if (pid_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setsid(); // without the terminal of who runs the tests
        dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
        dup2(output_fd_, STDOUT_FILENO);
        dup2(error_fd_, STDERR_FILENO);
        execvpe(argv[0], argv.data(), envp.data());
        const int error = errno;
        [[maybe_unused]] const ssize_t ignored = write(failure_pipe[1], &error, sizeof error);
        _exit(127);
    }
    int error = pid_ < 0 ? errno : 0;
    close(failure_pipe[1]);
    if (pid_ > 0 && read(failure_pipe[0], &error, sizeof error) > 0)
        waitpid(pid_, nullptr, 0);
    close(failure_pipe[0]);
    if (error != 0) {
        close(output_fd_);
        close(error_fd_);
        throw std::system_error(error, std::generic_category(), arguments.front());
    }
}

ChildProcess::~ChildProcess() {
    if (is_running()) {
        signal(SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    close(output_fd_);
    close(error_fd_);
}

bool ChildProcess::is_running() {
    int status = 0;
    if (!exit_code_ && waitpid(pid_, &status, WNOHANG) == pid_)
        exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return !exit_code_;
}

void ChildProcess::signal(int number) {
    if (is_running())
        kill(pid_, number);
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds deadline) {
    eventually([this] { return !is_running(); }, deadline);
    return exit_code_;
}

std::string ChildProcess::standard_output() const {
    return content(output_fd_);
}

std::string ChildProcess::standard_error() const {
    return content(error_fd_);
}

bool ChildProcess::wait_for_output(std::string_view text, std::chrono::milliseconds deadline) {
    const auto is_there = [&] {
        return standard_output().find(text) != std::string::npos ||
               standard_error().find(text) != std::string::npos;
    };
    return eventually([&] { return is_there() || !is_running(); }, deadline) && is_there();
}

RunResult run_program(std::vector<std::string> arguments,
                      const ChildProcess::Environment &environment,
                      std::chrono::milliseconds deadline) {
    const std::string program = arguments.front();
    ChildProcess child(std::move(arguments), environment);
    const std::optional<int> exit_code = child.wait(deadline);
    if (!exit_code)
        throw std::runtime_error(program + " did not end: " + child.standard_output() +
                                 child.standard_error());
    return {*exit_code, child.standard_output(), child.standard_error()};
}

} // namespace headroom::test
