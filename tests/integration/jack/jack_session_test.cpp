// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/jack_session.hpp"
#include "jack_client/jack/player_client.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/process_usage.hpp"
#include "tests/support/signal_clients.hpp"

#include <algorithm>
#include <cmath>
#include <poll.h>
#include <sys/eventfd.h>

using namespace headroom;
using namespace headroom::test;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

std::unique_ptr<engine::Engine> stereo_engine() {
    ParameterValues values;
    values[parameter_id("limiter/ceiling")] = -3.0f;
    return std::make_unique<engine::Engine>(
        std::vector<engine::BusSetup>{{"main", *find_layout("stereo"), values}}, ParameterValues{},
        48000.0);
}

jack::SessionOptions on(const JackServer &server) {
    jack::SessionOptions options;
    options.server_name = server.name();
    return options;
}

/// The links of the server as another program sees them.
bool has_link(const JackServer &server, const std::string &from, const std::string &to) {
    const std::string links = run_program({"jack_lsp", "-s", server.name(), "-c"}).standard_output;
    const std::size_t start = links.find(from + "\n   ");
    if (start == std::string::npos)
        return false;
    std::size_t line = start + from.size() + 1;
    while (links.compare(line, 3, "   ") == 0) {
        const std::size_t end = links.find('\n', line);
        if (links.substr(line + 3, end - line - 3) == to)
            return true;
        line = end + 1;
    }
    return false;
}

bool outputs_are_linked(const JackServer &server) {
    return has_link(server, "headroom:main_out_1", "system:playback_1") &&
           has_link(server, "headroom:main_out_2", "system:playback_2");
}

/// The session has routed the application.
bool plays_into_bus(const jack::SessionStatus &status) {
    const graph::Link link{"demo:out_1", "headroom:main_in_1"};
    return status.connected &&
           std::any_of(status.applications.begin(), status.applications.end(),
                       [&](const graph::RoutedApplication &application) {
                           return std::find(application.links.begin(), application.links.end(),
                                            link) != application.links.end();
                       });
}

/// Peak of a loud signal behind the bus.
float loudest_behind_bus(const JackServer &server, const engine::Engine &engine) {
    Audio square(2, std::vector<float>(24000));
    for (std::size_t i = 0; i < square[0].size(); ++i)
        square[0][i] = square[1][i] = i / 100 % 2 == 0 ? 0.9f : -0.9f;
    SignalSource source(server.name(), engine, square);
    SignalRecorder recorder(server.name(), engine, 2, 48000);
    link_ports(source.handle(), source.port(0), "headroom:main_in_1");
    link_ports(source.handle(), "headroom:main_out_1", recorder.port(0));
    recorder.record();
    source.play();
    REQUIRE(eventually([&] { return source.finished() || recorder.full(); }));
    float loudest = 0.0f;
    const Audio heard = recorder.take_all();
    for (const float sample : heard[0])
        loudest = std::max(loudest, std::abs(sample));
    return loudest;
}

/// Stops the server ten times and brings it back. The session has to be there again within 2 s with
/// its application, its links and its settings, and must not grow. Most of the time is spent in
/// jack_client_open(), which beside other programs takes up to 2 s by itself; so the median counts,
/// and no return may take longer than eventually() waits.
void check_ten_returns(void (JackServer::*stop_server)()) {
    constexpr int kRestarts = 10;
    constexpr int kSettledAfter = 2;
    // libjack keeps a few things for the next connection; the sanitizer keeps all that was freed.
#ifdef __SANITIZE_ADDRESS__
    constexpr long kRssSlackKib = 256 * 1024;
#else
    constexpr long kRssSlackKib = 1024;
#endif
    constexpr float kCeilingDb = -12.0f;

    JackServer server;
    const auto engine = stereo_engine();
    jack::SessionOptions options = on(server);
    Rule rule{.name = "demo", .match = {}, .route = {Route::Kind::bus, "main"}};
    rule.match.client.emplace_back("demo");
    options.rules.push_back(rule);
    const auto opened = jack::JackSession::open(options, *engine);
    if (!opened)
        FAIL(opened.error().text());
    jack::JackSession &session = **opened;
    Audio tone(2, std::vector<float>(48));
    for (auto &channel : tone)
        for (std::size_t i = 0; i < channel.size(); ++i)
            channel[i] =
                0.5f * std::sin(static_cast<float>(2.0 * M_PI / 48.0) * static_cast<float>(i));
    const auto player = jack::PlayerClient::start("demo", server.name(), tone);
    REQUIRE(player);
    // The limiter alone, so that how long it has played does not matter.
    const engine::ParameterChange changes[] = {
        {.parameter = parameter_id("agc/on"), .value = 0.0f},
        {.parameter = parameter_id("compressor/on"), .value = 0.0f},
        {.parameter = parameter_id("limiter/soft"), .value = 0.0f},
        {.parameter = parameter_id("limiter/ceiling"), .value = kCeilingDb}};
    engine->apply(changes);

    const auto is_routed = [&] {
        return outputs_are_linked(server) && has_link(server, "demo:out_1", "headroom:main_in_1") &&
               has_link(server, "demo:out_2", "headroom:main_in_2") &&
               !has_link(server, "demo:out_1", "system:playback_1");
    };
    REQUIRE(eventually(is_routed));

    ProcessUsage settled;
    std::vector<milliseconds> returns;
    for (int restart = 1; restart <= kRestarts; ++restart) {
        CAPTURE(restart);
        (server.*stop_server)();
        REQUIRE(eventually([&] { return !session.status().connected; }));
        CHECK_FALSE(session.status().notice.empty());
        server.start();
        const auto back = Clock::now();
        REQUIRE(eventually([&] { return plays_into_bus(session.status()); }));
        returns.push_back(std::chrono::duration_cast<milliseconds>(Clock::now() - back));
        REQUIRE(eventually(is_routed));
        CHECK(session.status().reconnects == static_cast<std::uint64_t>(restart));
        CHECK(session.status().notice.empty());
        const std::uint64_t frames = engine->frames_processed();
        CHECK(eventually([&] { return engine->frames_processed() > frames; }));
        if (restart == kSettledAfter)
            settled = ProcessUsage::now();
    }
    const ProcessUsage end = ProcessUsage::now();
    CAPTURE(settled.rss_kib, end.rss_kib);
    std::sort(returns.begin(), returns.end());
    CHECK(returns[returns.size() / 2] < milliseconds(2000));
    CHECK(end.threads == settled.threads);
    CHECK(end.open_files == settled.open_files);
    CHECK(end.rss_kib <= settled.rss_kib + kRssSlackKib);

    const float ceiling_lin = std::pow(10.0f, kCeilingDb / 20.0f);
    const float loudest = loudest_behind_bus(server, *engine);
    CHECK(loudest <= ceiling_lin);
    CHECK(loudest > 0.8f * ceiling_lin);
    WARN("median return " << returns[returns.size() / 2].count() << " ms, slowest "
                          << returns.back().count() << " ms, RSS " << settled.rss_kib << " -> "
                          << end.rss_kib << " KiB");
}

} // namespace

