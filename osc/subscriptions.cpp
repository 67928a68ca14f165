// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/subscriptions.hpp"

#include "osc/blob.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace headroom::osc {

namespace {

constexpr std::chrono::milliseconds kRetry{20}; ///< of changes that had no room

/// Meters that are due at the same rate are due together, so that they are encoded once.
TimePoint next_tick(TimePoint now, std::chrono::nanoseconds interval) {
    return TimePoint((now.time_since_epoch() / interval + 1) * interval);
}

/// Applications that the pattern covers may come.
bool is_of_strips(std::string_view pattern) {
    return pattern.starts_with("/headroom/strip") || pattern.starts_with("/headroom/meter/strip");
}

/// A packet that begins with its number, where it has one.
PacketBuilder numbered_packet(const Flow &flow) {
    PacketBuilder packet;
    if (const auto number = flow.number())
        packet.add(encode({"/headroom/ack", {*number}}));
    return packet;
}

} // namespace

Subscriptions::Subscriptions(const AddressSpace &addresses, std::int32_t epoch, Deliver deliver,
                             bool flow_control)
    : addresses_(addresses),
      epoch_(epoch),
      deliver_(std::move(deliver)),
      flow_control_(flow_control),
      encoded_(3 * addresses.size()) {}

Subscriptions::Subscriber *Subscriptions::find(const Peer &peer) {
    const auto at = std::find_if(subscribers_.begin(), subscribers_.end(),
                                 [&](const Subscriber &known) { return known.peer == peer; });
    return at != subscribers_.end() ? &*at : nullptr;
}

tl::expected<void, Refusal> Subscriptions::subscribe(const Peer &peer, const Interest &interest,
                                                     TimePoint now) {
    const auto items = addresses_.covered(interest.pattern);
    if (!items)
        return tl::unexpected<Refusal>({ErrorCode::unknown_address, items.error()});
    MeterLayout layout = *meter_layout(interest.pattern);
    if ((items->empty() || (interest.is_packed && layout.meters.empty())) &&
        !is_of_strips(interest.pattern))
        return tl::unexpected<Refusal>(
            {ErrorCode::unknown_address,
             interest.is_packed ? "the pattern matches no meter"
                                : "the pattern matches neither a parameter nor a meter"});

    Subscriber *subscriber = find(peer);
    if (subscriber == nullptr) {
        if (subscribers_.size() >= kPeers)
            return tl::unexpected<Refusal>(
                {ErrorCode::too_many,
                 std::to_string(kPeers) + " peers have subscriptions already, which is the limit"});
        subscriber =
            &subscribers_.emplace_back(Subscriber{peer, now, now, {}, Flow(flow_control_), {}});
    }
    auto &list = subscriber->subscriptions;
    std::erase_if(list, [&](const Subscription &known) {
        return known.interest.pattern == interest.pattern && known.interest.form == interest.form &&
               known.interest.is_packed == interest.is_packed;
    });
    if (list.size() >= kPerPeer)
        return tl::unexpected<Refusal>(
            {ErrorCode::too_many,
             "a peer has at most " + std::to_string(kPerPeer) + " subscriptions"});

    Subscription added{interest,
                       std::chrono::nanoseconds(std::chrono::seconds(1)) / interest.rate_hz,
                       now,
                       std::vector<bool>(addresses_.size()),
                       std::vector<bool>(addresses_.size()),
                       std::move(layout)};
    for (const Item item : *items)
        added.covers[item] = !interest.is_packed && !addresses_.is_meter(item);
    added.everything_again();
    list.push_back(std::move(added));
    return {};
}

tl::expected<MeterLayout, std::string> Subscriptions::meter_layout(std::string_view pattern) const {
    const auto items = addresses_.covered(pattern);
    if (!items)
        return tl::unexpected(items.error());
    MeterLayout layout;
    std::uint32_t hash = 2166136261u;
    for (const Item item : *items) {
        if (!addresses_.is_meter(item))
            continue;
        layout.meters.push_back(item);
        for (const char c : addresses_.entry(item, Role::natural).address + "\n")
            hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619u;
    }
    layout.hash = std::bit_cast<std::int32_t>(hash);
    return layout;
}

