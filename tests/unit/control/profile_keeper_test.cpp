// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/profile_keeper.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

#include <fstream>

using namespace headroom;
using namespace headroom::control;
using headroom::test::TemporaryFolder;
using std::chrono::milliseconds;

namespace {

namespace fs = std::filesystem;

constexpr ParameterTarget kMainCeiling{0, parameter_id("limiter/ceiling")};
constexpr ParameterTarget kTarget{0, parameter_id("agc/target")};

/// A running program without a server: state, profile file and overlay file.
struct Program {
    explicit Program(const fs::path &folder)
        : keeper(loop, *load_profile(folder / "mine.yaml"), {folder / "overlay"}) {
        keeper.attach(state, {[this](const Profile &profile) { applied.push_back(profile.name); },
                              [this](const std::string &text) { notices.push_back(text); }});
    }

    EventLoop loop{SIGUSR1};
    ProfileKeeper keeper;
    Profile effective = keeper.effective();
    engine::Engine engine{engine_setup(effective), effective.globals, 48000.0};
    DesiredState state{engine, effective, {}};
    std::vector<std::string> applied;
    std::vector<std::string> notices;

    void set(ParameterTarget target, float value) {
        REQUIRE(state.write(std::vector<ParameterWrite>{{target, value}}));
    }

    /// Lets the loop run until the condition holds; false where it does not in time.
    template <class Condition>
    bool soon(Condition condition, milliseconds within = milliseconds(5000)) {
        const auto end = std::chrono::steady_clock::now() + within;
        const auto timer = loop.on_timer(milliseconds(0), [&] {
            if (!condition() && std::chrono::steady_clock::now() < end)
                return milliseconds(2);
            loop.stop();
            return milliseconds(-1);
        });
        loop.run();
        return condition();
    }
};

struct Home {
    TemporaryFolder folder;
    explicit Home(const std::string &text = "buses: { main: { limiter: { ceiling: -2 } } }\n") {
        edit(text);
    }
    void edit(const std::string &text, const char *name = "mine.yaml") const {
        std::ofstream(folder.path() / name) << text;
    }
    std::string file(const char *name = "mine.yaml") const { return folder.path() / name; }
};

} // namespace

TEST_CASE("an edit is taken on within 300 ms, and lies under what was changed by hand") {
    const Home home;
    Program program(home.folder.path());
    CHECK(program.state.value(kMainCeiling) == -2.0f);
    program.set(kTarget, -20.0f);
    home.edit("buses: { main: { limiter: { ceiling: -5 }, agc: { target: -30 } } }\n");
    CHECK(program.soon([&] { return program.state.value(kMainCeiling) == -5.0f; },
                       milliseconds(300)));
    CHECK(program.state.value(kTarget) == -20.0f);
    CHECK(program.applied == std::vector<std::string>{"mine"});
    CHECK(program.keeper.mistake().empty());
}

TEST_CASE("a mistake changes nothing and says where it is, until it is mended") {
    const Home home;
    Program program(home.folder.path());
    std::vector<std::string> heard;
    program.state.observe_notices([&](const std::string &text) { heard.push_back(text); });
    home.edit("buses:\n  main:\n    limiter: { ceiling: -3, celing: -9 }\n");
    REQUIRE(program.soon([&] { return !program.keeper.mistake().empty(); }));
    // Every peer may read that: not what stands in the file.
    CHECK(program.keeper.mistake().find("a mistake in line 3 of ") != std::string::npos);
    CHECK(heard.back().find(program.keeper.mistake()) == 0);
    CHECK(heard.back().find("celing") == std::string::npos);
    CHECK(program.notices.back().find(home.file() + ":3:") == 0);
    CHECK(program.notices.back().find("celing") != std::string::npos);
    CHECK(program.state.value(kMainCeiling) == -2.0f);

    home.edit("buses: { other: { channels: mono } }\nrules: []\n");
    REQUIRE(program.soon([&] { return program.notices.size() == 2; }));
    CHECK(program.keeper.mistake().find("other buses") != std::string::npos);

    home.edit("buses: { main: { limiter: { ceiling: -4 } } }\n");
    REQUIRE(program.soon([&] { return program.state.value(kMainCeiling) == -4.0f; }));
    CHECK(program.keeper.mistake().empty());
    CHECK(program.applied.size() == 1);
}

