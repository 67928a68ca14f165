// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/controller_display.hpp"

#include <algorithm>
#include <utility>

namespace headroom::control {

namespace {

/// Whether a control of a map is the one that was moved.
bool is_it(const MidiControl &mapped, MidiControl moved) {
    if (mapped.channel == MidiControl::kAnyChannel)
        moved.channel = MidiControl::kAnyChannel;
    return mapped == moved;
}

MidiControl with_channel(MidiControl control) {
    control.channel = std::max(control.channel, 1);
    return control;
}

} // namespace

void ControllerDisplay::show(std::vector<midi::Message> start, std::vector<Item> items) {
    if (start != std::exchange(start_, start))
        started_ = 0;
    items_ = std::move(items);
    next_ = 0;
}

void ControllerDisplay::resend() {
    started_ = 0;
    shown_.clear();
}

void ControllerDisplay::moved(const midi::Movement &movement, TimePoint now) {
    if (movement.is_press())
        pressed_.insert(movement.control);
    else
        pressed_.erase(movement.control);
    moved_[movement.control] = now;
    for (const Item &item : items_)
        if (item.shows_itself && item.control && is_it(*item.control, movement.control) &&
            is_it(item.feedback.send, movement.control))
            shown_[with_channel(item.feedback.send)] = movement.value;
}

bool ControllerDisplay::is_held(const Item &item, TimePoint now) const {
    const auto is_touched = [&](const MidiControl &pressed) { return is_it(*item.touch, pressed); };
    if (item.touch && std::any_of(pressed_.begin(), pressed_.end(), is_touched))
        return true;
    return item.control && std::any_of(moved_.begin(), moved_.end(), [&](const auto &moved) {
               return now - moved.second < kRest && is_it(*item.control, moved.first);
           });
}

bool ControllerDisplay::send(const midi::Message &message) {
    if (credit_bytes_ <= 0.0 || !send_(message))
        return false;
    credit_bytes_ -= static_cast<double>(message.size());
    return true;
}

bool ControllerDisplay::flush(TimePoint now) {
    const double passed_s = std::chrono::duration<double>(now - std::exchange(last_, now)).count();
    credit_bytes_ = std::min(credit_bytes_ + passed_s * kBytesPerSecond, kBurstBytes);
    for (; started_ < start_.size(); ++started_)
        if (!send(start_[started_]))
            return true;
    std::erase_if(moved_, [&](const auto &moved) { return now - moved.second >= kRest; });
    for (std::size_t i = 0; i < items_.size(); ++i) {
        const Item &item = items_[(next_ + i) % items_.size()];
        const int value = item.feedback.send.kind == MidiControl::Kind::program
                              ? item.feedback.high
                              : midi::shown_value(item.feedback, item.position().value_or(0.0f));
        const MidiControl to = with_channel(item.feedback.send);
        const auto shown = shown_.find(to);
        if ((shown != shown_.end() && shown->second == value) || is_held(item, now))
            continue;
        for (const midi::Message &message : midi::encode(to, value))
            if (!send(message)) {
                next_ = (next_ + i) % items_.size();
                return true;
            }
        shown_[to] = value;
    }
    return !moved_.empty();
}

} // namespace headroom::control
