// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/query/announcer.hpp"

#include "osc/query/avahi_loop.hpp"

#include <avahi-client/client.h>
#include <avahi-client/publish.h>
#include <avahi-common/alternative.h>
#include <avahi-common/error.h>
#include <avahi-common/malloc.h>
#include <net/if.h>
#include <utility>

namespace headroom::osc {

struct Announcer::Impl {
    Impl(control::EventLoop &on, Announcement what)
        : announcement(std::move(what)), loop(on), avahi(on) {}
    Impl(const Impl &) = delete;
    Impl &operator=(const Impl &) = delete;
    ~Impl() { disconnect(); }

    Announcement announcement;
    control::EventLoop &loop;
    AvahiLoop avahi;
    AvahiClient *client = nullptr;
    AvahiEntryGroup *group = nullptr; ///< belongs to the client
    control::EventLoop::Watch again;  ///< soon, to the daemon that was lost

    /// Waits for the daemon where it does not run.
    bool connect() {
        client = avahi_client_new(avahi.api(), AVAHI_CLIENT_NO_FAIL, on_client, this, nullptr);
        return client != nullptr;
    }

    void disconnect() {
        group = nullptr;
        if (client != nullptr)
            avahi_client_free(client);
        client = nullptr;
    }

    /// Is called by avahi_client_new() already.
    static void on_client(AvahiClient *of, AvahiClientState state, void *user) {
        auto &self = *static_cast<Impl *>(user);
        switch (state) {
        case AVAHI_CLIENT_S_RUNNING:
            self.publish(of);
            break;
        case AVAHI_CLIENT_S_COLLISION:
        case AVAHI_CLIENT_S_REGISTERING: // the host gets another name
            if (self.group != nullptr)
                avahi_entry_group_reset(self.group);
            break;
        case AVAHI_CLIENT_FAILURE:
            self.again = self.loop.on_turn_end([&self] {
                self.again.end();
                self.disconnect();
                self.connect();
            });
            break;
        case AVAHI_CLIENT_CONNECTING:
            break;
        }
    }

    static void on_group(AvahiEntryGroup *of, AvahiEntryGroupState state, void *user) {
        auto &self = *static_cast<Impl *>(user);
        if (state != AVAHI_ENTRY_GROUP_COLLISION)
            return;
        self.rename();
        avahi_entry_group_reset(of);
        self.fill(of);
    }

    void rename() {
        char *other = avahi_alternative_service_name(announcement.name.c_str());
        announcement.name = other;
        avahi_free(other);
    }

    void publish(AvahiClient *through) {
        if (group == nullptr)
            group = avahi_entry_group_new(through, on_group, this);
        if (group != nullptr && avahi_entry_group_is_empty(group) != 0)
            fill(group);
    }

    void fill(AvahiEntryGroup *into) {
        constexpr int kNames = 16;
        const AvahiIfIndex where = announcement.is_loopback
                                       ? static_cast<AvahiIfIndex>(::if_nametoindex("lo"))
                                       : AVAHI_IF_UNSPEC;
        const auto add = [&](const char *type) {
            return avahi_entry_group_add_service(
                into, where, AVAHI_PROTO_UNSPEC, AvahiPublishFlags{}, announcement.name.c_str(),
                type, nullptr, nullptr, announcement.port, nullptr);
        };
        for (int tries = 0; tries < kNames; ++tries) {
            int result = add("_osc._udp");
            if (result == AVAHI_OK && announcement.is_query)
                result = add("_oscjson._tcp");
            if (result == AVAHI_OK) {
                avahi_entry_group_commit(into);
                return;
            }
            if (result != AVAHI_ERR_COLLISION)
                return; // Avahi does not want it
            rename();
            avahi_entry_group_reset(into);
        }
    }
};

Announcer::Announcer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Announcer::~Announcer() = default;

std::unique_ptr<Announcer> Announcer::start(control::EventLoop &loop, Announcement announcement) {
    auto impl = std::make_unique<Impl>(loop, std::move(announcement));
    if (!impl->connect())
        return nullptr;
    return std::unique_ptr<Announcer>(new Announcer(std::move(impl)));
}

} // namespace headroom::osc
