// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/cross_fade.hpp"
#include "jack_client/engine/structure.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace headroom::engine {

/// A part of a chain that may be replaced while it runs. Its successor first runs beside it until
/// its delay is full, then the outputs cross-fade. One replacement is completed before the next
/// begins; of several parts that wait the newest wins. All begins and ends on the grid. Belongs to
/// the process thread: everything but construction is real-time safe.
template <class Part> class Replaceable {
  public:
    Replaceable(std::unique_ptr<Part> part, double sample_rate_hz, Returns &returns)
        : returns_(returns),
          current_(part.release()),
          serial_(current_->serial),
          entry_(sample_rate_hz),
          fade_(sample_rate_hz) {}
    ~Replaceable() {
        delete current_;
        delete incoming_;
        delete waiting_;
        delete leaving_;
    }
    Replaceable(const Replaceable &) = delete;
    Replaceable &operator=(const Replaceable &) = delete;

    /// In force.
    Part &current() const noexcept { return *current_; }
    /// About to replace it, or null.
    Part *incoming() const noexcept { return incoming_; }
    const Part *waiting() const noexcept { return waiting_; }
    bool is_at_rest() const noexcept {
        return incoming_ == nullptr && waiting_ == nullptr && leaving_ == nullptr;
    }

    void replace(Part *next) noexcept {
        if (next->serial < serial_) {
            returns_.push(next);
            return;
        }
        serial_ = next->serial;
        returns_.push(std::exchange(waiting_, next));
    }

    /// At every grid boundary. begin(incoming, current) is called when a replacement begins. What
    /// was replaced goes back a step later, when everybody has been told what is in force.
    template <class Begin> void step(Begin begin) noexcept {
        returns_.push(std::exchange(leaving_, nullptr));
        if (incoming_ != nullptr && fade_.only_second())
            leaving_ = std::exchange(current_, std::exchange(incoming_, nullptr));
        // What has changed may have been changed back before its turn came.
        if (incoming_ == nullptr && waiting_ != nullptr && waiting_->is_as(*current_))
            returns_.push(std::exchange(waiting_, nullptr));
        if (incoming_ == nullptr && waiting_ != nullptr) {
            incoming_ = std::exchange(waiting_, nullptr);
            begin(*incoming_, *current_);
            filling_frames_ = incoming_->latency_frames;
            entry_.restart();
            entry_.toward_second();
            fade_.restart();
        }
        if (incoming_ != nullptr && filling_frames_ <= 0)
            fade_.toward_second();
    }

    /// Ahead of every block.
    void advance(int frames) noexcept {
        if (incoming_ == nullptr)
            return;
        if (entry_.only_second())
            filling_frames_ -= frames;
        entry_.advance({entry_gains_.data(), static_cast<std::size_t>(frames)});
        fade_.advance({gains_.data(), static_cast<std::size_t>(frames)});
    }

    /// Of the incoming part's input in the block, from silence, so that it hears no step.
    const FadeGains &entry_gains() const noexcept { return entry_gains_; }
    /// From the current to the incoming part's output.
    const FadeGains &gains() const noexcept { return gains_; }

  private:
    Returns &returns_;
    Part *current_;            ///< owned
    Part *incoming_ = nullptr; ///< owned
    Part *waiting_ = nullptr;  ///< owned
    Part *leaving_ = nullptr;  ///< owned
    std::uint64_t serial_;     ///< of the newest that came
    CrossFade entry_;
    int filling_frames_ = 0; ///< left until the delay holds nothing older than the entry
    CrossFade fade_;
    FadeGains entry_gains_{};
    FadeGains gains_{};
};

} // namespace headroom::engine
