// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <pipewire/impl-module.h>
#include <pipewire/pipewire.h>

namespace headroom::pipewire {

/// The functions of libpipewire that are not inline. Loaded when they are needed: the same program
/// runs if only JACK2 is there.
struct Library {
    decltype(&pw_init) init;
    decltype(&pw_loop_new) loop_new;
    decltype(&pw_loop_destroy) loop_destroy;
    decltype(&pw_context_new) context_new;
    decltype(&pw_context_destroy) context_destroy;
    decltype(&pw_context_connect) context_connect;
    decltype(&pw_context_load_module) context_load_module;
    decltype(&pw_impl_module_add_listener) impl_module_add_listener;
    decltype(&pw_impl_module_destroy) impl_module_destroy;
    decltype(&pw_core_disconnect) core_disconnect;
    decltype(&pw_proxy_add_listener) proxy_add_listener;
    decltype(&pw_proxy_destroy) proxy_destroy;
    decltype(&pw_properties_new_string) properties_new_string;
    decltype(&pw_properties_free) properties_free;

    /// Loads it at the first call, for as long as the program runs. Not real-time safe.
    static Result<const Library *> load();
};

} // namespace headroom::pipewire
