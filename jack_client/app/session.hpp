// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/overlay.hpp"
#include "config/profile.hpp"
#include "jack_client/app/signals.hpp"
#include "osc/nsm/session_client.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace headroom::app {

/// What one run of the program begins with, and where it keeps what is changed.
struct Home {
    Profile profile;
    std::filesystem::path overlay_file; ///< empty: for this run only
    std::string client_name = "headroom";
    std::filesystem::path session_folder{}; ///< empty outside a session
    std::string profile_reason{};           ///< why it is this profile, for people

    bool is_session() const { return !session_folder.empty(); }
};

using Say = std::function<void(const std::string &)>;

/// Announces the program to the session manager that NSM_URL names. nullptr where there is none;
/// what is wrong is said, for the program runs without. A port that is in use is exchanged for a
/// free one, for a manager cannot give options.
std::unique_ptr<osc::nsm::SessionClient>
announce_to_session_manager(std::uint16_t osc_port, const std::string &program, const Say &say);

struct HomeOptions {
    std::string profile; ///< name or file that was asked for; empty for none
    bool no_overlay = false;
    Say say;
};

/// The profile of a run that asks for none and has chosen none before.
inline constexpr const char *kDefaultProfile = "default";

/// The user's own: with the profile that was asked for, else the one that was chosen last at run
/// time, else the default. One that was chosen and does not load any more is said, and passed over.
Result<Home> own_home(const HomeOptions &options);

/// The home that a project is, made anew where nothing was saved. profile_for_new: empty for the
/// default.
tl::expected<Home, osc::nsm::Refusal> open_project(const osc::nsm::Project &project,
                                                   const std::string &profile_for_new);

/// Waits for the manager to open a project. Where the program may go alone and the manager does not
/// answer, or does not want it, that is the user's own home. Nothing where a signal has ended it.
Result<std::optional<Home>> managed_home(osc::nsm::SessionClient &manager, Signals &signals,
                                         const HomeOptions &options, bool may_go_alone);

} // namespace headroom::app
