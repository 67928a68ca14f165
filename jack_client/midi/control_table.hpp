// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/midi/decoder.hpp"
#include "jack_client/midi/mover.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace headroom::midi {

/// One parameter of the running engine.
struct Target {
    std::int16_t bus = -1;   ///< -1 for a parameter of any other scope
    std::int16_t strip = -1; ///< index of the strip's name; -1 for a parameter of any other scope
    ParameterId parameter;
    auto operator<=>(const Target &) const = default;
};

/// Which control moves which parameter, with what is known of the controls. Built by the control
/// thread; the process thread works with it and hands it back.
class ControlTable {
  public:
    /// Not real-time safe. No parameter may be structural: the process thread cannot set it.
    explicit ControlTable(std::span<const std::pair<MidiBinding, Target>> bindings) {
        for (const auto &[binding, target] : bindings)
            entries_.push_back({binding.control, target, Mover(binding)});
        std::stable_sort(entries_.begin(), entries_.end(), [](const Entry &a, const Entry &b) {
            return std::pair(a.control, a.target) < std::pair(b.control, b.target);
        });
    }

    /// Goes on where another table is: takeover and halves of values are kept. Real-time safe.
    void adopt(const ControlTable &before) noexcept {
        decoder_ = before.decoder_;
        auto old = before.entries_.begin();
        for (Entry &entry : entries_) {
            const auto is_before = [&](const Entry &other) {
                return std::pair(other.control, other.target) <
                       std::pair(entry.control, entry.target);
            };
            while (old != before.entries_.end() && is_before(*old))
                ++old;
            if (old != before.entries_.end() && old->control == entry.control &&
                old->target == entry.target)
                entry.mover.adopt(old->mover);
        }
    }

    /// Moves what the message moves. `values` has `float get(Target)` and `void set(Target,
    /// float)`. Real-time safe.
    template <class Values>
    void handle(std::span<const std::uint8_t> message, Values &&values) noexcept {
        Decoder::Movements movements;
        const std::size_t count = decoder_.decode(message, movements);
        for (std::size_t i = 0; i < count; ++i)
            for (const int channel : {MidiControl::kAnyChannel, movements[i].control.channel}) {
                MidiControl control = movements[i].control;
                control.channel = channel;
                for (auto at = std::lower_bound(
                         entries_.begin(), entries_.end(), control,
                         [](const Entry &e, const MidiControl &c) { return e.control < c; });
                     at != entries_.end() && at->control == control; ++at)
                    if (const auto value = at->mover.move(movements[i], values.get(at->target)))
                        values.set(at->target, *value);
            }
    }

  private:
    struct Entry {
        MidiControl control;
        Target target;
        Mover mover;
    };
    Decoder decoder_;
    std::vector<Entry> entries_; ///< by control and target
};

} // namespace headroom::midi
