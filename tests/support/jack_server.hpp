// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/jack/server_name.hpp"
#include "tests/support/child_process.hpp"

#include <memory>
#include <string>

namespace headroom::test {

/// A private `jackd -r -d dummy`, without real-time rights unless asked for. Its name is free for
/// this test alone; programs find the server through environment().
class JackServer {
  public:
    struct Options {
        int sample_rate_hz = 48000;
        int period_frames = 256;
        int playback_channels = 2;
        int capture_channels = 2;
        int port_max = 256;             ///< every client locks memory for that many
        bool allow_self_connect = true; ///< false: -a e
        bool synchronous = false;       ///< true: -S, every cycle waits for every client
        bool realtime = false;          ///< where the machine allows it, as people run it
    };

    /// Starts the server; throws std::runtime_error with its output where it does not answer.
    JackServer() : JackServer(Options{}) {}
    explicit JackServer(Options options);
    /// Stops it with TERM, so that nothing is left behind in shared memory.
    ~JackServer();

    const std::string &name() const { return name_.text(); }
    ChildProcess::Environment environment() const { return {{"JACK_DEFAULT_SERVER", name()}}; }
    pid_t pid() const { return process_->pid(); }
    bool is_running() { return process_ && process_->is_running(); }
    std::string output() const;

    void terminate();            ///< TERM; returns when it is gone
    void kill();                 ///< KILL; returns when it is gone
    void start();                ///< again, under the same name; returns when it answers
    void start(Options options); ///< the same with other options

  private:
    bool answers();
    bool was_struck(); ///< by SIGBUS
    void stop(int signal_number);

    Options options_;
    jack::ServerName name_;
    std::unique_ptr<ChildProcess> process_;
};

/// A JACK2 server of that name takes connections. Does not touch the test's own libjack, which
/// can be connected to one server at a time only.
bool jack_server_answers(const std::string &name);

} // namespace headroom::test
