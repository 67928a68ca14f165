// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/pipewire/connection.hpp"

#include "jack_client/pipewire/library.hpp"
#include "jack_client/pipewire/owned.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <pipewire/extensions/metadata.h>
#include <string_view>
#include <utility>

namespace headroom::pipewire {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// How long PipeWire may take to tell of all that is there.
constexpr milliseconds kFirstView = 5s;
/// Between attempts while PipeWire is gone; a socket that systemd keeps open tells nothing.
constexpr milliseconds kShortestPause = 100ms;
constexpr milliseconds kLongestPause = 1600ms;

constexpr const char *kClient = "{ application.name = headroom }";

Properties properties_of(const spa_dict *dict) {
    Properties out;
    const spa_dict_item *item = nullptr;
    if (dict)
        spa_dict_for_each(item, dict) if (item->value) out.emplace(item->key, item->value);
    return out;
}

tl::unexpected<Diagnostic> no_answer() {
    return failure("PipeWire does not answer", "start PipeWire and WirePlumber in your session");
}

} // namespace

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

    const Library &library;
    pw_loop *loop = nullptr;
    pw_context *context = nullptr;
    pw_core *core = nullptr; ///< nullptr while there is no connection
    pw_registry *globals = nullptr;
    spa_hook core_hook{};
    spa_hook globals_hook{};
    std::map<std::uint32_t, std::unique_ptr<Bound>> bound;
    pw_metadata *metadata = nullptr; ///< one of `bound`

    int last_done = -1;       ///< of the requests that PipeWire was asked to confirm
    int view = -1;            ///< after this one all is known, unless more was bound meanwhile
    bool has_bound = false;   ///< since then
    bool is_complete = false; ///< the view was
    bool is_lost = false;     ///< to be closed, which a callback cannot do
    bool has_changed = false; ///< since `changed` was called
    std::uint64_t generation = 0;

    control::EventLoop *events = nullptr;
    control::EventLoop::Watch reading;
    control::EventLoop::Watch trying;
    milliseconds pause = kShortestPause;
    std::function<void()> changed;

    std::mutex mutex; ///< guards what follows; only the owner's thread writes it
    std::condition_variable news;
    Registry registry;
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
    void iterate(milliseconds patience);
    void read();
    void confirm_view();
    void try_again();
    template <class Change> void change(Change apply);
    template <class Events>
    Bound &bind(std::uint32_t id, const char *type, std::uint32_t version, const Events &listener);

    void add_global(std::uint32_t id, std::string_view type, const spa_dict *properties);
    void on_done(int seq);
};

/// Changes the registry; the function returns whether anything is new.
template <class Change> void Connection::Impl::change(Change apply) {
    const std::lock_guard lock(mutex);
    has_changed = apply() || has_changed;
}

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
        .global_remove =
            [](void *self, std::uint32_t id) {
                auto &impl = *static_cast<Impl *>(self);
                if (const auto found = impl.bound.find(id); found != impl.bound.end()) {
                    if (static_cast<void *>(found->second->proxy) == impl.metadata)
                        impl.metadata = nullptr;
                    impl.bound.erase(found);
                }
                impl.change([&] { return impl.registry.remove(id); });
            }};
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
    is_open = false;
    news.notify_all();
}

void Connection::Impl::confirm_view() {
    has_bound = false;
    view = pw_core_sync(core, PW_ID_CORE, 0);
}

void Connection::Impl::on_done(int seq) {
    last_done = seq;
    if (seq != view || is_complete)
        return;
    if (has_bound)
        return confirm_view();
    is_complete = has_changed = true;
    ++generation;
    pause = kShortestPause;
}

template <class Events>
Connection::Impl::Bound &Connection::Impl::bind(std::uint32_t id, const char *type,
                                                std::uint32_t version, const Events &listener) {
    auto *const proxy = static_cast<pw_proxy *>(pw_registry_bind(globals, id, type, version, 0));
    const auto [added, is_new] =
        bound.insert_or_assign(id, std::make_unique<Bound>(*this, id, proxy));
    has_bound = true;
    Bound &out = *added->second;
    listener(out);
    return out;
}

void Connection::Impl::add_global(std::uint32_t id, std::string_view type,
                                  const spa_dict *properties) {
    const auto add = [&](Kind kind) {
        change([&] {
            registry.add(id, kind, properties_of(properties));
            return true;
        });
    };
    if (type == PW_TYPE_INTERFACE_Node) {
        static const pw_node_events node_events{
            .version = PW_VERSION_NODE_EVENTS, .info = [](void *self, const pw_node_info *info) {
                const auto &node = *static_cast<Bound *>(self);
                Properties told = properties_of(info->props);
                told["n-input-ports"] = std::to_string(info->n_input_ports);
                node.owner.change([&] { return node.owner.registry.update(node.id, told); });
            }};
        add(Kind::node);
        bind(id, PW_TYPE_INTERFACE_Node, PW_VERSION_NODE, [](Bound &node) {
            pw_node_add_listener(reinterpret_cast<pw_node *>(node.proxy), &node.hook, &node_events,
                                 &node);
        });
    } else if (type == PW_TYPE_INTERFACE_Client) {
        static const pw_client_events client_events{
            .version = PW_VERSION_CLIENT_EVENTS,
            .info = [](void *self, const pw_client_info *info) {
                const auto &client = *static_cast<Bound *>(self);
                client.owner.change([&] {
                    return client.owner.registry.update(client.id, properties_of(info->props));
                });
            }};
        add(Kind::client);
        bind(id, PW_TYPE_INTERFACE_Client, PW_VERSION_CLIENT, [](Bound &client) {
            pw_client_add_listener(reinterpret_cast<pw_client *>(client.proxy), &client.hook,
                                   &client_events, &client);
        });
    } else if (type == PW_TYPE_INTERFACE_Metadata && !metadata &&
               properties_of(properties)[PW_KEY_METADATA_NAME] == "default") {
        static const pw_metadata_events metadata_events{
            .version = PW_VERSION_METADATA_EVENTS,
            .property = [](void *self, std::uint32_t subject, const char *key, const char *,
                           const char *value) {
                const auto text = [](const char *of) {
                    return of ? std::optional<std::string>(of) : std::nullopt;
                };
                auto &impl = static_cast<Bound *>(self)->owner;
                impl.change([&] {
                    impl.registry.set_metadata(subject, text(key), text(value));
                    return true;
                });
                return 0;
            }};
        add(Kind::metadata);
        Bound &found = bind(id, PW_TYPE_INTERFACE_Metadata, PW_VERSION_METADATA, [](Bound &values) {
            pw_metadata_add_listener(reinterpret_cast<pw_metadata *>(values.proxy), &values.hook,
                                     &metadata_events, &values);
        });
        metadata = reinterpret_cast<pw_metadata *>(found.proxy);
    }
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

bool Connection::finish_requests(milliseconds patience) {
    if (!impl_->core)
        return false;
    const int request = pw_core_sync(impl_->core, PW_ID_CORE, 0);
    return wait_until([&] { return impl_->last_done == request; }, patience);
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
    return out;
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

std::unique_ptr<Connection::Owned> Connection::create_node(const std::string &properties) {
    return own_node(impl_->library, impl_->core, properties);
}

std::unique_ptr<Connection::Owned> Connection::load_module(const std::string &name,
                                                           const std::string &arguments) {
    return own_module(impl_->library, impl_->context, name, arguments);
}

} // namespace headroom::pipewire
