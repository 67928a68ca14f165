// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/monitor_learning.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>

using namespace headroom;
using namespace headroom::app;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct Room {
    MonitorModel model;
    MonitorLearning learning;
    MonitorModel::TimePoint now{seconds(1000)};

    Room() {
        for (const char *bus : {"main", "voice"})
            take(std::string("/headroom/bus/") + bus + "/bypass", {0.0f});
        take("/headroom/strip/mpv/trim", {0.0f});
        for (const char *name : {"mpv", "firefox"})
            take(std::string("/headroom/route/") + name,
                 {std::string("main"), std::string("rule"), std::string(name), std::string()});
        take("/headroom/route/end", {std::int32_t{2}});
    }
    void take(const std::string &address, std::vector<osc::Argument> arguments) {
        model.take({address, std::move(arguments)}, now);
    }
    void type(std::string_view text) {
        for (const char c : text)
            learning.type(c);
    }
    bool offers(const std::string &address) const {
        const auto &found = learning.found();
        return std::any_of(found.begin(), found.end(),
                           [&](const auto &line) { return line.address == address; });
    }
    /// What the person is told after the program's answer.
    std::optional<std::string> answer(const std::string &address, const std::string &learned = {}) {
        take("/headroom/midi/learn", {address, learned});
        return learning.take(*model.take_learn_answer());
    }
};

} // namespace

TEST_CASE("what belongs to the application and the bus in sight is offered first") {
    Room room;
    room.learning.open(room.model, 0, 1);
    const auto &found = room.learning.found();
    REQUIRE(found.size() > 20);
    CHECK(found[0].address == "strip/mpv/trim");
    CHECK(found[0].meaning == "Gain of the application.");
    const auto first_of_bus = std::find_if(found.begin(), found.end(), [](const auto &line) {
        return line.address.starts_with("bus/");
    });
    CHECK(first_of_bus->address.starts_with("bus/voice/"));
    for (const char *address : {"route/mpv/main", "route/mpv/voice", "route/mpv/bypass",
                                "bus/main/limiter/ceiling", "bypass", "bank/next"})
        CHECK(room.offers(address));

    // An application without a strip has a route alone.
    room.learning.open(room.model, 1, 0);
    CHECK(room.learning.found()[0].address == "route/firefox/main");
}

TEST_CASE("typing narrows the list, and a choice stays in it") {
    Room room;
    room.learning.open(room.model, 0, 0);
    room.type("main ceil");
    REQUIRE(room.learning.found().size() == 1);
    CHECK(room.learning.found()[0].address == "bus/main/limiter/ceiling");
    room.learning.choose(1);
    room.learning.choose(-1);
    CHECK(room.learning.chosen() == 0);
    for (int i = 0; i < 20; ++i)
        room.learning.erase();
    CHECK(room.learning.found()[0].address == "strip/mpv/trim");
    for (int i = 0; i < 1000; ++i)
        room.learning.choose(1);
    CHECK(room.learning.chosen() == room.learning.found().size() - 1);
    room.learning.start();
    CHECK(room.learning.wanted() == "bank/previous");
}

TEST_CASE("a wait is asked for until it is known, looked after, and told in the end") {
    Room room;
    room.learning.open(room.model, 0, 0);
    CHECK_FALSE(room.learning.ask(room.now));
    room.learning.start();
    const auto asked = room.learning.ask(room.now);
    REQUIRE(asked);
    CHECK(asked->address == "/headroom/midi/learn");
    REQUIRE(asked->arguments.size() == 1);
    CHECK(std::get<std::string>(asked->arguments[0]) == "strip/mpv/trim");
    CHECK_FALSE(room.learning.ask(room.now + milliseconds(500)));
    // The packet was lost.
    CHECK(room.learning.ask(room.now + milliseconds(1000))->arguments.size() == 1);

    CHECK_FALSE(room.answer("", "{ control: cc 1, target: bypass }")); // to what was asked before
    CHECK_FALSE(room.answer("strip/mpv/trim"));
    CHECK(room.learning.ask(room.now)->arguments.empty());
    CHECK_FALSE(room.learning.ask(room.now));
    CHECK_FALSE(room.answer("strip/mpv/trim"));
    CHECK(room.answer("", "{ control: pitch_bend, channel: 2, target: strip/mpv/trim }") ==
          "strip/mpv/trim is bound to pitch_bend channel 2, absolute");
    CHECK_FALSE(room.learning.is_waiting());
    CHECK_FALSE(room.learning.ask(room.now + seconds(10)));
}

TEST_CASE("a wait that fails is told too") {
    Room room;
    room.learning.open(room.model, 0, 0);
    room.learning.start();
    CHECK_FALSE(room.answer("strip/mpv/trim"));
    CHECK(room.answer("") == "no control was moved for strip/mpv/trim");

    room.type("nothing like this");
    CHECK(room.learning.found().empty());
    room.learning.start();
    CHECK(room.learning.wanted() == "nothing like this");
    room.take("/headroom/error", {std::string("/headroom/midi/learn"), std::int32_t{2},
                                  std::string("there is no such parameter")});
    CHECK(room.learning.take(*room.model.take_learn_answer()) ==
          "nothing like this: there is no such parameter");
    CHECK_FALSE(room.learning.is_waiting());

    room.learning.start();
    CHECK(std::get<std::string>(room.learning.stop().arguments[0]) == "stop");
    CHECK_FALSE(room.learning.is_waiting());
    CHECK_FALSE(room.answer(""));
}
