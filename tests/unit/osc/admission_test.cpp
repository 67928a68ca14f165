// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/wire/datagram_batch.hpp"
#include "tests/unit/osc/server_stage.hpp"

using namespace headroom;
using namespace headroom::tests;

namespace {

/// A server that trusts 127.0.0.1 only, so that the rest of 127.0.0.0/8 stands for a LAN.
struct Lan {
    FakeControlSurface surface;
    TimePoint now{1h};
    control::EventLoop loop{{}, [this] { return now; }};
    std::unique_ptr<Server> server;

    explicit Lan(const OscSettings &settings) {
        ServerOptions options{.port = 0, .network = settings};
        options.network.listen = {"127.0.0.2"};
        options.trusted = {*Network::parse("127.0.0.1")};
        auto opened = Server::open(loop, options, surface);
        INFO((opened ? "" : opened.error().text()));
        REQUIRE(opened.has_value());
        server = std::move(*opened);
    }

    void run() {
        while (loop.turn())
            ;
    }
};

/// A host of the LAN; sizes count the bytes of its packets.
class Host {
  public:
    Host(const Lan &lan, const char *address)
        : socket_(UdpSocket::bind(*Endpoint::parse(address, 0)).value()),
          server_(*Endpoint::parse("127.0.0.2", lan.server->port())) {}

    void send(std::span<const std::uint8_t> bytes) {
        sent += bytes.size();
        REQUIRE(socket_.send(bytes, server_));
    }

    Messages ask(Lan &lan, const Message &message) {
        send(encode(message));
        lan.run();
        return received_messages();
    }

    Messages received_messages() {
        Messages out;
        std::array<std::uint8_t, 2048> buffer;
        while (const auto datagram = socket_.receive(buffer).value()) {
            received += datagram->size;
            CHECK(datagram->from == server_);
            const Packet packet = decode(std::span(buffer).first(datagram->size)).value();
            for (const auto &element : packet.elements)
                out.push_back(element.message);
        }
        return out;
    }

    std::size_t sent = 0;
    std::size_t received = 0;

  private:
    UdpSocket socket_;
    Endpoint server_;
};

OscSettings allowing(const char *network) {
    return {.write = {*Network::parse(network)}};
}

} // namespace

TEST_CASE("who is not allowed is neither answered nor obeyed, over UDP and TCP") {
    Lan lan(allowing("127.0.1.0/24"));
    Host stranger(lan, "127.0.2.1");
    CHECK(stranger.ask(lan, {ceiling, {-7.0f}}).empty());
    CHECK(stranger.ask(lan, {ceiling, {}}).empty());
    CHECK(stranger.ask(lan, acknowledges).empty());
    CHECK(lan.surface.value(ceiling_target) == -1.0f);
    Host inside(lan, "127.0.1.1");
    CHECK(inside.ask(lan, {ceiling, {-7.0f}}) == Messages{{ceiling, {-7.0f}}});
    CHECK(lan.surface.value(ceiling_target) == -7.0f);

    auto caller = TcpStream::connect(*Endpoint::parse("127.0.0.2", lan.server->port())).value();
    lan.run(); // it comes from 127.0.0.1, which is trusted
    std::array<std::uint8_t, 64> buffer;
    CHECK(caller.receive(buffer).value() == std::nullopt);
    Lan closed({.allow = {}, .peers = {{.address = "127.0.1.1"}}});
    Host outside(closed, "127.0.1.2");
    CHECK(outside.ask(closed, {ceiling, {}}).empty());
}

TEST_CASE("an unknown host gets no more than it sent, until it shows that packets reach it") {
    Lan lan(allowing("127.0.1.0/24"));
    Host host(lan, "127.0.1.1");
    for (const Message &question : Messages{{"/headroom/list", {}},
                                            {"/headroom/status", {}},
                                            {"/headroom/info", {std::string("/headroom/bus/**")}},
                                            {"/headroom/subscribe", {}},
                                            {ceiling, {}},
                                            {"/x", {}}}) {
        CAPTURE(question.address);
        host.sent = host.received = 0;
        host.ask(lan, question);
        lan.now += 1s;
        lan.run();
        host.received_messages();
        CHECK(host.received <= host.sent);
    }

    const Messages asked = host.ask(lan, acknowledges);
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].address == "/headroom/ack");
    const auto token = std::get<std::int32_t>(asked[0].arguments.at(0));
    CHECK(token < 0);
    CHECK(host.ask(lan, {"/headroom/ack", {token - 1}}).size() == 1); // asked again
    CHECK(host.ask(lan, {"/headroom/list", {}}).size() <= 1);
    host.ask(lan, {"/headroom/ack", {token}});
    CHECK(host.ask(lan, {"/headroom/list", {}}).size() > 20);

    // Another host has to show it for itself, another port of the same need not.
    Host other(lan, "127.0.1.2");
    CHECK(other.ask(lan, {"/headroom/ack", {token}}).size() == 1);
    CHECK(other.ask(lan, {"/headroom/list", {}}).empty());
    Host same(lan, "127.0.1.1");
    CHECK(same.ask(lan, {"/headroom/list", {}}).size() > 20);
    lan.now += 11min;
    CHECK(same.ask(lan, {"/headroom/list", {}}).size() <= 1);
}

