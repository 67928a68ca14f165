// SPDX-License-Identifier: GPL-3.0-or-later
// The program in a session, on a real JACK server.
#include "osc/client/client.hpp"
#include "tests/integration/nsm/session_manager.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/wait.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

using namespace headroom;
using namespace headroom::test;

namespace {

namespace fs = std::filesystem;

constexpr const char *kOpen = "/nsm/client/open";
constexpr const char *kSave = "/nsm/client/save";
constexpr const char *kAnnounce = "/nsm/server/announce";
constexpr const char *kCeiling = "/headroom/bus/main/limiter/ceiling";

using Answer = std::pair<std::int32_t, std::string>;

/// A machine with a JACK server and a session manager.
struct Desk {
    JackServer server;
    SessionManager manager;
    TemporaryFolder home;

    ChildProcess::Environment environment() const {
        ChildProcess::Environment out = server.environment();
        out["NSM_URL"] = manager.url();
        out["XDG_STATE_HOME"] = home.path() / "state";
        out["XDG_CONFIG_HOME"] = home.path() / "config";
        return out;
    }
    /// As a session manager does: without arguments.
    ChildProcess start() const { return ChildProcess({headroom_program()}, environment()); }

    /// Every port of a client whose name begins like that.
    std::vector<std::string> ports(const std::string &client) const {
        std::vector<std::string> out;
        std::istringstream lines(run_program({"jack_lsp"}, server.environment()).standard_output);
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with(client))
                out.push_back(line);
        return out;
    }
    bool has(const std::string &port) const {
        const auto all = ports(port);
        return std::find(all.begin(), all.end(), port) != all.end();
    }

    std::optional<float> ask(const osc::Message &message) const {
        auto client = osc::Client::open("127.0.0.1", manager.client_port());
        REQUIRE(client);
        const auto answer = (*client)->request(message);
        if (!answer || answer->arguments.size() != 1)
            return std::nullopt;
        const auto *value = std::get_if<float>(&answer->arguments[0]);
        return value != nullptr ? std::optional(*value) : std::nullopt;
    }
    float ceiling() const { return ask({kCeiling, {}}).value_or(99.0f); }
    void set_ceiling(float value) const { CHECK(ask({kCeiling, {value}}) == value); }

    Answer open(const std::string &path, const std::string &id) {
        manager.open(path, id);
        return manager.answer_to(kOpen).value_or(Answer{99, "no answer"});
    }
    Answer save() {
        manager.save();
        return manager.answer_to(kSave).value_or(Answer{99, "no answer"});
    }
};

bool ends_well(ChildProcess &process) {
    process.signal(SIGTERM);
    return process.wait() == 0;
}

bool says(const Answer &answer, std::int32_t code, const std::string &text) {
    return answer.first == code && answer.second.find(text) != std::string::npos;
}

} // namespace

TEST_CASE("a session is opened, saved twice, ended, and opened again under another name") {
    Desk desk;
    const std::string path = desk.manager.path("headroom.nABCD");
    {
        ChildProcess headroom = desk.start();
        const auto announced = desk.manager.wait_for(kAnnounce);
        REQUIRE(announced);
        CHECK(announced->arguments ==
              std::vector<osc::Argument>{std::string("headroom"),
                                         std::string(":dirty:switch:progress:message:"),
                                         std::string("headroom"), std::int32_t{1}, std::int32_t{1},
                                         static_cast<std::int32_t>(headroom.pid())});
        desk.manager.welcome();
        std::this_thread::sleep_for(std::chrono::milliseconds(300)); // that nothing happens in
        CHECK(desk.ports("headroom").empty());
        CHECK(says(desk.save(), -8, "no project is open"));
        CHECK(desk.ports("headroom").empty());

        CHECK(says(desk.open(path, "headroom.nABCD"), 0, "default"));
        CHECK(desk.has("headroom.nABCD:main_in_1"));
        CHECK(desk.ports("headroom:").empty());
        const auto &heard = desk.manager.heard();
        CHECK(std::any_of(heard.begin(), heard.end(), [](const osc::Message &message) {
            return message == osc::Message{"/nsm/client/progress", {1.0f}};
        }));
        CHECK(fs::exists(path + "/profile.yaml"));

        desk.set_ceiling(-3.0f);
        CHECK(desk.manager.wait_for("/nsm/client/is_dirty"));
        CHECK(desk.save() == Answer{0, "saved"});
        CHECK(desk.manager.wait_for("/nsm/client/is_clean"));
        CHECK(desk.save() == Answer{0, "saved"});
        desk.set_ceiling(-9.0f); // what the user does not want to keep
        CHECK(ends_well(headroom));
        CHECK(desk.ports("headroom").empty());
        CHECK_FALSE(fs::exists(desk.home.path() / "state/headroom/overlay"));
    }
    ChildProcess headroom = desk.start();
    REQUIRE(desk.manager.wait_for(kAnnounce));
    desk.manager.welcome();
    CHECK(says(desk.open(path, "headroom.nWXYZ"), 0, ""));
    CHECK(desk.has("headroom.nWXYZ:main_in_1"));
    CHECK(desk.ceiling() == -3.0f);
    // A broadcast of another client of the session comes from the manager, and is OSC as any other.
    desk.manager.send({kCeiling, {-6.0f}});
    CHECK(eventually([&] { return desk.ceiling() == -6.0f; }));
    CHECK(ends_well(headroom));
}

