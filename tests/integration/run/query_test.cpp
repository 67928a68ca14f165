// SPDX-License-Identifier: GPL-3.0-or-later
// OSCQuery of the whole program, and the switch that turns it off.
#include "osc/wire/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"

#include <array>
#include <poll.h>

using namespace headroom;
using namespace headroom::test;

namespace {

/// What comes back until the server ends the connection.
std::string http_get(std::uint16_t port, const std::string &path) {
    auto stream = osc::TcpStream::connect(*osc::Endpoint::parse("127.0.0.1", port));
    REQUIRE(stream);
    // Longer than a packet of OSC may be, so that a server that takes it for one ends it too.
    const std::string request = "GET " + path +
                                " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Padding: " +
                                std::string(2000, 'x') + "\r\n\r\n";
    REQUIRE(stream->send({reinterpret_cast<const std::uint8_t *>(request.data()),
                          request.size()}) == request.size());
    std::string out;
    for (;;) {
        pollfd waiting{stream->fd(), POLLIN, 0};
        REQUIRE(::poll(&waiting, 1, 20'000) == 1);
        std::array<std::uint8_t, 4096> buffer;
        const auto size = stream->receive(buffer);
        if (!size || !*size || **size == 0)
            return out;
        out.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(**size));
    }
}

} // namespace

TEST_CASE("a running headroom answers OSCQuery on its OSC port, unless it is switched off") {
    const std::string value = "/headroom/bus/main/limiter/ceiling?VALUE";
    JackServer server;
    {
        HeadroomProcess headroom({"--no-announce"}, server.environment());
        REQUIRE(headroom.set("bus/main/limiter/ceiling", -7.5f));
        const std::string answer = http_get(headroom.osc_port(), value);
        INFO(answer);
        CHECK(answer.ends_with(R"({"VALUE":[-7.5]})"));
    }
    HeadroomProcess headroom({"--no-query", "--no-announce"}, server.environment());
    CHECK(http_get(headroom.osc_port(), value).empty());
    CHECK(headroom.set("bus/main/limiter/ceiling", -6.5f));
}
