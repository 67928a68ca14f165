// SPDX-License-Identifier: GPL-3.0-or-later
// Controls of a MIDI controller that are bound from the monitor, on a real server.
#include "tests/integration/monitor/monitor_stage.hpp"
#include "tests/support/midi_device.hpp"

using namespace headroom::test;

namespace {

struct LearnStage : MonitorStage {
    MidiDevice device{server.name(), "device"};

    LearnStage() {
        start_headroom();
        REQUIRE(device.connect_to_headroom());
        start_monitor();
        REQUIRE(terminal->shows("> player"));
        // Its strip is known: the trim stands in its row.
        REQUIRE(terminal->shows("   0.0"));
    }
    void type(const std::string &text) const {
        for (const char c : text)
            terminal->press(c == ' ' ? "Space" : std::string(1, c));
    }
    void send(const std::vector<MidiDevice::Message> &messages) {
        for (const MidiDevice::Message &message : messages)
            device.send(message);
    }
    /// The program waits for a control, and the screen says so.
    void wait_for(const std::string &address) const {
        REQUIRE(terminal->shows("move a control for " + address + " (Esc ends)"));
        REQUIRE(eventually([&] { return learning() == address; }));
    }
    /// The screen says what was bound, and shows the meters again.
    bool has_bound(const std::string &text) const {
        const bool shows = terminal->shows(text) && terminal->shows("> player");
        UNSCOPED_INFO(terminal->screen());
        return shows;
    }
    /// The address for which the program waits.
    std::string learning() const {
        const auto answer = headroom->osc().request({"/headroom/midi/learn", {}});
        return answer && !answer->arguments.empty() ? std::get<std::string>(answer->arguments[0])
                                                    : std::string();
    }
};

} // namespace

TEST_CASE("the monitor binds controls to the chosen application, the bus and any address") {
    LearnStage stage;
    Terminal &terminal = *stage.terminal;

    // The first that is offered is the trim of the chosen application.
    terminal.press("l");
    REQUIRE(terminal.shows("> strip/player/trim "));
    CHECK(terminal.shows("Gain of the application."));
    CHECK(terminal.shows("  strip/player/mute "));
    CHECK(terminal.shows("  strip/player/solo "));
    CHECK(terminal.shows("  strip/player/pan "));
    CHECK(terminal.shows("  route/player/bypass "));
    terminal.press("Enter");
    stage.wait_for("strip/player/trim");
    stage.send({{0xb3, 21, 60}, {0xb3, 21, 61}, {0xb3, 21, 63}});
    CHECK(stage.has_bound("strip/player/trim is bound to cc 21 channel 4, absolute"));
    stage.device.send({0xb3, 21, 127});
    stage.device.send({0xb3, 21, 0});
    CHECK(stage.becomes("strip/player/trim", -60.0));

    // Down to its mute, with a button.
    terminal.press("l");
    REQUIRE(terminal.shows("> strip/player/trim "));
    terminal.press("Down");
    REQUIRE(terminal.shows("> strip/player/mute "));
    terminal.press("Enter");
    stage.wait_for("strip/player/mute");
    stage.device.send({0x90, 5, 127});
    stage.device.send({0x90, 5, 0});
    CHECK(stage.has_bound("strip/player/mute is bound to note 5 channel 1, toggle"));
    stage.device.send({0x90, 5, 127});
    CHECK(stage.becomes("strip/player/mute", 1.0));

    // Found by words that it has in it.
    terminal.press("l");
    stage.type("main ceilx");
    CHECK(terminal.shows("no such address is listed"));
    terminal.press("BSpace");
    REQUIRE(terminal.shows("> bus/main/limiter/ceiling "));
    CHECK_FALSE(terminal.screen().find("\n  strip/player") < std::string::npos);
    terminal.press("Enter");
    stage.wait_for("bus/main/limiter/ceiling");
    stage.send({{0xb0, 16, 1}, {0xb0, 16, 1}, {0xb0, 16, 127}, {0xb0, 16, 1}});
    CHECK(stage.has_bound("bus/main/limiter/ceiling is bound to cc 16 channel 1, twos_complement"));

    // What is not listed is asked for as it is typed.
    terminal.press("l");
    stage.type("strip/1/rider/max_cut");
    REQUIRE(terminal.shows("no such address is listed"));
    terminal.press("Enter");
    stage.wait_for("strip/1/rider/max_cut");
    stage.send({{0xb0, 1, 10},
                {0xb0, 33, 70},
                {0xb0, 1, 11},
                {0xb0, 33, 77},
                {0xb0, 1, 11},
                {0xb0, 33, 90}});
    CHECK(stage.has_bound("strip/1/rider/max_cut is bound to cc14 1 channel 1, absolute"));
}

TEST_CASE("the monitor says why a control is not bound, and its wait can be ended") {
    LearnStage stage;
    Terminal &terminal = *stage.terminal;
    terminal.press("l");
    stage.type("bus/main/limiter/cieling");
    REQUIRE(terminal.shows("no such address is listed"));
    terminal.press("Enter");
    CHECK(terminal.shows("bus/main/limiter/cieling: there is no parameter \"limiter/cieling\""));
    CHECK(terminal.shows("> player"));

    terminal.press("l");
    REQUIRE(terminal.shows("> strip/player/trim "));
    terminal.press("Escape");
    REQUIRE(terminal.shows("> player"));

    terminal.press("l");
    terminal.press("Enter");
    stage.wait_for("strip/player/trim");
    terminal.press("Escape");
    CHECK(terminal.shows("> player"));
    CHECK(eventually([&] { return stage.learning().empty(); }));

    // Ended from elsewhere, as after a minute without a control.
    terminal.press("l");
    terminal.press("Enter");
    stage.wait_for("strip/player/trim");
    REQUIRE(stage.headroom->osc().request({"/headroom/midi/learn", {std::string("stop")}}));
    CHECK(terminal.shows("no control was moved for strip/player/trim"));
    CHECK(terminal.shows("> player"));

    // Somebody else wants another one.
    terminal.press("l");
    terminal.press("Enter");
    stage.wait_for("strip/player/trim");
    REQUIRE(stage.headroom->osc().request({"/headroom/midi/learn", {std::string("bypass")}}));
    CHECK(terminal.shows("strip/player/trim waits no longer: a control for bypass is wanted now"));
}
