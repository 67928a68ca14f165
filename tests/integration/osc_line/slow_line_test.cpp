// SPDX-License-Identifier: GPL-3.0-or-later
//
// The client library and the server with a slow line between them.
#include "osc/client/client.hpp"
#include "osc/server.hpp"
#include "tests/integration/osc_line/line_server.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/throttling_proxy.hpp"

#include <algorithm>
#include <future>
#include <map>

using namespace headroom;
using namespace headroom::test;
using namespace std::chrono_literals;
using osc::Client;
using osc::Transport;

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kWarmUp = 3s; ///< longer than the buffer of the line
constexpr auto kWatched = 2s;

const std::string fader = "/headroom/bus/main/limiter/ceiling";
const std::string others_fader = "/headroom/bus/voice/limiter/ceiling";

struct Seen {
    double oldest_meter_ms = 0.0;      ///< the greatest age of any meter on the screen
    bool fader_arrives = false;        ///< its last position, at the server
    bool others_fader_arrives = false; ///< the last position of another client's, on the screen
};

/// A screen with all meters behind the line, while its fader and another client's move.
Seen watch(Transport transport, const LineQuality &quality, bool flow_control) {
    LineServer server(flow_control);
    const ThrottlingProxy proxy(server.port(), transport, quality);
    const auto client = Client::open("127.0.0.1", proxy.port(), transport).value();
    const auto other = Client::open("127.0.0.1", server.port()).value();

    std::map<std::string, double> screen; ///< when the server took what is shown, by meter
    osc::Argument others_value;
    client->subscribe("/headroom/meter", {60}, [&](const osc::Message &told) {
        if (const auto *value = std::get_if<float>(&told.arguments.at(0)))
            screen[told.address] = *value;
    });
    client->subscribe(others_fader, {60},
                      [&](const osc::Message &told) { others_value = told.arguments.at(0); });

    Seen seen;
    const auto start = Clock::now();
    float value = 0.0f;
    float others = 0.0f;
    for (auto next = start; next < start + kWarmUp + kWatched; next += 10ms) {
        client->set(fader, value = -0.001f * static_cast<float>((next - start) / 1ms));
        other->set(others_fader, others = -0.0005f * static_cast<float>((next - start) / 1ms));
        other->receive(0ms);
        while (Clock::now() < next)
            client->receive(
                std::max(std::chrono::ceil<Client::Duration>(next - Clock::now()), 0ms));
        if (next < start + kWarmUp)
            continue;
        if (screen.size() < server.meters())
            seen.oldest_meter_ms = 1e9;
        for (const auto &[address, taken_ms] : screen)
            seen.oldest_meter_ms = std::max(seen.oldest_meter_ms, server.now_ms() - taken_ms);
    }
    for (const auto end = Clock::now() + 20s; flow_control && Clock::now() < end;) {
        client->receive(10ms);
        other->receive(0ms);
        seen.fader_arrives =
            client->is_settled() &&
            other->get(fader, 5s) == tl::expected<osc::Argument, std::string>(value);
        seen.others_fader_arrives = others_value == osc::Argument(others);
        if (seen.fader_arrives && seen.others_fader_arrives)
            break;
    }
    return seen;
}

LineQuality line(double bytes_per_second) {
    return {.bytes_per_second = bytes_per_second, .jitter = 20ms, .loss = 0.01};
}

struct Scene {
    Transport transport;
    double bytes_per_second;
    std::future<Seen> seen;
};

/// They mostly wait, so all at once.
std::vector<Scene> watch_all(const std::vector<double> &rates, bool flow_control) {
    std::vector<Scene> scenes;
    for (const auto transport : {Transport::udp, Transport::tcp})
        for (const double rate : rates)
            scenes.push_back(
                {transport, rate,
                 std::async(std::launch::async, watch, transport, line(rate), flow_control)});
    return scenes;
}

} // namespace

