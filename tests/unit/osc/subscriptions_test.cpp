// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/osc/server_stage.hpp"

#include <bit>
#include <map>
#include <set>

using namespace headroom;
using namespace headroom::tests;

namespace {

/// What a packet of updates to a peer that acknowledges holds: its number and the rest.
std::vector<std::int32_t> take_numbers(Messages &messages) {
    std::vector<std::int32_t> numbers;
    for (const Message &message : messages)
        if (message.address == "/headroom/ack")
            numbers.push_back(std::get<std::int32_t>(message.arguments.at(0)));
    std::erase_if(messages, [](const Message &message) {
        return message.address == "/headroom/ack" || message.address == "/headroom/alive";
    });
    return numbers;
}

std::size_t sizes(const Messages &messages) {
    std::size_t bytes = 0;
    for (const Message &message : messages)
        bytes += encode(message).size();
    return bytes;
}

float float_at(const Blob &blob, std::size_t index) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i)
        bits = bits << 8 | blob.at(4 * index + i);
    return std::bit_cast<float>(bits);
}

} // namespace

TEST_CASE("a peer that acknowledges gets numbered packets, others do not") {
    Stage stage;
    Messages told = stage.ask({"/headroom/subscribe", {ceiling}});
    CHECK(take_numbers(told).empty());
    stage.ask(acknowledges);
    Surfer other(stage.server->port());
    for (std::int32_t expected = 1; expected < 4; ++expected) {
        stage.pass(100ms);
        other.send({ceiling, {-2.0f * static_cast<float>(expected)}});
        stage.run();
        stage.pass(100ms);
        told = stage.surfer.received();
        CHECK(take_numbers(told) == std::vector{expected});
        CHECK(told == Messages{{ceiling, {-2.0f * static_cast<float>(expected)}}});
        stage.ask({"/headroom/ack", {expected}});
    }
    CHECK(stage.error({"/headroom/ack", {std::string("1")}}) == ErrorCode::wrong_type);
}

TEST_CASE("a change in a packet that was lost comes again, with its newest value") {
    Stage stage;
    Surfer other(stage.server->port());
    const std::array<Message, 2> start{Message{"/headroom/subscribe", {ceiling}}, acknowledges};
    Messages told = stage.ask(encode_bundle(start));
    stage.ask({"/headroom/ack", {take_numbers(told).at(0)}});
    stage.pass(100ms);
    other.send({ceiling, {-4.0f}});
    stage.run();
    stage.pass(60ms);
    CHECK(count(stage.surfer.received(), ceiling) == 1); // let us say that it was lost
    other.send({ceiling, {-5.0f}});
    other.send({ceiling, {-6.0f}});
    stage.run();
    stage.pass(1s);
    told = stage.surfer.received();
    take_numbers(told);
    REQUIRE_FALSE(told.empty());
    CHECK(told.back() == Message{ceiling, {-6.0f}});
    stage.pass(3s); // not acknowledged either: it comes until it is
    told = stage.surfer.received();
    const auto numbers = take_numbers(told);
    REQUIRE_FALSE(told.empty());
    CHECK(told.back() == Message{ceiling, {-6.0f}});
    stage.ask({"/headroom/ack", {numbers.begin(), numbers.end()}});
    stage.pass(3s);
    told = stage.surfer.received();
    take_numbers(told);
    CHECK(told.empty());
}

TEST_CASE("with a full window meters wait, changes come, and only the newest of each") {
    Stage stage;
    Surfer other(stage.server->port());
    const std::array<Message, 3> start{
        Message{"/headroom/subscribe", {std::string("/headroom/meter"), std::int32_t{60}}},
        Message{"/headroom/subscribe", {ceiling, std::int32_t{60}}}, acknowledges};
    stage.ask(encode_bundle(start));
    stage.pass(150ms);
    Messages told = stage.surfer.received();
    CHECK(sizes(told) <= 2 * Flow::kFirstWindowBytes);
    stage.pass(40ms);
    told = stage.surfer.received();
    CHECK(told.empty());
    other.send({ceiling, {-4.0f}});
    stage.run();
    stage.pass(20ms);
    told = stage.surfer.received();
    take_numbers(told);
    CHECK(told == Messages{{ceiling, {-4.0f}}});

    // A peer that is gone costs little until its lease ends.
    std::size_t bytes = 0;
    for (int i = 0; i < 100; ++i) {
        stage.pass(100ms);
        bytes += sizes(stage.surfer.received());
    }
    CHECK(bytes <= 12 * 2 * Flow::kLeastWindowBytes);
    CHECK_FALSE(stage.loop.next_timer());
}

TEST_CASE("meters that had no room come first the next time") {
    Stage stage;
    const std::array<Message, 2> start{
        Message{"/headroom/subscribe", {std::string("/headroom/meter"), std::int32_t{20}}},
        acknowledges};
    Messages told = stage.ask(encode_bundle(start));
    std::map<std::string, int> seen;
    std::vector<std::int32_t> pending = take_numbers(told);
    for (int i = 0; i < 400; ++i) {
        if (!pending.empty()) {
            stage.pass(190ms); // a slow way: one packet at a time
            stage.surfer.send({"/headroom/ack", {pending.front()}});
            pending.erase(pending.begin());
            stage.run();
        } else {
            stage.pass(50ms);
        }
        told = stage.surfer.received();
        for (const std::int32_t number : take_numbers(told))
            pending.push_back(number);
        for (const Message &message : told)
            ++seen[message.address];
    }
    int least = 1 << 30;
    int most = 0;
    for (const auto target : stage.surface.all_meters()) {
        const int times = seen["/headroom/" + stage.surface.path(target)];
        least = std::min(least, times);
        most = std::max(most, times);
    }
    CHECK(least > 0);
    CHECK(most <= least + 2);
}

