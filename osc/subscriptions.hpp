// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/address_space.hpp"
#include "osc/flow.hpp"
#include "osc/peer.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace headroom::osc {

/// An answer is wanted; an update comes again, with the newest values, where it was not taken.
enum class Delivery { answer, update };

/// Sends one packet to a peer; false where it could not be sent now.
using Deliver = std::function<bool(const Peer &, std::span<const std::uint8_t>, Delivery)>;

/// What a subscriber wants to hear of, how often at most, and how.
struct Interest {
    static constexpr int kMaximumRate_hz = 60;

    std::string pattern = "/headroom"; ///< covers what is below it
    int rate_hz = 20;                  ///< 1..kMaximumRate_hz
    Role form = Role::natural;         ///< or norm or text
    bool is_packed = false;            ///< meters only, many in one blob of natural values
};

/// The meters of a packed subscription in their order, and a number that tells orders apart.
struct MeterLayout {
    std::int32_t hash = 0; ///< FNV-1a over the addresses, each with a newline behind it
    std::vector<Item> meters;
};

/// Who wants to hear of what: for each subscriber the newest value of every address that changed
/// since it was last told, never a queue. Belongs to the control thread.
class Subscriptions {
  public:
    static constexpr std::size_t kPeers = 64;
    static constexpr std::size_t kPerPeer = 16;
    static constexpr std::size_t kMetersInBlob = 256;
    static constexpr std::chrono::seconds kLease{10};
    static constexpr std::chrono::seconds kKeepAlive{1};
    static constexpr std::chrono::seconds kResync{10};

    /// The epoch goes out in every keep-alive: another one tells of a restart. Without flow control
    /// nothing is held back.
    Subscriptions(const AddressSpace &addresses, std::int32_t epoch, Deliver deliver,
                  bool flow_control = true);

    /// Everything that the pattern covers is due at once; later changes, and meters all the time,
    /// at most at the rate. The same pattern in the same form is replaced.
    tl::expected<void, Refusal> subscribe(const Peer &peer, const Interest &interest,
                                          TimePoint now);
    /// Without a pattern everything. Returns how many subscriptions ended.
    int unsubscribe(const Peer &peer, std::optional<std::string_view> pattern);

    /// For a peer that cannot renew a lease: it never ends, and as nobody knows when the peer
    /// starts to listen, everything comes again every kResync.
    tl::expected<void, Refusal> subscribe_for_good(const Peer &peer, const Interest &interest,
                                                   TimePoint now);

    /// Takes back every subscribe_for_good().
    void end_for_good();
    std::vector<Peer> peers() const;

    /// The peer has got the packets of updates with these numbers; from the first time on its
    /// packets are numbered.
    void acknowledge(const Peer &peer, std::span<const std::int32_t> numbers, TimePoint now);

    /// What the blobs of a packed subscription hold.
    tl::expected<MeterLayout, std::string> meter_layout(std::string_view pattern) const;

    /// The address space has grown: what is new in it is due to those who subscribe to it.
    void grow();

    /// Any packet of a peer renews its lease.
    void renew(const Peer &peer, TimePoint now);
    /// A connection that is gone.
    void forget(const Peer &peer);

    /// Sends one message to every peer that subscribes to anything.
    void tell_all(const Message &message) const;

    void changed(Item item);
    /// The peer has just been told the newest value in this form. One that acknowledges is told
    /// again, in a packet whose number says that it is newer than others on their way.
    void told(const Peer &peer, Item item, Role form);

    /// Sends what is due and ends leases that ran out. Returns when it wants to be called again;
    /// nothing where nobody listens.
    std::optional<TimePoint> flush(TimePoint now);

  private:
    struct Subscription {
        Interest interest;
        std::chrono::nanoseconds interval;
        TimePoint due;
        std::vector<bool> covers; ///< by item, parameters only
        std::vector<bool> dirty;  ///< by item, parameters only
        MeterLayout layout;
        std::size_t next_meter = 0; ///< the one that has waited longest
        bool any_dirty = true;
        bool is_for_good = false;

        void everything_again();
        void again(Item item);
        bool waits() const { return any_dirty || !layout.meters.empty(); }
    };
    struct Subscriber {
        Peer peer;
        TimePoint heard;
        TimePoint keep_alive_due;
        std::optional<TimePoint> resync_due; ///< of a peer without a lease
        Flow flow;
        std::vector<Subscription> subscriptions;

        void again(std::span<const Item> lost);
    };
    /// A value as it goes out; the same for all subscribers of one flush.
    struct Encoded {
        std::uint64_t flush = 0;
        std::vector<std::uint8_t> bytes;
    };

    Subscriber *find(const Peer &peer);
    void send_due(Subscriber &to, Subscription &subscription, TimePoint now);
    /// False where something is left.
    bool send_changes(Subscriber &to, Subscription &subscription, TimePoint now);
    void send_meters(Subscriber &to, Subscription &subscription, TimePoint now);
    void send_packed(Subscriber &to, Subscription &subscription, TimePoint now);
    /// False where it may not, or cannot, go now.
    bool send(Subscriber &to, PacketBuilder &packet, Flow::Load load,
              const std::vector<Item> &changes, TimePoint now);
    std::span<const std::uint8_t> encoded(Item item, Role form);

    const AddressSpace &addresses_;
    std::int32_t epoch_;
    Deliver deliver_;
    bool flow_control_;
    std::vector<Subscriber> subscribers_;
    std::vector<Encoded> encoded_; ///< by item and form
    std::uint64_t flushes_ = 0;
};

} // namespace headroom::osc
