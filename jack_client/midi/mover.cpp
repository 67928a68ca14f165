// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/midi/mover.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace headroom::midi {

namespace {

/// How near to the value a control takes it over, of its way.
constexpr float kNear = 2.0f / 127.0f;

int ticks(MidiMode mode, int value) {
    switch (mode) {
    case MidiMode::twos_complement:
        return value < 64 ? value : value - 128;
    case MidiMode::binary_offset:
        return value - 64;
    default: // sign and magnitude
        return value < 64 ? value : 64 - value;
    }
}

} // namespace

Mover::Mover(const MidiBinding &binding)
    : about_(&parameter(binding.target.parameter)),
      mode_(binding.mode),
      curve_(binding.curve),
      takeover_(binding.takeover),
      low_(binding.range ? binding.range->first : about_->minimum),
      high_(binding.range ? binding.range->second : about_->maximum),
      low_share_(to_normalised(*about_, low_)),
      high_share_(to_normalised(*about_, high_)),
      steps_(binding.steps),
      has_range_(binding.range.has_value()) {}

std::optional<float> Mover::move(const Movement &movement, float current) noexcept {
    std::optional<float> wanted;
    switch (mode_) {
    case MidiMode::absolute:
        wanted = absolute(movement.position(), current);
        break;
    case MidiMode::toggle:
        if (movement.is_press())
            wanted = pressed(current);
        break;
    case MidiMode::momentary:
        wanted = movement.is_press() ? high_ : low_;
        break;
    case MidiMode::trigger:
        if (movement.is_press())
            wanted = high_;
        break;
    default:
        wanted = relative(ticks(mode_, movement.value), current);
        break;
    }
    return wanted == current ? std::nullopt : wanted;
}

/// The next choice, or the other end.
float Mover::pressed(float current) const noexcept {
    if (about_->scale == Scale::choice && !has_range_)
        return current >= about_->maximum ? about_->minimum : current + 1.0f;
    return current == high_ ? low_ : high_;
}

std::optional<float> Mover::absolute(float position, float current) noexcept {
    const float before = std::exchange(position_, position);
    if (takeover_ == MidiTakeover::jump || takeover_ == MidiTakeover::none)
        return write(position);
    if (has_taken_over_ && written_ == current)
        return write(position);
    has_taken_over_ = false;
    const float here = position_of(current);
    const bool has_crossed = before >= 0.0f && (before - here) * (position - here) <= 0.0f;
    if (has_crossed || std::fabs(position - here) <= kNear)
        return write(position);
    if (takeover_ == MidiTakeover::pickup || before < 0.0f)
        return std::nullopt;
    return scaled(before, position, here);
}

/// As much of the value's way as the control has gone of its own.
std::optional<float> Mover::scaled(float before, float position, float here) noexcept {
    const float left = position > before ? 1.0f - before : before;
    const float room = position > before ? 1.0f - here : here;
    if (left <= 0.0f)
        return write(position);
    return value_at(std::clamp(here + (position - before) * room / left, 0.0f, 1.0f));
}

std::optional<float> Mover::relative(int ticks, float current) noexcept {
    if (ticks == 0)
        return std::nullopt;
    if (about_->scale == Scale::boolean)
        return ticks > 0 ? high_ : low_;
    const auto [least, most] = std::minmax(low_, high_);
    if (about_->scale == Scale::choice)
        return std::clamp(current + static_cast<float>(high_ >= low_ ? ticks : -ticks), least,
                          most);
    const float step = static_cast<float>(ticks) / static_cast<float>(steps_);
    return value_at(std::clamp(position_of(current) + step, 0.0f, 1.0f));
}

float Mover::write(float position) noexcept {
    has_taken_over_ = true;
    written_ = value_at(position);
    return written_;
}

float Mover::value_at(float position) const noexcept {
    if (position <= 0.0f)
        return low_;
    if (position >= 1.0f)
        return high_;
    if (curve_ == MidiCurve::exponential)
        position *= position;
    if (curve_ == MidiCurve::logarithmic)
        position = std::sqrt(position);
    const auto [least, most] = std::minmax(low_, high_);
    const float value =
        from_normalised(*about_, low_share_ + (high_share_ - low_share_) * position);
    return std::clamp(value, least, most);
}

float Mover::position_of(float value) const noexcept {
    if (high_share_ == low_share_)
        return 0.0f;
    const float place = (to_normalised(*about_, value) - low_share_) / (high_share_ - low_share_);
    const float position = std::clamp(place, 0.0f, 1.0f);
    if (curve_ == MidiCurve::exponential)
        return std::sqrt(position);
    if (curve_ == MidiCurve::logarithmic)
        return position * position;
    return position;
}

} // namespace headroom::midi
