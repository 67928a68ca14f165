// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/controllers/desk.hpp"

#include <algorithm>

using namespace headroom;
using namespace headroom::test;

namespace {

/// All that a Mackie Control shows; what it hears and does not know is an error.
struct MackieControl : Device {
    /// 0..16383
    static Message fader(int n, int value) { return bytes({0xe0 + n, value & 0x7f, value >> 7}); }
    static Message touch(int n, bool is_held) { return bytes({0x90, 104 + n, is_held ? 127 : 0}); }
    static Message turn(int n, int ticks) {
        return bytes({0xb0, 16 + n, ticks >= 0 ? ticks : 64 - ticks});
    }
    static std::vector<Message> press(int note) {
        return {bytes({0x90, note, 127}), bytes({0x90, note, 0})};
    }

    void hear(const Message &m) override {
        if (m.size() == 3 && m[0] >= 0xe0 && m[0] <= 0xe8) {
            motors[m[0] - 0xe0] = m[1] | m[2] << 7;
        } else if (m.size() == 3 && m[0] == 0x90 && m[1] <= 103 && (m[2] == 0 || m[2] == 127)) {
            lights[m[1]] = m[2] == 127;
        } else if (m.size() == 3 && m[0] == 0xb0 && m[1] >= 48 && m[1] <= 55 &&
                   (m[2] & 0x0f) <= 11) {
            rings[m[1] - 48] = m[2];
        } else if (m.size() == 2 && m[0] == 0xd0 && (m[1] & 0x0f) <= 12) {
            meters[m[1] >> 4] = m[1] & 0x0f;
            ++meter_messages[m[1] >> 4];
        } else if (m.size() > 7 && std::equal(m.begin(), m.begin() + 6, kDisplay.begin()) &&
                   m.back() == 0xf7 && m[6] + m.size() - 8 <= display.size()) {
            std::copy(m.begin() + 7, m.end() - 1, display.begin() + m[6]);
        } else {
            refuse(m);
        }
    }
    std::string name(std::size_t n) const { return display.substr(n * 7, 7); }
    std::string below(std::size_t n) const { return display.substr(56 + n * 7, 7); }

    static constexpr std::array<std::uint8_t, 6> kDisplay{0xf0, 0x00, 0x00, 0x66, 0x14, 0x12};
    std::string display = std::string(112, '#');
    std::map<int, int> motors, rings, meters, meter_messages;
    std::map<int, bool> lights;
};

constexpr int kSolo = 8, kMute = 16, kSelect = 24, kPush = 32, kBankLeft = 46, kBankRight = 47;
constexpr int kF1 = 54, kF2 = 55, kF8 = 61;
constexpr int kUnity = 13653; // 0 dB of -60..12

} // namespace

