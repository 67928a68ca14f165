// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/client/client.hpp"
#include "osc/server.hpp"
#include "osc/wire/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_control_surface.hpp"

#include <atomic>
#include <poll.h>
#include <thread>

using namespace headroom;
using namespace headroom::osc;
using namespace std::chrono_literals;

namespace {

const std::string ceiling = "/headroom/bus/main/limiter/ceiling";

/// A server on a thread of its own.
class RunningServer {
  public:
    RunningServer() : server_(Server::open({.port = 0}, surface_).value()) {
        thread_ = std::thread([this] {
            while (!stop_) {
                pollfd waiting{server_->fd(), POLLIN, 0};
                if (::poll(&waiting, 1, 5) > 0)
                    server_->on_readable();
            }
        });
    }
    ~RunningServer() {
        stop_ = true;
        thread_.join();
    }
    std::uint16_t port() const { return server_->port(); }

  private:
    tests::FakeControlSurface surface_;
    std::unique_ptr<Server> server_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

} // namespace

TEST_CASE("the client gets, sets and lists") {
    const RunningServer running;
    for (const char *host : {"127.0.0.1", "localhost", "::1"}) {
        const auto client = Client::open(host, running.port());
        REQUIRE(client.has_value());
        const auto set = (*client)->request({ceiling, {-3.0f}}, 5s);
        REQUIRE(set.has_value());
        CHECK(*set == Message{ceiling, {-3.0f}});
        CHECK((*client)->request({ceiling, {}}, 5s).value() == *set);
        const auto status = (*client)->list({"/headroom/status", {}}, 5s);
        REQUIRE(status.has_value());
        CHECK(status->size() == 3);
        CHECK(status->at(1) == Message{"/headroom/status/sample_rate", {std::int32_t{48000}}});
        const auto all = (*client)->list({"/headroom/list", {}}, 5s);
        REQUIRE(all.has_value());
        CHECK(all->size() == tests::FakeControlSurface().all_parameters().size() +
                                 tests::FakeControlSurface().all_meters().size());
    }
}

TEST_CASE("a refusal reaches the caller of the client as text") {
    const RunningServer running;
    const auto client = Client::open("127.0.0.1", running.port());
    REQUIRE(client.has_value());
    const auto refused = (*client)->request({ceiling, {std::string("loud")}}, 5s);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().find("loud") != std::string::npos);
    CHECK_FALSE((*client)->list({"/headroom/list", {1.0f}}, 5s).has_value());
}

TEST_CASE("the client hears of changes, and requests do not lose them") {
    const RunningServer running;
    const auto listener = Client::open("127.0.0.1", running.port());
    const auto other = Client::open("127.0.0.1", running.port());
    REQUIRE((listener && other));
    REQUIRE((*listener)->request({"/headroom/subscribe", {ceiling}}, 5s).has_value());
    REQUIRE((*other)->request({ceiling, {-8.0f}}, 5s).has_value());
    REQUIRE((*listener)->request({"/headroom/bypass", {}}, 5s).has_value());
    bool heard = false;
    while (const auto message = (*listener)->receive(5s)) {
        heard = *message == Message{ceiling, {-8.0f}};
        if (heard)
            break;
    }
    CHECK(heard);
}

TEST_CASE(
    "subscribers are served in time by a loop that only waits for the server to be readable") {
    const RunningServer running;
    const auto listener = Client::open("127.0.0.1", running.port());
    REQUIRE(listener.has_value());
    const std::string meter = "/headroom/meter/bus/main/input/momentary";
    REQUIRE(
        (*listener)->request({"/headroom/subscribe", {meter, std::int32_t{60}}}, 5s).has_value());
    const auto start = std::chrono::steady_clock::now();
    int meters = 0;
    int keep_alives = 0;
    while (meters < 60 || keep_alives < 2) {
        const auto message = (*listener)->receive(5s);
        REQUIRE(message.has_value());
        meters += message->address == meter;
        keep_alives += message->address == "/headroom/alive";
    }
    CHECK(std::chrono::steady_clock::now() - start < 10s);
}

TEST_CASE("where nothing answers the client says so, at once where nobody listens") {
    std::uint16_t silent_port = 0;
    {
        const auto silent = UdpSocket::bind(*Endpoint::parse("127.0.0.1", 0));
        silent_port = silent->local().port();
        const auto client = Client::open("127.0.0.1", silent_port);
        REQUIRE(client.has_value());
        const auto answer = (*client)->request({ceiling, {}}, 50ms);
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error().find("in time") != std::string::npos);
    }
    const auto client = Client::open("127.0.0.1", silent_port);
    REQUIRE(client.has_value());
    const auto start = std::chrono::steady_clock::now();
    const auto answer = (*client)->request({ceiling, {}}, 60s);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().find("is it running") != std::string::npos);
    CHECK(std::chrono::steady_clock::now() - start < 30s);
    CHECK_FALSE(Client::open("example.org", 9140).has_value());
}
