// SPDX-License-Identifier: GPL-3.0-or-later
// Controllers without motors.
#include "tests/unit/controllers/desk.hpp"

using namespace headroom;
using namespace headroom::test;

namespace {

/// In CC mode, with LED Mode: External.
struct NanoKontrol2 : Device {
    static Message slider(int n, int value) { return bytes({0xb0, n, value}); }
    static Message knob(int n, int value) { return bytes({0xb0, 16 + n, value}); }
    static std::vector<Message> press(int number) {
        return {bytes({0xb0, number, 127}), bytes({0xb0, number, 0})};
    }
    static constexpr int kSolo = 32, kMute = 48, kRecord = 64;
    static constexpr int kPlay = 41, kStop = 42, kRecordAll = 45, kCycle = 46;
    static constexpr int kTrackPrevious = 58, kTrackNext = 59;

    void hear(const Message &message) override {
        const bool is_light =
            message.size() == 3 && message[0] == 0xb0 &&
            ((message[1] >= 32 && message[1] <= 39) || (message[1] >= 41 && message[1] <= 46) ||
             (message[1] >= 48 && message[1] <= 55) || (message[1] >= 64 && message[1] <= 71)) &&
            (message[2] == 0 || message[2] == 127);
        if (!is_light)
            refuse(message);
        lights[message[1]] = message[2] == 127;
    }
    std::map<int, bool> lights;
};

struct XTouchMini : Device {
    static Message encoder(int n, int value) { return bytes({0xba, 1 + n, value}); }
    static Message fader(int value) { return bytes({0xba, 9, value}); }
    static std::vector<Message> press(int note) {
        return {bytes({0x9a, note, 127}), bytes({0x8a, note, 0})};
    }
    static constexpr int kPush = 0, kUpper = 8, kLower = 16;

    void hear(const Message &m) override {
        if (m.size() == 3 && m[0] == 0xba && m[1] == 127 && m[2] <= 1)
            is_mackie = m[2] == 1;
        else if (m.size() == 2 && m[0] == 0xca && m[1] <= 1)
            layer = m[1];
        else if (m.size() == 3 && m[0] == 0xba && m[1] >= 1 && m[1] <= 8 && m[2] <= 4)
            styles[m[1] - 1] = m[2];
        else if (m.size() == 3 && m[0] == 0xba && m[1] >= 9 && m[1] <= 16 && m[2] <= 28)
            rings[m[1] - 9] = m[2];
        else if (m.size() == 3 && m[0] == 0x9a && m[1] <= 15 && m[2] <= 2)
            lights[m[1]] = m[2];
        else
            refuse(m);
    }
    bool is_mackie = true;
    int layer = 1;
    std::map<int, int> styles, rings, lights;
};

struct MidiMix : Device {
    static constexpr std::array kFaders{19, 23, 27, 31, 49, 53, 57, 61};
    static constexpr std::array kFirstKnobs{16, 20, 24, 28, 46, 50, 54, 58};
    static Message fader(std::size_t n, int value) { return bytes({0xb0, kFaders[n], value}); }
    static Message knob(int row, std::size_t column, int value) {
        return bytes({0xb0, kFirstKnobs[column] + row, value});
    }
    static std::vector<Message> press(int note) {
        return {bytes({0x90, note, 127}), bytes({0x80, note, 127})};
    }
    static int mute(int n) { return 1 + 3 * n; }
    static int solo(int n) { return 2 + 3 * n; }
    static int record(int n) { return 3 + 3 * n; }

    void hear(const Message &m) override {
        if (m.size() != 3 || m[0] != 0x90 || m[1] < 1 || m[1] > 27 || (m[2] != 0 && m[2] != 127))
            refuse(m);
        lights[m[1]] = m[2] == 127;
    }
    std::map<int, bool> lights;
};

struct Lpd8 : Device {
    static Message knob(int n, int value) { return bytes({0xb0, 1 + n, value}); }
    static std::vector<Message> hit(int n) {
        return {bytes({0x90, 36 + n, 90}), bytes({0x80, 36 + n, 127})};
    }
    void hear(const Message &m) override {
        if (m.size() != 3 || m[0] != 0x90 || m[1] < 36 || m[1] > 43 || (m[2] != 0 && m[2] != 127))
            refuse(m);
        lights[m[1] - 36] = m[2] == 127;
    }
    std::map<int, bool> lights;
};

} // namespace

