// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/pipewire/registry.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

struct spa_pod;

namespace headroom::pipewire {

/// The volume in a parameter Props; nothing if it has none.
std::optional<Volume> volume_in(const spa_pod *props);

/// The profile device and the route of a parameter Route that plays.
std::optional<std::pair<int, Route>> route_in(const spa_pod *param);

/// Calls with the parameter that sets a node's volume, or a card's.
void with_props(const Volume &volume, const std::function<void(const spa_pod *)> &use);
void with_route(int profile_device, const Route &route,
                const std::function<void(const spa_pod *)> &use);

} // namespace headroom::pipewire
