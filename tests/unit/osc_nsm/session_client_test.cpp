// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/nsm/session_client.hpp"
#include "tests/support/catch.hpp"

#include <array>
#include <optional>
#include <unistd.h>

using namespace headroom::osc;
using namespace headroom::osc::nsm;

namespace {

std::shared_ptr<UdpSocket> open_socket() {
    auto socket = UdpSocket::bind(*Endpoint::parse("127.0.0.1", 0));
    REQUIRE(socket);
    return std::make_shared<UdpSocket>(std::move(*socket));
}

bool anybody(const Endpoint &) {
    return true;
}

/// A manager by hand, and a client that has announced itself to it.
struct Session {
    std::shared_ptr<UdpSocket> manager = open_socket();
    std::unique_ptr<SessionClient> client;
    std::vector<Project> opened;
    int saves = 0;
    std::optional<Refusal> save_fails;

    Session() {
        auto announced = SessionClient::announce(
            "osc.udp://localhost:" + std::to_string(manager->local().port()) + "/",
            {"headroom", ":dirty:switch:", "headroom"}, open_socket(), anybody);
        REQUIRE(announced);
        client = std::move(*announced);
        client->set_requests({.open = [this](const Project &project) { opened.push_back(project); },
                              .save = [this]() -> tl::expected<void, Refusal> {
                                  ++saves;
                                  if (save_fails)
                                      return tl::unexpected(*save_fails);
                                  return {};
                              }});
        REQUIRE(heard().address == "/nsm/server/announce");
    }

    /// What the manager gets next; an empty message where nothing comes.
    Message heard() const {
        std::array<std::uint8_t, 1536> buffer;
        if (!manager->wait(std::chrono::milliseconds(200)))
            return {};
        const auto received = manager->receive(buffer);
        REQUIRE((received && *received));
        const auto packet = decode(std::span(buffer).first((*received)->size));
        REQUIRE((packet && packet->elements.size() == 1));
        return packet->elements.front().message;
    }
    void say(const Message &message) {
        REQUIRE(manager->send(encode(message), client->socket()->local()));
        REQUIRE(client->socket()->wait(std::chrono::seconds(5)));
        client->read();
    }
    void open(const std::string &id = "headroom.nABCD") {
        say({"/nsm/client/open", {"/tmp/x/" + id, std::string("song"), id}});
    }
};

Message save_request() {
    return {"/nsm/client/save", {}};
}

Message reply(const std::string &to, const std::string &text) {
    return {"/reply", {to, text}};
}

Message error(const std::string &to, std::int32_t code, const std::string &text) {
    return {"/error", {to, code, text}};
}

} // namespace

TEST_CASE("a client announces itself with its name, capabilities, program and process") {
    const auto manager = open_socket();
    const auto client = SessionClient::announce(
        "osc.udp://127.0.0.1:" + std::to_string(manager->local().port()) + "/",
        {"headroom", ":dirty:switch:", "headroom"}, open_socket(), anybody);
    REQUIRE(client);
    REQUIRE(manager->wait(std::chrono::seconds(5)));
    std::array<std::uint8_t, 1536> buffer;
    const auto received = manager->receive(buffer);
    REQUIRE((received && *received));
    CHECK((*received)->from == (*client)->socket()->local());
    const auto packet = decode(std::span(buffer).first((*received)->size));
    REQUIRE(packet);
    CHECK(packet->elements.front().message ==
          Message{"/nsm/server/announce",
                  {std::string("headroom"), std::string(":dirty:switch:"), std::string("headroom"),
                   std::int32_t{1}, std::int32_t{1}, std::int32_t{::getpid()}}});
    CHECK((*client)->standing() == SessionClient::Standing::announced);
}

TEST_CASE("only the manager's own address, port and user count") {
    const auto manager = open_socket();
    bool is_ours = true;
    const auto announced = SessionClient::announce(
        "osc.udp://127.0.0.1:" + std::to_string(manager->local().port()) + "/", {}, open_socket(),
        [&](const Endpoint &) { return is_ours; });
    REQUIRE(announced);
    const auto takes = [&](const Endpoint &from) {
        return (*announced)->take(from, encode({"/reply", {std::string("/nsm/server/announce")}}));
    };
    const Endpoint own = manager->local();
    CHECK(takes(own));
    CHECK_FALSE(takes(own.with_port(static_cast<std::uint16_t>(own.port() ^ 1))));
    CHECK_FALSE(takes(*Endpoint::parse("127.0.0.2", own.port())));
    CHECK_FALSE(takes(*Endpoint::parse("192.0.2.1", own.port())));
    is_ours = false;
    CHECK_FALSE(takes(own));
}

TEST_CASE("an URL that leads nowhere is told") {
    for (const char *url :
         {"", "osc.tcp://127.0.0.1:9000/", "osc.udp://127.0.0.1/", "osc.udp://127.0.0.1:x/",
          "osc.udp://:9000/", "osc.udp://", "9000", "osc.udp://127.0.0.1:90000/",
          "osc.udp://127.0.0.1:9000/more", "osc.udp://no-such-host.invalid:9000/"}) {
        CAPTURE(url);
        const auto client = SessionClient::announce(url, {}, open_socket(), anybody);
        CHECK_FALSE(client);
    }
}