void Subscriptions::grow() {
    encoded_.resize(3 * addresses_.size());
    for (Subscriber &subscriber : subscribers_)
        for (Subscription &subscription : subscriber.subscriptions) {
            const std::size_t known = subscription.covers.size();
            subscription.covers.resize(addresses_.size());
            subscription.dirty.resize(addresses_.size());
            const auto items = addresses_.covered(subscription.interest.pattern);
            for (const Item item : *items)
                if (item >= known && !subscription.interest.is_packed &&
                    !addresses_.is_meter(item)) {
                    subscription.covers[item] = true;
                    subscription.again(item);
                }
            subscription.layout = *meter_layout(subscription.interest.pattern);
            subscription.next_meter = 0;
        }
}

void Subscriptions::Subscription::everything_again() {
    dirty = covers;
    any_dirty = true;
}

void Subscriptions::Subscription::again(Item item) {
    if (covers[item]) {
        dirty[item] = true;
        any_dirty = true;
    }
}

void Subscriptions::Subscriber::again(std::span<const Item> lost) {
    for (Subscription &subscription : subscriptions)
        for (const Item item : lost)
            subscription.again(item);
}

tl::expected<void, Refusal>
Subscriptions::subscribe_for_good(const Peer &peer, const Interest &interest, TimePoint now) {
    auto subscribed = subscribe(peer, interest, now);
    if (subscribed) {
        Subscriber &subscriber = *find(peer);
        subscriber.resync_due = now + kResync;
        subscriber.subscriptions.back().is_for_good = true;
    }
    return subscribed;
}

void Subscriptions::end_for_good() {
    for (Subscriber &subscriber : subscribers_) {
        subscriber.resync_due.reset();
        std::erase_if(subscriber.subscriptions,
                      [](const Subscription &known) { return known.is_for_good; });
    }
    std::erase_if(subscribers_,
                  [](const Subscriber &known) { return known.subscriptions.empty(); });
}

std::vector<Peer> Subscriptions::peers() const {
    std::vector<Peer> out;
    for (const Subscriber &subscriber : subscribers_)
        out.push_back(subscriber.peer);
    return out;
}

void Subscriptions::acknowledge(const Peer &peer, std::span<const std::int32_t> numbers,
                                TimePoint now) {
    if (Subscriber *subscriber = find(peer))
        for (const std::int32_t number : numbers)
            subscriber->again(subscriber->flow.acknowledge(number, now));
}

int Subscriptions::unsubscribe(const Peer &peer, std::optional<std::string_view> pattern) {
    Subscriber *subscriber = find(peer);
    if (subscriber == nullptr)
        return 0;
    const auto ended = std::erase_if(subscriber->subscriptions, [&](const Subscription &known) {
        return !pattern || known.interest.pattern == *pattern;
    });
    if (subscriber->subscriptions.empty())
        forget(peer);
    return static_cast<int>(ended);
}

void Subscriptions::renew(const Peer &peer, TimePoint now) {
    if (Subscriber *subscriber = find(peer))
        subscriber->heard = now;
}

void Subscriptions::forget(const Peer &peer) {
    std::erase_if(subscribers_, [&](const Subscriber &known) { return known.peer == peer; });
}

void Subscriptions::tell_all(const Message &message) const {
    const auto bytes = encode(message);
    for (const Subscriber &subscriber : subscribers_)
        deliver_(subscriber.peer, bytes, Delivery::answer);
}

void Subscriptions::changed(Item item) {
    for (Subscriber &subscriber : subscribers_)
        subscriber.again({&item, 1});
}

void Subscriptions::told(const Peer &peer, Item item, Role form) {
    if (Subscriber *subscriber = find(peer); subscriber && !subscriber->flow.number())
        for (Subscription &subscription : subscriber->subscriptions)
            if (subscription.interest.form == form)
                subscription.dirty[item] = false;
}

std::span<const std::uint8_t> Subscriptions::encoded(Item item, Role form) {
    Encoded &kept = encoded_[3 * item + static_cast<std::size_t>(form)];
    if (kept.flush != flushes_)
        kept = {flushes_, encode(addresses_.message(addresses_.entry(item, form)))};
    return kept.bytes;
}

bool Subscriptions::send(Subscriber &to, PacketBuilder &packet, Flow::Load load,
                         const std::vector<Item> &changes, TimePoint now) {
    const std::size_t size = packet.size();
    if (!to.flow.admits(load, size, now) || !deliver_(to.peer, packet.take(), Delivery::update))
        return false;
    to.flow.sent(size, changes, now);
    return true;
}