TEST_CASE("hosts that are allowed by their own address, and peers, are known") {
    Lan lan({.write = {*Network::parse("127.0.1.1")}, .peers = {{.address = "127.0.1.2"}}});
    for (const char *address : {"127.0.1.1", "127.0.1.2"}) {
        Host host(lan, address);
        CHECK(host.ask(lan, {"/headroom/list", {}}).size() > 20);
    }
}

TEST_CASE("a peer on the LAN is told from the address that it can reach") {
    auto host = UdpSocket::bind(*Endpoint::parse("127.0.1.1", 0)).value();
    FakeControlSurface surface;
    ServerOptions options{.port = 0};
    options.network = {
        .listen = {"127.0.0.2"},
        .peers = {{.address = "127.0.1.1", .port = host.local().port(), .pattern = ceiling}}};
    control::EventLoop loop({});
    const auto server = Server::open(loop, options, surface).value();
    loop.turn();
    std::array<std::uint8_t, 2048> buffer;
    CHECK(host.receive(buffer).value().has_value());
}

TEST_CASE("who may only ask changes nothing, whatever is sent") {
    OscSettings settings = allowing("127.0.1.0/24");
    settings.read_only = {*Network::parse("127.0.1.1")};
    settings.peers = {{.address = "127.0.1.2", .read_only = true}};
    Lan lan(settings);
    const auto before = lan.surface.batches.size();
    for (const char *address : {"127.0.1.1", "127.0.1.2"}) {
        Host host(lan, address);
        const Messages asked = host.ask(lan, acknowledges);
        if (!asked.empty())
            host.ask(lan, asked[0]);
        for (const Message &message : Messages{{ceiling, {-7.0f}},
                                               {ceiling + "/norm", {0.5f}},
                                               {ceiling + "/reset", {}},
                                               {ceiling + "/inc", {}},
                                               {"/headroom/bypass/toggle", {}},
                                               {"/headroom/*/*/*/*/reset", {}},
                                               {"/headroom/meters/reset", {}},
                                               {"/headroom/profile", {std::string("night")}},
                                               {"/headroom/overlay/clear", {}}}) {
            CAPTURE(message.address);
            const Messages answers = host.ask(lan, message);
            REQUIRE(answers.size() == 1);
            CHECK(answers[0].address == "/headroom/error");
            CHECK(answers[0].arguments.at(1) ==
                  Argument(static_cast<std::int32_t>(ErrorCode::read_only)));
        }
        CHECK(host.ask(lan, {ceiling, {}}) == Messages{{ceiling, {-1.0f}}});
        CHECK(count(host.ask(lan, {"/headroom/subscribe", {ceiling}}), ceiling) == 1);
    }
    CHECK(lan.surface.batches.size() == before);
    CHECK(lan.surface.reset_buses.empty());
    Host other(lan, "127.0.1.3");
    other.ask(lan, {ceiling, {-2.0f}});
    CHECK(lan.surface.value(ceiling_target) == -2.0f);
}

TEST_CASE("a network that is allowed may ask, and one that may write sets too") {
    Lan lan({.allow = {*Network::parse("127.0.1.1")}, .write = {*Network::parse("127.0.1.2")}});
    Host asking(lan, "127.0.1.1");
    Host setting(lan, "127.0.1.2");
    CHECK(asking.ask(lan, {ceiling, {}}) == Messages{{ceiling, {-1.0f}}});
    const Messages refused = asking.ask(lan, {ceiling, {-7.0f}});
    REQUIRE(refused.size() == 1);
    CHECK(refused[0].arguments.at(1) == Argument(static_cast<std::int32_t>(ErrorCode::read_only)));
    CHECK(setting.ask(lan, {ceiling, {-7.0f}}) == Messages{{ceiling, {-7.0f}}});
}

