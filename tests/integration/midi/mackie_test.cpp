// SPDX-License-Identifier: GPL-3.0-or-later
// A Mackie Control on a real server, by the map that is shipped.
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/midi_device.hpp"
#include "tests/support/probe_client.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wait.hpp"

#include <algorithm>
#include <fstream>

using namespace headroom::test;

namespace {

using Message = MidiDevice::Message;

constexpr const char *kMackieProfile = R"(
midi: { controllers: mackie-control }
rules:
  - { match: { client: "player*" }, route: main, strip: on }
  - { match: { client: "*" }, route: ignore }
)";

/// What writes text at a place of the display.
Message text_at(int place, const std::string &text) {
    Message out{0xf0, 0x00, 0x00, 0x66, 0x14, 0x12, static_cast<std::uint8_t>(place)};
    for (const char c : text)
        out.push_back(static_cast<std::uint8_t>(c));
    out.push_back(0xf7);
    return out;
}

} // namespace

TEST_CASE("a Mackie Control shows the applications, moves them, and follows them") {
    const TemporaryFolder folder;
    const JackServer server;
    const std::string profile = folder.path() / "mackie.yaml";
    std::ofstream(profile) << kMackieProfile;
    HeadroomProcess headroom({"--profile", profile}, server.environment());
    MidiDevice device(server.name(), "device");
    const auto hears = [&](const Message &message) {
        return eventually([&] {
            const auto all = device.received();
            return std::any_of(all.begin(), all.end(),
                               [&](const auto &received) { return received.bytes == message; });
        });
    };
    ProbeClient first(server.name(), "player", 2, 0);
    REQUIRE(eventually([&] { return headroom.get("strip/player/trim") == 0.0; }));
    REQUIRE(device.connect_to_headroom());
    CHECK(hears(text_at(0, "player ")));
    CHECK(hears(text_at(7, "       ")));
    CHECK(hears(text_at(56, "0.0 dB ")));
    CHECK(hears({0xe0, 0x55, 0x6a}));
    CHECK(hears({0xb0, 48, 0x28}));

    ProbeClient second(server.name(), "player-two", 2, 0);
    CHECK(hears(text_at(7, "player ")));

    device.send({0x90, 16, 127});
    CHECK(eventually([&] { return headroom.get("strip/player/mute") == 1.0; }));
    CHECK(hears({0x90, 16, 127}));
    device.send({0x90, 16, 0});
    device.forget_received();
    device.send({0x90, 16, 127});
    CHECK(hears({0x90, 16, 0}));
    device.send({0xb0, 17, 65});
    CHECK(eventually([&] {
        return headroom.get("strip/player-two/rider/target") == Approx(-21.0).margin(0.01);
    }));
    REQUIRE(headroom.set("strip/player-two/trim", -60.0f));
    CHECK(hears({0xe1, 0, 0}));
    CHECK(hears(text_at(63, "-60.0  ")));

    // Full scale, of the first strip alone.
    first.play({std::vector<float>(480000, 1.0f), std::vector<float>(480000, 1.0f)},
               first.frame_ahead());
    CHECK(hears({0xd0, 0x0c}));
    headroom.finish();
}
