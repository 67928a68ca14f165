// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/midi/learner.hpp"

#include <algorithm>
#include <utility>

namespace headroom::midi {

namespace {

using enum MidiControl::Kind;

/// Steps that a hand makes between two messages of an encoder.
constexpr int kMostSteps = 15;

bool all_of(const std::vector<int> &values, auto condition) {
    return std::all_of(values.begin(), values.end(), condition);
}

/// The relative mode that fits values of 7 bits. Where a control stands is never sent twice in a
/// row; the same step is.
std::optional<MidiMode> relative_mode(const std::vector<int> &values) {
    if (values.size() < 3 || std::adjacent_find(values.begin(), values.end()) == values.end())
        return std::nullopt;
    const auto is_up = [](int v) { return v >= 1 && v <= kMostSteps; };
    const auto is_down_in_complement = [](int v) { return v >= 128 - kMostSteps; };
    const auto is_down_with_sign = [](int v) { return v > 64 && v <= 64 + kMostSteps; };
    const auto is_offset = [](int v) { return v >= 64 - kMostSteps && v <= 64 + kMostSteps; };
    if (all_of(values, [&](int v) { return is_up(v) || is_down_in_complement(v); }))
        return MidiMode::twos_complement;
    if (all_of(values, [&](int v) { return is_up(v) || is_down_with_sign(v); }))
        return std::any_of(values.begin(), values.end(), is_up) ? MidiMode::sign_magnitude
                                                                : MidiMode::binary_offset;
    if (all_of(values, is_offset))
        return MidiMode::binary_offset;
    return std::nullopt;
}

} // namespace

void Learner::take(std::span<const std::uint8_t> message, TimePoint now) {
    Decoder::Movements movements;
    const std::size_t count = decoder_.decode(message, movements);
    if (count == 0 || Decoder::is_selection(movements[0].control))
        return;
    last_ = now;
    ++messages_;
    for (std::size_t i = 0; i < count; ++i) {
        const Movement &movement = movements[i];
        // One program is one button.
        if (movement.control.kind == program && movement.control.number == MidiControl::kAnyNumber)
            continue;
        const auto known =
            std::find_if(candidates_.begin(), candidates_.end(),
                         [&](const Candidate &c) { return c.control == movement.control; });
        if (known != candidates_.end())
            known->values.push_back(movement.value);
        else
            candidates_.push_back({movement.control, {movement.value}});
    }
}

std::optional<LearnedControl> Learner::decide(TimePoint now) const {
    if (messages_ == 0 || (messages_ < kEnough && now - last_ < kPause))
        return std::nullopt;
    const auto weight = [](const Candidate &candidate) {
        // What is moved beats what is pressed.
        return std::pair(candidate.control.kind != note && candidate.control.kind != program,
                         candidate.values.size());
    };
    const Candidate *best = nullptr;
    for (const Candidate &candidate : candidates_)
        if (candidate.control.kind != control_change_14 &&
            (best == nullptr || weight(candidate) > weight(*best)))
            best = &candidate;
    return judge(*best);
}

const Learner::Candidate *Learner::find(const MidiControl &control) const {
    const auto at = std::find_if(candidates_.begin(), candidates_.end(),
                                 [&](const Candidate &c) { return c.control == control; });
    return at != candidates_.end() ? &*at : nullptr;
}

LearnedControl Learner::judge(const Candidate &candidate) const {
    const MidiControl &control = candidate.control;
    if (control.kind == note || control.kind == program)
        return {control, MidiMode::toggle};
    if (control.kind != control_change)
        return {control, MidiMode::absolute};
    if (control.number < 64) {
        MidiControl coarse = control;
        coarse.number %= 32;
        MidiControl fine = coarse;
        fine.number += 32;
        const Candidate *msb = find(coarse);
        const Candidate *lsb = find(fine);
        // The first part may stay the same while the second one moves.
        if (msb != nullptr && lsb != nullptr && lsb->values.size() >= 2)
            return {{control_change_14, control.channel, coarse.number}, MidiMode::absolute};
    }
    if (all_of(candidate.values, [](int v) { return v == 0 || v == 127; }))
        return {control, MidiMode::toggle};
    return {control, relative_mode(candidate.values).value_or(MidiMode::absolute)};
}

} // namespace headroom::midi
