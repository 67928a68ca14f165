// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/outlet.hpp"

#include "config/folders.hpp"
#include "jack_client/app/columns.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <poll.h>
#include <string_view>
#include <sys/ioctl.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace headroom::app {

namespace {

/// Texts that wait for the reader; what is older gives way.
constexpr std::size_t kMostTexts = 256;

bool knows_how_to_redraw(int fd) {
    const std::string terminal = environment("TERM", "dumb");
    return ::isatty(fd) == 1 && terminal != "dumb";
}

std::optional<winsize> size_of(int fd) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return std::nullopt;
    return size;
}

/// Another program has the terminal: `headroom run &`.
bool is_in_background(int fd) {
    const pid_t group = ::tcgetpgrp(fd);
    return group > 0 && group != ::getpgrp();
}

} // namespace

struct Outlet::Impl {
    const int fd;
    const bool is_terminal = ::isatty(fd) == 1;
    const bool can_redraw = knows_how_to_redraw(fd);
    std::function<void()> on_terminal_lost;

    std::mutex mutex; ///< guards what follows
    std::condition_variable changed;
    std::deque<std::string> texts{};
    std::optional<Lines> block{};
    bool is_busy = false;
    bool is_over = false;
    bool has_failed = false;
    bool is_gone = false; ///< nothing reads any more
    std::size_t left_out = 0;

    Lines shown{}; ///< the block on the terminal; of the thread

    bool is_idle() const { return texts.empty() && !block && !is_busy; }

    void work() {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [&] { return is_over || !texts.empty() || block; });
            if (texts.empty() && !block)
                return;
            std::deque<std::string> now = std::exchange(texts, {});
            const std::optional<Lines> drawn = std::exchange(block, std::nullopt);
            if (const std::size_t count = std::exchange(left_out, 0))
                now.push_front("(" + std::to_string(count) + " earlier lines are left out)\n");
            is_busy = true;
            lock.unlock();
            const int error = write_all(compose(now, drawn));
            lock.lock();
            is_busy = false;
            has_failed = has_failed || error != 0;
            const bool is_lost = is_terminal && error == EIO;
            is_gone = is_gone || is_lost || error == EPIPE;
            changed.notify_all();
            if (is_lost && on_terminal_lost)
                std::exchange(on_terminal_lost, nullptr)();
        }
    }

    /// One text, so that nobody sees the block half drawn.
    std::string compose(const std::deque<std::string> &lines, const std::optional<Lines> &drawn) {
        std::string out;
        if (!can_redraw) {
            for (const std::string &line : lines)
                out += line;
            for (const std::string &line : drawn.value_or(Lines{}))
                out += line + "\n";
            return out;
        }
        if (is_in_background(fd)) { // what it draws would stand between other lines
            shown.clear();
            for (const std::string &line : lines)
                out += line;
            return out;
        }
        if (const std::size_t height = rows_shown(); height > 0)
            out += "\r\033[" + std::to_string(height) + "A";
        if (!lines.empty())
            out += "\033[J";
        for (const std::string &line : lines)
            out += line;
        if (drawn)
            shown = *drawn;
        for (const std::string &line : shown)
            out += line + "\033[K\n";
        return out + "\033[J";
    }

    /// A terminal that has become narrower has wrapped lines.
    std::size_t rows_shown() const {
        const auto size = size_of(fd);
        const std::size_t columns = size ? size->ws_col : 80;
        std::size_t out = 0;
        for (const std::string &line : shown)
            out += std::max<std::size_t>(1, (columns_of(line) + columns - 1) / columns);
        return out;
    }

    /// 0 or an errno.
    int write_all(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t count = ::write(fd, text.data(), text.size());
            if (count > 0) {
                text.remove_prefix(static_cast<std::size_t>(count));
            } else if (errno == EAGAIN) {
                pollfd stream{.fd = fd, .events = POLLOUT};
                ::poll(&stream, 1, -1);
            } else if (errno != EINTR) {
                return errno;
            }
        }
        return 0;
    }
};

Outlet::Outlet(int fd, std::function<void()> on_terminal_lost)
    : impl_(new Impl{.fd = fd, .on_terminal_lost = std::move(on_terminal_lost)}) {
    std::thread([impl = impl_] { impl->work(); }).detach();
}

Outlet::~Outlet() {
    const std::lock_guard lock(impl_->mutex);
    impl_->on_terminal_lost = nullptr;
    impl_->is_over = true;
    impl_->changed.notify_all();
}

bool Outlet::can_redraw() const {
    return impl_->can_redraw;
}

int Outlet::columns() const {
    const auto size = size_of(impl_->fd);
    return size ? size->ws_col : 80;
}

int Outlet::rows() const {
    const auto size = size_of(impl_->fd);
    return size ? size->ws_row : 0;
}

void Outlet::print(const std::string &text) {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->is_gone)
        return; // has_failed() says so
    impl_->texts.push_back(text);
    if (impl_->texts.size() > kMostTexts) {
        impl_->texts.pop_front();
        ++impl_->left_out;
    }
    impl_->changed.notify_all();
}

void Outlet::draw(Lines block) {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->is_gone)
        return;
    impl_->block = std::move(block);
    impl_->changed.notify_all();
}

void Outlet::clear() {
    const std::lock_guard lock(impl_->mutex);
    impl_->block = impl_->can_redraw ? std::optional<Lines>(Lines{}) : std::nullopt;
    impl_->changed.notify_all();
}

bool Outlet::drain(std::chrono::milliseconds patience) {
    std::unique_lock lock(impl_->mutex);
    return impl_->changed.wait_for(lock, patience, [&] { return impl_->is_idle(); }) &&
           !impl_->has_failed;
}

bool Outlet::has_failed() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->has_failed;
}

} // namespace headroom::app
