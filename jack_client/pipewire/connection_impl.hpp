// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/pipewire/connection.hpp"
#include "jack_client/pipewire/library.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <pipewire/extensions/metadata.h>
#include <set>
#include <string_view>

namespace headroom::pipewire {

struct Connection::Impl {
    /// A global whose own information or values are told.
    struct Bound {
        Impl &owner;
        std::uint32_t id;
        pw_proxy *proxy;
        spa_hook hook{};

        Bound(Impl &of, std::uint32_t global, pw_proxy *of_proxy)
            : owner(of), id(global), proxy(of_proxy) {}
        ~Bound() {
            spa_hook_remove(&hook);
            owner.library.proxy_destroy(proxy);
        }
        Bound(const Bound &) = delete;
        Bound &operator=(const Bound &) = delete;
    };

    /// Between attempts while PipeWire is gone; a socket that systemd keeps open tells nothing.
    static constexpr std::chrono::milliseconds kShortestPause{100};

    const Library &library;
    pw_loop *loop = nullptr;
    pw_context *context = nullptr;
    pw_core *core = nullptr; ///< nullptr while there is no connection
    pw_registry *globals = nullptr;
    spa_hook core_hook{};
    spa_hook globals_hook{};
    std::map<std::uint32_t, std::unique_ptr<Bound>> bound;
    pw_metadata *metadata = nullptr; ///< one of `bound`

    int view = -1;            ///< after this one all is known, unless more was bound meanwhile
    bool has_bound = false;   ///< since then
    bool is_complete = false; ///< the view was
    bool is_lost = false;     ///< to be closed, which a callback cannot do
    bool has_changed = false; ///< since `changed` was called
    bool has_found_late = false;
    std::uint64_t generation = 0;

    control::EventLoop *events = nullptr;
    control::EventLoop::Watch reading;
    control::EventLoop::Watch trying;
    std::chrono::milliseconds pause = kShortestPause;
    std::function<void()> changed;

    std::mutex mutex; ///< guards what follows; only the owner's thread writes it
    std::condition_variable news;
    Registry registry;
    std::set<std::uint64_t> missed; ///< serials that find_node() did not find in time
    bool is_open = false;

    explicit Impl(const Library &of) : library(of) {}
    ~Impl() {
        reading.end();
        close();
        if (context)
            library.context_destroy(context);
        if (loop) {
            pw_loop_leave(loop);
            library.loop_destroy(loop);
        }
    }
    Impl(const Impl &) = delete;
    Impl &operator=(const Impl &) = delete;

    bool prepare();
    bool connect();
    void close();
    void iterate(std::chrono::milliseconds patience);
    void read();
    void confirm_view();
    void try_again();
    /// Changes the registry; the function returns whether anything is new.
    template <class Change> void change(Change apply) {
        const std::lock_guard lock(mutex);
        has_changed = apply() || has_changed;
    }
    Bound *bind(std::uint32_t id, const char *type, std::uint32_t version);
    pw_proxy *proxy_of(std::uint32_t id) const;

    void add_global(std::uint32_t id, std::string_view type, const spa_dict *properties);
    void remove_global(std::uint32_t id);
    void on_done(int seq);
};

} // namespace headroom::pipewire
