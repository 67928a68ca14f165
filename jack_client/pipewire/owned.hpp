// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/pipewire/connection.hpp"
#include "jack_client/pipewire/library.hpp"

#include <memory>
#include <string>

namespace headroom::pipewire {

/// See Connection::create_node(). Without a core, one that has ended.
std::unique_ptr<Connection::Owned> own_node(const Library &library, pw_core *core,
                                            const std::string &properties);

/// See Connection::load_module().
std::unique_ptr<Connection::Owned> own_module(const Library &library, pw_context *context,
                                              const std::string &name,
                                              const std::string &arguments);

} // namespace headroom::pipewire
