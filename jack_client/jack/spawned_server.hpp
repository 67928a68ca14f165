// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <memory>
#include <string>

namespace headroom::jack {

/// A `jackd -r -a e -d dummy` of our own under a private name, stopped with this object, and dying
/// with the program however that ends.
class SpawnedServer {
  public:
    struct Options {
        int sample_rate_hz = 48000;
        int period_frames = 1024; ///< long enough for a busy machine: nobody waits for a demo
    };
    /// Returns when the server answers, or says why it does not. The server is stopped when the
    /// calling thread ends, so call this on one that lives as long as the program needs it.
    static Result<std::unique_ptr<SpawnedServer>> start(const Options &options);
    ~SpawnedServer();

    const std::string &name() const;
    bool is_alive() const; ///< the thread that owns this object
    /// A descriptor that can be read once the server has ended, for an event loop; -1 if the system
    /// has none to give.
    int end_fd() const;

  private:
    struct Impl;
    explicit SpawnedServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::jack
