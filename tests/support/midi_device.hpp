// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace headroom::test {

/// A hardware controller as JACK shows it: a client with the ports "out" and "in".
class MidiDevice {
  public:
    using Message = std::vector<std::uint8_t>;
    struct Received {
        std::uint32_t frame = 0; ///< of the server
        std::chrono::steady_clock::time_point time;
        Message bytes;
    };

    /// Throws std::runtime_error where the server refuses.
    MidiDevice(const std::string &server_name, const std::string &client_name);
    ~MidiDevice();

    /// Connects to "headroom:midi_in" and "headroom:midi_out"; true once both links stand.
    bool connect_to_headroom();
    bool disconnect_from_headroom();
    /// Both ways.
    bool is_connected_to_headroom() const;

    std::uint32_t frame_now() const;
    int xruns() const;

    /// As soon as may be.
    void send(const Message &message) { send_at(frame_now(), message); }
    /// At a frame of the server; one that is past means the beginning of the next cycle. In the
    /// order of the frames.
    void send_at(std::uint32_t frame, const Message &message);
    /// Messages of send_at() that came too late for their frame.
    int late() const;

    /// Everything so far.
    std::vector<Received> received() const;
    void forget_received();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::test
