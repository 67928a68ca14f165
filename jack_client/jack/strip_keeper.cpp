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

std::vector<std::string> StripKeeper::strip_ports(const std::string &application,
                                                  const std::string &bus,
                                                  const ChannelLayout &channels) {
    if (client_ == nullptr)
        return {};
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry &entry) {
        return entry.application == application;
    });
    if (found == entries_.end()) {
        Entry entry{.application = application, .bus = bus, .channels = channels};
        return open(entry) ? entries_.emplace_back(std::move(entry)).ports
                           : std::vector<std::string>{};
    }
    if (found->leaving)
        return {};
    if (found->bus != bus || found->channels != channels) {
        close(*found);
        return {};
    }
    return found->ports;
}

/// False also where it only takes another try, soon.
bool StripKeeper::open(Entry &entry) {
    if (!client_->names_are_free())
        return false;
    int bus = 0;
    while (bus < engine_.bus_count() && engine_.bus(bus).name != entry.bus)
        ++bus;
    const auto slot = engine_.add_strip({entry.application, bus, entry.channels});
    if (!slot) {
        notice_ = "there are strips for " + std::to_string(engine::Engine::kMaximumStrips) +
                  " applications at once; " + entry.application + " shares the input of its bus";
        return false;
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
        return false;
    }
    entry.shown = name_of_(entry.application);
    auto ports = client_->add_strip(*slot, bus, entry.application, entry.shown, entry.channels);
    if (!ports) {
        notice_ = ports.error().text();
        engine_.remove_strip(*slot);
        return false;
    }
    entry.ports = std::move(*ports);
    notice_.clear();
    return true;
}

void StripKeeper::close(Entry &entry) {
    entry.leaving = true;
    engine_.remove_strip(entry.slot);
}

void StripKeeper::keep_strips(const std::set<std::string> &applications) {
    const auto now = Clock::now();
    for (Entry &entry : entries_) {
        const bool wanted = applications.contains(entry.application);
        if (entry.wanted && !wanted)
            entry.unwanted_since = now;
        entry.wanted = wanted;
    }
}

void StripKeeper::follow_names() {
    for (Entry &entry : entries_) {
        std::string name = name_of_(entry.application);
        if (entry.leaving || name == entry.shown)
            continue;
        client_->show_strip(entry.slot, name);
        entry.shown = std::move(name);
    }
}

void StripKeeper::sweep() {
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
}

} // namespace headroom::jack
