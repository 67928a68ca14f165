// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/network.hpp"
#include "config/osc_settings.hpp"
#include "osc/flow.hpp"
#include "osc/other_users.hpp"
#include "osc/peer.hpp"
#include "osc/wire/transport.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace headroom::osc {

/// Who is behind the sockets of this machine. Tests take the place of the kernel.
class LocalUsers {
  public:
    virtual ~LocalUsers() = default;
    virtual SocketOwner owner(Protocol protocol, const Endpoint &theirs, const Endpoint &ours) {
        return socket_owner(protocol, theirs, ours);
    }
    /// Of all that could send UDP from there.
    virtual SocketOwner every_owner(const Endpoint &theirs) { return every_socket_owner(theirs); }
    virtual bool are_others_at_work(TimePoint now) { return others_.are_at_work(now); }
    void note_other(TimePoint now) { others_.note(now); }

  private:
    OtherUsers others_;
};

/// Who may speak, who may set, and who is known to be where his packets say that he is.
///
/// On this machine the user behind the socket decides: this program's user and root may ask and
/// set, others hear why they may not. A UDP socket is looked up for every turn in which it sends,
/// because its port may belong to another user by then. A sender that has closed its socket before
/// it could be looked up counts as this user, as long as no other person works on the machine.
///
/// On networks the settings decide. A UDP packet can carry anybody's address: until a host has
/// shown that what is sent to it arrives, it gets no more bytes than came from it: so nothing can
/// be turned against others. It shows that by returning the number of a /headroom/ack. The networks
/// that cannot be forged, hosts that are allowed by their own address, and connections are known
/// from the start.
///
/// Belongs to the control thread.
class Admission {
  public:
    static constexpr std::size_t kHosts = 256;          ///< that are allowed by their network only
    static constexpr std::chrono::seconds kUnknown{10}; ///< from the last packet
    static constexpr std::chrono::minutes kKnown{10};   ///< from the last packet
    static constexpr std::size_t kEndpoints = 1024;     ///< of UDP, that are remembered
    static constexpr std::size_t kLooksPerTurn = 64;    ///< at sockets
    /// How long the owner of a socket that is sent to holds, and of all that share its port.
    static constexpr std::chrono::seconds kOwnerHolds{1};
    static constexpr std::chrono::minutes kBetweenNotices{1};

    /// trusted: the loopback networks. notice gets what people should know; may be empty.
    Admission(std::vector<Network> trusted, std::shared_ptr<LocalUsers> users,
              std::function<void(const std::string &)> notice)
        : trusted_(std::move(trusted)), users_(std::move(users)), notice_(std::move(notice)) {}

    /// Who may speak and set from now on. Verified hosts stay verified.
    void adopt(const OscSettings &settings);

    /// The sender of a UDP packet, and what he may do; nothing if he is not to be answered.
    std::optional<Peer> admit(const Endpoint &from, const Endpoint &to, TimePoint now);
    /// The same of one who connects over TCP, and again after adopt().
    std::optional<Peer> admit_connection(const Endpoint &from, const Endpoint &to, TimePoint now);
    std::optional<Peer> admit_again(const Peer &connected, TimePoint now);
    /// Whether the settings let the address speak.
    bool may_hear(const Endpoint &who) const;

    enum class Standing {
        refused,
        unknown,
        asking, ///< unknown, and sent a /headroom/ack to be asked for the number
        known
    };
    /// Takes in a packet of one who was admitted.
    Standing meet(const Endpoint &from, std::span<const std::uint8_t> packet, TimePoint now);
    /// Whether so many bytes may go there over UDP; they count as sent.
    bool may_send(const Endpoint &to, std::size_t bytes, TimePoint now);
    /// What asks an unknown host to show that it gets packets, where there is room for that.
    std::optional<std::vector<std::uint8_t>> challenge(const Endpoint &to, TimePoint now);
    /// Whether so many sockets were looked up that the turn should end.
    bool is_turn_full() const { return looks_ >= kLooksPerTurn; }
    /// Credit for packets is good for the answers to them only.
    void finish_turn();

  private:
    struct Host {
        std::int32_t token;
        bool is_known = false;
        std::size_t credit_bytes = 0;
        TimePoint heard;
    };
    /// A UDP endpoint, maybe of this machine.
    struct Local {
        bool is_local = false;
        SocketOwner owner = SocketOwner::gone;
        std::uint64_t turn = 0; ///< in which it was looked up
        TimePoint looked;       ///< at all that share its port; or at whose the address is
    };
    struct EndpointHash {
        std::size_t operator()(const Endpoint &endpoint) const { return endpoint.hash(); }
    };

    bool is_trusted(const Network::Address &address) const;
    /// Comes from this machine, under whichever of its addresses.
    bool is_local(const Endpoint &endpoint) const;
    Local &local(const Endpoint &endpoint, TimePoint now);
    void look(Local &known, const Endpoint &theirs, const Endpoint &ours, TimePoint now);
    /// What one may do whose socket belongs to `owner`; nothing if he is not to be answered.
    std::optional<Peer> admitted(const Endpoint &from, SocketOwner owner, TimePoint now);

    std::vector<Network> trusted_;
    std::shared_ptr<LocalUsers> users_;
    std::function<void(const std::string &)> notice_;
    std::vector<Network> allow_; ///< all who may speak
    std::vector<Network> write_;
    std::vector<Network> read_only_;
    bool is_everyone_ = false; ///< of this machine
    std::map<Network::Address, Host> hosts_;
    std::unordered_map<Endpoint, Local, EndpointHash> locals_;
    std::uint64_t turn_ = 1;
    std::size_t looks_ = 0;
    std::optional<TimePoint> noticed_;
    std::random_device random_;
};

} // namespace headroom::osc