TEST_CASE(
    "another session is opened in place of one that runs, with the same process and OSC port") {
    Desk desk;
    ChildProcess headroom = desk.start();
    REQUIRE(desk.manager.wait_for(kAnnounce));
    const auto port = desk.manager.client_port();
    desk.manager.welcome();
    REQUIRE(says(desk.open(desk.manager.path("a"), "headroom.nAAAA"), 0, "default"));
    desk.set_ceiling(-3.0f);
    auto osc = osc::Client::open("127.0.0.1", port);
    REQUIRE(osc);
    REQUIRE((*osc)->request({"/headroom/profile", {std::string("night")}}));
    REQUIRE(desk.save().first == 0);

    // With other buses, so that nothing of the one before can stay.
    fs::create_directory(desk.manager.path("b"));
    std::ofstream(desk.manager.path("b") + "/profile.yaml")
        << "buses: { music: {}, voice: { channels: mono } }\n"
           "rules: [ { match: { client: \"*\" }, route: music } ]\n";
    CHECK(says(desk.open(desk.manager.path("b"), "headroom.nBBBB"), 0, "profile"));
    CHECK(desk.has("headroom.nBBBB:voice_in_1"));
    CHECK(desk.ports("headroom.nAAAA").empty());
    CHECK(desk.manager.client_port() == port);
    CHECK(desk.ask({"/headroom/bus/music/limiter/ceiling", {-4.0f}}) == -4.0f);
    CHECK(desk.save().first == 0);

    CHECK(says(desk.open(desk.manager.path("a"), "headroom.nCCCC"), 0, "night"));
    CHECK(desk.has("headroom.nCCCC:main_in_1"));
    CHECK(desk.ports("headroom.nBBBB").empty());
    CHECK(desk.ceiling() == -3.0f);
    CHECK(headroom.is_running());
    CHECK(ends_well(headroom));
}

TEST_CASE("a session keeps its profile, whatever the conditions of others are") {
    Desk desk;
    const fs::path profiles = desk.home.path() / "config/headroom/profiles";
    fs::create_directories(profiles);
    std::ofstream(profiles / "always.yaml")
        << "when: { sink: \"*\" }\nbuses: { main: { limiter: { ceiling: -9 } } }\n";
    const std::string path = desk.manager.path("a");
    ChildProcess headroom = desk.start();
    REQUIRE(desk.manager.wait_for(kAnnounce));
    desk.manager.welcome();
    CHECK(says(desk.open(path, "headroom.nAAAA"), 0, "default"));
    std::this_thread::sleep_for(std::chrono::seconds(1)); // that nothing happens in
    CHECK(desk.ceiling() == -1.0f);
    CHECK(desk.save() == Answer{0, "saved"});
    CHECK(ends_well(headroom));
    std::ifstream kept(path + "/profile.yaml");
    const std::string text{std::istreambuf_iterator<char>(kept), {}};
    CHECK_FALSE(text.empty());
    CHECK(text.find("when:") == text.npos);
}

