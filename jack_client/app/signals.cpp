// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/signals.hpp"

#include "jack_client/app/service.hpp"

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <poll.h>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace headroom::app {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// A key that bounces, or two Ctrl-C in a hurry, should not keep applications from their sinks.
constexpr milliseconds kBounce{500};

class Descriptor {
  public:
    Descriptor(int fd, const char *what) : fd_(fd) {
        if (fd_ < 0)
            throw std::system_error(errno, std::generic_category(), what);
    }
    ~Descriptor() { ::close(fd_); }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    int operator*() const { return fd_; }

  private:
    int fd_;
};

sigset_t taken_signals() {
    sigset_t set;
    sigemptyset(&set);
    // SIGTTOU: a program in the background that writes should not be stopped for it.
    for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP, SIGTTOU})
        sigaddset(&set, signal);
    return set;
}

bool has_terminal() {
    const int fd = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0)
        ::close(fd);
    return fd >= 0;
}

/// As nohup(1) leaves it.
bool is_hangup_ignored() {
    struct sigaction action {};
    return ::sigaction(SIGHUP, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

/// Ends the process without waiting for any of its threads.
[[noreturn]] void give_up() {
    constexpr std::string_view kWhy =
        "headroom: ended without waiting any longer: the JACK server, or what reads the output, "
        "does not answer. \"headroom restore\" links applications to their sinks\n";
    pollfd stream{.fd = STDERR_FILENO, .events = POLLOUT};
    if (::poll(&stream, 1, 0) == 1 && (stream.revents & POLLOUT) != 0) [[maybe_unused]]
        const ssize_t ignored = ::write(STDERR_FILENO, kWhy.data(), kWhy.size());
    ::_exit(1);
}

} // namespace

struct Signals::Impl {
    sigset_t before{};
    bool does_hangup_end = has_terminal() && !is_hangup_ignored();
    Descriptor signals{::signalfd(-1, &block(before), SFD_NONBLOCK | SFD_CLOEXEC), "signalfd"};
    Descriptor wake{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd"};   ///< the thread
    Descriptor wishes{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd"}; ///< who takes them
    std::atomic<bool> wants_reload = false;
    std::atomic<bool> wants_end = false;
    std::atomic<bool> is_over = false;
    std::optional<Clock::time_point> asked_at{}; ///< for the end, first; of the thread
    Clock::time_point deadline{};
    std::thread thread{[this] { watch(); }};

    ~Impl() {
        is_over = true;
        ring(wake);
        thread.join();
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }

    static const sigset_t &block(sigset_t &before) {
        static const sigset_t set = taken_signals();
        pthread_sigmask(SIG_BLOCK, &set, &before);
        return set;
    }

    static void ring(const Descriptor &event) {
        constexpr std::uint64_t kOne = 1;
        [[maybe_unused]] const ssize_t ignored = ::write(*event, &kOne, sizeof kOne);
    }

    void watch() {
        while (!is_over) {
            int timeout_ms = -1;
            if (asked_at) {
                const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
                if (left <= milliseconds(0))
                    give_up();
                timeout_ms = static_cast<int>(left.count());
            }
            pollfd sources[] = {{*signals, POLLIN, 0}, {*wake, POLLIN, 0}};
            ::poll(static_cast<pollfd *>(sources), 2, timeout_ms);
            std::uint64_t count = 0;
            if (::read(*wake, &count, sizeof count) > 0 && wants_end && !asked_at)
                begin_to_end();
            signalfd_siginfo info{};
            while (::read(*signals, &info, sizeof info) == sizeof info)
                take_signal(static_cast<int>(info.ssi_signo));
        }
    }

    void take_signal(int signal) {
        if (signal == SIGTTOU)
            return;
        if (signal == SIGTSTP) {
            say("Ctrl-Z is refused: it would silence all applications and block the JACK server. "
                "Ctrl-C ends headroom; to use the terminal meanwhile: headroom run &",
                Priority::warning);
        } else if (signal == SIGHUP && !does_hangup_end) {
            wants_reload = true;
            ring(wishes);
        } else if (asked_at) {
            deadline = *asked_at + kBounce;
        } else {
            begin_to_end();
        }
    }

    void begin_to_end() {
        asked_at = Clock::now();
        deadline = *asked_at + kPatience;
        wants_end = true;
        ring(wishes);
    }
};

Signals::Signals() : impl_(std::make_unique<Impl>()) {}

Signals::~Signals() = default;

int Signals::fd() const {
    return *impl_->wishes;
}

std::optional<Signals::Wish> Signals::take() {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t ignored = ::read(*impl_->wishes, &count, sizeof count);
    if (impl_->wants_end) {
        Impl::ring(impl_->wishes); // for the next loop
        return Wish::end;
    }
    if (impl_->wants_reload.exchange(false))
        return Wish::reload;
    return std::nullopt;
}

bool Signals::is_end_wanted() const {
    return impl_->wants_end;
}

void Signals::end() {
    impl_->wants_end = true;
    Impl::ring(impl_->wake);
}

} // namespace headroom::app
