// SPDX-License-Identifier: GPL-3.0-or-later
// Controllers with motor faders.
#include "tests/unit/controllers/desk.hpp"

using namespace headroom;
using namespace headroom::test;

namespace {

/// In its mode "MidiRel".
struct XTouchOne : Device {
    static Message fader(int value) { return bytes({0xb0, 70, value}); }
    static Message touch(bool is_held) { return bytes({0x90, 110, is_held ? 127 : 0}); }
    static Message encoder(bool up) { return bytes({0xb0, 80, up ? 65 : 1}); }
    static Message wheel(bool up) { return bytes({0xb0, 88, up ? 65 : 1}); }
    static std::vector<Message> press(int note) {
        return {bytes({0x90, note, 127}), bytes({0x90, note, 0})};
    }
    void hear(const Message &m) override {
        const bool is_text = m.size() == 23 && m[0] == 0xf0 && m[1] == 0x00 && m[2] == 0x20 &&
                             m[3] == 0x32 && m[4] == 0x41 && m[5] == 0x4c && m[6] == 0x00 &&
                             m.back() == 0xf7;
        if (is_text) {
            upper.assign(m.begin() + 8, m.begin() + 15);
            lower.assign(m.begin() + 15, m.begin() + 22);
        } else if (m.size() == 3 && m[0] == 0xb0 && (m[1] == 70 || m[1] == 80 || m[1] == 90)) {
            shown[m[1]] = m[2];
        } else if (m.size() == 3 && m[0] == 0x90 && m[1] <= 34) {
            lights[m[1]] = m[2];
        } else {
            refuse(m);
        }
    }
    std::string upper, lower;
    std::map<int, int> shown, lights;
};

struct XTouchCompact : Device {
    static Message fader(int n, int value) { return bytes({0xb0, 1 + n, value}); }
    static Message touch(int n, bool is_held) { return bytes({0xb0, 101 + n, is_held ? 127 : 0}); }
    static Message encoder(int n, int value) { return bytes({0xb0, 10 + n, value}); }
    static std::vector<Message> press(int note) {
        return {bytes({0x90, note, 127}), bytes({0x80, note, 0})};
    }
    void hear(const Message &m) override {
        const bool is_control = m.size() == 3 && m[0] == 0xb0;
        if (is_control && m[1] == 127 && m[2] <= 1)
            is_mackie = m[2] == 1;
        else if (m.size() == 2 && m[0] == 0xc0 && m[1] <= 1)
            layer = m[1];
        else if (is_control && m[1] >= 1 && m[1] <= 9)
            motors[m[1] - 1] = m[2];
        else if (is_control && m[1] >= 10 && m[1] <= 25 && m[2] <= 4)
            styles[m[1] - 10] = m[2];
        else if (is_control && m[1] >= 26 && m[1] <= 41 && m[2] <= 28)
            rings[m[1] - 26] = m[2];
        else if (m.size() == 3 && m[0] == 0x90 && m[1] <= 38 && m[2] <= 2)
            lights[m[1]] = m[2];
        else
            refuse(m);
    }
    bool is_mackie = true;
    int layer = 1;
    std::map<int, int> motors, styles, rings, lights;
};

/// Its buttons toggle by themselves, from what they show.
struct Bcf2000 : Device {
    static Message fader(int n, int value) { return bytes({0xb0, 81 + n, value}); }
    static Message encoder(int n, int value) { return bytes({0xb0, 1 + n, value}); }
    Message press(int number) {
        shown[number] = shown[number] == 127 ? 0 : 127;
        return bytes({0xb0, number, shown[number]});
    }
    void hear(const Message &m) override {
        const bool is_known =
            m.size() == 3 && m[0] == 0xb0 &&
            ((m[1] >= 1 && m[1] <= 8) || (m[1] >= 33 && m[1] <= 40) || (m[1] >= 65 && m[1] <= 92));
        if (!is_known)
            refuse(m);
        shown[m[1]] = m[2];
    }
    std::map<int, int> shown;
};

} // namespace

TEST_CASE("Behringer X-Touch One: fader, encoder, wheel, meter and display") {
    XTouchOne device;
    Desk desk("behringer-x-touch-one", device);
    CHECK(device.upper == "       ");
    desk.open({"mpv", "web browser"});
    CHECK(device.upper == "mpv    ");
    CHECK(device.lower == "0.0 dB ");
    CHECK(device.shown.at(70) == 106);

    desk.cycle({XTouchOne::touch(true), XTouchOne::fader(0)});
    CHECK(desk.value("strip/mpv/trim") == -60.0f);
    desk.settle();
    desk.set("strip/mpv/trim", 12.0f);
    CHECK(device.shown.at(70) == 106); // it is held
    desk.play(XTouchOne::touch(false));
    CHECK(device.shown.at(70) == 127);
    CHECK(device.lower == "12.0 dB");
    desk.set("strip/mpv/trim", -23.5f);
    CHECK(device.lower == "-23.5  ");

    const float ceiling = desk.value("bus/main/limiter/ceiling");
    desk.play(XTouchOne::encoder(false));
    CHECK(desk.value("bus/main/limiter/ceiling") == Approx(ceiling - 0.5f));
    desk.play({XTouchOne::encoder(true), XTouchOne::encoder(true)});
    CHECK(desk.value("bus/main/limiter/ceiling") == Approx(ceiling + 0.5f));
    desk.set("bus/main/limiter/ceiling", -20.0f);
    CHECK(device.shown.at(80) == 0);
    desk.set("bus/main/limiter/ceiling", 0.0f);
    CHECK(device.shown.at(80) == 127);
    const float target = desk.value("bus/main/agc/target");
    desk.play(XTouchOne::wheel(true));
    CHECK(desk.value("bus/main/agc/target") == Approx(target + 0.5f));

    desk.play(XTouchOne::press(3));
    CHECK(desk.value("strip/mpv/mute") == 1.0f);
    CHECK(device.lights.at(3) == 127);
    desk.play(XTouchOne::press(6));
    CHECK(device.upper == "web bro");
    CHECK(device.lights.at(3) == 0);

    CHECK(device.shown.at(90) == 0);
    desk.level = 1.0f;
    desk.settle();
    CHECK(device.shown.at(90) > 100);
}