TEST_CASE(
    "an edit of a controller's map that the profile names is taken on as one of the profile") {
    const Home home;
    const auto map = [&](const std::string &target, const char *name = "fader.yaml") {
        home.edit("bindings:\n  - { control: cc 1, target: " + target + " }\n", name);
    };
    const auto names = [&](const char *controller) {
        home.edit(std::string("midi: { controllers: ") + home.file(controller) + " }\n");
    };
    map("bus/main/limiter/ceiling");
    map("bypass", "other.yaml");
    names("fader.yaml");
    Program program(home.folder.path());
    const auto bound = [&] {
        return program.keeper.profile().midi.at(0).bindings.at(0).target.text();
    };
    CHECK(bound() == "bus/main/limiter/ceiling");
    map("bus/main/agc/target");
    CHECK(program.soon([&] { return bound() == "bus/main/agc/target"; }, milliseconds(300)));
    CHECK(program.applied.size() == 1);

    // A mistake says where it is in the map, and changes nothing.
    home.edit("bindings:\n  - { control: cc 1, taget: bypass }\n", "fader.yaml");
    REQUIRE(program.soon([&] { return !program.keeper.mistake().empty(); }));
    CHECK(program.notices.back().find(home.file("fader.yaml") + ":2:") != std::string::npos);
    CHECK(program.notices.back().find("the running profile stays") != std::string::npos);
    CHECK(bound() == "bus/main/agc/target");
    CHECK(program.applied.size() == 1);

    // Another map, and only that one.
    names("other.yaml");
    REQUIRE(program.soon([&] { return bound() == "bypass"; }));
    map("bus/main/agc/target");
    CHECK_FALSE(program.soon([&] { return program.applied.size() > 2; }, milliseconds(200)));
    map("bus/main/bypass", "other.yaml");
    CHECK(program.soon([&] { return bound() == "bus/main/bypass"; }, milliseconds(300)));
}

TEST_CASE("run-time changes stay over a switch of profiles and a restart, until they are cleared") {
    const Home home;
    home.edit("buses: { main: { limiter: { ceiling: -8 }, agc: { target: -25 } } }\n", "b.yaml");
    {
        Program program(home.folder.path());
        program.set(kMainCeiling, -3.0f);
        REQUIRE(program.keeper.use_profile(home.file("b.yaml")));
        CHECK(program.state.value(kMainCeiling) == -3.0f);
        CHECK(program.state.value(kTarget) == -25.0f);
        CHECK(program.keeper.profile_in_use() == std::pair{std::string("b"), home.file("b.yaml")});
        // The file in use is the one that is watched.
        home.edit("buses: { main: { agc: { target: -26 } } }\n", "b.yaml");
        CHECK(program.soon([&] { return program.state.value(kTarget) == -26.0f; }));
        program.set(kTarget, -27.0f);
    }
    Program program(home.folder.path());
    CHECK(program.state.value(kMainCeiling) == -3.0f);
    CHECK(program.state.value(kTarget) == -27.0f);
    CHECK(program.keeper.overlay_entries() ==
          std::vector<OverlayEntry>{{"bus/main/agc/target", "-27", ""},
                                    {"bus/main/limiter/ceiling", "-3", ""}});
    CHECK(program.keeper.clear_overlay("bus/main/limiter/ceiling") == 1);
    CHECK(program.state.value(kMainCeiling) == -2.0f);
    CHECK(program.state.value(kTarget) == -27.0f);
    CHECK_FALSE(program.keeper.clear_overlay("bus/main/limiter/ceiling"));
    CHECK(program.keeper.clear_overlay("") == 1);
    CHECK(program.state.value(kTarget) == parameter(kTarget.id).default_value);
    CHECK(program.keeper.overlay_entries().empty());
}

TEST_CASE("a strip that is cleared is at its defaults again") {
    const Home home;
    Program program(home.folder.path());
    REQUIRE(program.state.know_strip("firefox"));
    const auto trim = program.state.find_parameter("strip/firefox/trim");
    const auto mute = program.state.find_parameter("strip/firefox/mute");
    REQUIRE((trim && mute));
    program.set(*trim, -6.0f);
    program.set(*mute, 1.0f);
    CHECK(program.keeper.clear_overlay("strip/firefox/trim") == 1);
    CHECK(program.state.value(*trim) == 0.0f);
    CHECK(program.state.value(*mute) == 1.0f);
    CHECK(program.keeper.overlay_entries().size() == 1);
    CHECK(program.keeper.clear_overlay("") == 1);
    CHECK(program.state.value(*mute) == 0.0f);
    CHECK(program.keeper.overlay_entries().empty());
}

