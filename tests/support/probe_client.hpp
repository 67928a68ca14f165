// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace headroom::test {

using Channels = std::vector<std::vector<float>>; ///< channels x frames

/// A JACK client for tests: plays given audio from a given frame of the server on, and records
/// with the server's frame numbers. It connects nothing by itself.
class ProbeClient {
  public:
    /// Ports play_1… and record_1…; throws std::runtime_error where the server refuses. Records
    /// at most max_frames from its start.
    ProbeClient(const std::string &server_name, const std::string &client_name, int outputs,
                int inputs, std::size_t max_frames = 48000 * 30);
    ~ProbeClient();

    const std::string &name() const;
    std::uint32_t frame_now() const;
    /// A frame of the server that is some periods ahead.
    std::uint32_t frame_ahead() const;
    /// Silence before and after. One call in the life of the probe.
    void play(Channels audio, std::uint32_t start_frame);

    /// Does not wait for the link, which somebody may take away at once.
    void ask_to_connect(const std::string &from, const std::string &to);
    /// As jack_connect would; true once the link stands.
    bool connect(const std::string &from, const std::string &to);
    bool disconnect(const std::string &from, const std::string &to);
    std::vector<std::string> connections(const std::string &port) const;
    void set_freewheel(bool on);

    /// What was recorded from the server's frame `from` on; waits until `frames` are there.
    Channels recorded(std::uint32_t from, std::size_t frames) const;
    std::size_t frames_recorded() const;
    /// Of the server, since the probe was opened. A busy machine loses whole periods then.
    int xruns() const;

    /// Latency that the server reports between the probe's output and input over every path.
    std::uint32_t reported_latency_frames(int input) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::test
