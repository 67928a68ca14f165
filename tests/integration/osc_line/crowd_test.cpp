// SPDX-License-Identifier: GPL-3.0-or-later
//
// Many subscribers at once, some of them dead.
#include "osc/subscriptions.hpp"
#include "tests/integration/osc_line/line_server.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/meter_subscriber.hpp"
#include "tests/support/process_usage.hpp"

#include <memory>
#include <vector>

using namespace headroom;
using namespace headroom::test;
using namespace std::chrono_literals;

using Clock = std::chrono::steady_clock;

TEST_CASE("of 64 subscribers to all meters 16 are dead, and the others miss nothing") {
    constexpr std::size_t kDead = 16;
    LineServer server;
    std::vector<std::unique_ptr<MeterSubscriber>> dead;
    std::vector<std::unique_ptr<MeterSubscriber>> alive;
    for (std::size_t i = 0; i < osc::Subscriptions::kPeers; ++i)
        (i < kDead ? dead : alive).push_back(std::make_unique<MeterSubscriber>(server.port()));
    dead.resize(kDead / 2); // the others do not read

    const auto listen = [&](Clock::duration time) {
        for (const auto end = Clock::now() + time; Clock::now() < end;) {
            std::this_thread::sleep_for(5ms);
            for (const auto &listener : alive)
                listener->read();
        }
    };
    listen(1s);
    const long before_kib = ProcessUsage::now().rss_kib;
    for (const auto &listener : alive)
        listener->longest_silence = {};
    listen(3s);
    CHECK(ProcessUsage::now().rss_kib - before_kib < 2048);
    for (const auto &listener : alive) {
        CHECK(listener->missed == 0);
        CHECK(listener->packets > 3 * 60);
        CHECK(listener->longest_silence < 250ms);
    }
}
