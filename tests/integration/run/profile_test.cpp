// SPDX-License-Identifier: GPL-3.0-or-later
// Profiles, and what is changed over them, of the program that runs.
#include "osc/wire/datagram_batch.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/probe_client.hpp"
#include "tests/support/temporary_folder.hpp"

#include <cmath>
#include <csignal>
#include <fstream>
#include <functional>

using namespace headroom::test;

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr auto kNoProbes = "rules:\n"
                           "  - match: { client: \"probe*\" }\n"
                           "    route: ignore\n";

struct Home {
    TemporaryFolder folder;
    JackServer server;

    ChildProcess::Environment environment() const {
        ChildProcess::Environment out = server.environment();
        out["XDG_STATE_HOME"] = folder.path() / "state";
        out["XDG_CONFIG_HOME"] = folder.path() / "config";
        return out;
    }
    fs::path profile() const { return folder.path() / "mine.yaml"; }
    static std::string text(const std::string &ceiling, const std::string &more = {}) {
        return "buses: { main: { agc: { on: off }, limiter: { ceiling: " + ceiling + more +
               " } } }\n" + kNoProbes;
    }
    void edit(const std::string &ceiling, const std::string &more = {}) const {
        std::ofstream(profile()) << text(ceiling, more);
    }
    Home() { edit("-2"); }
};

/// A run of the program, and its command line beside it.
struct Running {
    const Home &home;
    HeadroomProcess process{{"--profile", home.profile()}, home.environment()};

    RunResult command(std::vector<std::string> words) const {
        words.insert(words.begin(), headroom_program());
        words.insert(words.end(), {"--port", std::to_string(process.osc_port())});
        return run_program(words, home.environment());
    }
    double ceiling() { return process.get("bus/main/limiter/ceiling"); }
};

} // namespace

TEST_CASE("an edit is heard within 300 ms and without a gap, and a mistake is told everywhere") {
    const Home home;
    Running running{home};
    ProbeClient probe(home.server.name(), "probe", 1, 0);
    ProbeClient ear(home.server.name(), "probe-ear", 0, 1, 48000 * 30);
    REQUIRE(probe.connect("probe:play_1", "headroom:main_in_1"));
    REQUIRE(ear.connect("headroom:main_out_1", "probe-ear:record_1"));
    Channels tone(1, std::vector<float>(48000 * 20));
    for (std::size_t i = 0; i < tone[0].size(); ++i)
        tone[0][i] = 0.9f * std::sin(0.06f * static_cast<float>(i));
    const std::uint32_t start = probe.frame_ahead();
    probe.play(tone, start);
    ear.recorded(start + 4800, 1);

    // Also with another lookahead, for which the chain is built anew.
    const auto saved = Clock::now();
    home.edit("-6", ", mode: quality");
    while (running.ceiling() != -6.0 && Clock::now() - saved < std::chrono::seconds(5))
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    CHECK(Clock::now() - saved < std::chrono::milliseconds(300));
    const auto heard = ear.recorded(start + 4800, ear.frame_now() - start - 4800 + 24000)[0];
    std::size_t gap = 0;
    std::size_t longest = 0;
    for (const float sample : heard) {
        gap = std::fabs(sample) < 0.01f ? gap + 1 : 0;
        longest = std::max(longest, gap);
    }
    CHECK((longest < 16 || ear.xruns() > 0));

    // Whatever the editor's way of saving; on a busy machine one of three is in time.
    const auto save_in_place = [&](const std::string &ceiling) { home.edit(ceiling); };
    const auto save_as_vim = [&](const std::string &ceiling) { // the old one becomes the backup
        fs::rename(home.profile(), home.profile().string() + "~");
        home.edit(ceiling);
        fs::remove(home.profile().string() + "~");
    };
    const auto save_by_rename = [&](const std::string &ceiling) {
        const fs::path real = home.profile();
        const fs::path aside = home.folder.path() / ".mine.yaml.new";
        fs::copy_file(real, aside, fs::copy_options::overwrite_existing);
        std::ofstream(aside) << Home::text(ceiling);
        fs::rename(aside, real);
    };
    int ceiling_db = -7;
    for (const std::function<void(const std::string &)> &save :
         {std::function<void(const std::string &)>(save_in_place),
          std::function<void(const std::string &)>(save_as_vim),
          std::function<void(const std::string &)>(save_by_rename)}) {
        auto quickest = std::chrono::nanoseconds::max();
        for (int i = 0; i < 3 && quickest > std::chrono::milliseconds(300); ++i) {
            const auto before = Clock::now();
            save(std::to_string(--ceiling_db));
            REQUIRE(eventually([&] { return running.ceiling() == ceiling_db; }));
            quickest = std::min<std::chrono::nanoseconds>(quickest, Clock::now() - before);
        }
        CHECK(quickest < std::chrono::milliseconds(300));
    }
    home.edit("-6", ", mode: quality");
    REQUIRE(eventually([&] { return running.ceiling() == -6.0; }));

    running.process.osc().send({"/headroom/subscribe", {std::string("/headroom/bypass")}});
    std::ofstream(home.profile()) << "buses:\n  main:\n    limiter: { celing: -9 }\n";
    const std::string place = home.profile().string() + ":3:";
    CHECK(running.process.process().wait_for_output(place));
    // What stands in the file is for its owner's terminal alone.
    const std::string line = "there is a mistake in line 3 of ";
    CHECK(eventually([&] {
        const auto message = running.process.osc().receive(std::chrono::milliseconds(100));
        return message && message->address == "/headroom/notice" &&
               std::get<std::string>(message->arguments.at(0)).find(line) == 0;
    }));
    CHECK(running.process.status("notice").find(line) == 0);
    CHECK(running.ceiling() == -6.0);
    CHECK(running.command({"profile", "reload"}).standard_error.find(line) != std::string::npos);

    home.edit("-4");
    CHECK(eventually([&] { return running.ceiling() == -4.0; }));
    CHECK(running.process.status("notice").empty());
}

