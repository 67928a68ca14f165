// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/engine.hpp"
#include "jack_client/jack/client.hpp"

#include <atomic>
#include <cstdint>
#include <jack/types.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace headroom::test {

using Audio = std::vector<std::vector<float>>; ///< channels x frames

/// A JACK client that plays a signal once. Time is the count of frames that an engine has
/// processed: a client that plays into the engine runs before it in every cycle.
class SignalSource {
  public:
    /// Ports "out_1"...; silent until play().
    SignalSource(const std::string &server_name, const engine::Engine &clock, Audio signal);
    ~SignalSource();

    jack_client_t *handle() const { return client_->get(); }
    /// "<client>:<port>" of our output, channel from 0.
    std::string port(std::size_t channel) const;

    void play() { playing_ = true; }
    bool finished() const { return finished_; }
    /// The engine's frame at which the signal began.
    std::uint64_t start_frame() const { return start_frame_; }

  private:
    void process(jack_nframes_t frames) noexcept;

    const engine::Engine &clock_;
    Audio signal_;
    std::unique_ptr<jack::Client> client_;
    std::vector<jack_port_t *> ports_;
    std::atomic<bool> playing_{false};
    std::atomic<bool> finished_{false};
    std::atomic<std::uint64_t> start_frame_{0};
    bool started_ = false; ///< process thread
};

/// On a busy machine the server goes on without clients that are late. A take with such gaps is
/// worth nothing, and is best repeated.
struct RecordingHasGaps : std::runtime_error {
    RecordingHasGaps() : std::runtime_error("the recording has gaps") {}
};

/// A JACK client that records what an engine puts out, each cycle after the engine has run.
class SignalRecorder {
  public:
    /// Ports "in_1"...; deaf until record().
    SignalRecorder(const std::string &server_name, const engine::Engine &clock,
                   std::size_t channels, std::size_t capacity_frames);
    ~SignalRecorder();

    jack_client_t *handle() const { return client_->get(); }
    std::string port(std::size_t channel) const;

    void record() { recording_ = true; }
    /// The recording has reached the engine's frame, or has no more room.
    bool reached(std::uint64_t frame) const { return end_frame_ >= frame || full_; }
    bool full() const { return full_; }

    /// Frames [first, first + count) as the engine counts them. Stops recording. Throws
    /// RecordingHasGaps where they were not all recorded one after the other.
    Audio take(std::uint64_t first, std::size_t count);
    /// All that was recorded. Stops recording.
    Audio take_all();

  private:
    void process(jack_nframes_t frames) noexcept;
    void stop();

    const engine::Engine &clock_;
    std::unique_ptr<jack::Client> client_;
    std::vector<jack_port_t *> ports_;
    Audio recorded_;
    std::atomic<bool> recording_{false};
    std::atomic<std::uint64_t> end_frame_{0};
    std::atomic<bool> full_{false};
    // Process thread while recording
    std::uint64_t first_frame_ = 0;
    std::size_t count_ = 0;
    bool broken_ = false; ///< the engine ran more or less than once between two cycles of ours
};

/// Links, and waits until it is seen. Throws std::runtime_error.
void link_ports(jack_client_t *client, const std::string &from, const std::string &to);

/// Noise and steps that are the same each time, within +-peak.
Audio noise(std::size_t channels, std::size_t frames, float peak);

} // namespace headroom::test
