// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
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

/// What stands before a line on standard error, so that the journal knows how much it matters;
/// empty where the line does not go to the journal.
enum class Priority { error = 3, warning = 4, notice = 5, information = 6 };
std::string journal_prefix(Priority priority);

} // namespace headroom::app