TEST_CASE("A session needs a server that is there") {
    const auto engine = stereo_engine();
    jack::SessionOptions options;
    options.server_name = "no-such-server";
    const auto session = jack::JackSession::open(options, *engine);
    REQUIRE_FALSE(session);
    CHECK(session.error().text().find("no JACK server answers") != std::string::npos);
    CHECK_FALSE(jack::server_is_running("no-such-server"));
}

TEST_CASE("A session tells what it is connected to") {
    JackServer server({.sample_rate_hz = 44100, .period_frames = 128});
    CHECK(jack::server_is_running(server.name()));
    const auto engine = stereo_engine();
    const auto session = jack::JackSession::open(on(server), *engine);
    REQUIRE(session);
    const jack::SessionStatus status = (*session)->status();
    CHECK(status.connected);
    CHECK(status.server == "JACK2");
    CHECK(status.backend == "direct");
    CHECK(status.client_name == "headroom");
    CHECK(status.sample_rate_hz == 44100.0);
    CHECK(engine->sample_rate_hz() == 44100.0);
    CHECK(status.period_frames == 128);
    CHECK(status.reconnects == 0);
    CHECK(eventually([&] { return outputs_are_linked(server); }));
}

TEST_CASE("A session comes back each time after TERM, and does not grow") {
    check_ten_returns(&JackServer::terminate);
}

TEST_CASE("A session comes back each time after KILL, and does not grow") {
    check_ten_returns(&JackServer::kill);
}

TEST_CASE("A session ends cleanly while its server stays away") {
    JackServer server;
    const auto engine = stereo_engine();
    auto session = jack::JackSession::open(on(server), *engine);
    REQUIRE(session);
    server.kill();
    REQUIRE(eventually([&] { return !(*session)->status().connected; }));
    const auto start = Clock::now();
    session->reset();
    CHECK(Clock::now() - start < milliseconds(1000));
}

TEST_CASE("A session may end at the moment its server dies") {
    JackServer server;
    const auto engine = stereo_engine();
    auto session = jack::JackSession::open(on(server), *engine);
    REQUIRE(session);
    server.kill();
    session->reset();
    SUCCEED();
}

TEST_CASE("A session follows a server that returns with another rate and period") {
    JackServer server({.sample_rate_hz = 48000, .period_frames = 256});
    const auto engine = stereo_engine();
    const auto session = jack::JackSession::open(on(server), *engine);
    REQUIRE(session);
    server.terminate();
    server.start({.sample_rate_hz = 96000, .period_frames = 512});
    REQUIRE(eventually([&] { return (*session)->status().reconnects == 1; }));
    CHECK(engine->sample_rate_hz() == 96000.0);
    CHECK((*session)->status().sample_rate_hz == 96000.0);
    CHECK((*session)->status().period_frames == 512);
}

TEST_CASE("The event descriptor tells of a change of status") {
    JackServer server;
    const auto engine = stereo_engine();
    const auto session = jack::JackSession::open(on(server), *engine);
    REQUIRE(session);
    const int fd = (*session)->event_fd();
    eventfd_t count = 0;
    eventfd_read(fd, &count);
    server.terminate();
    REQUIRE(eventually([&] {
        pollfd event{.fd = fd, .events = POLLIN};
        if (poll(&event, 1, 100) == 1)
            eventfd_read(fd, &count);
        return !(*session)->status().connected;
    }));
    CHECK(count > 0);
}
