// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/console.hpp"

#include "jack_client/app/service.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace headroom::app {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMoment{500};
constexpr milliseconds kLookAgain{100};

bool is_same_terminal(int a, int b) {
    struct stat first {};
    struct stat second {};
    return ::isatty(a) == 1 && ::isatty(b) == 1 && ::fstat(a, &first) == 0 &&
           ::fstat(b, &second) == 0 && first.st_rdev == second.st_rdev;
}

} // namespace

Console::Console(bool is_json, const std::function<void()> &on_terminal_lost)
    : messages_(std::make_shared<Outlet>(STDERR_FILENO, on_terminal_lost)),
      results_(is_same_terminal(STDOUT_FILENO, STDERR_FILENO)
                   ? messages_
                   : std::make_shared<Outlet>(STDOUT_FILENO, on_terminal_lost)),
      display_(is_json ? messages_.get() : results_.get()) {
    say_through([messages = messages_](const std::string &text) { messages->print(text); });
}

Console::~Console() {
    say_through({});
    drain();
}

bool Console::finish(const std::string &summary, const std::function<bool()> &is_hurried) {
    display_->clear();
    results_->print(summary);
    while (!is_hurried())
        if (results_->drain(kLookAgain))
            return true;
        else if (results_->has_failed())
            return false;
    return results_->drain(kMoment);
}

void Console::drain() {
    messages_->drain(kMoment);
}

} // namespace headroom::app
