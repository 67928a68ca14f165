// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/address_space.hpp"
#include "osc/peer.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace headroom::osc {

using TimePoint = std::chrono::steady_clock::time_point;

/// An answer is wanted; an update comes again, with the newest values, where it was not taken.
enum class Delivery { answer, update };

/// Sends one packet to a peer; false where it could not be sent now.
using Deliver = std::function<bool(const Peer &, std::span<const std::uint8_t>, Delivery)>;

/// Who wants to hear of what: for each subscriber the newest value of every address that changed
/// since it was last told, never a queue. Belongs to the control thread.
class Subscriptions {
  public:
    static constexpr std::size_t kPeers = 64;
    static constexpr std::size_t kPerPeer = 16;
    static constexpr int kDefaultRate_hz = 20;
    static constexpr int kMaximumRate_hz = 60;
    static constexpr std::chrono::seconds kLease{10};
    static constexpr std::chrono::seconds kKeepAlive{1};
    static constexpr std::chrono::seconds kResync{10};

    /// The epoch goes out in every keep-alive: another one tells of a restart.
    Subscriptions(const AddressSpace &addresses, std::int32_t epoch, Deliver deliver);

    /// Everything that the pattern covers is due at once; later changes, and meters all the time,
    /// at most `rate_hz` times a second. The same pattern in the same form is replaced.
    tl::expected<void, Refusal> subscribe(const Peer &peer, std::string_view pattern, int rate_hz,
                                          Role form, TimePoint now);
    /// Without a pattern everything. Returns how many subscriptions ended.
    int unsubscribe(const Peer &peer, std::optional<std::string_view> pattern);

    /// For a peer that cannot renew a lease: it never ends, and as nobody knows when the peer
    /// starts to listen, everything comes again every kResync.
    tl::expected<void, Refusal> subscribe_for_good(const Peer &peer, std::string_view pattern,
                                                   int rate_hz, Role form, TimePoint now);

    /// Any packet of a peer renews its lease.
    void renew(const Peer &peer, TimePoint now);
    /// A connection that is gone.
    void forget(const Peer &peer);

    void changed(Item item);
    /// The peer has just been told the newest value in this form.
    void told(const Peer &peer, Item item, Role form);

    /// Sends what is due and ends leases that ran out. Returns when it wants to be called again;
    /// nothing where nobody listens.
    std::optional<TimePoint> flush(TimePoint now);

  private:
    struct Subscription {
        std::string pattern;
        Role form;
        std::chrono::nanoseconds interval;
        TimePoint due;
        std::vector<bool> covers; ///< by item, parameters only
        std::vector<bool> dirty;  ///< by item, parameters only
        std::vector<Item> meters;
        bool any_dirty = true;

        void everything_again();
    };
    struct Subscriber {
        Peer peer;
        TimePoint heard;
        TimePoint keep_alive_due;
        std::optional<TimePoint> resync_due; ///< of a peer without a lease
        std::vector<Subscription> subscriptions;
    };

    Subscriber *find(const Peer &peer);
    void send_due(const Subscriber &to, Subscription &subscription, TimePoint now);

    const AddressSpace &addresses_;
    std::int32_t epoch_;
    Deliver deliver_;
    std::vector<Subscriber> subscribers_;
};

} // namespace headroom::osc
