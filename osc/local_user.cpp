// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/local_user.hpp"

#include "osc/server_sockets.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <fstream>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sstream>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace headroom::osc {

namespace {

/// A socket as the kernel lists it.
struct Row {
    Network::Address local;
    std::uint16_t local_port;
    Network::Address remote;
    std::uint16_t remote_port;
    uid_t user;
    bool is_open; ///< a program holds it: else its user is not known, and given as root
    bool is_listening;
};
using Rows = std::vector<Row>;

constexpr std::uint8_t kListening = 10; // TCP_LISTEN, also in /proc/net

bool is_any_address(const Network::Address &address) {
    return address == Network::Address{} || address == Network::parse_address("0.0.0.0");
}

int number(Protocol protocol) {
    return protocol == Protocol::udp ? IPPROTO_UDP : IPPROTO_TCP;
}

/// The kernel's socket diagnostics. One for each thread: answers belong to questions.
class Diagnostics {
  public:
    struct Question {
        nlmsghdr header{};
        inet_diag_req_v2 request{};
    };

    static Question question(Protocol protocol, int family, int flags) {
        Question out;
        out.header.nlmsg_len = sizeof out;
        out.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
        out.header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
        out.request.sdiag_family = static_cast<std::uint8_t>(family);
        out.request.sdiag_protocol = static_cast<std::uint8_t>(number(protocol));
        out.request.idiag_states = ~0u;
        out.request.id.idiag_cookie[0] = out.request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
        return out;
    }

    /// The socket that sends from `theirs` to `ours`: one row, or none. Nothing if the kernel does
    /// not answer.
    std::optional<Rows> find(Protocol protocol, const Endpoint &theirs, const Endpoint &ours) {
        Question exact = question(protocol, theirs.family(), 0);
        // TCP is asked for the socket's own end first, UDP for the other end (udp_diag.c).
        const bool is_udp = protocol == Protocol::udp;
        const auto put = [](const Endpoint &from, __be32 *ip, __be16 &port) {
            std::memcpy(ip, from.ip().data(), from.ip().size());
            port = htons(from.port());
        };
        auto &id = exact.request.id;
        put(is_udp ? ours : theirs, id.idiag_src, id.idiag_sport);
        put(is_udp ? theirs : ours, id.idiag_dst, id.idiag_dport);
        return ask(exact);
    }

    /// All sockets with that port of their own.
    std::optional<Rows> list(Protocol protocol, std::uint16_t port) {
        Rows out;
        for (const int family : {AF_INET, AF_INET6}) {
            Question all = question(protocol, family, NLM_F_DUMP);
            all.request.id.idiag_sport = htons(port);
            const auto rows = ask(all);
            if (!rows)
                return std::nullopt;
            out.insert(out.end(), rows->begin(), rows->end());
        }
        return out;
    }

    /// The kernel answers "no such socket" also if it has no such diagnostics: it has them if it
    /// finds a socket of ours.
    bool works(Protocol protocol) {
        auto &known = works_[protocol == Protocol::udp ? 0 : 1];
        if (!known) {
            const Endpoint free = *Endpoint::parse("127.0.0.1", 0);
            const Endpoint nobody = *Endpoint::parse("127.0.0.1", 1);
            std::optional<Rows> rows;
            if (protocol == Protocol::udp) {
                if (const auto probe = UdpSocket::bind(free))
                    rows = find(protocol, probe->local(), nobody);
            } else if (const auto probe = TcpListener::bind(free)) {
                rows = find(protocol, probe->local(), nobody);
            }
            known = rows && !rows->empty();
        }
        return *known;
    }

