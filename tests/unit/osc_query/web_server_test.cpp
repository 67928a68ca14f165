// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/query/web_server.hpp"
#include "tests/support/catch.hpp"

#include <array>
#include <set>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

using namespace headroom;
using namespace headroom::osc;
using namespace std::chrono_literals;

namespace {

/// A server and clients at the other ends of its sockets.
struct WebStage {
    control::EventLoop loop{std::initializer_list<int>{}};
    std::set<std::uint64_t> gone;
    std::unique_ptr<WebServer> web =
        WebServer::start(loop,
                         {[](auto, auto, auto) {
                              return WebServer::Answer{200, "{}"};
                          },
                          [](auto, auto) {}, [](auto, auto) {}, [] {},
                          [this](std::uint64_t connection) { gone.insert(connection); }},
                         Origins(9140), {.handshake = 1s, .ping = 1s, .hang_up = 3s});
    std::vector<int> clients;

    WebStage() { REQUIRE(web); }
    ~WebStage() {
        for (const int client : clients)
            ::close(client);
    }

    /// Its number counts from 0.
    int connect() {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) ==
                0);
        web->adopt(ends[0], clients.size(), "127.0.0.1");
        clients.push_back(ends[1]);
        return ends[1];
    }

    void run(std::chrono::milliseconds time) {
        const auto stop = loop.on_timer(time, [this] {
            loop.stop();
            return control::EventLoop::Duration(-1);
        });
        loop.run();
    }
};

void say(int client, const std::string &text) {
    REQUIRE(::write(client, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

std::string heard(int client) {
    std::string out(4096, '\0');
    const ssize_t count = ::read(client, out.data(), out.size());
    out.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return out;
}

const std::string upgrade = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

} // namespace

TEST_CASE("a WebSocket that has vanished gives its place back, one that answers pings stays") {
    WebStage stage;
    const int vanished = stage.connect();
    const int quiet = stage.connect();
    say(vanished, upgrade);
    say(quiet, upgrade);
    stage.run(100ms);
    REQUIRE(heard(vanished).find(" 101 ") != std::string::npos);
    REQUIRE(heard(quiet).find(" 101 ") != std::string::npos);
    int pings = 0;
    for (int tenths = 0; tenths < 50; ++tenths) {
        stage.run(100ms);
        if (const std::string frame = heard(quiet); !frame.empty()) {
            REQUIRE(frame.size() == 2 + static_cast<std::size_t>(frame[1]));
            REQUIRE(static_cast<unsigned char>(frame[0]) == 0x89); // a ping
            ++pings;
            // The pong: masked by zeros, so that it carries what the ping did.
            say(quiet, std::string{'\x8a', static_cast<char>(0x80 | frame[1]), 0, 0, 0, 0} +
                           frame.substr(2));
        }
    }
    CHECK(pings >= 2);
    CHECK(stage.gone == std::set<std::uint64_t>{0});
}

TEST_CASE("a request that does not come whole ends") {
    WebStage stage;
    say(stage.connect(), "GET / HTTP/1.1\r\nHost: 127.0");
    stage.connect(); // and says nothing
    stage.run(3s);
    CHECK(stage.gone == std::set<std::uint64_t>{0, 1});
}