TEST_CASE("all meters fit in one blob whose order can be asked for") {
    Stage stage;
    const auto meters = stage.surface.all_meters();
    for (std::size_t i = 0; i < meters.size(); ++i)
        stage.surface.set_meter(meters[i], static_cast<float>(i) + 0.5f);
    Messages layout = stage.ask({"/headroom/meters/layout", {std::string("/headroom/meter")}});
    REQUIRE(layout.size() == meters.size() + 1);
    CHECK(layout.back() ==
          Message{"/headroom/meters/layout/end", {static_cast<std::int32_t>(meters.size())}});

    Messages told =
        stage.ask({"/headroom/subscribe",
                   {std::string("/headroom"), std::int32_t{60}, std::string("packed")}});
    REQUIRE(told.size() == 3);
    CHECK(told[0] == Message{"/headroom/subscribe",
                             {std::string("/headroom"), std::int32_t{60}, std::string("packed")}});
    const Message blob = *std::find_if(told.begin(), told.end(), [](const Message &message) {
        return message.address == "/headroom/meters";
    });
    REQUIRE(blob.arguments.size() == 3);
    CHECK(blob.arguments[0] == layout[0].arguments[0]);
    CHECK(blob.arguments[1] == Argument(std::int32_t{0}));
    const Blob values = std::get<Blob>(blob.arguments[2]);
    REQUIRE(values.size() == 4 * meters.size());
    for (std::size_t i = 0; i < meters.size(); ++i) {
        CHECK(layout[i].arguments.at(1) == Argument("/headroom/" + stage.surface.path(meters[i])));
        CHECK(float_at(values, i) == stage.surface.value(meters[i]));
    }
    stage.pass(1s);
    CHECK(count(stage.surfer.received(), "/headroom/meters") >= 59);

    CHECK(stage.error({"/headroom/subscribe", {ceiling, std::string("packed")}}) ==
          ErrorCode::unknown_address);
    CHECK(stage.error({"/headroom/meters/layout", {}}) == ErrorCode::wrong_type);
    const Messages fewer =
        stage.ask({"/headroom/meters/layout", {std::string("/headroom/*/bus/main")}});
    CHECK(fewer.size() == meters.size() / 2 + 1);
    CHECK(fewer[0].arguments[0] != layout[0].arguments[0]);
}

TEST_CASE("more meters than a packet holds come in several blobs") {
    std::vector<std::string> buses(40);
    for (std::size_t i = 0; i < buses.size(); ++i)
        buses[i] = "bus" + std::to_string(i);
    FakeControlSurface surface(buses);
    TimePoint now{1h};
    control::EventLoop loop({}, [&now] { return now; });
    const auto server = Server::open(loop, {.port = 0}, surface).value();
    Surfer surfer(server->port());
    surfer.send({"/headroom/subscribe",
                 {std::string("/headroom"), std::int32_t{60}, std::string("packed")}});
    loop.turn();
    std::set<std::int32_t> indices;
    for (const Message &message : surfer.received())
        if (message.address == "/headroom/meters") {
            const auto first = std::get<std::int32_t>(message.arguments.at(1));
            const auto values = std::get<Blob>(message.arguments.at(2)).size() / 4;
            for (std::size_t i = 0; i < values; ++i)
                indices.insert(first + static_cast<std::int32_t>(i));
        }
    CHECK(indices.size() == surface.all_meters().size());
}

TEST_CASE("a peer that never acknowledges gets meters at a capped rate, and every change") {
    Stage stage;
    Surfer other(stage.server->port());
    stage.ask({"/headroom/subscribe", {std::string("/headroom"), std::int32_t{60}}});
    std::size_t bytes = 0;
    for (int i = 0; i < 50; ++i) {
        other.send({ceiling, {-0.1f * static_cast<float>(i)}});
        stage.run();
        stage.pass(100ms);
        const Messages told = stage.surfer.received();
        CHECK(count(told, ceiling) >= 1);
        bytes += sizes(told);
        stage.surfer.send({"/headroom/alive", {}});
    }
    const double cap = 5.0 * Flow::kBytesPerSecond + Flow::kBurstBytes;
    CHECK(static_cast<double>(bytes) > 0.5 * cap);
    CHECK(static_cast<double>(bytes) <= cap);
}

TEST_CASE("updates go to the port that the peer named, until its lease ends") {
    Stage stage;
    auto elsewhere = UdpSocket::bind(*Endpoint::parse("127.0.0.1", 0)).value();
    stage.ask({"/headroom/port", {std::int32_t{elsewhere.local().port()}}});
    CHECK(stage.ask({"/headroom/subscribe", {ceiling}}).empty());
    std::array<std::uint8_t, 2048> buffer;
    std::size_t told = 0;
    for (; elsewhere.receive(buffer).value(); ++told)
        ;
    CHECK(told >= 3); // both confirmations, and the state with its keep-alive
    stage.pass(11s);
    CHECK(stage.ask({ceiling, {}}).size() == 1);
}
