// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/midi_map.hpp"
#include "jack_client/midi/encoder.hpp"
#include "jack_client/midi/event.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace headroom::control {

/// What controllers show: positions of faders, rings, lights and meters. Of each the newest value
/// is sent, as soon as the line has room for it, and not while its control is being moved. Belongs
/// to the control thread.
class ControllerDisplay {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// How long after its last movement a control is free again.
    static constexpr std::chrono::milliseconds kRest{200};
    /// A line of MIDI carries 3125 bytes a second.
    static constexpr double kBytesPerSecond = 2500.0;
    /// After a pause, so many may go at once.
    static constexpr double kBurstBytes = 60.0;

    /// Where something stands, 0..1; nothing where there is nothing to show.
    using Position = std::function<std::optional<float>()>;

    struct Item {
        MidiFeedback feedback;
        Position position;
        std::optional<MidiControl> control; ///< that must rest first
        std::optional<MidiControl> touch;   ///< as control, for as long as it is pressed
        bool shows_itself = false;          ///< the control shows where it was moved to
    };

    /// A message of text.
    struct Label {
        MidiLabel form;
        std::vector<std::function<std::string()>> lines;
    };

    /// A light of a meter falls back by itself; it is sent again after this.
    static constexpr std::chrono::milliseconds kMeterHold{250};

    /// Returns false where there is no room now.
    using Send = std::function<bool(const midi::Message &)>;

    explicit ControllerDisplay(Send send) : send_(std::move(send)) {}

    /// What is shown from now on. What is the same as before is not sent again.
    void show(std::vector<midi::Message> start, std::vector<Item> items,
              std::vector<Label> labels = {});
    /// Everything is sent again, the start messages first.
    void resend();

    /// A control was moved, or touched.
    void moved(const midi::Movement &movement, TimePoint now);

    /// Sends what has changed and may be sent. True where something still waits.
    bool flush(TimePoint now);

  private:
    /// Nothing on this may be sent to while the control is held.
    bool is_held(const Item &item, TimePoint now) const;
    bool send(const midi::Message &message);
    bool flush_labels();
    bool is_shown(const Item &item, int value, TimePoint now) const;

    /// What was sent to. Several meters of a Mackie Control share the pressure of one channel.
    using Place = std::pair<MidiControl, int>;
    static Place place_of(const MidiFeedback &feedback);

    Send send_;
    std::vector<midi::Message> start_;
    std::size_t started_ = 0; ///< messages of start_ that were sent
    std::vector<Item> items_;
    std::size_t next_ = 0; ///< item at which the next flush begins
    struct Shown {
        int value;
        TimePoint sent;
    };
    std::map<Place, Shown> shown_;
    std::vector<Label> labels_;
    std::map<std::vector<std::uint8_t>, midi::Message> written_; ///< by what stands before the text
    std::map<MidiControl, TimePoint> moved_;
    std::set<MidiControl> pressed_;
    double credit_bytes_ = kBurstBytes;
    TimePoint last_{};
};

} // namespace headroom::control
