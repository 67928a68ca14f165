// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/clock.hpp"
#include "osc/peer_times.hpp"
#include "osc/send_times.hpp"
#include "osc/timed_bundles.hpp"
#include "tests/support/catch.hpp"

using namespace headroom::osc;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kStart = std::uint64_t{0xec000000} << 32;

/// A machine whose clock somebody sets now and then.
struct Machine {
    TimePoint now{24h};
    std::chrono::nanoseconds set{0};
    std::uint64_t wall() const { return ntp_plus(kStart, now.time_since_epoch() + set); }
    Clock clock{[this] { return now; }, [this] { return wall(); }};
};

Peer peer(std::uint16_t port) {
    return {*Endpoint::parse("127.0.0.1", port)};
}

bool near(TimePoint a, TimePoint b) {
    return a - b <= 2ns && b - a <= 2ns;
}

} // namespace

TEST_CASE("NTP times are told apart to the nanosecond, in both directions") {
    for (const auto difference : {0ns, 1ns, 999'999'999ns, 1'000'000'000ns, 86'400'000'000'001ns}) {
        CAPTURE(difference.count());
        const std::uint64_t later = ntp_plus(kStart, difference);
        CHECK(ntp_between(kStart, later) == difference);
        CHECK(ntp_between(later, kStart) == -difference);
        CHECK(ntp_plus(later, -difference) == kStart);
    }
    CHECK(ntp_between(kStart, kStart + (std::uint64_t{1} << 31)) == 500ms);
    CHECK(ntp_between(1, ~std::uint64_t{0}) > 136 * 365 * 24h);
    CHECK(ntp_between(~std::uint64_t{0}, 1) < -136 * 365 * 24h);
}

TEST_CASE("a time tag means what the machine's clock says when it comes") {
    Machine machine;
    CHECK(near(machine.clock.due({machine.wall()}), machine.now));
    const TimeTag tag{ntp_plus(machine.wall(), 500ms)};
    const TimePoint due = machine.now + 500ms;
    machine.now += 200ms;
    CHECK(near(machine.clock.due(tag), due));
    machine.set = 1h;
    CHECK(near(machine.clock.due(tag), due - 1h));
    CHECK(near(machine.clock.due({ntp_plus(machine.wall(), 300ms)}), machine.now + 300ms));
    machine.set = -1h;
    CHECK(near(machine.clock.due({ntp_plus(machine.wall(), 300ms)}), machine.now + 300ms));
}

TEST_CASE("headroom's own clock is never set") {
    Machine machine;
    CHECK(ntp_between(machine.clock.own(machine.now), machine.wall()) == 0ns);
    machine.now += 10s;
    machine.set = -3h;
    CHECK(ntp_between(machine.clock.own(machine.now), machine.wall()) == -3h);
    const TimeTag tag{ntp_plus(machine.clock.own(machine.now), 250ms)};
    machine.set = 77h;
    CHECK(near(machine.clock.due_on_own(tag), machine.now + 250ms));
}

TEST_CASE("a thread that loses the processor between two clocks reads them again") {
    TimePoint now{1h};
    int readings = 0;
    Clock clock([&] { return now += 1us; },
                [&] {
                    const std::uint64_t wall = ntp_plus(kStart, now.time_since_epoch());
                    if (++readings % 2 == 1)
                        now += 20ms; // only every other reading is undisturbed
                    return wall;
                });
    const TimePoint due = clock.due({ntp_plus(kStart, 2h)});
    CHECK(due - TimePoint{2h} < 2us);
    CHECK(TimePoint{2h} - due < 2us);
}

TEST_CASE("what comes fastest tells how long everything else was on its way") {
    SendTimes sending;
    const TimePoint start{5h};
    const auto at = [&](std::chrono::nanoseconds sent, std::chrono::nanoseconds way) {
        return sending.sent(sent + 17h, start + sent + way) - start; // the peer's clock is ahead
    };
    CHECK(at(0s, 40ms) == 40ms); // nothing is known yet: sent when it came
    CHECK(at(1s, 5ms) == 1005ms);
    CHECK(at(2s, 105ms) == 2005ms);
    CHECK(at(3s, 2005ms) == 3005ms);
    // The fastest packet is forgotten after a minute, not before.
    CHECK(at(55s, 25ms) == 55005ms);
    CHECK(at(70s, 25ms) == 70025ms);
}

TEST_CASE("a peer's drifting clock is followed, and one that is set back starts anew") {
    SendTimes sending;
    const TimePoint start{5h};
    const auto error = [&](std::chrono::nanoseconds at, double speed) {
        const auto stamp = std::chrono::nanoseconds(
            static_cast<std::int64_t>(static_cast<double>(at.count()) * speed));
        return start + at - sending.sent(stamp, start + at);
    };
    for (int second = 0; second < 600; ++second)
        CHECK(error(std::chrono::seconds(second), 1.0001) == 0ns);
    sending = {};
    for (int second = 0; second < 600; ++second)
        CHECK(error(std::chrono::seconds(second), 0.9999) <= 6ms);

    CHECK(start + 610s - sending.sent(610s - 9s, start + 610s) > 8s);
    CHECK(sending.sent(610s - 1h, start + 611s) == start + 611s);
    CHECK(sending.sent(611s - 1h, start + 613s) == start + 612s);
    CHECK(sending.sent(613s + 5h, start + 614s) == start + 614s);
}

TEST_CASE("bundles come out by their time, and their number is bounded") {
    TimedBundles bundles;
    const TimePoint start{1h};
    bundles.add({peer(1), start + 3s, 0.0, {{"/c", {}}}});
    bundles.add({peer(2), start + 1s, 0.0, {{"/a", {}}}});
    bundles.add({peer(1), start + 1s, 0.0, {{"/b", {}}}});
    CHECK(bundles.next_due() == start + 1s);
    CHECK(bundles.take(start + 999ms).empty());
    const auto due = bundles.take(start + 1s);
    REQUIRE(due.size() == 2);
    CHECK(due[0].messages.front().address == "/a");
    CHECK(due[1].messages.front().address == "/b");
    CHECK(bundles.next_due() == start + 3s);

    CHECK(bundles.room(peer(1)) == TimedBundles::kPerPeer - 2); // one of them was only taken
    bundles.release(peer(1));
    bundles.release(peer(2));
    CHECK(bundles.room(peer(1)) == TimedBundles::kPerPeer - 1);
    CHECK(bundles.room(peer(2)) == TimedBundles::kPerPeer);
    for (std::uint16_t port = 2; bundles.room(peer(port)) > 0; ++port)
        while (bundles.room(peer(port)) > 0)
            bundles.add({peer(port), start + 9s, 0.0, {}});
    CHECK(bundles.room(peer(99)) == 0);
    CHECK(bundles.take(start + 9s).size() == TimedBundles::kInAll);
}

TEST_CASE("one report a second sums up what has landed") {
    PeerTimes times;
    const TimePoint start{1h};
    std::vector<std::pair<Peer, Message>> told;
    const auto tell = [&](const Peer &to, const Message &message) {
        told.emplace_back(to, message);
    };
    CHECK_FALSE(times.report(start, tell).has_value());
    times.landed(peer(1), 20.0, 1000, start);
    times.landed(peer(1), -5.0, 2000, start + 100ms);
    times.landed(peer(1), 30.0, 3000, start + 200ms);
    times.lost(peer(2), start + 500ms);
    CHECK(times.report(start + 900ms, tell) == start + 1s);
    CHECK(told.empty());
    CHECK(times.report(start + 1s, tell) == start + 1500ms);
    REQUIRE(told.size() == 1);
    CHECK(told[0].first == peer(1));
    CHECK(told[0].second == Message{"/headroom/landed",
                                    {-5.0f, 15.0f, 30.0f, std::int32_t{3}, std::int32_t{1},
                                     std::int32_t{0}, std::int64_t{3000}}});
    CHECK_FALSE(times.report(start + 2s, tell).has_value());
    CHECK(told[1].second == Message{"/headroom/landed",
                                    {0.0f, 0.0f, 0.0f, std::int32_t{0}, std::int32_t{0},
                                     std::int32_t{1}, std::int64_t{0}}});
    CHECK_FALSE(times.report(start + 9s, tell).has_value());
    CHECK(told.size() == 2);
}

TEST_CASE("what is known of peers is bounded: the longest silent one is forgotten") {
    PeerTimes times;
    const TimePoint start{1h};
    for (std::uint16_t i = 0; i < PeerTimes::kPeers; ++i)
        times.uses_our_clock(peer(static_cast<std::uint16_t>(1000 + i)), start + i * 1ms);
    times.uses_our_clock(peer(1000), start + 2s);
    times.uses_our_clock(peer(9), start + 3s);
    CHECK(times.uses_our_clock(peer(9)));
    CHECK(times.uses_our_clock(peer(1000)));
    CHECK_FALSE(times.uses_our_clock(peer(1001)));
}

TEST_CASE("stamps keep their order when a faster packet shows the peer's clock anew") {
    SendTimes times;
    const TimePoint start{1h};
    const auto slow = times.sent(10ms, start + 30ms);
    const auto fast = times.sent(20ms, start + 31ms); // 9 ms faster on its way
    CHECK(slow <= fast);
    const auto overtaken = times.sent(15ms, start + 35ms);
    CHECK(overtaken < fast);
    CHECK(times.sent(21ms, start + 32ms) >= fast);
}
