// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/monitor_view.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

using namespace headroom;
using namespace headroom::app;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct Watch {
    MonitorModel model;
    MonitorLook look{.server = "127.0.0.1:9140", .utf8 = false};
    MonitorModel::TimePoint now{seconds(1000)};

    void take(const std::string &address, std::vector<osc::Argument> arguments) {
        model.take({address, std::move(arguments)}, now);
    }
    void pass(milliseconds time) {
        for (; time > milliseconds(0); time -= milliseconds(100)) {
            now += milliseconds(100);
            model.pass(now);
        }
    }
    std::vector<std::string> lines(int columns = 80, int rows = 24) const {
        std::vector<std::string> out;
        for (const Row &row : monitor_screen(model, look, now, columns, rows)) {
            std::string &line = out.emplace_back();
            for (const Span &span : row)
                line += span.text;
        }
        return out;
    }
    std::string screen(int columns = 80, int rows = 24) const {
        std::string out;
        for (const std::string &line : lines(columns, rows))
            out += line + "\n";
        return out;
    }
    bool shows(const std::string &text) const {
        INFO(screen());
        return screen().find(text) != std::string::npos;
    }

    /// A program that plays.
    void play() {
        model.pass(now);
        for (const char *bus : {"main", "voice"}) {
            const std::string meter = std::string("/headroom/meter/bus/") + bus;
            take(meter + "/input/true_peak", {2.5f});
            take(meter + "/output/true_peak", {-1.0f});
            take(meter + "/output/momentary", {-30.0f});
            take(meter + "/agc/gain", {-10.0f});
            take(meter + "/limiter/gain_reduction", {-4.0f});
            take(std::string("/headroom/bus/") + bus + "/agc/target", {-18.0f});
        }
        for (const auto &[name, value] : std::vector<std::pair<std::string, osc::Argument>>{
                 {"version", std::string("0.1.0")},
                 {"profile", std::string("night")},
                 {"server", std::string("JACK2")},
                 {"sample_rate", std::int32_t{48000}},
                 {"period", std::int32_t{480}},
                 {"callback_us_mean", 100.0f},
                 {"xruns", std::int32_t{3}}})
            take("/headroom/status/" + name, {value});
        for (const char *name : {"mpv", "Web Browser"})
            take("/headroom/route/" + std::string(name),
                 {std::string("main"), std::string("everything else"), std::string(name),
                  std::string()});
        take("/headroom/route/end", {std::int32_t{2}});
    }
};

} // namespace

TEST_CASE("the screen shows the running program") {
    Watch watch;
    CHECK(watch.shows("waiting for 127.0.0.1:9140"));
    watch.play();
    CHECK(watch.shows("headroom 0.1.0  profile night  JACK2  48000 Hz  480 frames"));
    CHECK(watch.shows("main  target -18.0 LUFS  ceiling -1.0 dBTP"));
    CHECK(watch.shows(" in   peak   2.5 ["));
    CHECK(watch.shows("out -30.0 [#########################          |"));
    CHECK(watch.shows(" agc         -10.0 dB [##############               ]"));
    CHECK(watch.shows("load 1.0 %  xruns 3"));
    CHECK(watch.shows("> mpv                   main"));
    CHECK(watch.shows("  Web Browser           main"));
    CHECK(watch.lines().size() == 24);
}

TEST_CASE("every size of terminal gets exactly what fits into it") {
    Watch watch;
    watch.play();
    watch.look.learning.open(watch.model, 0, 0);
    for (const bool utf8 : {false, true})
        for (const auto page : {MonitorLook::Page::meters, MonitorLook::Page::help,
                                MonitorLook::Page::profiles, MonitorLook::Page::learning})
            for (const int columns : {10, 40, 80, 100, 200})
                for (const int rows : {10, 24, 60}) {
                    CAPTURE(columns, rows, utf8);
                    watch.look.utf8 = utf8;
                    watch.look.page = page;
                    const auto lines = watch.lines(columns, rows);
                    CHECK(lines.size() == static_cast<std::size_t>(rows));
                    for (const std::string &line : lines)
                        CHECK(std::count_if(line.begin(), line.end(), [](char c) {
                                  return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
                              }) <= columns);
                }
    CHECK(watch.shows("bind a control to: _"));
    watch.look.learning.start();
    CHECK(watch.shows("move a control for route/mpv/main (Esc ends)"));
    watch.look = {.server = "x", .utf8 = true};
    CHECK(watch.screen(80, 60).find("voice  target") != std::string::npos);
    CHECK(watch.screen(80, 18).find("voice  target") == std::string::npos);
    watch.look.bus = 1; // tab
    CHECK(watch.screen(80, 18).find("voice  target") != std::string::npos);
}

