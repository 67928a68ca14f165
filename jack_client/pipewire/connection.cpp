// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/pipewire/connection.hpp"

#include "jack_client/pipewire/connection_impl.hpp"
#include "jack_client/pipewire/owned.hpp"
#include "jack_client/pipewire/volume_pod.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace headroom::pipewire {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// How long PipeWire may take to tell of all that is there.
constexpr milliseconds kFirstView = 5s;
/// Between attempts while PipeWire is gone.
constexpr milliseconds kLongestPause = 1600ms;

constexpr const char *kClient = "{ application.name = headroom }";

tl::unexpected<Diagnostic> no_answer() {
    return failure("PipeWire does not answer", "start PipeWire and WirePlumber in your session");
}

} // namespace

bool Connection::Impl::prepare() {
    loop = library.loop_new(nullptr);
    if (!loop)
        return false;
    pw_loop_enter(loop);
    context = library.context_new(loop, nullptr, 0);
    return context != nullptr;
}

bool Connection::Impl::connect() {
    core = library.context_connect(context, library.properties_new_string(kClient), 0);
    if (!core)
        return false;
    static const pw_core_events core_events{
        .version = PW_VERSION_CORE_EVENTS,
        .info =
            [](void *self, const pw_core_info *info) {
                auto &impl = *static_cast<Impl *>(self);
                impl.change([&] {
                    impl.registry.add(PW_ID_CORE, Kind::core, {{"core.version", info->version}});
                    return true;
                });
            },
        .done = [](void *self, std::uint32_t, int seq) { static_cast<Impl *>(self)->on_done(seq); },
        .error =
            [](void *self, std::uint32_t id, int, int result, const char *) {
                auto &impl = *static_cast<Impl *>(self);
                impl.is_lost = impl.is_lost || (id == PW_ID_CORE && result == -EPIPE);
            }};
    pw_core_add_listener(core, &core_hook, &core_events, this);
    globals = pw_core_get_registry(core, PW_VERSION_REGISTRY, 0);
    static const pw_registry_events global_events{
        .version = PW_VERSION_REGISTRY_EVENTS,
        .global =
            [](void *self, std::uint32_t id, std::uint32_t, const char *type, std::uint32_t,
               const spa_dict *properties) {
                static_cast<Impl *>(self)->add_global(id, type, properties);
            },
        .global_remove = [](void *self,
                            std::uint32_t id) { static_cast<Impl *>(self)->remove_global(id); }};
    pw_registry_add_listener(globals, &globals_hook, &global_events, this);
    confirm_view();
    const std::lock_guard lock(mutex);
    is_open = true;
    return true;
}

void Connection::Impl::close() {
    metadata = nullptr;
    bound.clear();
    if (core) {
        spa_hook_remove(&globals_hook);
        library.proxy_destroy(reinterpret_cast<pw_proxy *>(std::exchange(globals, nullptr)));
        spa_hook_remove(&core_hook);
        library.core_disconnect(std::exchange(core, nullptr));
    }
    is_lost = is_complete = false;
    const std::lock_guard lock(mutex);
    registry.clear();
    missed.clear();
    is_open = false;
    news.notify_all();
}

void Connection::Impl::confirm_view() {
    has_bound = false;
    view = pw_core_sync(core, PW_ID_CORE, 0);
}

void Connection::Impl::on_done(int seq) {
    if (seq != view || is_complete)
        return;
    if (has_bound)
        return confirm_view();
    is_complete = has_changed = true;
    ++generation;
    pause = kShortestPause;
}

void Connection::Impl::iterate(milliseconds patience) {
    pw_loop_iterate(loop, static_cast<int>(patience.count()));
    if (is_lost) {
        close();
        has_changed = true;
        try_again();
    }
    if (has_changed) {
        const std::lock_guard lock(mutex);
        news.notify_all();
        const auto found = std::erase_if(
            missed, [this](std::uint64_t serial) { return registry.find_node(serial); });
        has_found_late = has_found_late || found > 0;
    }
}

void Connection::Impl::read() {
    iterate(0ms);
    if ((is_complete || !core) && std::exchange(has_changed, false))
        changed();
}

void Connection::Impl::try_again() {
    if (events)
        trying = events->on_timer(pause, [this] {
            pause = std::min(2 * pause, kLongestPause);
            return connect() ? milliseconds(-1) : pause;
        });
}

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::open() {
    const auto library = Library::load();
    if (!library)
        return tl::unexpected(library.error());
    auto impl = std::make_unique<Impl>(**library);
    if (!impl->prepare() || !impl->connect())
        return no_answer();
    std::unique_ptr<Connection> out(new Connection(std::move(impl)));
    if (!out->wait_until([&] { return out->impl_->is_complete; }, kFirstView))
        return no_answer();
    return out;
}

const Registry &Connection::registry() const {
    return impl_->registry;
}

bool Connection::wait_until(const std::function<bool()> &holds, milliseconds patience) {
    const auto deadline = Clock::now() + patience;
    while (!holds()) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
        if (!impl_->core || left <= milliseconds::zero())
            return false;
        impl_->iterate(left);
    }
    return true;
}

void Connection::read_in(control::EventLoop &loop, std::function<void()> changed) {
    impl_->events = &loop;
    impl_->changed = std::move(changed);
    impl_->reading = loop.on_readable(pw_loop_get_fd(impl_->loop), [this] { impl_->read(); });
    if (!impl_->core)
        impl_->try_again();
}

std::uint64_t Connection::generation() const {
    return impl_->is_complete ? impl_->generation : 0;
}

std::optional<Node> Connection::find_node(std::uint64_t serial, milliseconds patience) {
    std::unique_lock lock(impl_->mutex);
    std::optional<Node> out;
    impl_->news.wait_for(lock, patience, [&] {
        out = impl_->registry.find_node(serial);
        return out || !impl_->is_open;
    });
    if (!out && impl_->is_open)
        impl_->missed.insert(serial);
    return out;
}

bool Connection::take_found_late() {
    return std::exchange(impl_->has_found_late, false);
}

void Connection::set_metadata(std::uint32_t subject, const std::string &key, const char *type,
                              const std::optional<std::string> &value) {
    if (impl_->metadata)
        pw_metadata_set_property(impl_->metadata, subject, key.c_str(), value ? type : nullptr,
                                 value ? value->c_str() : nullptr);
}

void Connection::destroy(std::uint32_t id) {
    if (impl_->globals)
        pw_registry_destroy(impl_->globals, id);
}

void Connection::set_volume(std::uint32_t node, const Volume &volume) {
    const auto card = impl_->registry.card_of(node);
    if (auto *const proxy = impl_->proxy_of(card ? card->device : node); !proxy)
        return;
    else if (card)
        with_route(card->profile_device, {card->route.index, volume}, [&](const spa_pod *param) {
            pw_device_set_param(reinterpret_cast<pw_device *>(proxy), SPA_PARAM_Route, 0, param);
        });
    else
        with_props(volume, [&](const spa_pod *param) {
            pw_node_set_param(reinterpret_cast<pw_node *>(proxy), SPA_PARAM_Props, 0, param);
        });
}

std::unique_ptr<Connection::Owned> Connection::create_node(const std::string &properties) {
    return own_node(impl_->library, impl_->core, properties);
}

std::unique_ptr<Connection::Owned> Connection::load_module(const std::string &name,
                                                           const std::string &arguments) {
    return own_module(impl_->library, impl_->context, name, arguments);
}

} // namespace headroom::pipewire
