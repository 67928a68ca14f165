// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/child_process.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace headroom::test {

/// A private, headless PipeWire with WirePlumber, pipewire-pulse, a D-Bus of its own, and a silent
/// sink "speakers" that stands for the hardware. No JACK server runs there. Nothing of the user's
/// session is seen or changed.
class PipeWireSession {
  public:
    /// Throws std::runtime_error with the output of what did not come up.
    PipeWireSession();
    ~PipeWireSession();
    PipeWireSession(const PipeWireSession &) = delete;
    PipeWireSession &operator=(const PipeWireSession &) = delete;

    /// For programs that speak PipeWire or PulseAudio.
    const ChildProcess::Environment &environment() const { return environment_; }
    /// For JACK programs: with PipeWire's libjack, as pw-jack does it.
    ChildProcess::Environment jack_environment() const;

    const std::filesystem::path &folder() const { return folder_; }

    /// Names of the backends that this PipeWire and its session manager allow, for applications
    /// that play into the Headroom Sink.
    static std::vector<std::string> backends();

    /// PipeWire is killed, and its session manager and PulseAudio server end with it.
    void stop_pipewire();
    /// All of them again, and "speakers". Throws like the constructor.
    void start_pipewire();

    /// The session manager ends, and another one starts.
    void restart_session_manager();

    /// Makes a silent stereo sink; returns when the session manager knows it.
    void add_sink(const std::string &name);
    void destroy_node(const std::string &name);

    /// Standard output of a program that must succeed.
    std::string run(std::vector<std::string> arguments) const;

  private:
    void start(std::vector<std::string> arguments);
    void wait_for_socket(const std::filesystem::path &socket) const;
    int node_id(const std::string &name) const; ///< -1 where there is none

    std::filesystem::path folder_;
    ChildProcess::Environment environment_;
    std::vector<std::unique_ptr<ChildProcess>> daemons_;
};

} // namespace headroom::test