TEST_CASE("without UTF-8 nothing but ASCII is drawn, whatever the names are") {
    Watch watch;
    watch.play();
    watch.take("/headroom/notice", {std::string("B\xc3\xbcro\x1b[2J")});
    for (const std::string &line : watch.lines())
        for (const char c : line)
            CHECK((c >= ' ' && c <= '~'));
    watch.look.utf8 = true;
    CHECK(watch.screen().find("█") != std::string::npos);
}

TEST_CASE("true peaks are held and then fall") {
    Watch watch;
    watch.play();
    watch.take("/headroom/meter/bus/main/input/true_peak", {-30.0f});
    watch.pass(milliseconds(1900));
    CHECK(watch.shows("hold   2.5 dBTP"));
    watch.pass(milliseconds(1200));
    CHECK(watch.model.buses()[0].input_hold_dbtp < -15.0f);
    watch.pass(milliseconds(3000));
    CHECK(watch.model.buses()[0].input_hold_dbtp == -30.0f);
}

TEST_CASE("the strongest gain of every second moves through the history") {
    Watch watch;
    watch.play();
    const auto &history =
        watch.model.buses()[0].history.at(meter_id("limiter/gain_reduction").index);
    REQUIRE(history.size() == 30);
    CHECK(history.back() == -4.0f);
    watch.take("/headroom/meter/bus/main/limiter/gain_reduction", {-9.0f});
    watch.take("/headroom/meter/bus/main/limiter/gain_reduction", {0.0f});
    CHECK(history.back() == -9.0f);
    watch.pass(seconds(3));
    CHECK(history[26] == -9.0f);
    watch.pass(seconds(30));
    CHECK(history.front() == 0.0f);
}

TEST_CASE("old figures are called old, and a restart is noticed") {
    Watch watch;
    watch.play();
    watch.take("/headroom/alive", {std::int32_t{2'000'000'001}});
    CHECK(watch.shows("live"));
    CHECK_FALSE(watch.model.take_restart());
    watch.pass(seconds(5));
    CHECK(watch.shows("STALE for 5 s"));
    watch.take("/headroom/alive", {std::int32_t{2'000'000'002}});
    CHECK(watch.shows("live"));
    CHECK(watch.model.take_restart());
    CHECK_FALSE(watch.model.take_restart());
}

TEST_CASE("bypass, notices and errors are in sight, and notices go after a while") {
    Watch watch;
    watch.play();
    watch.take("/headroom/bypass", {std::int32_t{1}});
    CHECK(watch.shows("BYPASS"));
    watch.take("/headroom/bus/main/bypass", {std::int32_t{1}});
    CHECK(watch.shows("BYPASSED"));
    watch.take("/headroom/bus/main/bypass/matched", {std::int32_t{1}});
    CHECK(watch.shows("MATCHED"));
    watch.take("/headroom/notice", {std::string("mine.yaml:3:5: no")});
    CHECK(watch.shows("mine.yaml:3:5: no"));
    watch.take("/headroom/error",
               {std::string("/headroom/x"), std::int32_t{2}, std::string("no such address")});
    CHECK(watch.shows("/headroom/x: no such address"));
    watch.pass(seconds(16));
    CHECK_FALSE(watch.shows("no such address"));
}

TEST_CASE("any message leaves the screen whole") {
    Watch watch;
    watch.play();
    const std::vector<osc::Argument> odd{std::string("\xff\n"), std::nanf(""), std::int32_t{-1},
                                         1e30f};
    for (const char *address :
         {"/headroom/meter/bus/main/input/true_peak", "/headroom/meter/bus//x", "/headroom/bus/",
          "/headroom/status/period", "/headroom/route/x", "/headroom/route/end", "/headroom/alive",
          "/headroom/strip/mpv/level", "/headroom/profile/list", "/x", "", "/headroom/"})
        for (const osc::Argument &argument : odd) {
            watch.take(address, {argument});
            watch.take(address, {});
            watch.pass(milliseconds(100));
            CHECK(watch.lines().size() == 24);
            CHECK(watch.model.json(watch.now)
                      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                      .size() > 10);
        }
}
