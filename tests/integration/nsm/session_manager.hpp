// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/wire/packet.hpp"
#include "osc/wire/transport.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace headroom::test {

/// A session manager of one client, as nsmd speaks.
class SessionManager {
  public:
    SessionManager() {
        auto socket = osc::UdpSocket::bind(*osc::Endpoint::parse("127.0.0.1", 0));
        if (!socket)
            throw std::runtime_error(socket.error().text);
        socket_ = std::move(*socket);
    }

    std::string url() const {
        return "osc.udp://127.0.0.1:" + std::to_string(socket_->local().port()) + "/";
    }
    std::string path(const std::string &name) const { return folder_.path() / name; }

    /// The next message that goes to the address; nothing where none comes in time. Others before
    /// it are kept in heard().
    std::optional<osc::Message> wait_for(const std::string &address,
                                         std::chrono::milliseconds deadline = kDeadline) {
        const auto end = std::chrono::steady_clock::now() + deadline;
        while (std::chrono::steady_clock::now() < end) {
            auto message = receive();
            if (!message)
                continue;
            heard_.push_back(*message);
            if (message->address == address)
                return message;
        }
        return std::nullopt;
    }
    /// As wait_for(), of the answer to a request: its code and its text. A reply has the code 0.
    std::optional<std::pair<std::int32_t, std::string>> answer_to(const std::string &request) {
        const auto end = std::chrono::steady_clock::now() + kDeadline;
        while (std::chrono::steady_clock::now() < end) {
            auto message = receive();
            if (!message)
                continue;
            heard_.push_back(*message);
            const auto &is = message->arguments;
            if (is.empty() || is[0] != osc::Argument(request))
                continue;
            if (message->address == "/reply")
                return std::pair(0, std::get<std::string>(is.at(1)));
            if (message->address == "/error")
                return std::pair(std::get<std::int32_t>(is.at(1)), std::get<std::string>(is.at(2)));
        }
        return std::nullopt;
    }

    void welcome() {
        send({"/reply",
              {std::string("/nsm/server/announce"), std::string("welcome"), std::string("fake"),
               std::string(":server-control:broadcast:optional-gui:")}});
    }
    void turn_away(std::int32_t code, const std::string &why) {
        send({"/error", {std::string("/nsm/server/announce"), code, why}});
    }
    void open(const std::string &project_path, const std::string &id) {
        send({"/nsm/client/open", {project_path, std::string("song"), id}});
    }
    void save() { send({"/nsm/client/save", {}}); }
    void send(const osc::Message &message) { socket_->send(osc::encode(message), *client_); }

    /// Where the client sends from: its OSC port.
    std::uint16_t client_port() const { return client_->port(); }
    const std::vector<osc::Message> &heard() const { return heard_; }

  private:
    std::optional<osc::Message> receive() {
        std::array<std::uint8_t, 1536> buffer;
        if (!socket_->wait(std::chrono::milliseconds(50)))
            return std::nullopt;
        const auto received = socket_->receive(buffer);
        if (!received || !*received)
            return std::nullopt;
        client_ = (*received)->from;
        const auto packet = osc::decode(std::span(buffer).first((*received)->size));
        if (!packet || packet->elements.empty())
            throw std::runtime_error("the client sends what is no OSC");
        return packet->elements.front().message;
    }

    TemporaryFolder folder_;
    std::optional<osc::UdpSocket> socket_;
    std::optional<osc::Endpoint> client_;
    std::vector<osc::Message> heard_;
};

} // namespace headroom::test
