// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/address_space.hpp"
#include "osc/subscriptions.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace headroom::osc {

/// Which addresses the clients of OSCQuery listen to, and what of it they have not been told yet:
/// the newest value of each address, never a queue. Belongs to the control thread.
class Listeners {
  public:
    static constexpr std::chrono::milliseconds kInterval{50}; ///< between updates to one client

    Listeners(const AddressSpace &addresses, Deliver deliver)
        : addresses_(addresses), deliver_(std::move(deliver)) {}

    /// {"COMMAND": "LISTEN" or "IGNORE", "DATA": address}. Whatever else it is does nothing, and is
    /// false.
    bool command(const Peer &peer, std::string_view json);
    void forget(const Peer &peer) { peers_.erase(peer.connection); }

    /// Whether anybody listens to it.
    bool changed(Item item);

    /// Sends what is due. Returns when it wants to be called again; nothing where nobody waits for
    /// anything.
    std::optional<TimePoint> flush(TimePoint now);

  private:
    struct Listened {
        bool is_dirty = true;
        Argument told; ///< newest value sent, by which a meter knows that it has moved
    };
    struct Listener {
        Peer peer;
        TimePoint due;
        std::map<const Entry *, Listened> entries;
    };

    bool has_news(const Entry &entry, const Listened &listened) const;
    void send_due(Listener &listener);

    const AddressSpace &addresses_;
    Deliver deliver_;
    std::map<std::uint64_t, Listener> peers_; ///< by connection
};

} // namespace headroom::osc
