// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/profile_switcher.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

#include <cstdlib>
#include <fstream>

using namespace headroom;
using namespace headroom::control;
using headroom::test::TemporaryFolder;
using std::chrono::milliseconds;

namespace {

constexpr int kNoon = 12 * 60;
constexpr int kMidnight = 0;

/// The user's own profiles, in a HOME of its own.
struct OwnProfiles {
    TemporaryFolder folder;
    std::filesystem::path profiles = folder.path() / "headroom/profiles";

    OwnProfiles() {
        ::setenv("XDG_CONFIG_HOME", folder.path().c_str(), 1);
        std::filesystem::create_directories(profiles);
        write("day", "");
        write("calls", "when: { application: zoom }\n");
        write("headphones", "when: { sink: \"*headphones*\" }\n");
        write("late", "when: { time: 22:00-07:00, sink: \"*headphones*\" }\n");
    }
    void write(const std::string &name, const std::string &text) const {
        std::ofstream(profiles / (name + ".yaml")) << text << "description: " << name << "\n";
    }
};

struct SwitchedProgram {
    SwitchedProgram()
        : keeper(loop, *find_profile("day"), {{}, Overlay::Saving::soon, "as the test says"}),
          switcher(
              keeper, [this] { return surroundings; },
              [this] {
                  return ProfileSwitcher::Time{minute_of_day, minute_length};
              }) {
        keeper.attach(state, {[](const Profile &) {},
                              [this](const std::string &text) { notices.push_back(text); }});
    }

    OwnProfiles home;
    EventLoop loop{SIGUSR1};
    int minute_of_day = kNoon;
    milliseconds minute_length{20};
    ProfileKeeper keeper;
    Profile effective = keeper.effective();
    engine::Engine engine{engine_setup(effective), effective.globals, 48000.0};
    DesiredState state{engine, effective, {}};
    std::optional<Surroundings> surroundings;
    ProfileSwitcher switcher;
    std::vector<std::string> notices;

    void update(std::vector<std::string> sinks, std::vector<std::string> applications) {
        surroundings = {std::move(sinks), std::move(applications)};
        switcher.decide();
    }

    std::string in_use() const { return keeper.profile_in_use().first; }
    /// Lets the loop run until this profile is in use; false if that takes 5 s.
    bool soon(const std::string &profile) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        const auto timer = loop.on_timer(milliseconds(0), [&] {
            if (in_use() != profile && std::chrono::steady_clock::now() < end)
                return milliseconds(2);
            loop.stop();
            return milliseconds(-1);
        });
        loop.run();
        return in_use() == profile;
    }
};

} // namespace

TEST_CASE("a profile switches itself on and back, and says why") {
    SwitchedProgram program;
    program.update({"speakers"}, {});
    CHECK(program.in_use() == "day");
    program.update({"My Headphones"}, {});
    CHECK(program.in_use() == "headphones");
    CHECK(program.keeper.profile_reason() ==
          "switched on by its conditions: sink \"My Headphones\" is like \"*headphones*\"");
    CHECK(program.notices.back().find("profile headphones is in use, switched on by") == 0);
    program.update({"speakers"}, {});
    CHECK(program.in_use() == "day");
    CHECK(program.keeper.profile_reason() == "as the test says");
}

TEST_CASE("the profile with most kinds of condition is taken, then the first by name") {
    SwitchedProgram program;
    program.update({"headphones"}, {"zoom"});
    CHECK(program.in_use() == "calls");
    program.minute_of_day = kMidnight;
    CHECK(program.soon("late"));
    program.minute_of_day = kNoon;
    CHECK(program.soon("calls"));
    program.update({"headphones"}, {});
    CHECK(program.in_use() == "headphones");
    program.update({}, {});
    CHECK(program.in_use() == "day");
}

TEST_CASE("what the user chooses stays until another profile is due, and is what comes back") {
    SwitchedProgram program;
    program.update({}, {"zoom"});
    REQUIRE(program.in_use() == "calls");
    REQUIRE(program.keeper.use_profile("music"));
    program.update({}, {"zoom", "mpd"});
    CHECK(program.in_use() == "music");
    program.update({"headphones"}, {"mpd"});
    CHECK(program.in_use() == "headphones");
    program.update({}, {"mpd"});
    CHECK(program.in_use() == "music");
    CHECK(program.keeper.profile_reason() == "chosen at run time");
}

TEST_CASE("conditions that are written, changed and deleted hold at once") {
    SwitchedProgram program;
    program.update({"speakers"}, {"mpd"});
    REQUIRE(program.in_use() == "day");
    program.home.write("loud", "when: { application: mpd }\n");
    CHECK(program.soon("loud"));
    program.home.write("loud", "when: { application: mpv }\n");
    CHECK(program.soon("day"));
    program.home.write("loud", "when: { application: mpd }\n");
    REQUIRE(program.soon("loud"));
    std::filesystem::remove(program.home.profiles / "loud.yaml");
    CHECK(program.soon("day"));
}

TEST_CASE("a profile that cannot be switched to leaves the running one, and says so") {
    SwitchedProgram program;
    program.home.write("other", "when: { application: vlc }\nbuses: { other: {} }\nrules: []\n");
    std::optional<Surroundings> now{{{}, {"vlc"}}};
    ProfileSwitcher switcher(program.keeper, [&] { return now; });
    switcher.decide();
    CHECK(program.in_use() == "day");
    REQUIRE_FALSE(program.notices.empty());
    CHECK(program.notices.back().find("the running profile stays") != std::string::npos);
    now = Surroundings{};
    switcher.decide();
    CHECK(program.in_use() == "day");
}
