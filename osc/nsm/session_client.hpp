// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/wire/packet.hpp"
#include "osc/wire/transport.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <tl/expected.hpp>

/// A client of a session manager, by the NSM API 1.1.2.
namespace headroom::osc::nsm {

enum class ErrorCode : std::int32_t {
    general = -1,
    not_now = -8,
    bad_project = -9,
    create_failed = -10,
};

struct Refusal {
    ErrorCode code = ErrorCode::general;
    std::string text; ///< for people
};

/// What a session is about, for one client.
struct Project {
    std::string path; ///< of the client's own file or folder; it need not exist
    std::string display_name;
    std::string client_id; ///< as which the client is to open in JACK
};

/// Speaks with the session manager over a UDP socket that others may use too. Belongs to one
/// thread.
class SessionClient {
  public:
    struct Identity {
        std::string application_name;
        std::string capabilities; ///< ":dirty:switch:"
        std::string executable_name;
    };
    /// What the manager asks for.
    struct Requests {
        /// Open the project, in place of one that is open: to be answered by opened() or
        /// refuse_open(), now or later. Until then nothing else is asked for.
        std::function<void(const Project &)> open;
        /// Save the project that was opened last.
        std::function<tl::expected<void, Refusal>()> save;
    };
    enum class Standing {
        announced,
        refused, ///< the manager will not have us
        managed
    };

    /// Whether the UDP socket at an endpoint of this machine belongs to this program's user.
    using IsOwnUser = std::function<bool(const Endpoint &)>;

    /// Announces the client to the manager at an URL such as "osc.udp://host:port/". Only what
    /// comes from the manager's own address and port counts as his; on this machine his user must
    /// be ours too. The error says what is wrong with the URL.
    static tl::expected<std::unique_ptr<SessionClient>, std::string>
    announce(const std::string &url, const Identity &identity, std::shared_ptr<UdpSocket> socket,
             IsOwnUser is_own_user);

    /// From now on these are called; what was asked for before was answered with "not now".
    void set_requests(Requests requests) { requests_ = std::move(requests); }

    /// Takes in a packet. False where it is not the manager's own: also the broadcasts of other
    /// clients, which it passes on, are for somebody else.
    bool take(const Endpoint &from, std::span<const std::uint8_t> packet);

    /// Takes in what waits on the socket, while nobody else reads it; what others sent is lost.
    void read();

    const std::shared_ptr<UdpSocket> &socket() const { return socket_; }
    Standing standing() const { return standing_; }
    /// Its welcome, or why it will not have us.
    const std::string &answer() const { return answer_; }

    void opened(const std::string &text);
    void refuse_open(const Refusal &refusal);

    /// Whether there are changes that are not saved. Sent where it is another than before.
    void tell_dirty(bool is_dirty);
    void tell_progress(float done); ///< 0..1
    /// priority: 0 to 3, 3 being the most important.
    void tell(int priority, const std::string &text);

  private:
    SessionClient(const Endpoint &manager, std::shared_ptr<UdpSocket> socket, IsOwnUser is_own_user)
        : manager_(manager), socket_(std::move(socket)), is_own_user_(std::move(is_own_user)) {}

    void send(const Message &message);
    void answer_to(const std::string &address, const tl::expected<std::string, Refusal> &outcome);
    void take_answer(const Message &message);
    void take_open(const Message &message);
    void take_save();
    bool is_manager(const Endpoint &from) const;

    Endpoint manager_;
    std::shared_ptr<UdpSocket> socket_;
    IsOwnUser is_own_user_;
    Requests requests_;
    Standing standing_ = Standing::announced;
    std::string answer_;
    bool is_opening_ = false;
    bool is_open_ = false;
    bool was_dirty_ = false;
};

} // namespace headroom::osc::nsm
