// SPDX-License-Identifier: GPL-3.0-or-later
// Timed bundles on a real JACK server: the sound changes at exactly the frame that their sender is
// told, and a render with the same changes gives the same samples.
#include "osc/clock.hpp"
#include "osc/wire/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/probe_client.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wav_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <random>
#include <thread>

using namespace headroom;
using namespace headroom::test;

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kTakeFrames = 48000 * 4;

/// A sender of bundles that hears what becomes of them.
class Sender {
  public:
    explicit Sender(std::uint16_t port)
        : socket_(osc::UdpSocket::connect(*osc::Endpoint::parse("127.0.0.1", port)).value()) {}

    void send(std::span<const osc::Message> messages, std::uint64_t ntp) {
        REQUIRE(socket_.send(osc::encode_bundle(messages, osc::TimeTag{ntp})));
    }

    /// The arguments of the next /headroom/landed.
    std::vector<osc::Argument> landed() {
        std::array<std::uint8_t, 2048> buffer;
        const auto deadline = std::chrono::steady_clock::now() + kDeadline;
        while (std::chrono::steady_clock::now() < deadline) {
            if (!socket_.wait(milliseconds(100)))
                continue;
            const auto received = socket_.receive(buffer);
            if (!received || !*received)
                continue;
            const auto packet = osc::decode(std::span(buffer).first((*received)->size));
            REQUIRE(packet.has_value());
            for (const auto &element : packet->elements)
                if (element.message.address == "/headroom/landed")
                    return element.message.arguments;
        }
        FAIL("no report of a landing");
        return {};
    }

  private:
    osc::UdpSocket socket_;
};

Channels loud_noise() {
    std::mt19937 random(5);
    std::uniform_real_distribution<float> value(-1.0f, 1.0f);
    Channels out(2, std::vector<float>(kTakeFrames));
    for (auto &channel : out)
        for (std::size_t i = 0; i < channel.size(); ++i)
            channel[i] = value(random) * ((i / 24000) % 2 == 0 ? 2.0f : 0.05f);
    return out;
}

/// How far the frame is from that which JACK's own clock has for the time, in frames; the least of
/// some readings, in which nothing came between the two clocks.
double distance_from_jack(const ProbeClient &probe, std::uint32_t frame, std::uint64_t ntp) {
    double least = 1e9;
    for (int i = 0; i < 20; ++i) {
        const std::uint64_t wall = osc::ntp_now();
        const std::uint32_t here = probe.frame_now();
        const double seconds = std::chrono::duration<double>(osc::ntp_between(wall, ntp)).count();
        const double expected = seconds * 48000.0;
        const double found = static_cast<double>(static_cast<std::int32_t>(frame - here));
        least = std::min(least, std::fabs(found - expected));
        std::this_thread::sleep_for(milliseconds(3));
    }
    return least;
}

} // namespace

TEST_CASE("timed bundles change the sound at their frame, and a render of them is the same") {
    const JackServer server({.realtime = true});
    const TemporaryFolder folder;
    const Channels sent = loud_noise();
    // Only a take in which the server lost no period can be compared bit for bit.
    constexpr int kTakes = 40;
    bool same = false;
    for (int take = 0; take < kTakes && !same; ++take) {
        HeadroomProcess headroom({}, server.environment());
        ProbeClient probe(server.name(), "probe", 2, 0);
        ProbeClient ear(server.name(), "probe-ear", 0, 2);
        for (const std::string n : {"1", "2"}) {
            REQUIRE(probe.connect("probe:play_" + n, "headroom:main_in_" + n));
            REQUIRE(ear.connect("headroom:main_out_" + n, "probe-ear:record_" + n));
        }
        const auto stream_start = [&] {
            return static_cast<std::uint32_t>(std::stoll(headroom.status("stream_start_frame")));
        };
        const std::uint32_t begun = stream_start();
        const std::uint32_t start = probe.frame_ahead() + 9600;
        probe.play(sent, start);

        Sender sender(headroom.osc_port());
        const std::string bus = "/headroom/bus/main/";
        const std::vector<std::vector<osc::Message>> bundles{
            {{bus + "limiter/ceiling", {-9.0f}}, {bus + "compressor/threshold", {-35.0f}}},
            {{bus + "bypass/toggle", {}}, {bus + "limiter/ceiling/inc", {3.0f}}}};
        std::string automation;
        double distance_frames = 0.0;
        for (const auto &messages : bundles) {
            const std::uint64_t due = osc::ntp_plus(osc::ntp_now(), milliseconds(700));
            sender.send(messages, due);
            const auto landed = sender.landed();
            REQUIRE(landed.size() == 7);
            CHECK(landed[3] == osc::Argument(std::int32_t{1}));
            CHECK(landed[4] == osc::Argument(std::int32_t{0}));
            CHECK(std::get<float>(landed[0]) == Approx(650.0f).margin(150.0f));
            const std::int64_t frame = std::get<std::int64_t>(landed[6]);
            const std::string at = std::to_string(frame) + "f ";
            const bool is_first = messages == bundles[0];
            for (const char *change :
                 {is_first ? "limiter/ceiling -9\n" : "bus/main/bypass on\n",
                  is_first ? "compressor/threshold -35\n" : "limiter/ceiling -6\n"})
                automation.append(at).append(change);
            distance_frames =
                std::max(distance_frames,
                         distance_from_jack(ear, begun + static_cast<std::uint32_t>(frame), due));
        }
        const Channels live = ear.recorded(start + 264, kTakeFrames);
        if (stream_start() != begun || ear.xruns() > 0)
            continue;
        // JACK's own clock is off for a while where a cycle came late.
        if (distance_frames >= 48.0 && take + 1 < kTakes)
            continue;
        CHECK(distance_frames < 48.0);

        Channels input(2, std::vector<float>(start - begun));
        for (std::size_t c = 0; c < 2; ++c)
            input[c].insert(input[c].end(), sent[c].begin(), sent[c].end());
        const std::string in = folder.path() / "in.wav";
        const std::string out = folder.path() / "out.wav";
        const std::string changes = folder.path() / "changes";
        write_wav(in, input);
        std::ofstream(changes) << automation;
        const RunResult render =
            run_program({headroom_program(), "render", in, out, "--automation", changes});
        INFO(render.standard_error);
        REQUIRE(render.exit_code == 0);
        Channels rendered = read_wav(out);
        for (auto &channel : rendered)
            channel.erase(channel.begin(),
                          channel.begin() + static_cast<std::ptrdiff_t>(start - begun));
        same = live == rendered;
        CHECK(same);
    }
    CHECK(same);
}
