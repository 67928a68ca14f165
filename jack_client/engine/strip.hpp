// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/channels.hpp"
#include "config/registry.hpp"
#include "jack_client/dsp/level_rider.hpp"
#include "jack_client/dsp/loudness_meter.hpp"
#include "jack_client/engine/audio_buffer.hpp"
#include "jack_client/engine/cross_fade.hpp"
#include "jack_client/engine/engine.hpp"

#include <cstdint>
#include <vector>

namespace headroom::engine {

/// One application's way into a bus: trim, level rider, pan, mute and solo, meters. It adds what it
/// hears to the bus's input, mixed down where the bus has fewer channels, with no latency; with
/// nothing changed, bit for bit. Fades in from
/// silence and out again. Built and deleted by the control thread; everything but construction is
/// real-time safe and belongs to the process thread.
class Strip {
  public:
    struct Setup {
        double sample_rate_hz = 48000.0;
        const ChannelLayout &channels; ///< of the application
        const ChannelLayout &bus_channels;
        const StripValues &values;
        int bus = 0;
        std::uint16_t index = 0; ///< for whoever reads the meters
        std::ptrdiff_t slot = 0; ///< for whoever gets it back
    };
    explicit Strip(const Setup &setup);

    int bus() const noexcept { return bus_; }
    std::uint16_t index() const noexcept { return index_; }
    std::size_t slot() const noexcept { return slot_; }
    int channel_count() const noexcept { return played_.channel_count(); }
    bool wants_solo() const noexcept;

    void set_value(ParameterId id, float value) noexcept;
    /// Whether another strip of the bus is to be heard alone.
    void set_other_solo(bool other) noexcept;

    /// Fades out for good.
    void leave() noexcept;
    bool has_left() const noexcept { return leaving_ && audible_.only_first(); }
    /// Silence costs next to nothing.
    bool rests() const noexcept { return rests_; }

    /// Adds `frames` frames, at most what an AudioBlock holds and not across the grid, to the
    /// channels of the bus. heard: one channel for each of the application's.
    void process(dsp::AudioBlock heard, float *const *bus_channels, std::uint64_t frame) noexcept;

    /// Writes the meters; extremes are those since the last start_interval().
    void read_meters(StripMeterValues &meters) noexcept;
    void start_interval() noexcept;

  private:
    /// A gain that moves on the grid without a corner, and in a line between its points.
    struct Gain {
        float middle_lin = 0.0f;
        float now_lin = 0.0f;
        float next_lin = 0.0f; ///< at the end of the grid step

        void start(float gain_lin) noexcept { middle_lin = now_lin = next_lin = gain_lin; }
        void step(float target_lin, float share) noexcept;
        float at(int position) const noexcept;
        bool rests_at_unity() const noexcept { return now_lin == 1.0f && next_lin == 1.0f; }
        bool rests() const noexcept { return now_lin == next_lin && middle_lin == next_lin; }
    };
    /// From one channel of the application into one of the bus.
    struct Send {
        int from = 0;
        int to = 0;
        int side = 0; ///< -1: left of the pan, 1: right, 0: neither
        float gain_lin = 1.0f;
        Gain pan;
    };
    void add_sends(const ChannelLayout &channels, const ChannelLayout &bus_channels);
    void wake() noexcept;
    void catch_up() noexcept;
    bool is_at_rest() const noexcept;
    bool rests_through(dsp::AudioBlock heard, std::uint64_t frame) noexcept;
    void play(dsp::AudioBlock heard, float *const *bus_channels, int position) noexcept;
    void steer() noexcept;
    void step() noexcept;
    void measure(dsp::AudioBlock played) noexcept;
    float pan_lin(int side) const noexcept;

    int bus_;
    std::uint16_t index_;
    std::size_t slot_;
    StripValues values_;
    dsp::LevelRider rider_;
    dsp::LoudnessMeter loudness_;
    std::vector<Send> sends_;
    CrossFade audible_; ///< from silence
    Gain gain_;         ///< trim and ride
    bool other_solo_ = false;
    bool leaving_ = false;
    bool was_riding_ = false;
    float share_; ///< of the distance that a gain covers in a step
    float ride_db_ = 0.0f;
    AudioBuffer played_;

    // As those of a bus
    bool rests_ = false;
    int skipped_frames_ = 0;
    std::int64_t silent_frames_ = 0;
    std::int64_t rest_interval_frames_;
    AudioBuffer silence_;   ///< of the application's channels
    AudioBuffer discarded_; ///< of the bus's channels

    // Meters
    float power_share_;
    std::vector<float> energies_;
    int energy_frames_ = 0;
    float power_ = 0.0f;
    float peak_lin_ = 0.0f;
    float deepest_ride_db_ = 0.0f;
};

} // namespace headroom::engine
