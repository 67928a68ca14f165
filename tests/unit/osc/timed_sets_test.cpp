// SPDX-License-Identifier: MPL-2.0
#include "osc/client/timed_sets.hpp"
#include "tests/support/catch.hpp"

using namespace headroom::osc;
using namespace std::chrono_literals;

namespace {

using Bytes = std::vector<std::uint8_t>;

const std::vector<Message> values{{"/a", {1.0f}}, {"/b/inc", {}}};

/// A begun sender whose questions for the clock are done with.
struct Sender {
    TimedSets sets{true};
    TimedSets::TimePoint now{1h};

    Sender() { sets.begin(); }

    Bytes send() { return sets.packet(values, now); }
    std::vector<Bytes> again() {
        std::vector<Bytes> out;
        while (auto packet = sets.next_packet(now))
            if (decode(*packet)->elements[0].message.address != "/headroom/clock")
                out.push_back(std::move(*packet));
        return out;
    }
    void confirm(const Bytes &packet) {
        CHECK(sets.take(decode(packet)->elements.at(1).message, now));
    }
};

} // namespace

TEST_CASE("timed sets go out stamped, with a number, each due after the one before") {
    Sender sender;
    const auto first = decode(sender.send()).value();
    const auto second = decode(sender.send()).value();
    REQUIRE(first.elements.size() == 4);
    CHECK(first.elements[0].message == Message{"/headroom/sent", {time_tag(sender.now)}});
    CHECK(first.elements[1].message.address == "/headroom/once");
    CHECK(first.elements[1].message != second.elements[1].message);
    CHECK(first.elements[1].time == TimeTag{});
    CHECK(first.elements[2].message == values[0]);
    CHECK(first.elements[3].message == values[1]);
    CHECK(first.elements[2].time.ntp > TimeTag{}.ntp);
    CHECK(second.elements[2].time.ntp > first.elements[2].time.ntp);
}

TEST_CASE("a timed set that is not confirmed goes out again as it was, with growing patience") {
    Sender sender;
    const Bytes packet = sender.send();
    CHECK(sender.again().empty());
    sender.now += 199ms;
    CHECK(sender.again().empty());
    sender.now += 1ms;
    CHECK(sender.again() == std::vector<Bytes>{packet});
    sender.now += 399ms;
    CHECK(sender.again().empty());
    sender.now += 1ms;
    CHECK(sender.again() == std::vector<Bytes>{packet});
    sender.confirm(packet);
    sender.now += 4s;
    CHECK(sender.again().empty());
}

TEST_CASE("a timed set that others have overtaken goes out again at once") {
    Sender sender;
    std::vector<Bytes> packets;
    for (int i = 0; i < 5; ++i, sender.now += 1ms)
        packets.push_back(sender.send());
    for (std::size_t i : {1, 2}) {
        sender.confirm(packets[i]);
        CHECK(sender.again().empty());
    }
    sender.confirm(packets[3]);
    CHECK(sender.sets.due() <= sender.now);
    CHECK(sender.again() == std::vector<Bytes>{packets[0]});
    CHECK(sender.again().empty());
    sender.confirm(packets[4]);
    CHECK(sender.again().empty());
}

TEST_CASE("patience follows the line, and a timed set is given up long after its time") {
    Sender sender;
    Bytes packet = sender.send();
    sender.now += 300ms;
    sender.confirm(packet);
    packet = sender.send();
    sender.now += 899ms;
    CHECK(sender.again().empty());
    sender.now += 1ms;
    CHECK(sender.again() == std::vector<Bytes>{packet});
    sender.now += TimedSets::kAfter;
    CHECK(sender.again().empty());
    for (std::size_t i = 0; i < TimedSets::kMost + 10; ++i)
        sender.send();
    CHECK(*sender.sets.due() > sender.now - 1s);
}

TEST_CASE("where nothing is lost nothing is sent again") {
    TimedSets sets(false);
    const TimedSets::TimePoint now{1h};
    CHECK_FALSE(sets.due().has_value());
    CHECK(sets.begin());
    CHECK_FALSE(sets.begin());
    CHECK(decode(sets.packet(values, now))->elements.size() == values.size());
    CHECK(sets.next_packet(now).has_value()); // asks for the clock
    CHECK_FALSE(sets.next_packet(now).has_value());
    CHECK_FALSE(sets.next_packet(now + 900ms).has_value());
    CHECK(sets.next_packet(now + 1s).has_value());
}
