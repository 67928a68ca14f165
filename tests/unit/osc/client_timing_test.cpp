// SPDX-License-Identifier: MPL-2.0
#include "osc/client/pending_sets.hpp"
#include "osc/client/timing.hpp"
#include "osc/client/update_order.hpp"
#include "tests/support/catch.hpp"

#include <map>

using namespace headroom::osc;
using namespace std::chrono_literals;

namespace {

Message landed(float least_ms, std::int32_t count = 10) {
    return {"/headroom/landed",
            {least_ms, least_ms + 1.0f, least_ms + 2.0f, count, std::int32_t{0}, std::int32_t{0},
             std::int64_t{0}}};
}

std::vector<Message> messages_of(const std::vector<std::uint8_t> &packet) {
    const Packet decoded = decode(packet).value();
    std::vector<Message> out;
    for (const auto &element : decoded.elements)
        out.push_back(element.message);
    return out;
}

/// What a packet sets, by address.
std::map<std::string, Argument> values_in(const std::vector<std::uint8_t> &packet) {
    std::map<std::string, Argument> values;
    for (const Message &message : messages_of(packet))
        if (!message.address.starts_with("/headroom/get") &&
            !message.address.starts_with("/headroom/sent"))
            values.insert_or_assign(message.address, message.arguments.at(0));
    return values;
}

using Values = std::map<std::string, Argument>;

} // namespace

TEST_CASE("the lead rises at once by the deficit of a late landing, to three seconds at most") {
    Lead lead;
    const auto before = lead.value();
    CHECK(lead.report(landed(-400.0f)));
    CHECK(lead.value() == before + 400ms + Lead::kSpare);
    lead.report(landed(-9000.0f));
    CHECK(lead.value() == Lead::kMost);
    CHECK_FALSE(lead.report({"/headroom/alive", {std::int32_t{1}}}));
}

TEST_CASE("the lead falls slowly while reports show slack, and never below its least") {
    Lead lead;
    lead.report(landed(-880.0f)); // 1 s
    CHECK(lead.value() == 1s);
    auto way = 100ms; // what the line takes of it
    Lead::Duration fastest{0};
    for (int seconds = 0; seconds < 120; ++seconds) {
        const auto before = lead.value();
        lead.report(landed(std::chrono::duration<float, std::milli>(before - way).count()));
        CHECK(lead.value() <= before);
        fastest = std::max(fastest, before - lead.value());
    }
    CHECK(fastest <= 60ms);
    CHECK(lead.value() >= way + 19ms);
    CHECK(lead.value() <= way + 40ms);
    for (int seconds = 0; seconds < 500; ++seconds)
        lead.report(landed(1000.0f));
    CHECK(lead.value() == Lead::kLeast);
    lead.report(landed(0.0f, 0)); // only values have lost
    CHECK(lead.value() == Lead::kLeast);
}

TEST_CASE("the server's clock is known by the exchange that was fastest on its way") {
    ServerClock clock;
    const ServerClock::TimePoint now{100s};
    const auto server = [](ServerClock::TimePoint own) { return own + 5000s; };
    const auto exchange = [&](ServerClock::TimePoint asked, std::chrono::milliseconds there,
                              std::chrono::milliseconds back) {
        Message answer = clock.question(asked);
        answer.arguments[1] = time_tag(server(asked + there));
        answer.arguments[2] = time_tag(server(asked + there + 1ms));
        CHECK(clock.answer(answer, asked + there + 1ms + back));
    };
    const auto error = [&](ServerClock::TimePoint own) {
        const auto told = static_cast<double>(clock.at(own).ntp);
        const auto right = static_cast<double>(time_tag(server(own)).ntp);
        return std::abs(told - right) / 4294967296.0;
    };
    CHECK_FALSE(clock.is_known());
    exchange(now, 400ms, 0ms);
    CHECK(error(now) == Approx(0.2).margin(0.001));
    exchange(now + 1s, 5ms, 4ms);
    CHECK(error(now) < 0.001);
    exchange(now + 2s, 900ms, 0ms); // a queue on one way only
    CHECK(error(now) < 0.001);
    exchange(now + 70s, 20ms, 10ms); // clocks drift
    CHECK(error(now) == Approx(0.005).margin(0.001));
    CHECK_FALSE(clock.answer({"/headroom/clock", {TimeTag{1}}}, now));
}

TEST_CASE("one packet of sets is on its way at a time, with the newest values, until confirmed") {
    PendingSets sets;
    PendingSets::TimePoint now{1h};
    const auto confirmation = [](const std::vector<std::uint8_t> &packet) {
        return Message{"/headroom/get",
                       {messages_of(packet).back().arguments.at(0), std::string("/headroom/bypass"),
                        std::int32_t{0}}};
    };
    CHECK_FALSE(sets.next_packet(now).has_value());
    sets.set("/a", 1.0f);
    const auto first = sets.next_packet(now).value();
    CHECK(messages_of(first).at(0) == Message{"/headroom/sent", {time_tag(now)}});
    CHECK(values_in(first) == Values{{"/a", 1.0f}});
    sets.set("/a", 2.0f);
    sets.set("/a", 3.0f);
    CHECK_FALSE(sets.next_packet(now).has_value());
    now += 10ms;
    CHECK(sets.confirm(confirmation(first), now));
    CHECK_FALSE(sets.empty());
    const auto second = sets.next_packet(now).value();
    CHECK(values_in(second) == Values{{"/a", 3.0f}});
    CHECK_FALSE(sets.confirm(confirmation(first), now));

    const auto patience = *sets.due() - now;
    CHECK(patience == 100ms);
    now += 99ms;
    CHECK_FALSE(sets.next_packet(now).has_value());
    sets.set("/b", 4.0f);
    now += 1ms;
    const auto third = sets.next_packet(now).value();
    CHECK(values_in(third) == Values{{"/a", 3.0f}, {"/b", 4.0f}});
    CHECK(*sets.due() - now == 2 * patience);

    sets.refuse("/b");
    const auto fourth = sets.next_packet(now).value();
    CHECK(values_in(fourth) == Values{{"/a", 3.0f}});
    CHECK(sets.confirm(confirmation(fourth), now));
    CHECK(sets.empty());
    CHECK_FALSE(sets.due().has_value());
}

TEST_CASE("many sets go out in packets of the usual size") {
    PendingSets sets;
    for (int i = 0; i < 200; ++i)
        sets.set("/headroom/bus/main/parameter" + std::to_string(i), 1.0f);
    PendingSets::TimePoint now{1h};
    std::size_t told = 0;
    while (const auto packet = sets.next_packet(now)) {
        CHECK(packet->size() <= PacketLimits::kOutgoingBytes);
        told += values_in(*packet).size();
        CHECK(sets.confirm({"/headroom/get", messages_of(*packet).back().arguments}, now));
    }
    CHECK(told == 200);
}

TEST_CASE("what an overtaken packet tells of an address does not count") {
    UpdateOrder order;
    CHECK(order.is_newest("/a", 7));
    CHECK(order.is_newest("/a", 9));
    CHECK(order.is_newest("/a", 9));
    CHECK_FALSE(order.is_newest("/a", 8));
    CHECK(order.is_newest("/b", 8));
    CHECK(order.is_newest("/headroom/ack", 9));
    CHECK(order.is_newest("/headroom/ack", 8));
    CHECK(order.is_newest("/a", 0x7fffffff - 0x40000000));
}