TEST_CASE("Korg nanoKONTROL2: sliders, knobs, three rows of buttons, transport and banks") {
    NanoKontrol2 device;
    Desk desk("korg-nanokontrol2", device);
    desk.open(nine);
    // From below up to the value, which it takes over there.
    desk.play(NanoKontrol2::slider(2, 10));
    CHECK(desk.value("strip/vlc/trim") == 0.0f);
    desk.play({NanoKontrol2::slider(2, 106), NanoKontrol2::slider(2, 127)});
    CHECK(desk.value("strip/vlc/trim") == 12.0f);
    desk.play({NanoKontrol2::knob(7, 84), NanoKontrol2::knob(7, 86), NanoKontrol2::knob(7, 0)});
    CHECK(desk.value("strip/quod/rider/target") == -60.0f);

    const std::pair<int, const char *> rows[] = {{NanoKontrol2::kSolo, "strip/mpv/solo"},
                                                 {NanoKontrol2::kMute, "strip/mpv/mute"},
                                                 {NanoKontrol2::kRecord, "strip/mpv/rider/on"}};
    for (const auto &[button, parameter] : rows) {
        CAPTURE(parameter);
        CHECK_FALSE(device.lights.at(button));
        desk.play(NanoKontrol2::press(button));
        CHECK(desk.value(parameter) == 1.0f);
        CHECK(device.lights.at(button));
        desk.set(parameter, 0.0f);
        CHECK_FALSE(device.lights.at(button));
    }
    desk.play(NanoKontrol2::press(NanoKontrol2::kCycle));
    CHECK(desk.value("bypass") == 1.0f);
    CHECK(device.lights.at(NanoKontrol2::kCycle));

    desk.play(NanoKontrol2::press(NanoKontrol2::kTrackNext));
    desk.play(NanoKontrol2::press(NanoKontrol2::kMute));
    CHECK(desk.value("strip/ninth/mute") == 1.0f);
    CHECK(desk.value("strip/mpv/mute") == 0.0f);
    desk.play(NanoKontrol2::press(NanoKontrol2::kTrackPrevious));
    CHECK_FALSE(device.lights.at(NanoKontrol2::kMute));

    desk.play(NanoKontrol2::press(NanoKontrol2::kRecordAll));
    CHECK(desk.profile() == "night");
    CHECK(device.lights.at(NanoKontrol2::kRecordAll)); // the map is still there
    CHECK_FALSE(device.lights.at(NanoKontrol2::kPlay));
    desk.play(NanoKontrol2::press(NanoKontrol2::kPlay));
    CHECK(desk.profile() == "default");
    desk.play(NanoKontrol2::press(NanoKontrol2::kStop));
    CHECK(desk.profile() == "transparent");
}

TEST_CASE("Behringer X-Touch Mini: layer, rings, pushes, two rows and the fader") {
    XTouchMini device;
    Desk desk("behringer-x-touch-mini", device);
    desk.open(nine);
    CHECK_FALSE(device.is_mackie);
    CHECK(device.layer == 0);
    CHECK(device.styles.size() == 8);
    CHECK(device.styles.at(7) == 2);
    CHECK(device.rings.at(0) == 11); // 0 of -60..12 dB
    desk.set("strip/mpv/trim", -60.0f);
    CHECK(device.rings.at(0) == 1);
    desk.play({XTouchMini::encoder(0, 0), XTouchMini::encoder(0, 1), XTouchMini::encoder(0, 127)});
    CHECK(desk.value("strip/mpv/trim") == 12.0f);
    CHECK(device.rings.at(0) == 13);
    desk.play(XTouchMini::press(XTouchMini::kPush));
    CHECK(desk.value("strip/mpv/trim") == 0.0f);

    desk.play(XTouchMini::press(XTouchMini::kUpper + 7));
    CHECK(desk.value("strip/quod/mute") == 1.0f);
    CHECK(device.lights.at(7) == 1);
    desk.play(XTouchMini::press(XTouchMini::kLower + 5));
    CHECK(desk.value("strip/mumble/solo") == 1.0f);
    CHECK(device.lights.at(13) == 1);
    desk.play(XTouchMini::press(XTouchMini::kLower + 7));
    desk.play(XTouchMini::press(XTouchMini::kUpper));
    CHECK(desk.value("strip/ninth/mute") == 1.0f);
    desk.play(XTouchMini::press(XTouchMini::kLower + 6));
    CHECK(device.lights.at(0) == 0);

    desk.play({XTouchMini::fader(127), XTouchMini::fader(0)});
    CHECK(desk.value("bus/main/limiter/ceiling") == -20.0f);
}

TEST_CASE("Akai MIDImix: every fader, knob and button") {
    MidiMix device;
    Desk desk("akai-midimix", device);
    desk.open(nine);
    const char *const knobs[] = {"rider/target", "rider/max_cut", "pan"};
    for (std::size_t n = 0; n < 8; ++n) {
        const std::string strip = "strip/" + nine[n] + "/";
        CAPTURE(strip);
        desk.play({MidiMix::fader(n, 127), MidiMix::fader(n, 0)});
        CHECK(desk.value(strip + "trim") == -60.0f);
        for (int row = 0; row < 3; ++row) {
            desk.play({MidiMix::knob(row, n, 0), MidiMix::knob(row, n, 127)});
            CHECK(desk.value(strip + knobs[row]) ==
                  parameter(*find_parameter(Scope::strip, knobs[row])).maximum);
        }
        const auto number = static_cast<int>(n);
        const std::pair<int, const char *> buttons[] = {{MidiMix::mute(number), "mute"},
                                                        {MidiMix::solo(number), "solo"},
                                                        {MidiMix::record(number), "rider/on"}};
        for (const auto &[note, parameter] : buttons) {
            CAPTURE(parameter);
            CHECK_FALSE(device.lights.at(note));
            desk.play(MidiMix::press(note));
            CHECK(desk.value(strip + parameter) == 1.0f);
            CHECK(device.lights.at(note));
        }
    }
    desk.play({bytes({0xb0, 62, 127}), bytes({0xb0, 62, 0})});
    CHECK(desk.value("bus/main/limiter/ceiling") == -20.0f);
    desk.play(MidiMix::press(26));
    CHECK_FALSE(device.lights.at(MidiMix::mute(0)));
    desk.play(MidiMix::press(25));
    CHECK(device.lights.at(MidiMix::mute(0)));
}

TEST_CASE("AKAI LPD8: knobs and pads of eight applications") {
    Lpd8 device;
    Desk desk("akai-lpd8", device);
    desk.open(nine);
    for (int n = 0; n < 8; ++n) {
        const std::string strip = "strip/" + nine[static_cast<std::size_t>(n)] + "/";
        desk.play({Lpd8::knob(n, 127), Lpd8::knob(n, 0)});
        CHECK(desk.value(strip + "trim") == -60.0f);
        desk.play(Lpd8::hit(n));
        CHECK(desk.value(strip + "mute") == 1.0f);
        CHECK(device.lights.at(n));
    }
}
