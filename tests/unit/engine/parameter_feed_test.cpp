// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/parameter_feed.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <random>
#include <thread>
#include <vector>

using headroom::engine::Command;
using headroom::engine::ParameterFeed;

namespace {

Command value_at(std::uint64_t frame, float value) {
    return {.frame = frame, .value = value};
}

std::vector<float> take_all(ParameterFeed &feed, std::uint64_t now) {
    std::vector<float> values;
    Command command;
    while (feed.take(now, command))
        values.push_back(command.value);
    return values;
}

} // namespace

TEST_CASE("a command without a frame is due at once") {
    ParameterFeed feed(8);
    CHECK(feed.next_frame() == ParameterFeed::kNever);
    REQUIRE(feed.send(std::vector{value_at(0, 1.0f), value_at(0, 2.0f)}));
    feed.receive(100);
    CHECK(feed.next_frame() == 100);
    CHECK(take_all(feed, 100) == std::vector{1.0f, 2.0f});
    CHECK(feed.next_frame() == ParameterFeed::kNever);
}

TEST_CASE("commands wait for their frame, whatever order they were sent in") {
    ParameterFeed feed(8);
    REQUIRE(feed.send(std::vector{value_at(300, 3.0f)}));
    REQUIRE(feed.send(std::vector{value_at(200, 2.0f), value_at(200, 2.5f)}));
    REQUIRE(feed.send(std::vector{value_at(0, 1.0f)}));
    feed.receive(100);
    CHECK(take_all(feed, 100) == std::vector{1.0f});
    CHECK(feed.next_frame() == 200);
    CHECK(take_all(feed, 199).empty());
    CHECK(take_all(feed, 200) == std::vector{2.0f, 2.5f});
    CHECK(feed.next_frame() == 300);
}

TEST_CASE("of commands that come late the one sent last holds") {
    ParameterFeed feed(8);
    REQUIRE(feed.send(std::vector{value_at(900, 1.0f)}));
    REQUIRE(feed.send(std::vector{value_at(0, 2.0f)}));
    REQUIRE(feed.send(std::vector{value_at(500, 3.0f)}));
    feed.receive(1000);
    CHECK(take_all(feed, 1000) == std::vector{1.0f, 2.0f, 3.0f});
}

TEST_CASE("a full feed takes nothing, and has room again when commands have been taken") {
    ParameterFeed feed(4);
    REQUIRE(feed.send(std::vector(3, value_at(50, 1.0f))));
    CHECK(feed.room() == 1);
    CHECK_FALSE(feed.send(std::vector(2, value_at(0, 2.0f))));
    feed.receive(0);
    CHECK(feed.room() == 1); // waiting for its frame counts as well
    CHECK_FALSE(feed.send(std::vector(2, value_at(0, 2.0f))));
    CHECK(take_all(feed, 50).size() == 3);
    CHECK(feed.room() == 4);
    CHECK(feed.send(std::vector(4, value_at(0, 2.0f))));
}

TEST_CASE("thousands of commands in random order come out by frame and order of sending") {
    std::mt19937 random(1);
    std::vector<Command> sent(4096);
    for (std::size_t i = 0; i < sent.size(); ++i)
        sent[i] = value_at(1 + random() % 500, static_cast<float>(i));
    ParameterFeed feed(sent.size());
    REQUIRE(feed.send(sent));
    std::stable_sort(sent.begin(), sent.end(),
                     [](const Command &a, const Command &b) { return a.frame < b.frame; });
    std::vector<float> expected;
    expected.reserve(sent.size());
    for (const Command &command : sent)
        expected.push_back(command.value);

    feed.receive(0);
    std::vector<float> taken;
    taken.reserve(sent.size());
    for (std::uint64_t now = 0; now <= 500; now += 7)
        for (const float value : take_all(feed, now))
            taken.push_back(value);
    for (const float value : take_all(feed, 500))
        taken.push_back(value);
    CHECK(taken == expected);
}

namespace {

ParameterFeed shared_feed(256); // static, for the thread sanitizer's sake

} // namespace

TEST_CASE("two threads share a feed: batches arrive whole and none is lost") {
    constexpr int kBatches = 200000;
    std::thread control([] {
        for (int batch = 0; batch < kBatches;) {
            const auto frame = static_cast<std::uint64_t>(batch % 3 == 0 ? 0 : batch);
            const std::vector commands(3, value_at(frame, static_cast<float>(batch)));
            if (shared_feed.send(commands))
                ++batch;
            else
                std::this_thread::yield();
        }
    });
    std::vector<int> seen(kBatches, 0);
    int split = 0;
    int taken = 0;
    for (std::uint64_t now = 0; taken < 3 * kBatches; now += 16) {
        shared_feed.receive(now);
        const std::vector<float> values = take_all(shared_feed, now);
        for (const float value : values)
            ++seen[static_cast<std::size_t>(value)];
        for (const float value : values)
            if (seen[static_cast<std::size_t>(value)] != 3)
                ++split;
        taken += static_cast<int>(values.size());
        if (values.empty())
            std::this_thread::yield();
    }
    control.join();
    CHECK(split == 0);
    CHECK(std::all_of(seen.begin(), seen.end(), [](int count) { return count == 3; }));
}
