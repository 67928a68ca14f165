// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/network.hpp"
#include "osc/flow.hpp"
#include "osc/wire/transport.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <vector>

namespace headroom::osc {

/// Who may speak, who may set, and who is known to be where his packets say that he is.
///
/// A UDP packet can carry anybody's address. Until a host has shown that what is sent to it
/// arrives, it gets no more bytes than came from it: so nothing can be turned against others. It
/// shows that by returning the number of a /headroom/ack. The networks that cannot be forged,
/// hosts that are allowed by their own address, and connections are known from the start.
/// Belongs to the control thread.
class Admission {
  public:
    static constexpr std::size_t kHosts = 256;          ///< that are allowed by their network only
    static constexpr std::chrono::seconds kUnknown{10}; ///< from the last packet
    static constexpr std::chrono::minutes kKnown{10};   ///< from the last packet

    explicit Admission(std::vector<Network> trusted) : trusted_(std::move(trusted)) {}

    /// Who else may speak from now on, and who of all may not set. Who has shown where he is need
    /// not do so again.
    void adopt(std::vector<Network> allow, std::vector<Network> read_only) {
        allow_ = std::move(allow);
        read_only_ = std::move(read_only);
    }

    bool admits(const Endpoint &from) const;
    bool may_set(const Endpoint &from) const;

    enum class Standing {
        refused,
        unknown,
        asking, ///< unknown, and sent a /headroom/ack to be asked for the number
        known
    };
    /// Takes in a packet.
    Standing meet(const Endpoint &from, std::span<const std::uint8_t> packet, TimePoint now);
    /// Whether so many bytes may go there; they count as sent.
    bool may_send(const Endpoint &to, std::size_t bytes);
    /// What asks an unknown host to show that it gets packets, where there is room for that.
    std::optional<std::vector<std::uint8_t>> challenge(const Endpoint &to);
    /// Credit for packets is good for the answers to them only.
    void finish_turn();

  private:
    struct Host {
        std::int32_t token;
        bool is_known = false;
        std::size_t credit_bytes = 0;
        TimePoint heard;
    };

    bool is_trusted(const Network::Address &address) const;

    std::vector<Network> trusted_;
    std::vector<Network> allow_;
    std::vector<Network> read_only_;
    std::map<Network::Address, Host> hosts_;
    std::random_device random_;
};

} // namespace headroom::osc
