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

/// Displays know ASCII alone. A value that is too long goes without its unit.
std::string display_text(const std::string &text, int width, bool is_name) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool goes_on = byte >= 0x80 && byte < 0xc0; // of a character of UTF-8
        if (!goes_on)
            out += byte < 0x20 || byte >= 0x7f ? '?' : c;
    }
    const auto size = static_cast<std::size_t>(width);
    if (const auto space = out.rfind(' '); !is_name && out.size() > size && space < size)
        out.resize(space);
    out.resize(size, ' ');
    return out;
}

} // namespace

void ControllerDisplay::show(std::vector<midi::Message> start, std::vector<Item> items,
                             std::vector<Label> labels) {
    if (start != std::exchange(start_, start))
        started_ = 0;
    items_ = std::move(items);
    labels_ = std::move(labels);
    next_ = 0;
}

void ControllerDisplay::resend() {
    started_ = 0;
    shown_.clear();
    written_.clear();
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
            shown_[place_of(item.feedback)] = {movement.value, now};
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
        if (is_shown(item, value, now) || is_held(item, now))
            continue;
        const Place place = place_of(item.feedback);
        for (const midi::Message &message : midi::encode(place.first, value))
            if (!send(message)) {
                next_ = (next_ + i) % items_.size();
                return true;
            }
        shown_[place] = {value, now};
    }
    return !flush_labels() || !moved_.empty();
}

ControllerDisplay::Place ControllerDisplay::place_of(const MidiFeedback &feedback) {
    const bool is_shared = feedback.send.kind == MidiControl::Kind::pressure;
    return {with_channel(feedback.send), is_shared ? feedback.low : 0};
}

bool ControllerDisplay::is_shown(const Item &item, int value, TimePoint now) const {
    const auto shown = shown_.find(place_of(item.feedback));
    if (shown == shown_.end() || shown->second.value != value)
        return false;
    const bool falls_back =
        item.feedback.send.kind == MidiControl::Kind::pressure && value != item.feedback.low;
    return !falls_back || now - shown->second.sent < kMeterHold;
}

/// False where one still waits.
bool ControllerDisplay::flush_labels() {
    for (const Label &label : labels_) {
        midi::Message message = label.form.before;
        for (std::size_t i = 0; i < label.lines.size(); ++i) {
            const std::string text =
                display_text(label.lines[i](), label.form.width, label.form.lines[i].is_name);
            message.insert(message.end(), text.begin(), text.end());
        }
        message.insert(message.end(), label.form.after.begin(), label.form.after.end());
        const auto written = written_.find(label.form.before);
        if (written != written_.end() && written->second == message)
            continue;
        if (!send(message))
            return false;
        written_[label.form.before] = std::move(message);
    }
    return true;
}

} // namespace headroom::control