  private:
    std::optional<Rows> ask(const Question &question) {
        constexpr std::size_t kBytes = 32768; // what the kernel fills at once
        if (!socket_ ||
            ::send(socket_.get(), &question, sizeof question, 0) != ssize_t{sizeof question})
            return std::nullopt;
        const bool is_list = (question.header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
        buffer_.resize(kBytes);
        Rows out;
        for (;;) {
            const ssize_t size = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
            if (size <= 0)
                return std::nullopt;
            auto left = static_cast<unsigned>(size);
            for (const auto *at = reinterpret_cast<const nlmsghdr *>(buffer_.data());
                 NLMSG_OK(at, left); at = NLMSG_NEXT(at, left)) {
                if (at->nlmsg_type == NLMSG_DONE)
                    return out;
                if (at->nlmsg_type == NLMSG_ERROR)
                    return is_list ? std::nullopt : std::optional(out);
                if (at->nlmsg_type == SOCK_DIAG_BY_FAMILY)
                    out.push_back(row(*static_cast<const inet_diag_msg *>(NLMSG_DATA(at))));
            }
            if (!is_list)
                return out;
        }
    }

    static Row row(const inet_diag_msg &found) {
        const std::size_t size = found.idiag_family == AF_INET ? 4 : 16;
        const auto address = [&](const __be32 *ip) {
            return Network::address_of({reinterpret_cast<const std::uint8_t *>(ip), size});
        };
        return {address(found.id.idiag_src),
                ntohs(found.id.idiag_sport),
                address(found.id.idiag_dst),
                ntohs(found.id.idiag_dport),
                found.idiag_uid,
                found.idiag_inode != 0,
                found.idiag_state == kListening};
    }

    FileDescriptor socket_{::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)};
    std::vector<std::uint8_t> buffer_;
    std::array<std::optional<bool>, 2> works_;
};

Diagnostics &diagnostics() {
    thread_local Diagnostics one;
    return one;
}

/// "0100007F:23B4": words of four bytes, each in the machine's order.
bool read_end(const std::string &text, Network::Address &address, std::uint16_t &port) {
    const auto colon = text.find(':');
    std::array<std::uint8_t, 16> bytes{};
    const std::size_t size = colon / 2;
    if (colon == text.npos || (size != 4 && size != 16))
        return false;
    for (std::size_t at = 0; at < size; at += 4) {
        std::uint32_t word = 0;
        std::from_chars(text.data() + 2 * at, text.data() + 2 * at + 8, word, 16);
        std::memcpy(bytes.data() + at, &word, sizeof word);
    }
    address = Network::address_of(std::span(bytes).first(size));
    return std::from_chars(text.data() + colon + 1, text.data() + text.size(), port, 16).ec ==
           std::errc();
}

/// All sockets with that port, as /proc/net lists them.
Rows listed_in_proc(Protocol protocol, std::uint16_t port) {
    Rows out;
    for (const char *version : {"", "6"}) {
        std::ifstream file(std::string("/proc/self/net/") +
                           (protocol == Protocol::udp ? "udp" : "tcp") + version);
        std::string line;
        std::getline(file, line); // the heading
        while (std::getline(file, line)) {
            std::istringstream words(line);
            std::string slot, local, remote, state, skipped;
            Row row{};
            unsigned long inode = 0;
            words >> slot >> local >> remote >> state >> skipped >> skipped >> skipped >>
                row.user >> skipped >> inode;
            if (!words || !read_end(local, row.local, row.local_port) ||
                !read_end(remote, row.remote, row.remote_port) || row.local_port != port)
                continue;
            row.is_open = inode != 0;
            row.is_listening = state == "0A";
            out.push_back(row);
        }
    }
    return out;
}

/// All sockets with that port of their own.
Rows sockets_with_port(Protocol protocol, std::uint16_t port) {
    std::optional<Rows> rows;
    if (diagnostics().works(protocol))
        rows = diagnostics().list(protocol, port);
    return rows ? std::move(*rows) : listed_in_proc(protocol, port);
}

SocketOwner owner_in(const Rows &rows, const auto &may_be_sender) {
    auto out = SocketOwner::gone;
    for (const Row &row : rows) {
        if (!row.is_open || !may_be_sender(row))
            continue;
        if (row.user != ::geteuid() && row.user != 0)
            return SocketOwner::other;
        out = SocketOwner::own;
    }
    return out;
}

SocketOwner udp_owner_in(const Rows &rows, const Endpoint &theirs) {
    return owner_in(rows, [&, address = address_of(theirs)](const Row &row) {
        return row.local_port == theirs.port() &&
               (row.local == address || is_any_address(row.local));
    });
}

SocketOwner tcp_owner_in(const Rows &rows, const Endpoint &theirs, const Endpoint &ours) {
    return owner_in(rows,
                    [&, local = address_of(theirs), remote = address_of(ours)](const Row &row) {
                        return row.local_port == theirs.port() && row.local == local &&
                               row.remote_port == ours.port() && row.remote == remote;
                    });
}

} // namespace

Network::Address address_of(const Endpoint &endpoint) {
    return Network::address_of(endpoint.ip());
}

SocketOwner socket_owner(Protocol protocol, const Endpoint &theirs, const Endpoint &ours) {
    std::optional<Rows> rows;
    if (diagnostics().works(protocol))
        rows = diagnostics().find(protocol, theirs, ours);
    if (!rows)
        rows = listed_in_proc(protocol, theirs.port());
    return protocol == Protocol::udp ? udp_owner_in(*rows, theirs)
                                     : tcp_owner_in(*rows, theirs, ours);
}

SocketOwner every_socket_owner(const Endpoint &theirs) {
    return udp_owner_in(sockets_with_port(Protocol::udp, theirs.port()), theirs);
}

std::optional<uid_t> other_port_owner(std::uint16_t port) {
    std::optional<uid_t> other;
    for (const Protocol protocol : {Protocol::udp, Protocol::tcp}) {
        for (const Row &row : sockets_with_port(protocol, port)) {
            if (!row.is_open || (protocol == Protocol::tcp && !row.is_listening))
                continue;
            if (row.user == ::geteuid())
                return std::nullopt;
            other = row.user;
        }
    }
    return other;
}

std::string remedy_for_port(std::uint16_t port) {
    if (const auto user = other_port_owner(port))
        return "a program of the user " + user_name(*user) +
               " has the port: choose another OSC port";
    return "another headroom, or another program, has the port: end it (ss -tulpn 'sport = :" +
           std::to_string(port) + "' shows which), or choose another OSC port";
}

std::optional<Endpoint> address_towards(const Endpoint &endpoint) {
    const auto towards = UdpSocket::connect(endpoint.with_port(endpoint.port() | 1));
    if (!towards || is_loopback(towards->local()) != is_loopback(endpoint))
        return std::nullopt;
    return towards->local();
}

std::string user_name(uid_t user) {
    std::array<char, 16384> buffer{};
    passwd entry{};
    passwd *found = nullptr;
    if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return entry.pw_name;
    return "user " + std::to_string(user);
}

const std::string &local_refusal() {
    static const std::string text = [] {
        const std::string name = user_name(::geteuid());
        return "this headroom belongs to " + name + ": on this machine only " + name +
               (name == "root" ? "" : " and root") +
               " may use it (\"osc: { local: everyone }\" in the profile admits the others)";
    }();
    return text;
}

} // namespace headroom::osc