TEST_CASE("the manager's answer to the announcement decides") {
    Session session;
    SECTION("welcome") {
        session.say({"/reply",
                     {std::string("/nsm/server/announce"), std::string("hello"),
                      std::string("New Session Manager"), std::string(":server-control:")}});
        CHECK(session.client->standing() == SessionClient::Standing::managed);
        CHECK(session.client->answer() == "hello");
    }
    SECTION("refused") {
        session.say(error("/nsm/server/announce", -6, "no session is open"));
        CHECK(session.client->standing() == SessionClient::Standing::refused);
        CHECK(session.client->answer() == "no session is open");
    }
    SECTION("an answer to something else decides nothing") {
        session.say(error("/nsm/server/save", -6, "no session is open"));
        CHECK(session.client->standing() == SessionClient::Standing::announced);
    }
}

TEST_CASE("open, save and switch are answered once they are done") {
    Session session;
    session.say(save_request());
    CHECK(session.heard() == error("/nsm/client/save", -8, "no project is open"));

    session.open();
    REQUIRE(session.opened.size() == 1);
    CHECK(session.opened[0].client_id == "headroom.nABCD");
    CHECK(session.opened[0].path == "/tmp/x/headroom.nABCD");
    CHECK(session.opened[0].display_name == "song");
    CHECK(session.heard() == Message{}); // not yet
    session.say(save_request());
    CHECK(session.heard() == error("/nsm/client/save", -8, "no project is open"));
    session.open("headroom.nOTHR");
    CHECK(session.opened.size() == 1);
    CHECK(session.heard() == error("/nsm/client/open", -8, "another project is being opened"));

    session.client->opened("here");
    CHECK(session.heard() == reply("/nsm/client/open", "here"));
    CHECK(session.heard() == Message{"/nsm/client/is_clean", {}});
    session.say(save_request());
    CHECK(session.heard() == reply("/nsm/client/save", "saved"));
    CHECK(session.saves == 1);

    session.open("headroom.nOTHR");
    REQUIRE(session.opened.size() == 2);
    session.client->refuse_open({ErrorCode::bad_project, "profile.yaml:3:1: no"});
    CHECK(session.heard() == error("/nsm/client/open", -9, "profile.yaml:3:1: no"));
    session.say(save_request());
    CHECK(session.heard() == error("/nsm/client/save", -8, "no project is open"));
    CHECK(session.saves == 1);
}

TEST_CASE("changes are told once, and are gone when they are saved") {
    Session session;
    session.client->tell_dirty(true);
    CHECK(session.heard() == Message{}); // of no project
    session.open();
    session.client->opened("here");
    session.heard();
    session.heard();
    session.client->tell_dirty(true);
    session.client->tell_dirty(true);
    CHECK(session.heard() == Message{"/nsm/client/is_dirty", {}});
    CHECK(session.heard() == Message{});
    session.save_fails = Refusal{ErrorCode::general, "the disk is full"};
    session.say(save_request());
    CHECK(session.heard() == error("/nsm/client/save", -1, "the disk is full"));
    CHECK(session.heard() == Message{});
    session.save_fails.reset();
    session.say(save_request());
    CHECK(session.heard() == reply("/nsm/client/save", "saved"));
    CHECK(session.heard() == Message{"/nsm/client/is_clean", {}});
}

TEST_CASE("progress and messages reach the manager in bounds") {
    Session session;
    session.client->tell_progress(1.5f);
    CHECK(session.heard() == Message{"/nsm/client/progress", {1.0f}});
    session.client->tell(2, "nobody manages us yet");
    CHECK(session.heard() == Message{});
    session.open();
    session.client->tell(7, "look");
    CHECK(session.heard() ==
          Message{"/nsm/client/message", {std::int32_t{3}, std::string("look")}});
}

TEST_CASE("only the manager's own words are taken, and all bytes are safe") {
    Session session;
    const Endpoint manager = *Endpoint::parse("127.0.0.1", session.manager->local().port());
    const Endpoint other = *Endpoint::parse("127.0.0.1", 9);
    const auto open =
        encode({"/nsm/client/open", {std::string("/a"), std::string("b"), std::string("c")}});
    CHECK_FALSE(session.client->take(other, open));
    CHECK(session.opened.empty());
    CHECK_FALSE(session.client->take(manager, encode({"/headroom/bypass", {true}})));
    CHECK(session.client->take(manager, encode({"/nsm/client/session_is_loaded", {}})));
    CHECK(session.client->take(manager, encode({"/nsm/client/show_optional_gui", {}})));
    CHECK(session.client->take(manager, encode({"/reply", {}})));
    CHECK(session.client->take(manager, encode({"/error", {std::int32_t{1}}})));
    for (std::size_t size = 0; size < open.size(); ++size)
        session.client->take(manager, std::span(open).first(size));
    CHECK(session.opened.empty());
    CHECK(session.client->take(manager, encode({"/nsm/client/open", {std::int32_t{1}}})));
    CHECK(session.opened.empty());
}
