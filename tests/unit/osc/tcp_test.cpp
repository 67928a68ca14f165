// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/tcp_connections.hpp"
#include "tests/unit/osc/server_stage.hpp"

#include <sys/socket.h>

using namespace headroom;
using namespace headroom::tests;

namespace {

/// A foreign program with a TCP connection.
class Caller {
  public:
    Caller(std::uint16_t port, Framing framing, const char *host = "127.0.0.1")
        : stream_(TcpStream::connect(*Endpoint::parse(host, port)).value()), framing_(framing) {}

    void send_bytes(std::span<const std::uint8_t> bytes) {
        REQUIRE(stream_.send(bytes).value() == bytes.size());
    }
    bool try_send(std::span<const std::uint8_t> bytes) {
        return stream_.send(bytes).value_or(0) == bytes.size();
    }
    void send(const Message &message) { send_bytes(frame(encode(message), framing_)); }
    void end() { REQUIRE(::shutdown(stream_.fd(), SHUT_WR) == 0); }

    /// Everything that has arrived.
    Messages received() {
        Messages out;
        std::array<std::uint8_t, 4096> buffer;
        for (;;) {
            const auto size = stream_.receive(buffer);
            is_closed = !size || (*size && **size == 0);
            if (is_closed || !*size)
                return out;
            bytes_received += **size;
            REQUIRE(deframer_.feed(std::span(buffer).first(**size), [&](auto bytes) {
                const auto packet = decode(bytes);
                REQUIRE(packet.has_value());
                for (const auto &element : packet->elements)
                    out.push_back(element.message);
            }));
            CHECK(deframer_.framing() == framing_);
        }
    }

    bool is_closed = false;
    std::size_t bytes_received = 0;

  private:
    TcpStream stream_;
    Framing framing_;
    Deframer deframer_;
};

Messages ask(Stage &stage, Caller &caller, const Message &message) {
    caller.send(message);
    stage.run();
    return caller.received();
}

} // namespace

TEST_CASE("TCP clients are answered in the framing they use, on both loopback addresses") {
    Stage stage;
    for (const Framing framing : {Framing::length, Framing::slip})
        for (const char *host : {"127.0.0.1", "::1"}) {
            Caller caller(stage.server->port(), framing, host);
            CHECK(ask(stage, caller, {ceiling, {-3.0f}}) == Messages{{ceiling, {-3.0f}}});
            CHECK(ask(stage, caller, {ceiling, {}}) == Messages{{ceiling, {-3.0f}}});
            CHECK(ask(stage, caller, {"/headroom/list", {}}).size() ==
                  stage.surface.all_parameters().size() + stage.surface.all_meters().size() + 1);
            CHECK(count(ask(stage, caller, {"/nothing", {}}), "/headroom/error") == 1);
        }
}

TEST_CASE("a TCP client that ends after its questions still gets the answers") {
    Stage stage;
    Caller caller(stage.server->port(), Framing::slip);
    caller.send({ceiling, {}});
    caller.send({mode, {}});
    caller.end();
    stage.run();
    CHECK(caller.received() == Messages{{ceiling, {-1.0f}}, {mode, {std::int32_t{1}}}});
    CHECK(caller.is_closed);
}

TEST_CASE("a TCP client that breaks off or loses its framing harms nobody else") {
    Stage stage;
    Caller good(stage.server->port(), Framing::length);
    const auto whole = frame(encode({ceiling, {-9.0f}}), Framing::length);
    good.send_bytes(std::span(whole).first(9));
    {
        Caller broken(stage.server->port(), Framing::length);
        broken.send_bytes(std::span(whole).first(11));
        stage.run();
    }
    Caller senseless(stage.server->port(), Framing::slip);
    senseless.send_bytes(std::array<std::uint8_t, 3>{0xc0, 0xdb, 0x01});
    stage.run();
    senseless.received();
    CHECK(senseless.is_closed);
    good.send_bytes(std::span(whole).subspan(9));
    stage.run();
    CHECK(good.received() == Messages{{ceiling, {-9.0f}}});
    CHECK_FALSE(good.is_closed);
    CHECK_FALSE(stage.loop.turn());
}

TEST_CASE("a subscription over TCP ends with its connection") {
    Stage stage;
    {
        Caller caller(stage.server->port(), Framing::slip);
        CHECK(count(ask(stage, caller, {"/headroom/subscribe", {ceiling}}), ceiling) == 1);
        stage.surfer.send({ceiling, {-5.0f}});
        stage.pass(100ms);
        stage.run();
        CHECK(caller.received() == Messages{{ceiling, {-5.0f}}});
    }
    stage.run();
    CHECK_FALSE(stage.loop.next_timer());
}