// What is not taken stays dirty, so that a slow peer gets on from where it was.
bool Subscriptions::send_changes(Subscriber &to, Subscription &subscription, TimePoint now) {
    PacketBuilder packet = numbered_packet(to.flow);
    std::vector<Item> changes;
    const auto flush = [&] {
        if (changes.empty())
            return true;
        if (!send(to, packet, Flow::Load::changes, changes, now))
            return false;
        for (const Item item : std::exchange(changes, {}))
            subscription.dirty[item] = false;
        packet = numbered_packet(to.flow);
        return true;
    };
    for (Item item = 0; item < subscription.dirty.size(); ++item) {
        if (!subscription.dirty[item])
            continue;
        const auto message = encoded(item, subscription.interest.form);
        if (!packet.add(message)) {
            if (!flush())
                return false;
            packet.add(message);
        }
        changes.push_back(item);
    }
    subscription.any_dirty = !flush();
    return !subscription.any_dirty;
}

/// All meters once, or as many as there is room for; the next time those that are left come first.
void Subscriptions::send_meters(Subscriber &to, Subscription &subscription, TimePoint now) {
    const auto &meters = subscription.layout.meters;
    for (std::size_t left = meters.size(); left > 0;) {
        PacketBuilder packet = numbered_packet(to.flow);
        std::size_t held = 0;
        const auto next = [&] { return (subscription.next_meter + held) % meters.size(); };
        while (held < left && packet.add(encoded(meters[next()], subscription.interest.form)))
            ++held;
        if (!send(to, packet, Flow::Load::meters, {}, now))
            return;
        subscription.next_meter = next();
        left -= held;
    }
}

void Subscriptions::send_packed(Subscriber &to, Subscription &subscription, TimePoint now) {
    const auto &[hash, meters] = subscription.layout;
    const std::size_t blobs = (meters.size() + kMetersInBlob - 1) / kMetersInBlob;
    for (std::size_t sent = 0; sent < blobs; ++sent) {
        const std::size_t first = subscription.next_meter;
        const std::size_t end = std::min(first + kMetersInBlob, meters.size());
        Blob blob;
        blob.reserve(4 * (end - first));
        for (std::size_t i = first; i < end; ++i)
            append_float(
                blob, std::get<float>(addresses_.read(addresses_.entry(meters[i], Role::natural))));
        PacketBuilder packet = numbered_packet(to.flow);
        packet.add(encode(
            {"/headroom/meters", {hash, static_cast<std::int32_t>(first), std::move(blob)}}));
        if (!send(to, packet, Flow::Load::meters, {}, now))
            return;
        subscription.next_meter = end % meters.size();
    }
}

void Subscriptions::send_due(Subscriber &to, Subscription &subscription, TimePoint now) {
    if (subscription.any_dirty && !send_changes(to, subscription, now)) {
        subscription.due = now + std::min<std::chrono::nanoseconds>(kRetry, subscription.interval);
        return;
    }
    if (subscription.interest.is_packed)
        send_packed(to, subscription, now);
    else
        send_meters(to, subscription, now);
    subscription.due = next_tick(now, subscription.interval);
}

std::optional<TimePoint> Subscriptions::flush(TimePoint now) {
    ++flushes_;
    std::erase_if(subscribers_, [&](const Subscriber &known) {
        return !known.resync_due && now - known.heard >= kLease;
    });
    std::optional<TimePoint> next;
    const auto want = [&](TimePoint time) { next = next ? std::min(*next, time) : time; };
    for (Subscriber &subscriber : subscribers_) {
        subscriber.again(subscriber.flow.give_up(now));
        if (subscriber.keep_alive_due <= now) {
            deliver_(subscriber.peer, encode({"/headroom/alive", {epoch_}}), Delivery::update);
            subscriber.keep_alive_due = now + kKeepAlive;
        }
        if (subscriber.resync_due && *subscriber.resync_due <= now) {
            for (Subscription &subscription : subscriber.subscriptions)
                subscription.everything_again();
            subscriber.resync_due = now + kResync;
        }
        want(subscriber.keep_alive_due);
        want(subscriber.resync_due.value_or(subscriber.heard + kLease));
        for (Subscription &subscription : subscriber.subscriptions) {
            if (subscription.due <= now && subscription.waits())
                send_due(subscriber, subscription, now);
            if (subscription.waits())
                want(subscription.due);
        }
        if (const auto ends = subscriber.flow.patience_ends())
            want(*ends);
    }
    return next;
}

} // namespace headroom::osc