TEST_CASE("Mackie Control: eight strips with everything, and banks of them") {
    MackieControl device;
    Desk desk("mackie-control", device);
    CHECK(device.name(0) == "       ");
    desk.open(nine);
    CHECK(device.display.substr(0, 56) ==
          "mpv    firefo vlc    gimp   supert mumble zoom   quod   ");
    for (int n = 0; n < 8; ++n) {
        const auto at = static_cast<std::size_t>(n);
        const std::string strip = "strip/" + nine[at] + "/";
        CAPTURE(strip);
        CHECK(device.motors.at(n) == kUnity);
        CHECK(device.below(at) == "0.0 dB ");

        // A hand on the fader: it moves the value, and no motor pulls.
        desk.cycle({MackieControl::touch(n, true), MackieControl::fader(n, 16383)});
        CHECK(desk.value(strip + "trim") == 12.0f);
        desk.settle();
        CHECK(device.below(at) == "12.0   ");
        desk.set(strip + "trim", -60.0f);
        CHECK(device.motors.at(n) == kUnity);
        desk.play(MackieControl::touch(n, false));
        CHECK(device.motors.at(n) == 0);
        desk.play(MackieControl::fader(n, 8192)); // 14 bits, not 7
        CHECK(desk.value(strip + "trim") == Approx(-23.998).margin(0.002));

        const std::pair<int, const char *> buttons[] = {
            {kSolo, "solo"}, {kMute, "mute"}, {kSelect, "rider/on"}};
        for (const auto &[first, parameter] : buttons) {
            CHECK_FALSE(device.lights.at(first + n));
            desk.play(MackieControl::press(first + n));
            CHECK(desk.value(strip + parameter) == 1.0f);
            CHECK(device.lights.at(first + n));
            desk.set(strip + parameter, 0.0f);
            CHECK_FALSE(device.lights.at(first + n));
        }

        // -20 of -60..0 dB: the eighth of eleven lights, from the left.
        CHECK(device.rings.at(n) == 0x20 + 8);
        desk.play(MackieControl::turn(n, -2));
        CHECK(desk.value(strip + "rider/target") == Approx(-22.0f));
        desk.play(MackieControl::turn(n, 60));
        CHECK(desk.value(strip + "rider/target") == 0.0f);
        CHECK(device.rings.at(n) == 0x20 + 11);
        desk.play(MackieControl::press(kPush + n));
        CHECK(desk.value(strip + "rider/target") == -20.0f);
    }

    desk.play(MackieControl::press(kBankRight));
    CHECK(device.name(0) == "ninth  ");
    CHECK(device.name(1) == "       ");
    CHECK(device.below(1) == "       ");
    CHECK(device.motors.at(0) == kUnity);
    CHECK(device.motors.at(1) == 0);
    desk.play(MackieControl::press(kMute));
    CHECK(desk.value("strip/ninth/mute") == 1.0f);
    CHECK(desk.value("strip/mpv/mute") == 0.0f);
    desk.play(MackieControl::press(kBankLeft));
    CHECK(device.name(0) == "mpv    ");
    CHECK_FALSE(device.lights.at(kMute));
}

TEST_CASE("Mackie Control: meters of every strip, again and again while there is sound") {
    MackieControl device;
    Desk desk("mackie-control", device);
    desk.open(nine);
    for (int n = 0; n < 8; ++n)
        CHECK(device.meters.at(n) == 0);
    desk.level = 1.0f;
    desk.settle();
    for (int n = 0; n < 8; ++n)
        CHECK(device.meters.at(n) == 12);
    // A constant sound too: the lights of the device fall back by themselves.
    device.meter_messages.clear();
    desk.settle();
    CHECK(device.meter_messages.at(3) >= 3);
    CHECK(device.meter_messages.at(3) <= 5);
    desk.set("strip/gimp/mute", 1.0f);
    desk.level = 0.0f;
    desk.settle();
    desk.settle();
    CHECK(device.meters.at(3) == 0);
    device.meter_messages.clear();
    desk.settle();
    CHECK(device.meter_messages.empty());
}

TEST_CASE("Mackie Control: master fader, profiles and bypass") {
    MackieControl device;
    Desk desk("mackie-control", device);
    CHECK(device.motors.at(8) == 15564); // -1 of -20..0 dB
    desk.play(MackieControl::fader(8, 0));
    CHECK(desk.value("bus/main/limiter/ceiling") == -20.0f);
    desk.play(MackieControl::press(kF8));
    CHECK(desk.value("bypass") == 1.0f);
    CHECK(device.lights.at(kF8));
    desk.play(MackieControl::press(kF2));
    CHECK(desk.profile() == "night");
    CHECK(device.lights.at(kF2));
    CHECK_FALSE(device.lights.at(kF1));
    desk.play(MackieControl::press(kF1));
    CHECK(desk.profile() == "default");
    CHECK(device.lights.at(kF1));
}

TEST_CASE("every shipped map loads by its name") {
    for (const char *name : {"korg-nanokontrol2", "behringer-x-touch-mini", "behringer-x-touch-one",
                             "behringer-x-touch-compact", "behringer-bcf2000", "akai-midimix",
                             "akai-lpd8", "mackie-control"}) {
        const auto map = find_midi_map(name);
        INFO((map ? "" : map.error().text()));
        REQUIRE(map);
        CHECK_FALSE(map->description.empty());
    }
    CHECK(midi_map_names().size() == 8);
}