TEST_CASE("another user of this machine neither asks nor sets") {
    struct Users : LocalUsers {
        SocketOwner of_all = SocketOwner::own;
        bool are_there = false;
        int looks = 0;
        SocketOwner owner(Protocol, const Endpoint &, const Endpoint &) override {
            ++looks;
            return of_all;
        }
        SocketOwner every_owner(const Endpoint &) override { return of_all; }
        bool are_others_at_work(TimePoint) override { return are_there; }
    };
    const auto users = std::make_shared<Users>();
    FakeControlSurface surface;
    std::vector<std::string> notices;
    ServerOptions options{.port = 0, .users = users};
    options.notice = [&](const std::string &text) { notices.push_back(text); };
    control::EventLoop loop({});
    const auto server = Server::open(loop, options, surface).value();
    Surfer surfer(server->port());
    const auto asked = [&](const Message &message) {
        surfer.send(message);
        loop.turn();
        return surfer.received();
    };
    CHECK(count(asked({"/headroom/subscribe", {ceiling}}), ceiling) == 1);
    CHECK(users->looks == 1);

    users->of_all = SocketOwner::other; // the port is another's by now
    for (const Message &message : Messages{{ceiling, {}}, {ceiling, {-7.0f}}}) {
        const Messages answers = asked(message);
        REQUIRE(answers.size() == 1);
        CHECK(answers[0].arguments.at(1) ==
              Argument(static_cast<std::int32_t>(ErrorCode::forbidden)));
    }
    CHECK(surface.value(ceiling_target) == -1.0f);
    CHECK(notices.empty());

    users->of_all = SocketOwner::gone; // and the sender has vanished
    CHECK(asked({ceiling, {-2.0f}}).size() == 1);
    CHECK(surface.value(ceiling_target) == -2.0f);
    users->are_there = true;
    CHECK(asked({ceiling, {-3.0f}}).empty());
    CHECK(surface.value(ceiling_target) == -2.0f);
    CHECK(notices.size() == 1);
    CHECK(asked({ceiling, {-3.0f}}).empty());
    CHECK(notices.size() == 1); // not again for each packet

    CHECK(server->adopt({.local_everyone = true}).empty());
    users->of_all = SocketOwner::other;
    CHECK(asked({ceiling, {-4.0f}}) == Messages{{ceiling, {-4.0f}}});
}

TEST_CASE("an address that stands for all takes in the loopback ones") {
    FakeControlSurface surface;
    ServerOptions options{.port = 0};
    options.network = {.listen = {"0.0.0.0", "::"}, .allow = {*Network::parse("10.0.0.0/8")}};
    control::EventLoop loop({});
    const auto server = Server::open(loop, options, surface).value();
    for (const char *host : {"127.0.0.1", "::1"}) {
        Surfer surfer(server->port(), host);
        surfer.send({ceiling, {}});
        loop.turn();
        loop.turn();
        CAPTURE(host);
        CHECK(surfer.received() == Messages{{ceiling, {-1.0f}}});
    }
}

TEST_CASE("who may speak, who may set and who is told can change while the server runs") {
    Lan lan(allowing("127.0.1.0/24"));
    Host host(lan, "127.0.1.1");
    const auto speaks = [&](Host &who) { return !who.ask(lan, {ceiling, {}}).empty(); };
    const Messages asked = host.ask(lan, acknowledges);
    REQUIRE(asked.size() == 1);
    host.ask(lan, asked[0]);
    CHECK(count(host.ask(lan, {"/headroom/subscribe", {ceiling}}), ceiling) == 1);
    Surfer near(lan.server->port());
    near.send({"/headroom/subscribe", {ceiling}});
    lan.run();
    near.received();
    auto caller = TcpStream::connect(*Endpoint::parse("127.0.0.2", lan.server->port())).value();
    const auto peer = UdpSocket::bind(*Endpoint::parse("127.0.2.1", 0)).value();
    lan.run();

    OscSettings other = allowing("127.0.3.0/24");
    other.read_only = {*Network::parse("127.0.0.1")};
    other.peers = {{.address = "127.0.2.1", .port = peer.local().port(), .pattern = ceiling}};
    CHECK(lan.server->adopt(other).empty());
    lan.run();
    CHECK_FALSE(speaks(host));
    Host newcomer(lan, "127.0.3.1");
    CHECK(speaks(newcomer));
    // What is seen of one who may only ask now: neither over UDP nor over TCP does he set.
    near.send({ceiling, {-9.0f}});
    REQUIRE(caller.send(frame(encode({ceiling, {-9.0f}}), Framing::length)).has_value());
    lan.run();
    CHECK(count(near.received(), "/headroom/error") == 1);
    CHECK(lan.surface.value(ceiling_target) == -1.0f);

    // A change reaches who subscribed and still may, and the peer, and nobody else.
    newcomer.ask(lan, {ceiling, {-5.0f}});
    lan.now += 1s;
    lan.run();
    CHECK(count(near.received(), ceiling) == 1);
    CHECK(count(host.received_messages(), ceiling) == 0);
    DatagramBatch told;
    CHECK(told.next(peer).has_value());
    while (told.next(peer))
        ;

    // Without the peer it hears no more, and one that cannot be reached is told.
    other.peers = {{.address = "127.0.2.1", .pattern = "/nothing"}};
    CHECK(lan.server->adopt(other).size() == 1);
    newcomer.ask(lan, {ceiling, {-6.0f}});
    lan.now += 1s;
    lan.run();
    CHECK_FALSE(told.next(peer).has_value());
    CHECK(count(near.received(), ceiling) == 1);
}