TEST_CASE("what cannot be opened or saved is answered with the reason, and the next one opens") {
    Desk desk;
    ChildProcess headroom = desk.start();
    REQUIRE(desk.manager.wait_for(kAnnounce));
    desk.manager.welcome();
    CHECK(says(desk.open("no/absolute/path", "headroom.nAAAA"), -10, "not absolute"));
    CHECK(says(desk.open("/dev/null/x", "headroom.nAAAA"), -10, "cannot be written"));
    const std::string broken = desk.manager.path("broken");
    fs::create_directory(broken);
    std::ofstream(broken + "/profile.yaml") << "buses:\n  main:\n    limiter: { celing: -9 }\n";
    CHECK(says(desk.open(broken, "headroom.nAAAA"), -9, "profile.yaml:3:"));
    CHECK(says(desk.save(), -8, "no project"));
    CHECK(desk.ports("headroom").empty());

    const std::string good = desk.manager.path("good");
    REQUIRE(says(desk.open(good, "headroom.nGOOD"), 0, "default"));
    // One that fails in place of one that runs: the sound goes on, and nothing of it is saved
    // there.
    CHECK(says(desk.open(broken, "headroom.nAAAA"), -9, "profile.yaml:3:"));
    CHECK(desk.has("headroom.nGOOD:main_in_1"));
    CHECK(says(desk.save(), -8, "no project"));

    REQUIRE(says(desk.open(good, "headroom.nGOOD"), 0, "default"));
    fs::remove_all(good);
    std::ofstream(good) << "a file where the folder was";
    desk.set_ceiling(-3.0f);
    CHECK(says(desk.save(), -1, "cannot be written"));
    fs::remove(good);
    CHECK(desk.save() == Answer{0, "saved"});
    CHECK(fs::exists(good + "/overlay"));
    CHECK(ends_well(headroom));
}

TEST_CASE("where the session manager refuses, the program runs outside the session") {
    Desk desk;
    ChildProcess headroom = desk.start();
    REQUIRE(desk.manager.wait_for(kAnnounce));
    desk.manager.turn_away(-6, "no session is open");
    CHECK(headroom.wait_for_output("refuses: no session is open; running outside the session"));
    CHECK(headroom.wait_for_output("OSC on 127.0.0.1:"));
    CHECK(desk.has("headroom:main_in_1"));
    CHECK(ends_well(headroom));
    CHECK(headroom.standard_error().find("; running") ==
          headroom.standard_error().rfind("; running")); // one line
}

TEST_CASE("a session manager that answers late still has its session opened") {
    Desk desk;
    ChildProcess headroom = desk.start();
    REQUIRE(desk.manager.wait_for(kAnnounce));
    CHECK(headroom.wait_for_output("no session manager answers"));
    CHECK(headroom.wait_for_output("OSC on 127.0.0.1:"));
    CHECK(desk.has("headroom:main_in_1"));
    desk.manager.welcome();
    CHECK(says(desk.open(desk.manager.path("late"), "headroom.nLATE"), 0, "default"));
    CHECK(desk.has("headroom.nLATE:main_in_1"));
    CHECK(desk.ports("headroom:").empty());
    CHECK(ends_well(headroom));
}

TEST_CASE("two programs of one session get an OSC port each") {
    Desk desk;
    ChildProcess first = desk.start();
    REQUIRE(desk.manager.wait_for(kAnnounce));
    const auto port = desk.manager.client_port();
    desk.manager.welcome();
    REQUIRE(says(desk.open(desk.manager.path("one"), "headroom.nONE"), 0, "default"));
    ChildProcess second = desk.start();
    REQUIRE(desk.manager.wait_for(kAnnounce));
    CHECK(desk.manager.client_port() != port);
    desk.manager.welcome();
    CHECK(says(desk.open(desk.manager.path("two"), "headroom.nTWO"), 0, "default"));
    CHECK(desk.has("headroom.nONE:main_in_1"));
    CHECK(desk.has("headroom.nTWO:main_in_1"));
    CHECK(ends_well(second));
    CHECK(ends_well(first));
}

TEST_CASE("a program that waits for its session ends at once when it is told to") {
    Desk desk;
    ChildProcess headroom = desk.start();
    REQUIRE(desk.manager.wait_for(kAnnounce));
    desk.manager.welcome();
    CHECK(ends_well(headroom));
}

TEST_CASE("without a session nothing of it is seen") {
    const RunResult bare = run_program({headroom_program()}, {{"NSM_URL", ""}});
    CHECK(bare.exit_code == 2);
    JackServer server;
    ChildProcess::Environment environment = server.environment();
    environment["NSM_URL"] = "osc.udp://nonsense/";
    HeadroomProcess headroom({}, environment);
    CHECK(headroom.process().standard_error().find("is not of the form osc.udp://host:port/") !=
          std::string::npos);
    CHECK(headroom.get("bus/main/limiter/ceiling") == -1.0);
}
