// SPDX-License-Identifier: GPL-3.0-or-later

// What is heard of applications as they start: how much of them raw, beside the least that a JACK
// server allows, and whether all of them are heard at all.
#include "tests/bench/bare_router.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/pipewire_session.hpp"
#include "tests/support/routing_tool.hpp"
#include "tests/support/wav_file.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <random>

using namespace headroom;
using namespace headroom::test;
using namespace std::chrono_literals;

namespace {

constexpr int kRate_hz = 48000;
constexpr int kPeriod_frames = 256;

/// Applications play well over the ceiling, so what is over it has not come through the bus.
constexpr const char *kProfile = R"(
buses: { main: { sink: "speakers", limiter: { ceiling: -20 dBTP } } }
rules: [ { match: { client: "*" }, route: main } ]
)";
constexpr const char *kCeilingLin = "0.1";

/// What arrives at the sink from the start of an application until nothing does any more.
struct Start {
    int raw_frames = 0;
    int processed_frames = 0;
    int silent_frames = 0; ///< before the first sound
    bool is_heard = false; ///< as it should be, and in time
};
using Launch = std::function<std::unique_ptr<ChildProcess>()>;

/// Listens at the sink.
class Ear {
  public:
    explicit Ear(std::unique_ptr<ChildProcess> meter) : meter_(std::move(meter)) {}

    /// Starts an application, waits as long as it may take until enough of it is heard, lets it
    /// play on to its end where it has one soon, and then ends it; again and again.
    std::vector<Start> hear(int count, const Launch &launch,
                            const std::function<bool(const Start &)> &is_enough,
                            std::chrono::milliseconds time_to_end) {
        std::vector<Start> starts(static_cast<std::size_t>(count));
        for (Start &start : starts) {
            meter_.heard();
            const auto application = launch();
            start.is_heard = eventually([&] { return is_enough(listen(start)); }, kTimeToBeHeard);
            if (!application->wait(time_to_end)) {
                application->signal(SIGTERM);
                application->wait();
            }
            await_silence(start);
        }
        return starts;
    }

  private:
    static constexpr std::chrono::milliseconds kTimeToBeHeard{5000};

    /// What has been played may still be on its way.
    void await_silence(Start &start) {
        constexpr int kQuiet_frames = kRate_hz / 20;
        quiet_frames_ = 0;
        if (!eventually([&] {
                listen(start);
                return quiet_frames_ >= kQuiet_frames;
            }))
            throw std::runtime_error("the sink does not become silent");
    }

    const Start &listen(Start &start) {
        const auto heard = meter_.heard();
        const int lead_frames = heard.at("lead_frames").get<int>();
        const int processed_frames = heard.at("processed").get<int>() / 2;
        const int raw_frames = heard.at("raw_frames").get<int>();
        if (start.raw_frames + start.processed_frames == 0)
            start.silent_frames += lead_frames;
        start.raw_frames += raw_frames;
        start.processed_frames += processed_frames;
        quiet_frames_ = raw_frames + processed_frames == 0 ? quiet_frames_ + lead_frames : 0;
        return start;
    }

    RoutingMeter meter_;
    int quiet_frames_ = 0;
};

/// Nearest rank.
int quantile(std::vector<int> values, double share) {
    std::sort(values.begin(), values.end());
    const auto rank =
        static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    return values.at(std::max<std::size_t>(rank, 1) - 1);
}

std::ptrdiff_t count_stalls(const std::vector<Start> &starts) {
    return std::ranges::count(starts, false, &Start::is_heard);
}

std::string write_profile(const std::filesystem::path &folder) {
    std::string file = (folder / "starts.yaml").string();
    std::ofstream(file) << kProfile;
    return file;
}

// JACK2 -----------------------------------------------------------------------------------------

constexpr int kMostRaw_frames = 512;
constexpr int kEnough_frames = kRate_hz / 10;

bool is_through_bus(const Start &start) {
    return start.processed_frames >= kEnough_frames;
}

void print_jack_row(const char *what, const std::vector<Start> &starts, const std::string &told) {
    std::vector<int> raw_frames;
    raw_frames.reserve(starts.size());
    for (const Start &start : starts)
        raw_frames.push_back(start.raw_frames);
    std::printf("| %s | %d | %d | %d | %td | %td | %s |\n", what, quantile(raw_frames, 0.5),
                quantile(raw_frames, 0.95), quantile(raw_frames, 1.0),
                std::count_if(raw_frames.begin(), raw_frames.end(),
                              [](int frames) { return frames > kMostRaw_frames; }),
                count_stalls(starts), told.c_str());
}

std::vector<Start> start_on_jack(const JackServer &server, Ear &sink, int count) {
    return sink.hear(
        count,
        [&] {
            return start_routing_tool({"play", "player", "speakers"}, server.environment());
        },
        is_through_bus, 0ms);
}

void measure_jack(bool allow_self_connect, int count) {
    const JackServer server({.period_frames = kPeriod_frames,
                             .allow_self_connect = allow_self_connect,
                             .realtime = true});
    const std::string where = allow_self_connect ? "" : ", `jackd -a e`";
    Ear sink(start_routing_tool({"sink", "speakers", kCeilingLin}, server.environment()));
    {
        const TemporaryFolder folder;
        HeadroomProcess headroom(
            {"--server", server.name(), "--profile", write_profile(folder.path())},
            server.environment());
        if (!eventually([&] { return headroom.status("callbacks") != "0"; }))
            throw std::runtime_error("headroom processes nothing");
        const auto starts = start_on_jack(server, sink, count);
        const auto told = headroom.finish().at("raw_frames").get<double>() / count;
        print_jack_row(("headroom" + where).c_str(), starts, std::to_string(std::lround(told)));
    }
    const bench::BareRouter bare(server.name(), "speakers",
                                 allow_self_connect ? bench::BareRouter::Acts::on_links
                                                    : bench::BareRouter::Acts::on_ports);
    print_jack_row(("a bare client" + where).c_str(), start_on_jack(server, sink, count), "–");
}

