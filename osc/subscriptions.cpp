// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/subscriptions.hpp"

#include <algorithm>
#include <utility>

namespace headroom::osc {

Subscriptions::Subscriptions(const AddressSpace &addresses, std::int32_t epoch, Deliver deliver)
    : addresses_(addresses), epoch_(epoch), deliver_(std::move(deliver)) {}

Subscriptions::Subscriber *Subscriptions::find(const Peer &peer) {
    const auto at = std::find_if(subscribers_.begin(), subscribers_.end(),
                                 [&](const Subscriber &known) { return known.peer == peer; });
    return at != subscribers_.end() ? &*at : nullptr;
}

tl::expected<void, Refusal> Subscriptions::subscribe(const Peer &peer, std::string_view pattern,
                                                     int rate_hz, Role form, TimePoint now) {
    const auto items = addresses_.covered(pattern);
    if (!items)
        return tl::unexpected<Refusal>({ErrorCode::unknown_address, items.error()});
    if (items->empty())
        return tl::unexpected<Refusal>(
            {ErrorCode::unknown_address, "the pattern covers no parameter and no meter"});

    Subscriber *subscriber = find(peer);
    if (subscriber == nullptr) {
        if (subscribers_.size() >= kPeers)
            return tl::unexpected<Refusal>(
                {ErrorCode::too_many, std::to_string(kPeers) + " peers subscribe already"});
        subscriber = &subscribers_.emplace_back(Subscriber{peer, now, now, {}, {}});
    }
    auto &list = subscriber->subscriptions;
    std::erase_if(list, [&](const Subscription &known) {
        return known.pattern == pattern && known.form == form;
    });
    if (list.size() >= kPerPeer)
        return tl::unexpected<Refusal>(
            {ErrorCode::too_many,
             "a peer has at most " + std::to_string(kPerPeer) + " subscriptions"});

    Subscription added{std::string(pattern),
                       form,
                       std::chrono::nanoseconds(std::chrono::seconds(1)) / rate_hz,
                       now,
                       std::vector<bool>(addresses_.size()),
                       std::vector<bool>(addresses_.size()),
                       {}};
    for (const Item item : *items) {
        if (addresses_.is_meter(item))
            added.meters.push_back(item);
        else
            added.covers[item] = true;
    }
    added.everything_again();
    list.push_back(std::move(added));
    return {};
}

void Subscriptions::Subscription::everything_again() {
    dirty = covers;
    any_dirty = true;
}

tl::expected<void, Refusal> Subscriptions::subscribe_for_good(const Peer &peer,
                                                              std::string_view pattern, int rate_hz,
                                                              Role form, TimePoint now) {
    auto subscribed = subscribe(peer, pattern, rate_hz, form, now);
    if (subscribed)
        find(peer)->resync_due = now + kResync;
    return subscribed;
}

int Subscriptions::unsubscribe(const Peer &peer, std::optional<std::string_view> pattern) {
    Subscriber *subscriber = find(peer);
    if (subscriber == nullptr)
        return 0;
    const auto ended = std::erase_if(subscriber->subscriptions, [&](const Subscription &known) {
        return !pattern || known.pattern == *pattern;
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

void Subscriptions::changed(Item item) {
    for (Subscriber &subscriber : subscribers_)
        for (Subscription &subscription : subscriber.subscriptions)
            if (subscription.covers[item]) {
                subscription.dirty[item] = true;
                subscription.any_dirty = true;
            }
}

void Subscriptions::told(const Peer &peer, Item item, Role form) {
    if (Subscriber *subscriber = find(peer))
        for (Subscription &subscription : subscriber->subscriptions)
            if (subscription.form == form)
                subscription.dirty[item] = false;
}

void Subscriptions::send_due(const Subscriber &to, Subscription &subscription, TimePoint now) {
    std::vector<Item> items;
    for (Item item = 0; subscription.any_dirty && item < subscription.dirty.size(); ++item)
        if (subscription.dirty[item])
            items.push_back(item);
    items.insert(items.end(), subscription.meters.begin(), subscription.meters.end());
    std::vector<Message> messages;
    messages.reserve(items.size());
    for (const Item item : items)
        messages.push_back(addresses_.message(addresses_.entry(item, subscription.form)));

    // What is not taken stays dirty, so that a slow peer gets on from where it was.
    auto next = items.begin();
    for (const auto &packet : encode_packets(messages)) {
        if (!deliver_(to.peer, packet.bytes, Delivery::update))
            break;
        for (const auto end = next + static_cast<std::ptrdiff_t>(packet.messages); next != end;)
            subscription.dirty[*next++] = false;
    }
    subscription.any_dirty = std::find(subscription.dirty.begin(), subscription.dirty.end(),
                                       true) != subscription.dirty.end();
    subscription.due += subscription.interval;
    if (subscription.due <= now)
        subscription.due = now + subscription.interval;
}

std::optional<TimePoint> Subscriptions::flush(TimePoint now) {
    std::erase_if(subscribers_, [&](const Subscriber &known) {
        return !known.resync_due && now - known.heard >= kLease;
    });
    std::optional<TimePoint> next;
    const auto want = [&](TimePoint time) { next = next ? std::min(*next, time) : time; };
    for (Subscriber &subscriber : subscribers_) {
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
            const auto waits = [&] {
                return subscription.any_dirty || !subscription.meters.empty();
            };
            if (subscription.due <= now && waits())
                send_due(subscriber, subscription, now);
            if (waits())
                want(subscription.due);
        }
    }
    return next;
}

} // namespace headroom::osc
