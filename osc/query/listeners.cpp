// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/query/listeners.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace headroom::osc {

bool Listeners::command(const Peer &peer, std::string_view json) {
    const auto parsed = nlohmann::json::parse(json, nullptr, false);
    if (!parsed.is_object() || !parsed.contains("COMMAND") || !parsed.contains("DATA") ||
        !parsed["COMMAND"].is_string() || !parsed["DATA"].is_string())
        return false;
    const Entry *entry = addresses_.find(parsed["DATA"].get<std::string>());
    if (entry == nullptr || entry->role >= Role::toggle)
        return false;
    const auto word = parsed["COMMAND"].get<std::string>();
    if (word == "LISTEN") {
        Listener &listener =
            peers_.try_emplace(peer.connection, Listener{peer, {}, {}}).first->second;
        listener.entries.insert_or_assign(entry, Listened{});
        return true;
    }
    if (word != "IGNORE")
        return false;
    if (const auto at = peers_.find(peer.connection); at != peers_.end())
        at->second.entries.erase(entry);
    return true;
}

bool Listeners::changed(Item item) {
    bool any = false;
    for (auto &[connection, listener] : peers_)
        for (auto &[entry, listened] : listener.entries)
            if (entry->item == item)
                any = listened.is_dirty = true;
    return any;
}

bool Listeners::has_news(const Entry &entry, const Listened &listened) const {
    return listened.is_dirty ||
           (addresses_.is_meter(entry.item) && addresses_.read(entry) != listened.told);
}

void Listeners::send_due(Listener &listener) {
    std::vector<Message> messages;
    std::vector<Listened *> sent;
    for (auto &[entry, listened] : listener.entries)
        if (has_news(*entry, listened)) {
            messages.push_back(addresses_.message(*entry));
            sent.push_back(&listened);
        }
    // One message a frame, as clients read them. What is not taken stays dirty.
    for (std::size_t i = 0; i < messages.size(); ++i) {
        if (!deliver_(listener.peer, encode(messages[i]), Delivery::update))
            return;
        *sent[i] = {false, messages[i].arguments.front()};
    }
}

std::optional<TimePoint> Listeners::flush(TimePoint now) {
    std::optional<TimePoint> next;
    for (auto &[connection, listener] : peers_) {
        const auto waits = [&, &entries = listener.entries] {
            return std::any_of(entries.begin(), entries.end(), [&](const auto &listened) {
                return listened.second.is_dirty || addresses_.is_meter(listened.first->item);
            });
        };
        if (!waits())
            continue;
        if (listener.due <= now) {
            send_due(listener);
            listener.due = now + kInterval;
        }
        if (waits())
            next = next ? std::min(*next, listener.due) : listener.due;
    }
    return next;
}

} // namespace headroom::osc