TEST_CASE("Behringer X-Touch Compact: motors, rings, four rows and the right side") {
    XTouchCompact device;
    Desk desk("behringer-x-touch-compact", device);
    CHECK_FALSE(device.is_mackie);
    CHECK(device.layer == 0);
    CHECK(device.styles.size() == 8);
    desk.open(nine);
    for (int n = 0; n < 8; ++n) {
        const std::string strip = "strip/" + nine[static_cast<std::size_t>(n)] + "/";
        CAPTURE(strip);
        CHECK(device.motors.at(n) == 106);
        desk.cycle({XTouchCompact::touch(n, true), XTouchCompact::fader(n, 127)});
        CHECK(desk.value(strip + "trim") == 12.0f);
        desk.set(strip + "trim", -60.0f);
        CHECK(device.motors.at(n) == 106);
        desk.play(XTouchCompact::touch(n, false));
        CHECK(device.motors.at(n) == 0);
        desk.play(XTouchCompact::press(40 + n));
        CHECK(desk.value(strip + "trim") == 0.0f);

        desk.play({XTouchCompact::encoder(n, 0), XTouchCompact::encoder(n, 127)});
        CHECK(desk.value(strip + "rider/target") == 0.0f);
        CHECK(device.rings.at(n) == 13);
        desk.play(XTouchCompact::press(n));
        CHECK(desk.value(strip + "rider/target") == -20.0f);
        desk.play({XTouchCompact::encoder(8 + n, 127), XTouchCompact::encoder(8 + n, 0)});
        CHECK(desk.value(strip + "pan") == -100.0f);
        CHECK(device.rings.at(8 + n) == 1);
        desk.play(XTouchCompact::press(8 + n));
        CHECK(device.rings.at(8 + n) == 7);

        const std::pair<int, const char *> rows[] = {{0, "rider/on"}, {8, "solo"}, {16, "mute"}};
        for (const auto &[light, parameter] : rows) {
            desk.play(XTouchCompact::press(16 + light + n));
            CHECK(desk.value(strip + parameter) == 1.0f);
            CHECK(device.lights.at(light + n) == 1);
        }
    }
    desk.play(XTouchCompact::fader(8, 0));
    CHECK(desk.value("bus/main/limiter/ceiling") == -20.0f);
    desk.play(XTouchCompact::press(48));
    CHECK(desk.value("bypass") == 1.0f);
    CHECK(device.lights.at(32) == 1);
    desk.play(XTouchCompact::press(50));
    CHECK(device.lights.at(16) == 0);
    CHECK(device.motors.at(0) == 106);
    desk.play(XTouchCompact::press(49));
    CHECK(device.lights.at(16) == 1);
}

TEST_CASE("Behringer BCF2000: motors, encoders, and buttons that toggle by themselves") {
    Bcf2000 device;
    Desk desk("behringer-bcf2000", device);
    desk.open(nine);
    for (int n = 0; n < 8; ++n) {
        const std::string strip = "strip/" + nine[static_cast<std::size_t>(n)] + "/";
        CAPTURE(strip);
        CHECK(device.shown.at(81 + n) == 106);
        desk.play(Bcf2000::fader(n, 0));
        CHECK(desk.value(strip + "trim") == -60.0f);
        desk.set(strip + "trim", 12.0f);
        CHECK(device.shown.at(81 + n) == 127);
        desk.play(Bcf2000::encoder(n, 127));
        CHECK(desk.value(strip + "rider/target") == 0.0f);
        desk.set(strip + "rider/target", -60.0f);
        CHECK(device.shown.at(1 + n) == 0);
        const std::pair<int, const char *> rows[] = {{33, "rider/on"}, {65, "mute"}, {73, "solo"}};
        for (const auto &[first, parameter] : rows) {
            desk.play(device.press(first + n));
            CHECK(desk.value(strip + parameter) == 1.0f);
            desk.set(strip + parameter, 0.0f);
            CHECK(device.shown.at(first + n) == 0);
            desk.play(device.press(first + n)); // and so the next press switches on again
            CHECK(desk.value(strip + parameter) == 1.0f);
        }
    }
    desk.play(device.press(92));
    CHECK(desk.value("bypass") == 1.0f);
    desk.play(bytes({0xb0, 90, 127}));
    CHECK(device.shown.at(65) == 0);
    desk.play(bytes({0xb0, 89, 127}));
    CHECK(device.shown.at(65) == 127);
}