TEST_CASE(
    "a TCP client that stops reading costs a bounded amount and gets the newest values after") {
    Stage stage;
    Caller idle(stage.server->port(), Framing::length);
    Caller busy(stage.server->port(), Framing::length);
    for (Caller *caller : {&idle, &busy}) {
        caller->send({"/headroom/subscribe", {std::string("/headroom"), std::int32_t{60}}});
        caller->send({"/headroom/subscribe",
                      {std::string("/headroom"), std::int32_t{60}, std::string("text")}});
    }
    stage.run();
    std::size_t meters = 0;
    for (int i = 0; i < 3000; ++i) {
        stage.ask({ceiling, {-0.005f * static_cast<float>(i)}});
        stage.pass(20ms);
        if (i % 200 == 0)
            for (Caller *caller : {&idle, &busy}) // renews the lease
                caller->send({"/headroom/unsubscribe", {std::string("nothing")}});
        meters += count(busy.received(), "/headroom/meter/bus/main/input/momentary");
    }
    CHECK(meters > 1500); // at the rate of a client that never acknowledges
    CHECK(busy.bytes_received > 3'500'000);

    Messages late = idle.received();
    CHECK(idle.bytes_received < 2'000'000);
    for (int i = 0; i < 100; ++i) {
        stage.pass(20ms);
        stage.run();
        const Messages more = idle.received();
        late.insert(late.end(), more.begin(), more.end());
    }
    CHECK_FALSE(idle.is_closed);
    const auto last = std::find_if(late.rbegin(), late.rend(), [](const Message &message) {
        return message.address == ceiling;
    });
    REQUIRE(last != late.rend());
    CHECK(*last == Message{ceiling, {-0.005f * 2999.0f}});
}

TEST_CASE("answers that a TCP client never reads end its connection") {
    Stage stage;
    Caller caller(stage.server->port(), Framing::length);
    const auto question = frame(encode({"/headroom/list", {}}), Framing::length);
    int asked = 0;
    for (; asked < 20'000 && caller.try_send(question); ++asked)
        stage.run();
    CHECK(asked < 20'000);
    caller.received();
    CHECK(caller.is_closed);
}

TEST_CASE("when all places are taken, the TCP client heard longest ago gives way") {
    Stage stage;
    std::vector<std::unique_ptr<Caller>> callers;
    for (std::size_t i = 0; i < TcpConnections::kConnections; ++i) {
        callers.push_back(std::make_unique<Caller>(stage.server->port(), Framing::slip));
        stage.now += 1ms;
        CHECK(ask(stage, *callers.back(), {ceiling, {}}) == Messages{{ceiling, {-1.0f}}});
    }
    CHECK(ask(stage, *callers.front(), {ceiling, {}}) == Messages{{ceiling, {-1.0f}}});
    Caller next(stage.server->port(), Framing::length);
    CHECK(ask(stage, next, {ceiling, {}}) == Messages{{ceiling, {-1.0f}}});
    for (std::size_t i = 0; i < callers.size(); ++i) {
        callers[i]->received();
        CHECK(callers[i]->is_closed == (i == 1));
    }
}

TEST_CASE("a TCP client of another address keeps its place against many of one") {
    Stage stage;
    Caller alone(stage.server->port(), Framing::slip, "::1");
    CHECK(ask(stage, alone, {ceiling, {}}) == Messages{{ceiling, {-1.0f}}});
    std::vector<std::unique_ptr<Caller>> callers;
    for (std::size_t i = 0; i < 2 * TcpConnections::kConnections; ++i) {
        stage.now += 1ms;
        callers.push_back(std::make_unique<Caller>(stage.server->port(), Framing::slip));
        stage.run();
    }
    CHECK(ask(stage, alone, {ceiling, {}}) == Messages{{ceiling, {-1.0f}}});
}

TEST_CASE("a TCP client without a whole packet loses its place") {
    Stage stage;
    Caller half(stage.server->port(), Framing::length);
    half.send_bytes(std::array<std::uint8_t, 4>{0, 0, 0, 32});
    Caller whole(stage.server->port(), Framing::length);
    CHECK(ask(stage, whole, {ceiling, {}}) == Messages{{ceiling, {-1.0f}}});
    stage.pass(11s);
    stage.run();
    CHECK(count(half.received(), "/headroom/error") == 1);
    CHECK(half.is_closed);
    CHECK(ask(stage, whole, {ceiling, {}}) == Messages{{ceiling, {-1.0f}}});
}

TEST_CASE("bare OSC on TCP, without a length or SLIP, is answered why that is no packet") {
    Stage stage;
    Caller caller(stage.server->port(), Framing::slip);
    caller.send_bytes(encode({"/headroom/alive", {}}));
    stage.run();
    CHECK(caller.received().empty());
    stage.now += TcpConnections::kPause;
    stage.run();
    const auto answers = caller.received();
    REQUIRE(count(answers, "/headroom/error") == 1);
    CHECK(std::get<std::string>(answers.front().arguments[2]).find("SLIP") != std::string::npos);
    caller.received();
    CHECK(caller.is_closed);
}

TEST_CASE("what is no OSC stream ends, and nothing in it is carried out") {
    Stage stage;
    const auto smuggled = frame(encode({ceiling, {-7.0f}}), Framing::slip);
    for (const std::string front :
         {"POST / HTTP/1.1\r\n\r\n", "get / HTTP/1.1\r\n\r\n", "x", "\xdb"}) {
        Caller caller(stage.server->port(), Framing::length);
        std::vector<std::uint8_t> bytes(front.begin(), front.end());
        bytes.insert(bytes.end(), smuggled.begin(), smuggled.end());
        caller.send_bytes(bytes);
        stage.run();
        const Messages answers = caller.received();
        CHECK(caller.is_closed);
        CHECK(count(answers, "/headroom/error") == (front[0] == 'P' ? 0 : 1));
        CHECK(stage.surface.value(ceiling_target) == -1.0f);
    }
}
