// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/pipewire/library.hpp"

#include <dlfcn.h>
#include <string>

namespace headroom::pipewire {

namespace {

constexpr const char *kFile = "libpipewire-0.3.so.0";

/// libjack of PipeWire has loaded the same file.
Result<Library> load_once() {
    Library out{};
    void *const file = dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
    bool is_whole = file != nullptr;
    const auto take = [&](auto &function, const char *name) {
        if (is_whole)
            function =
                reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(file, name));
        is_whole = is_whole && function != nullptr;
    };
    take(out.init, "pw_init");
    take(out.loop_new, "pw_loop_new");
    take(out.loop_destroy, "pw_loop_destroy");
    take(out.context_new, "pw_context_new");
    take(out.context_destroy, "pw_context_destroy");
    take(out.context_connect, "pw_context_connect");
    take(out.context_load_module, "pw_context_load_module");
    take(out.impl_module_add_listener, "pw_impl_module_add_listener");
    take(out.impl_module_destroy, "pw_impl_module_destroy");
    take(out.core_disconnect, "pw_core_disconnect");
    take(out.proxy_add_listener, "pw_proxy_add_listener");
    take(out.proxy_destroy, "pw_proxy_destroy");
    take(out.properties_new_string, "pw_properties_new_string");
    take(out.properties_free, "pw_properties_free");
    if (!is_whole) {
        const char *const why = dlerror(); // NOLINT(concurrency-mt-unsafe)
        return failure(std::string("cannot load PipeWire's library: ") + (why ? why : kFile),
                       "install the package libpipewire-0.3-0");
    }
    out.init(nullptr, nullptr);
    return out;
}

} // namespace

Result<const Library *> Library::load() {
    static const Result<Library> library = load_once();
    if (!library)
        return tl::unexpected(library.error());
    return &*library;
}

} // namespace headroom::pipewire
