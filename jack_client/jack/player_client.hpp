// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <memory>
#include <string>
#include <vector>

namespace headroom::jack {

/// A second JACK client that behaves as an application would: registers the output ports "out_1",
/// "out_2"..., plays, and connects itself to the playback ports. Comes back with a server that was
/// gone. Not real-time safe.
class PlayerClient {
  public:
    /// audio: channels x frames at the server's rate, played in a loop without a gap.
    static Result<std::unique_ptr<PlayerClient>> start(const std::string &client_name,
                                                       const std::string &server_name,
                                                       std::vector<std::vector<float>> audio);
    ~PlayerClient();

  private:
    struct Impl;
    explicit PlayerClient(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::jack
