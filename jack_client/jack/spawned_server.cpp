// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/spawned_server.hpp"

#include "jack_client/jack/metadata_store.hpp"
#include "jack_client/jack/server.hpp"
#include "jack_client/jack/server_name.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace headroom::jack {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// JACK2 knows eight servers on a machine; some belong to others.
constexpr int kServersAtOnce = 3;
/// Every client of the server locks memory for that many ports.
constexpr const char *kPortMax = "256";
constexpr milliseconds kStartDeadline{10000};
constexpr milliseconds kStopDeadline{2000};
constexpr milliseconds kLookInterval{5};
/// Another server of the machine may leave the store of metadata broken while ours starts, which
/// ends it with SIGBUS; after this time the store is known to be broken, and is removed.
constexpr milliseconds kStoreSettles{600};
constexpr int kMostStarts = 3;

/// Starts the program with what it writes going to `output_fd`; its own session keeps the
/// terminal's Ctrl-C from it. 0 or an errno.
/// Without NOTIFY_SOCKET: the service manager waits for us, not for the server.
/// By fork: libuv starts no process that dies with this one. The program inherits `lock`.
int spawn(const std::vector<std::string> &arguments, int output_fd, int lock, pid_t &pid) {
    std::vector<char *> argv;
    argv.reserve(arguments.size() + 1);
    for (const std::string &argument : arguments)
        argv.push_back(const_cast<char *>(argument.c_str()));
    argv.push_back(nullptr);
    std::vector<char *> variables;
    for (char **each = environ; *each != nullptr; ++each)
        if (!std::string_view(*each).starts_with("NOTIFY_SOCKET="))
            variables.push_back(*each);
    variables.push_back(nullptr);
    std::array<int, 2> failure_pipe{};
    if (pipe2(failure_pipe.data(), O_CLOEXEC) != 0)
        return errno;
    const pid_t parent = getpid();
    pid = fork();
    if (pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        pthread_sigmask(SIG_SETMASK, &none, nullptr);
        setsid();
        // TERM lets jackd clean up its shared memory, which takes it 10 s if its clients were
        // killed. Until then it holds its name.
        fcntl(lock, F_SETFD, 0);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
            _exit(1);
        dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
        dup2(output_fd, STDOUT_FILENO);
        dup2(output_fd, STDERR_FILENO);
        execvpe(argv[0], argv.data(), variables.data());
        const int error = errno;
        [[maybe_unused]] const ssize_t ignored = write(failure_pipe[1], &error, sizeof error);
        _exit(127);
    }
    int error = pid < 0 ? errno : 0;
    close(failure_pipe[1]);
    if (pid > 0 && read(failure_pipe[0], &error, sizeof error) > 0)
        waitpid(pid, nullptr, 0);
    close(failure_pipe[0]);
    return error;
}

std::vector<std::string> arguments_for(const std::string &name,
                                       const SpawnedServer::Options &options) {
    return {"jackd",      "-n",
            name,         "-r",
            "-a",         "e",
            "--port-max", kPortMax,
            "-d",         "dummy",
            "-r",         std::to_string(options.sample_rate_hz),
            "-p",         std::to_string(options.period_frames)};
}

} // namespace

struct SpawnedServer::Impl {
    std::optional<ServerName> name;
    pid_t pid = -1;
    int output_fd = -1;
    int end_fd = -1;
    mutable bool running = false;
    mutable int status = 0; ///< of a server that has ended, as waitpid() tells it

    ~Impl() {
        stop();
        for (const int fd : {output_fd, end_fd})
            if (fd >= 0)
                close(fd);
    }

    bool is_alive() const {
        if (running && waitpid(pid, &status, WNOHANG) != 0)
            running = false;
        return running;
    }

    bool was_struck() const { return WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS; }

    /// JACK knows a server of that name, which is maybe about to end.
    bool is_taken() const { return last_words().find("already active") != std::string::npos; }

    /// Starts the server and waits until it answers.
    Result<void> run(const std::vector<std::string> &arguments) {
        mend_metadata_store();
        if (ftruncate(output_fd, 0) != 0 || lseek(output_fd, 0, SEEK_SET) != 0)
            return failure("jackd cannot be started: " + std::generic_category().message(errno));
        if (const int error = spawn(arguments, output_fd, name->lock(), pid))
            return failure("jackd cannot be started: " + std::generic_category().message(error),
                           error == ENOENT ? "install the package jackd2" : "");
        running = true;
        const auto deadline = Clock::now() + kStartDeadline;
        while (is_alive() && !server_is_running(name->text()) && Clock::now() < deadline)
            std::this_thread::sleep_for(kLookInterval);
        if (!is_alive())
            return failure("jackd ended at once: " + last_words());
        if (Clock::now() >= deadline)
            return failure("jackd does not answer: " + last_words(),
                           "a program may have been killed while it had locked JACK's metadata: " +
                               metadata_store_remedy());
        return {};
    }

    /// The same, however often another server breaks the store of metadata.
    Result<void> run_in_the_end(const std::vector<std::string> &arguments) {
        Result<void> started = run(arguments);
        for (int starts = 1; !started && was_struck() && starts < kMostStarts; ++starts) {
            std::this_thread::sleep_for(kStoreSettles);
            started = run(arguments);
        }
        return started;
    }

    void stop() {
        if (!is_alive())
            return;
        kill(pid, SIGTERM);
        const auto deadline = Clock::now() + kStopDeadline;
        while (is_alive() && Clock::now() < deadline)
            std::this_thread::sleep_for(kLookInterval);
        if (!running)
            return;
        kill(pid, SIGKILL);
        waitpid(pid, nullptr, 0);
        running = false;
    }

    /// The end of what the server wrote, on one line.
    std::string last_words() const {
        std::array<char, 400> text{};
        const off_t end = lseek(output_fd, 0, SEEK_END);
        const off_t start = std::max<off_t>(0, end - static_cast<off_t>(text.size()));
        const ssize_t got = pread(output_fd, text.data(), text.size(), start);
        std::string words(text.data(), static_cast<std::size_t>(std::max<ssize_t>(0, got)));
        while (!words.empty() && words.back() == '\n')
            words.pop_back();
        for (char &c : words)
            if (c == '\n')
                c = ';';
        return words;
    }
};

SpawnedServer::SpawnedServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<SpawnedServer>> SpawnedServer::start(const Options &options) {
    auto impl = std::make_unique<Impl>();
    impl->output_fd = memfd_create("jackd-output", MFD_CLOEXEC);
    std::vector<ServerName> taken; // held, so that the next lease is another
    for (;;) {
        impl->name = ServerName::lease("headroom", kServersAtOnce);
        if (!impl->name || impl->output_fd < 0)
            return failure("no JACK server can be started: too many run already");
        const Result<void> started =
            impl->run_in_the_end(arguments_for(impl->name->text(), options));
        if (started)
            impl->end_fd = static_cast<int>(syscall(SYS_pidfd_open, impl->pid, 0));
        if (started)
            return std::unique_ptr<SpawnedServer>(new SpawnedServer(std::move(impl)));
        if (!impl->is_taken())
            return tl::unexpected(started.error());
        taken.push_back(std::move(*impl->name));
    }
}

SpawnedServer::~SpawnedServer() = default;

const std::string &SpawnedServer::name() const {
    return impl_->name->text();
}

bool SpawnedServer::is_alive() const {
    return impl_->is_alive();
}

int SpawnedServer::end_fd() const {
    return impl_->end_fd;
}

} // namespace headroom::jack