TEST_CASE("what is changed stays over a kill, a damaged file and a switch, until it is cleared") {
    const Home home;
    const fs::path overlay = home.folder.path() / "state" / "headroom" / "overlay";
    const auto kept = [&](const std::string &line) {
        std::ifstream stream(overlay);
        const std::string text{std::istreambuf_iterator<char>(stream), {}};
        return text.find(line + "\n") != std::string::npos;
    };
    {
        Running running{home};
        CHECK(run_program({headroom_program(), "set", "--port",
                           std::to_string(running.process.osc_port()), "bus/main/limiter/ceiling",
                           "--", "-.5"})
                  .exit_code == 0);
        REQUIRE(eventually([&] { return kept("bus/main/limiter/ceiling\t-0.5"); }));
        CHECK(running.command({"set", "bus/main/agc/target=-30", "bus/main/limiter/mode=low"})
                  .exit_code == 0);
        REQUIRE(eventually([&] { return kept("bus/main/limiter/mode\tlow"); }));
        running.process.process().signal(SIGKILL);
        running.process.process().wait();
    }
    std::string whole;
    {
        std::ifstream stream(overlay);
        whole.assign(std::istreambuf_iterator<char>(stream), {});
    }
    std::ofstream(overlay) << whole.substr(0, whole.size() / 2);

    Running running{home};
    CHECK(running.ceiling() == -0.5); // kept before the newest changes, which the damage may take
    CHECK(running.command({"profile", "use", "night"})
              .standard_output.find("profile night is in use") == 0);
    CHECK(running.process.status("profile") == "night");
    CHECK(running.ceiling() == -0.5);
    const RunResult list = running.command({"overlay", "list"});
    CHECK(list.standard_output.find("bus/main/limiter/ceiling -0.5\n") != std::string::npos);
    CHECK(running.command({"overlay", "clear", "bus/main/limiter/ceiling"}).standard_output ==
          "1 cleared\n");
    CHECK(running.ceiling() == -9.0);
    CHECK(running.command({"overlay", "clear", "--all"}).exit_code == 0);
    CHECK(running.command({"overlay", "list", "--json"}).standard_output == "{}\n");
}

