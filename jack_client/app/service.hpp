// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

/// What a service manager such as systemd wants to hear; nothing where none has started the
/// program. By the protocol of sd_notify(3).
namespace headroom::app {

/// The program was started as a service: nobody looks at a terminal.
bool is_service();

/// "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=...".
void tell_service_manager(const std::string &state);

/// How often WATCHDOG=1 is wanted: half of the time after which the manager loses patience.
std::optional<std::chrono::milliseconds> watchdog_period();

/// How much a line matters to the journal.
enum class Priority { error = 3, warning = 4, notice = 5, information = 6 };

/// Writes a line of the program on standard error, with its priority when that is the journal. For
/// any thread.
void say(const std::string &line, Priority priority = Priority::information);
void say_notice(const std::string &line);

/// Takes lines in place of standard error, each with its end.
using Sayer = std::function<void(const std::string &text)>;
/// Hands the lines of say() to this; an empty one writes them again.
void say_through(Sayer sayer);

} // namespace headroom::app
