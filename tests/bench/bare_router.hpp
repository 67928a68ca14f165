// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/jack/client.hpp"

#include <array>
#include <condition_variable>
#include <cstdint>
#include <jack/types.h>
#include <memory>
#include <mutex>
#include <queue>
#include <string>
#include <thread>

namespace headroom::bench {

/// The least that moves applications from a sink to a bus: the bus only attenuates, and a thread
/// does nothing but ask for links as libjack tells of something. What it needs, JACK2 needs.
class BareRouter {
  public:
    enum class Acts {
        on_links, ///< a link to the sink is replaced
        on_ports  ///< an output port is linked, where applications may not do so themselves
    };

    /// The sink is a client with ports "playback_1" and "playback_2". Throws std::runtime_error.
    BareRouter(const std::string &server_name, const std::string &sink, Acts acts);
    ~BareRouter();
    BareRouter(const BareRouter &) = delete;
    BareRouter &operator=(const BareRouter &) = delete;

  private:
    static constexpr std::size_t kChannels = 2;
    struct Told {
        jack_port_id_t from;
        jack_port_id_t to; ///< as from where a port is new
    };

    void process(jack_nframes_t frames) noexcept;
    void tell(Told told);
    void work();
    void act(Told told);

    std::string sink_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::queue<Told> told_;
    bool ended_ = false;
    std::array<jack_port_t *, kChannels> inputs_{}, outputs_{};
    std::unique_ptr<jack::Client> bus_;
    std::unique_ptr<jack::Client> graph_; ///< without ports, as self-connections may be ignored
    std::thread worker_;
};

} // namespace headroom::bench