void measure_jack(int count) {
    std::printf("| JACK2, period of %d frames: raw frames of %d starts of an application | median "
                "| 95 %% | worst | starts over %d | starts not heard | `raw_frames` told, a start "
                "|\n| --- | --- | --- | --- | --- | --- | --- |\n",
                kPeriod_frames, count, kMostRaw_frames);
    measure_jack(true, count);
    measure_jack(false, count);
}

// PipeWire --------------------------------------------------------------------------------------

constexpr double kPlayed_s = 0.25;
constexpr int kHalf_frames = static_cast<int>(kPlayed_s * kRate_hz / 2.0);

bool is_half_raw(const Start &start) {
    return start.raw_frames >= kHalf_frames;
}
bool is_half_processed(const Start &start) {
    return start.processed_frames >= kHalf_frames;
}

/// Each sample is well over the ceiling.
Channels loud_noise() {
    std::minstd_rand random(1);
    std::uniform_real_distribution<float> level(0.5f, 1.0f);
    Channels audio(2, std::vector<float>(static_cast<std::size_t>(kPlayed_s * kRate_hz)));
    for (auto &channel : audio)
        for (float &sample : channel)
            sample = random() % 2 == 0 ? level(random) : -level(random);
    return audio;
}

std::vector<Start> start_on_pipewire(const PipeWireSession &session, Ear &sink,
                                     const std::string &player, int count,
                                     bool (*is_enough)(const Start &)) {
    const std::string file = (session.folder() / "noise.wav").string();
    write_wav(file, loud_noise());
    return sink.hear(
        count,
        [&] {
            return std::make_unique<ChildProcess>(std::vector<std::string>{player, file},
                                                  session.environment());
        },
        is_enough, 2000ms);
}

double milliseconds_to_sound(const std::vector<Start> &starts, double share) {
    std::vector<int> frames;
    frames.reserve(starts.size());
    for (const Start &start : starts)
        frames.push_back(start.silent_frames);
    return 1000.0 * quantile(frames, share) / kRate_hz;
}

bool is_linked(const PipeWireSession &session) {
    const std::string links = session.run({"pw-link", "-l"});
    return links.find("|-> headroom:main_in_2\n") != links.npos &&
           links.find("headroom:main_out_2\n  |-> speakers:playback_FR\n") != links.npos;
}

void measure_pipewire(int count) {
    constexpr std::array kPlayers{"pw-play", "paplay"};
    const PipeWireSession session;
    Ear sink(start_routing_tool({"tap", "speakers:monitor_FL", "speakers:monitor_FR", kCeilingLin},
                                session.jack_environment()));
    const int count_without = std::max(count / 10, 2);
    std::array<std::vector<Start>, kPlayers.size()> without, with;
    std::array<int, kPlayers.size()> told{};
    for (std::size_t i = 0; i < kPlayers.size(); ++i)
        without[i] = start_on_pipewire(session, sink, kPlayers[i], count_without, is_half_raw);

    HeadroomProcess headroom(
        {"--profile", write_profile(session.folder()), "--backend", "null-sink"},
        session.environment());
    if (!eventually([&] { return is_linked(session); }))
        throw std::runtime_error("headroom does not play to the sink");
    const std::string server = headroom.status("server");
    for (std::size_t i = 0; i < kPlayers.size(); ++i) {
        const auto raw_frames = [&] { return std::stoi(headroom.status("raw_frames")); };
        const int before = raw_frames();
        with[i] = start_on_pipewire(session, sink, kPlayers[i], count, is_half_processed);
        told[i] = raw_frames() - before;
    }
    headroom.finish();

    std::printf("\n| %s, null-sink, %d starts of each player | pw-play | paplay |\n"
                "| --- | --- | --- |\n",
                server.c_str(), count);
    const auto row = [&](const std::string &what, auto figure) {
        std::printf("| %s | %.0f | %.0f |\n", what.c_str(), static_cast<double>(figure(0)),
                    static_cast<double>(figure(1)));
    };
    row("raw frames at the sink, of all starts", [&](std::size_t i) {
        int frames = 0;
        for (const Start &start : with[i])
            frames += start.raw_frames;
        return frames;
    });
    row("`raw_frames` told, of all starts", [&](std::size_t i) { return told[i]; });
    row("stalls: less than half is heard within 5 s",
        [&](std::size_t i) { return count_stalls(with[i]); });
    const auto times = [&](const std::string &what, const auto &starts, double share) {
        row(what, [&](std::size_t i) { return milliseconds_to_sound(starts[i], share); });
    };
    times("start of the program to its first sound, ms, median", with, 0.5);
    times("the same, 95 %", with, 0.95);
    times("the same, worst", with, 1.0);
    times("the same without headroom, median of " + std::to_string(count_without), without, 0.5);
}

} // namespace

int main(int argc, char **argv) {
    std::setvbuf(stdout, nullptr, _IOLBF, 0); // figures that are there stay, whatever comes
    const bool quick = argc > 1 && std::strcmp(argv[1], "--quick") == 0;
    try {
        measure_jack(quick ? 20 : 200);
        measure_pipewire(quick ? 10 : 200);
    } catch (const std::exception &error) {
        std::cerr << "headroom_bench_starts: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