TEST_CASE("a profile that cannot be used leaves everything as it was") {
    const Home home;
    Program program(home.folder.path());
    const auto none = program.keeper.use_profile("no-such-profile");
    REQUIRE_FALSE(none);
    CHECK(none.error().text().find("no-such-profile") != std::string::npos);
    home.edit("buses: { a: { channels: mono } }\nrules: []\n", "a.yaml");
    CHECK_FALSE(program.keeper.use_profile(home.file("a.yaml")));
    CHECK(program.keeper.profile_in_use().first == "mine");
    CHECK(program.applied.empty());
    // The former file is still watched.
    home.edit("buses: { main: { limiter: { ceiling: -9 } } }\n");
    CHECK(program.soon([&] { return program.state.value(kMainCeiling) == -9.0f; }));
}

TEST_CASE("a file that goes away is no mistake") {
    const Home home;
    Program program(home.folder.path());
    fs::remove(home.file());
    std::ofstream(home.file()).close();
    CHECK_FALSE(program.soon([&] { return !program.notices.empty(); }, milliseconds(150)));
    home.edit("buses: { main: { limiter: { ceiling: -9 } } }\n");
    CHECK(program.soon([&] { return program.state.value(kMainCeiling) == -9.0f; }));
}

TEST_CASE("what is changed reaches the disk within a second") {
    const Home home;
    Program program(home.folder.path());
    program.set(kMainCeiling, -3.0f);
    const auto kept = [&](const char *value) {
        const Overlay read(home.file("overlay"));
        const auto at = read.entries().find("bus/main/limiter/ceiling");
        return at != read.entries().end() && at->second == value;
    };
    CHECK(program.soon([&] { return kept("-3"); }, milliseconds(1000)));
    program.set(kMainCeiling, -4.0f);
    program.set(kMainCeiling, -5.0f);
    CHECK(program.soon([&] { return kept("-5"); }, milliseconds(2000)));
}

TEST_CASE("a set that changes nothing is not recorded") {
    const Home home;
    Program program(home.folder.path());
    program.set(kMainCeiling, -2.0f);
    CHECK(program.keeper.overlay_entries().empty());
    program.set(kMainCeiling, -3.0f);
    program.set(kMainCeiling, -3.0f);
    CHECK(program.keeper.overlay_entries().size() == 1);
}

TEST_CASE("the profile that was chosen is kept, and its notice says what lies over it") {
    const Home home;
    home.edit("buses: { main: { agc: { target: -30 } } }\n", "b.yaml");
    {
        Program program(home.folder.path());
        program.set(kMainCeiling, -3.0f);
        REQUIRE(program.keeper.use_profile(home.file("b.yaml")));
        CHECK(program.notices.back().find("bus/main/limiter/ceiling") != std::string::npos);
        CHECK(program.keeper.profile_reason() == "chosen at run time");
    }
    CHECK(Overlay(home.file("overlay")).chosen_profile() == home.file("b.yaml"));
}

TEST_CASE("a change that finds the overlay full holds, and is told once not to be kept") {
    const Home home;
    Program program(home.folder.path());
    for (std::size_t i = 0; i < Overlay::kMaxEntries; ++i)
        REQUIRE(program.keeper.overlay().set("route/" + std::to_string(i), "bypass"));
    program.set(kMainCeiling, -7.0f);
    program.set(kTarget, -21.0f);
    program.keeper.overlay();
    REQUIRE(program.notices.size() == 1);
    CHECK(program.notices[0].find("is not kept") != std::string::npos);
    CHECK(program.notices[0].find("headroom overlay clear") != std::string::npos);
    CHECK(program.state.value(kMainCeiling) == -7.0f);
    // What is kept already can still change; that is no room for others.
    CHECK(program.keeper.keep("route/7", "ignore"));
    CHECK_FALSE(program.keeper.keep("route/new", "bypass"));
    CHECK(program.notices.size() == 1);
    REQUIRE(program.keeper.clear_overlay("route/7"));
    CHECK(program.keeper.keep("route/new", "bypass"));
    CHECK_FALSE(program.keeper.keep("route/newer", "bypass"));
    CHECK(program.notices.size() == 2);
}