TEST_CASE("on a slow line meters stay fresh and the last position of every fader arrives") {
    for (Scene &scene : watch_all({500e3, 50e3, 10e3}, true)) {
        const Seen seen = scene.seen.get();
        CAPTURE(scene.transport == Transport::tcp);
        CAPTURE(scene.bytes_per_second);
        CHECK(seen.fader_arrives);
        CHECK(seen.others_fader_arrives);
        CHECK(seen.oldest_meter_ms > 1.0);
        CHECK(seen.oldest_meter_ms < (scene.bytes_per_second >= 50e3 ? 250.0 : 2000.0));
    }
}

TEST_CASE("without flow control the same line shows meters as old as its buffer is long") {
    for (Scene &scene : watch_all({50e3}, false)) {
        CAPTURE(scene.transport == Transport::tcp);
        CHECK(scene.seen.get().oldest_meter_ms > 1800.0);
    }
}

TEST_CASE("timed bundles land early again within three seconds of a sudden congestion") {
    LineServer server;
    LineQuality quality{.bytes_per_second = 500e3};
    ThrottlingProxy proxy(server.port(), Transport::udp, quality);
    const auto client = Client::open("127.0.0.1", proxy.port()).value();

    struct Report {
        Clock::time_point came;
        float least_ms;
    };
    std::vector<Report> reports;
    const auto send_until = [&](Clock::time_point end) {
        for (auto next = Clock::now(); next < end; next += 20ms) {
            const osc::Message value{fader, {-1.0f}};
            client->set_timed({&value, 1});
            while (Clock::now() < next + 20ms)
                if (const auto told = client->receive(std::max(
                        std::chrono::ceil<Client::Duration>(next + 20ms - Clock::now()), 0ms));
                    told && told->address == "/headroom/landed")
                    reports.push_back({Clock::now(), std::get<float>(told->arguments.at(0))});
        }
    };
    send_until(Clock::now() + 2500ms);
    REQUIRE_FALSE(reports.empty());
    CHECK(reports.back().least_ms > 0.0f);
    const auto before = client->lead();

    quality.delay = 400ms;
    proxy.set_quality(quality);
    const auto congested = Clock::now();
    reports.clear();
    send_until(congested + 5500ms);
    CHECK(client->lead() > before);
    CHECK(client->lead() < 3s);
    const auto is_late = [](const Report &report) { return report.least_ms < 0.0f; };
    CHECK(std::any_of(reports.begin(), reports.end(), is_late));
    // A report tells of the second before it, and was on its way as long as everything else.
    const auto last_late = std::find_if(reports.rbegin(), reports.rend(), is_late);
    REQUIRE(last_late != reports.rbegin());
    CHECK(std::prev(last_late)->came - 1s - quality.delay - congested < 3s);
}

TEST_CASE("timed actions all happen, and once, on a line that loses every fourth packet") {
    constexpr int kActions = 200;
    LineServer server;
    const ThrottlingProxy proxy(server.port(), Transport::udp,
                                {.bytes_per_second = 500e3, .jitter = 10ms, .loss = 0.25});
    const auto client = Client::open("127.0.0.1", proxy.port()).value();
    const auto direct = Client::open("127.0.0.1", server.port()).value();
    const auto value = [&] { return std::get<float>(direct->get(fader, 5s).value()); };
    const osc::Message step{fader + "/inc", {-0.0625f}}; // exact in binary
    const float before = value();
    for (int i = 0; i < kActions; ++i) {
        client->set_timed({&step, 1});
        client->receive(10ms);
    }
    const float wanted = before + static_cast<float>(kActions) * -0.0625f;
    for (const auto end = Clock::now() + 15s; value() != wanted && Clock::now() < end;)
        client->receive(50ms);
    CHECK(value() == wanted);
    // Nothing comes after.
    for (const auto end = Clock::now() + 1s; Clock::now() < end;)
        client->receive(50ms);
    CHECK(value() == wanted);
}