TEST_CASE("kill -9 at any moment loses at most the last second of changes") {
    const Home home;
    constexpr float kStep_db = 0.005f;
    float ceiling_db = -1.0f;
    for (int round = 0; round < 4; ++round) {
        CAPTURE(round);
        Running running{home};
        if (round > 0)
            CHECK(running.ceiling() <= static_cast<double>(ceiling_db) + 1e-4);
        // Changes all the time, until some moment between two saves or within one.
        const auto end = Clock::now() + std::chrono::milliseconds(1700 + 230 * round);
        std::vector<std::pair<Clock::time_point, float>> confirmed;
        for (float next_db = ceiling_db; Clock::now() < end;) {
            next_db -= kStep_db;
            REQUIRE(running.process.set("bus/main/limiter/ceiling", next_db));
            confirmed.emplace_back(Clock::now(), next_db);
            std::this_thread::sleep_for(std::chrono::milliseconds(3));
        }
        running.process.process().signal(SIGKILL);
        running.process.process().wait();
        // A second, and what a busy disk takes.
        for (const auto &[when, value_db] : confirmed)
            if (when < Clock::now() - std::chrono::milliseconds(1500))
                ceiling_db = value_db;
    }
}

TEST_CASE("the command line switches, resets, makes profiles, and names the remedy") {
    const Home home;
    Running running{home};
    CHECK(running.command({"bypass", "on"}).standard_output == "bypass on\n");
    CHECK(running.process.get("bypass") == 1.0);
    CHECK(running.command({"bypass", "--json", "off"}).standard_output ==
          "{\n  \"bypass\": \"off\"\n}\n");
    CHECK(running.command({"set", "--json", "bus/main/limiter/mode", "low"}).standard_output ==
          "{\n  \"bus/main/limiter/mode\": \"low\"\n}\n");
    CHECK(running.command({"reset", "bus/main/limiter/ceiling"}).standard_output ==
          "bus/main/limiter/ceiling -1.0 dBTP\n");
    CHECK(running.ceiling() == -1.0);

    const auto local = [&](std::vector<std::string> words) {
        words.insert(words.begin(), headroom_program());
        return run_program(words, home.environment());
    };
    const RunResult made = local({"profile", "new", "mine", "--from", "speech"});
    CHECK(made.standard_output ==
          (home.folder.path() / "config/headroom/profiles/mine.yaml").string() + "\n");
    CHECK(local({"profile", "new", "mine"}).standard_error.find("exists already") !=
          std::string::npos);
    CHECK(local({"profile", "show", "mine"}).standard_output ==
          local({"profile", "show", "speech"}).standard_output);
    CHECK(local({"profile", "check", "mine"}).standard_output.find("mine: bus main") == 0);
    CHECK(local({"profile", "list"}).standard_output.find("\nmine  ") != std::string::npos);
    CHECK(running.command({"profile", "use", "mine"}).exit_code == 0);
    CHECK(running.process.get("bus/main/agc/target") == -18.0);

    CHECK(running.command({"profile", "use", "nigth"}).standard_error.find("did you mean night?") !=
          std::string::npos);
    CHECK(running.command({"get", "no/such"}).standard_error.find("headroom params") !=
          std::string::npos);
    CHECK(running.command({"bypass", "perhaps"}).standard_error.find("on or off") !=
          std::string::npos);
    CHECK(running.command({"overlay", "clear"}).exit_code == 2);
}

TEST_CASE("an edit of osc: in the profile holds at once, and what cannot is told") {
    const Home home;
    Running running{home};
    const auto surface =
        headroom::osc::UdpSocket::bind(*headroom::osc::Endpoint::parse("127.0.0.1", 0)).value();
    headroom::osc::DatagramBatch told;
    const auto edit = [&](const std::string &settings) {
        std::ofstream(home.profile()) << "osc: { " << settings << " }\n" << kNoProbes;
    };
    edit("peers: [{ address: 127.0.0.1, port: " + std::to_string(surface.local().port()) +
         ", pattern: /headroom/bypass }]");
    CHECK(eventually([&] { return told.next(surface).has_value(); }));
    edit("listen: 127.0.0.2, allow: 127.0.0.1");
    CHECK(running.process.process().wait_for_output("osc: listen"));
    CHECK(eventually([&] {
        while (told.next(surface))
            ;
        std::this_thread::sleep_for(std::chrono::milliseconds(1500)); // longer than a keep-alive
        return !told.next(surface).has_value();
    }));
}
