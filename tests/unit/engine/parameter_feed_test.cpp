// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/parameter_feed.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <thread>
#include <vector>

using headroom::ParameterId;
using headroom::engine::Command;
using headroom::engine::ParameterFeed;
using headroom::engine::Returns;

namespace {

Command value_at(std::uint64_t frame, float value) {
    return {.frame = frame, .value = value};
}

/// A feed with its way back.
struct Feed {
    Returns returns;
    ParameterFeed feed{returns};
    std::vector<Command> superseded;

    void send(std::vector<Command> commands) {
        feed.send(std::move(commands), [this](const Command &c) { superseded.push_back(c); });
    }
    std::vector<float> take_all(std::uint64_t now) {
        std::vector<float> values;
        Command command;
        while (feed.take(now, command))
            values.push_back(command.value);
        returns.collect();
        return values;
    }
};

} // namespace

TEST_CASE("a command without a frame is due at once") {
    Feed f;
    CHECK(f.feed.next_frame() == ParameterFeed::kNever);
    f.send({value_at(0, 1.0f), value_at(0, 2.0f)});
    f.feed.receive(100);
    CHECK(f.feed.next_frame() == 100);
    CHECK(f.take_all(100) == std::vector{1.0f, 2.0f});
    CHECK(f.feed.next_frame() == ParameterFeed::kNever);
}

TEST_CASE("commands wait for their frame, whatever order they were sent in") {
    Feed f;
    f.send({value_at(300, 3.0f)});
    f.send({value_at(200, 2.0f), value_at(200, 2.5f)});
    f.send({value_at(0, 1.0f)});
    f.feed.receive(100);
    CHECK(f.take_all(100) == std::vector{1.0f});
    CHECK(f.feed.next_frame() == 200);
    CHECK(f.take_all(199).empty());
    CHECK(f.take_all(200) == std::vector{2.0f, 2.5f});
    CHECK(f.feed.next_frame() == 300);
    CHECK(f.take_all(300) == std::vector{3.0f});
}

TEST_CASE("of commands that come late the one sent last holds") {
    Feed f;
    f.send({value_at(900, 1.0f)});
    f.send({value_at(0, 2.0f)});
    f.send({value_at(500, 3.0f)});
    f.feed.receive(1000);
    CHECK(f.take_all(1000) == std::vector{1.0f, 2.0f, 3.0f});
}

TEST_CASE("any number of commands in random order come out by frame and order of sending") {
    const std::size_t in_a_batch = GENERATE(1, 7, 100000);
    std::mt19937 random(1);
    std::vector<Command> sent(100000);
    for (std::size_t i = 0; i < sent.size(); ++i)
        sent[i] = value_at(1 + random() % 500, static_cast<float>(i));
    Feed f;
    for (auto begin = sent.begin(); begin != sent.end();) {
        const auto end = begin + std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(in_a_batch),
                                                          sent.end() - begin);
        f.send({begin, end});
        begin = end;
    }
    std::stable_sort(sent.begin(), sent.end(),
                     [](const Command &a, const Command &b) { return a.frame < b.frame; });
    std::vector<float> expected;
    expected.reserve(sent.size());
    for (const Command &command : sent)
        expected.push_back(command.value);

    f.feed.receive(0);
    std::vector<float> taken;
    taken.reserve(sent.size());
    for (std::uint64_t now = 0; now <= 506; now += 7)
        for (const float value : f.take_all(now))
            taken.push_back(value);
    CHECK(taken == expected);
    CHECK(f.superseded.empty());
}

TEST_CASE("what nobody takes is superseded by what is newer, but nothing that has a frame") {
    Feed f;
    constexpr int kBatches = 100000;
    for (int i = 0; i < kBatches; ++i) {
        Command command = value_at(i % 100 == 0 ? 500 : 0, static_cast<float>(i));
        command.parameter = ParameterId{static_cast<std::uint16_t>(i % 7)};
        f.send({command});
    }
    f.feed.receive(0);
    std::map<int, float> newest;
    std::size_t count = 0;
    Command command;
    while (f.feed.take(499, command)) {
        ++count;
        newest[command.parameter.index] = command.value;
    }
    CHECK(count < 5000);
    REQUIRE(newest.size() == 7);
    for (const auto &[parameter, value] : newest)
        CHECK(value >= static_cast<float>(kBatches - 14));
    CHECK(f.take_all(500).size() == kBatches / 100);
    CHECK(count + f.superseded.size() + kBatches / 100 == kBatches);
}

TEST_CASE("two threads share a feed: batches arrive whole, and the newest always does") {
    constexpr int kBatches = 100000;
    static Feed f; // static, for the thread sanitizer's sake
    std::thread control([] {
        for (int batch = 0; batch < kBatches; ++batch) {
            const auto frame = static_cast<std::uint64_t>(batch % 3 == 0 ? 0 : batch);
            std::vector commands(3, value_at(frame, static_cast<float>(batch)));
            for (std::size_t i = 0; i < commands.size(); ++i)
                commands[i].parameter = ParameterId{static_cast<std::uint16_t>(i)};
            f.send(commands);
            f.returns.collect();
        }
    });
    std::vector<int> seen(kBatches, 0);
    int split = 0;
    const auto take = [&](std::uint64_t now) {
        f.feed.receive(now);
        std::vector<float> values;
        Command command;
        while (f.feed.take(now, command))
            values.push_back(command.value);
        for (const float value : values)
            ++seen[static_cast<std::size_t>(value)];
        for (const float value : values)
            if (seen[static_cast<std::size_t>(value)] != 3)
                ++split;
        if (values.empty())
            std::this_thread::yield();
    };
    for (std::uint64_t now = 0; seen.back() < 3; now += 16)
        take(now);
    control.join();
    take(2 * kBatches); // what is still waiting for its frame
    CHECK(split == 0);
    int lost = 0; // those without a frame may be superseded
    for (int batch = 0; batch < kBatches; ++batch)
        lost += seen[static_cast<std::size_t>(batch)] == 3 || batch % 3 == 0 ? 0 : 1;
    CHECK(lost == 0);
}
