// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/control_surface.hpp"
#include "jack_client/control/desired_state.hpp"
#include "jack_client/control/profile_keeper.hpp"
#include "jack_client/engine/engine.hpp"
#include "jack_client/jack/jack_session.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the running program tells of itself, from its parts. Belongs to the control thread.
namespace headroom::app {

/// The facts that are lists, of any length.
inline constexpr std::array<std::string_view, 6> kListFacts{"buses",      "sinks",   "order",
                                                            "sidechains", "inserts", "strips"};

/// What `headroom status` shows, in its order. osc_port: that it listens on.
std::vector<std::pair<std::string, control::StatusValue>>
program_status(const jack::SessionStatus &session, const engine::Engine &engine,
               const control::ProfileKeeper &keeper, const control::DesiredState &state,
               std::uint16_t osc_port);

/// What the rules saw of an application; nothing if it is not there.
std::optional<ApplicationNames> names_of_application(const jack::SessionStatus &session,
                                                     const std::string &name);

/// What conditions of profiles ask for, but for the time; nothing while there is no server.
std::optional<Surroundings> surroundings(const jack::SessionStatus &session);

/// What `headroom route list` shows.
std::vector<control::ApplicationStatus> application_status(const jack::SessionStatus &session);

} // namespace headroom::app
