// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/strip_keeper.hpp"

#include <algorithm>
#include <utility>

namespace headroom::jack {

namespace {

/// How long an application may be away and find its ports again.
constexpr std::chrono::milliseconds kReturnTime{1000};

} // namespace

void StripKeeper::use(ProcessClient *client) {
    for (Entry &entry : entries_)
        if (!entry.leaving)
            engine_.remove_strip(entry.slot);
    entries_.clear();
    notice_.clear();
    client_ = client;
}

std::optional<std::vector<std::string>> StripKeeper::strip_ports(const graph::StripWish &wish) {
    if (client_ == nullptr)
        return std::nullopt;
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry &entry) {
        return entry.wish.application == wish.application;
    });
    const std::vector<std::string> not_yet;
    if (found == entries_.end()) {
        Entry entry{.wish = wish};
        const Opened opened = open(entry);
        if (opened == Opened::now)
            return entries_.emplace_back(std::move(entry)).ports;
        return opened == Opened::never ? std::nullopt : std::optional(not_yet);
    }
    if (found->leaving)
        return not_yet;
    if (found->wish.bus != wish.bus || found->wish.channels != wish.channels) {
        close(*found);
        return not_yet;
    }
    if (found->wish.level_dbfs != wish.level_dbfs) {
        engine_.set_strip_level(found->slot, wish.level_dbfs);
        found->wish.level_dbfs = wish.level_dbfs;
    }
    return found->ports;
}

StripKeeper::Opened StripKeeper::open(Entry &entry) {
    if (!client_->names_are_free())
        return Opened::not_yet;
    const graph::StripWish &wish = entry.wish;
    int bus = 0;
    while (bus < engine_.bus_count() && engine_.bus(bus).name != wish.bus)
        ++bus;
    const auto slot = engine_.add_strip({wish.application, bus, wish.channels, wish.level_dbfs});
    if (!slot) {
        notice_ = "there are strips for " + std::to_string(engine::Engine::kMaximumStrips) +
                  " applications at once, and none for " + wish.application;
        return Opened::never;
    }
    entry.slot = *slot;
    // The engine may have given a slot anew whose ports are still here.
    std::erase_if(entries_, [&](const Entry &other) {
        if (other.slot != *slot)
            return false;
        client_->remove_strip(*slot);
        return true;
    });
    if (!client_->names_are_free()) {
        engine_.remove_strip(*slot);
        return Opened::not_yet;
    }
    entry.shown = name_of_(wish.application);
    auto ports = client_->add_strip(*slot, bus, wish.application, entry.shown, wish.channels);
    if (!ports) {
        notice_ = ports.error().text();
        engine_.remove_strip(*slot);
        return Opened::never;
    }
    entry.ports = std::move(*ports);
    notice_.clear();
    return Opened::now;
}

void StripKeeper::close(Entry &entry) {
    entry.leaving = true;
    engine_.remove_strip(entry.slot);
}

void StripKeeper::keep_strips(const std::set<std::string> &applications) {
    const auto now = Clock::now();
    for (Entry &entry : entries_) {
        const bool wanted = applications.contains(entry.wish.application);
        if (entry.wanted && !wanted)
            entry.unwanted_since = now;
        entry.wanted = wanted;
    }
}

void StripKeeper::follow_names() {
    for (Entry &entry : entries_) {
        std::string name = name_of_(entry.wish.application);
        if (entry.leaving || name == entry.shown)
            continue;
        client_->show_strip(entry.slot, name);
        entry.shown = std::move(name);
    }
}

bool StripKeeper::sweep() {
    const auto now = Clock::now();
    for (Entry &entry : entries_)
        if (!entry.wanted && !entry.leaving && now - entry.unwanted_since >= kReturnTime)
            close(entry);
    std::erase_if(entries_, [&](const Entry &entry) {
        if (!entry.leaving || engine_.has_strip(entry.slot))
            return false;
        client_->remove_strip(entry.slot);
        notice_.clear();
        return true;
    });
    return std::any_of(entries_.begin(), entries_.end(),
                       [](const Entry &entry) { return !entry.wanted || entry.leaving; });
}

} // namespace headroom::jack
