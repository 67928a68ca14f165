// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/spsc_ring.hpp"
#include "tests/support/catch.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <thread>

using headroom::engine::SpscRing;

TEST_CASE("a ring gives back what was put in, in order") {
    SpscRing<int> ring(4);
    int item = 0;
    CHECK_FALSE(ring.pop(item));
    for (int round = 0; round < 100; ++round) {
        REQUIRE(ring.push(2 * round));
        REQUIRE(ring.push(2 * round + 1));
        CHECK(ring.size() == 2);
        REQUIRE(ring.pop(item));
        CHECK(item == 2 * round);
        REQUIRE(ring.pop(item));
        CHECK(item == 2 * round + 1);
        CHECK(ring.size() == 0);
    }
}

TEST_CASE("a ring takes a whole group or nothing") {
    SpscRing<int> ring(4);
    REQUIRE(ring.push(std::array{1, 2, 3}));
    CHECK_FALSE(ring.push(std::array{4, 5}));
    CHECK(ring.size() == 3);
    CHECK(ring.push(4));
    CHECK_FALSE(ring.push(5));
    for (int expected = 1; expected <= 4; ++expected) {
        int item = 0;
        REQUIRE(ring.pop(item));
        CHECK(item == expected);
    }
}

TEST_CASE("a group larger than the ring never fits") {
    SpscRing<int> ring(2);
    CHECK_FALSE(ring.push(std::array{1, 2, 3}));
    CHECK(ring.size() == 0);
}

namespace {

/// Larger than a machine word, so that a torn read shows.
struct Item {
    std::uint64_t number;
    std::array<std::uint64_t, 3> copies;
};

// Static: thread sanitizers watch static memory more closely than the stack.
SpscRing<Item> shared_ring(64);

} // namespace

TEST_CASE("two threads share a ring: groups arrive whole, in order, none lost or doubled") {
    constexpr std::uint64_t kGroups = 200000;
    constexpr std::size_t kPerGroup = 3;
    std::thread writer([] {
        for (std::uint64_t group = 0; group < kGroups;) {
            std::array<Item, kPerGroup> items;
            for (std::size_t i = 0; i < kPerGroup; ++i) {
                const std::uint64_t number = group * kPerGroup + i;
                items[i] = {number, {number, ~number, number * 3}};
            }
            if (shared_ring.push(items))
                ++group;
            else
                std::this_thread::sleep_for(std::chrono::microseconds(20));
        }
    });
    std::uint64_t wrong = 0;
    std::uint64_t split_groups = 0;
    for (std::uint64_t expected = 0; expected < kGroups * kPerGroup;) {
        Item item{};
        if (!shared_ring.pop(item)) {
            if (expected % kPerGroup != 0)
                ++split_groups;
            std::this_thread::sleep_for(std::chrono::microseconds(20));
            continue;
        }
        const std::array<std::uint64_t, 3> copies{expected, ~expected, expected * 3};
        if (item.number != expected || item.copies != copies)
            ++wrong;
        ++expected;
    }
    writer.join();
    CHECK(wrong == 0);
    CHECK(split_groups == 0);
    CHECK(shared_ring.size() == 0);
}
