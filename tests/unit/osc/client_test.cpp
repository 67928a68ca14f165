// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/client/client.hpp"
#include "tests/unit/osc/server_stage.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

using namespace headroom;
using namespace headroom::tests;

namespace {

/// A server on a thread of its own.
class RunningServer {
  public:
    explicit RunningServer(std::uint16_t port = 0) : RunningServer(ServerOptions{.port = port}) {}
    explicit RunningServer(const ServerOptions &options)
        : server_(Server::open(loop_, options, surface_).value()) {
        thread_ = std::thread([this] {
            const auto end = loop_.on_timer(5ms, [this] {
                if (stop_)
                    loop_.stop();
                return 5ms;
            });
            loop_.run();
        });
    }
    ~RunningServer() {
        stop_ = true;
        thread_.join();
    }
    std::uint16_t port() const { return server_->port(); }

  private:
    tests::FakeControlSurface surface_;
    control::EventLoop loop_{{}};
    std::unique_ptr<Server> server_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

/// What comes until the condition holds.
template <class Condition> std::vector<Message> hear(Client &client, Condition condition) {
    std::vector<Message> heard;
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
        REQUIRE(std::chrono::steady_clock::now() < end);
        if (auto message = client.receive(20ms))
            heard.push_back(std::move(*message));
    }
    return heard;
}

std::vector<Message> settle(Client &client) {
    auto heard = hear(client, [&] { return client.is_settled(); });
    while (auto message = client.receive(0ms))
        heard.push_back(std::move(*message));
    return heard;
}

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
        CHECK(status->size() == 5);
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

TEST_CASE("a set is confirmed, the newest of each address, and an error is told") {
    const RunningServer running;
    for (const auto transport : {Transport::udp, Transport::tcp}) {
        const auto client = Client::open("127.0.0.1", running.port(), transport).value();
        for (int i = 0; i <= 1000; ++i) {
            client->set(ceiling, -0.01f * static_cast<float>(i));
            client->set("/headroom/bus/voice/limiter/ceiling", -3.0f);
        }
        CHECK_FALSE(client->is_settled());
        settle(*client);
        CHECK(client->get(ceiling, 5s).value() == Argument(-10.0f));
        CHECK(client->get("/headroom/bus/voice/limiter/ceiling", 5s).value() == Argument(-3.0f));

        client->set(ceiling, -5.0f);
        client->set("/headroom/nothing", 1.0f);
        std::vector<Message> heard = settle(*client);
        CHECK(std::count_if(heard.begin(), heard.end(), [](const Message &message) {
                  return message.address == "/headroom/error" &&
                         message.arguments.at(0) == Argument(std::string("/headroom/nothing"));
              }) == 1);
        CHECK(client->get(ceiling, 5s).value() == Argument(-5.0f));
        CHECK_FALSE(client->get("/headroom/nothing", 5s).has_value());
    }
}

TEST_CASE("handlers hear of what they subscribed to in their form, and others do not") {
    const RunningServer running;
    for (const auto transport : {Transport::udp, Transport::tcp}) {
        const auto client = Client::open("127.0.0.1", running.port(), transport).value();
        std::vector<Message> natural;
        std::vector<Message> text;
        std::map<std::string, int> meters;
        client->subscribe(ceiling, {60}, [&](const Message &m) { natural.push_back(m); });
        client->subscribe(ceiling, {60, "text"}, [&](const Message &m) { text.push_back(m); });
        client->subscribe("/headroom/meter", {60, "packed"},
                          [&](const Message &m) { ++meters[m.address]; });
        const auto all = tests::FakeControlSurface().all_meters().size();
        hear(*client, [&] { return !natural.empty() && !text.empty() && meters.size() == all; });
        CHECK(client->is_connected());
        const auto other = Client::open("127.0.0.1", running.port()).value();
        const float value = transport == Transport::udp ? -7.0f : -8.0f;
        other->set(ceiling, value);
        settle(*other);
        hear(*client, [&] { return natural.back() == Message{ceiling, {value}}; });
        hear(*client, [&] { return text.back().address == ceiling + "/text"; });
        client->unsubscribe(ceiling);
        hear(*client, [&] { return meters.begin()->second > 5; });
        CHECK(std::all_of(natural.begin(), natural.end(),
                          [](const Message &m) { return m.address == ceiling; }));
    }
}

TEST_CASE("after a restart of the server everything is subscribed anew, and what was set arrives") {
    for (const auto transport : {Transport::udp, Transport::tcp}) {
        auto first = std::make_unique<RunningServer>();
        const std::uint16_t port = first->port();
        const auto client = Client::open("127.0.0.1", port, transport).value();
        std::vector<Message> told;
        client->subscribe(ceiling, {60}, [&](const Message &m) { told.push_back(m); });
        hear(*client, [&] { return !told.empty(); });
        first.reset();
        client->set("/headroom/bus/main/limiter/mode", std::int32_t{0});
        while (client->receive(20ms))
            ;
        told.clear();
        const RunningServer second(port);
        hear(*client, [&] { return !told.empty(); });
        CHECK(told.front() == Message{ceiling, {-1.0f}});
        settle(*client);
        CHECK(client->get("/headroom/bus/main/limiter/mode", 5s).value() ==
              Argument(std::int32_t{0}));
        CHECK(client->is_connected());
    }
}

TEST_CASE("on a LAN the client shows that packets reach it") {
    ServerOptions options{.port = 0};
    options.network = {.listen = {"127.0.0.2"}, .write = {*Network::parse("127.0.0.0/8")}};
    options.trusted = {*Network::parse("127.1.1.1")}; // nobody
    const RunningServer running(options);
    const auto asking = Client::open("127.0.0.2", running.port()).value();
    CHECK(asking->list({"/headroom/list", {}}, 5s).value().size() > 20);
    const auto listening = Client::open("127.0.0.2", running.port()).value();
    int told = 0;
    listening->subscribe(ceiling, {}, [&](const Message &) { ++told; });
    listening->set("/headroom/bypass", std::int32_t{1});
    hear(*listening, [&] { return told > 0 && listening->is_settled(); });
    CHECK(asking->get("/headroom/bypass", 5s).value() == Argument(std::int32_t{1}));
}
