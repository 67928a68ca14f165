// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/pipewire/owned.hpp"

namespace headroom::pipewire {

namespace {

class OwnedNode final : public Connection::Owned {
  public:
    OwnedNode(const Library &library, void *proxy)
        : library_(library), proxy_(static_cast<pw_proxy *>(proxy)) {
        static const pw_proxy_events events{
            .version = PW_VERSION_PROXY_EVENTS,
            .destroy =
                [](void *self) {
                    auto &node = *static_cast<OwnedNode *>(self);
                    spa_hook_remove(&node.hook_);
                    node.proxy_ = nullptr;
                },
            .removed = [](void *self) { static_cast<OwnedNode *>(self)->has_ended_ = true; },
            .error = [](void *self, int, int,
                        const char *) { static_cast<OwnedNode *>(self)->has_ended_ = true; }};
        if (proxy_)
            library_.proxy_add_listener(proxy_, &hook_, &events, this);
    }
    ~OwnedNode() override {
        if (proxy_)
            library_.proxy_destroy(proxy_);
    }
    OwnedNode(const OwnedNode &) = delete;
    OwnedNode &operator=(const OwnedNode &) = delete;

    bool has_ended() const override { return has_ended_ || !proxy_; }

  private:
    const Library &library_;
    pw_proxy *proxy_;
    spa_hook hook_{};
    bool has_ended_ = false;
};

class OwnedModule final : public Connection::Owned {
  public:
    OwnedModule(const Library &library, pw_impl_module *module)
        : library_(library), module_(module) {
        static const pw_impl_module_events events{
            .version = PW_VERSION_IMPL_MODULE_EVENTS, .destroy = [](void *self) {
                auto &owned = *static_cast<OwnedModule *>(self);
                spa_hook_remove(&owned.hook_);
                owned.module_ = nullptr;
            }};
        if (module_)
            library_.impl_module_add_listener(module_, &hook_, &events, this);
    }
    ~OwnedModule() override {
        if (module_)
            library_.impl_module_destroy(module_);
    }
    OwnedModule(const OwnedModule &) = delete;
    OwnedModule &operator=(const OwnedModule &) = delete;

    bool has_ended() const override { return !module_; }

  private:
    const Library &library_;
    pw_impl_module *module_;
    spa_hook hook_{};
};

} // namespace

std::unique_ptr<Connection::Owned> own_node(const Library &library, pw_core *core,
                                            const std::string &properties) {
    void *proxy = nullptr;
    if (core) {
        pw_properties *const given = library.properties_new_string(properties.c_str());
        proxy = pw_core_create_object(core, "adapter", PW_TYPE_INTERFACE_Node, PW_VERSION_NODE,
                                      &given->dict, 0);
        library.properties_free(given);
    }
    return std::make_unique<OwnedNode>(library, proxy);
}

std::unique_ptr<Connection::Owned> own_module(const Library &library, pw_context *context,
                                              const std::string &name,
                                              const std::string &arguments) {
    return std::make_unique<OwnedModule>(
        library, library.context_load_module(context, name.c_str(), arguments.c_str(), nullptr));
}

} // namespace headroom::pipewire
