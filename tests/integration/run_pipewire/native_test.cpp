// SPDX-License-Identifier: GPL-3.0-or-later
// What the connection to PipeWire costs the program, and what it must not need.
#include "tests/integration/run_pipewire/desktop.hpp"

#include <filesystem>
#include <string>

using namespace headroom::test;
namespace fs = std::filesystem;

namespace {

long descriptors_of(pid_t pid) {
    return std::distance(fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd"), {});
}

long threads_of(pid_t pid) {
    return std::distance(fs::directory_iterator("/proc/" + std::to_string(pid) + "/task"), {});
}

/// A folder with programs of the names of PipeWire's tools, each of which leaves a trace.
std::string traps(const fs::path &folder) {
    fs::create_directories(folder);
    for (const char *name : {"pw-dump", "pw-cli", "pw-metadata", "pw-link", "pw-mon", "pactl"}) {
        std::ofstream(folder / name)
            << "#!/bin/sh\necho " << name << " >>" << folder << "/sprung\n";
        fs::permissions(folder / name, fs::perms::owner_all);
    }
    return folder.string();
}

} // namespace

TEST_CASE("under PipeWire headroom starts none of its tools, nor any program that stays") {
    Desktop desktop(R"(
buses:
  main: {}
  film: {}
rules:
  - match: { client: "*" }
    route: main
    strip: true
)");
    desktop.headroom->finish();
    const fs::path folder = desktop.session.folder() / "traps";
    std::string path = traps(folder) + ":" + std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe)
    ChildProcess::Environment environment = desktop.session.environment();
    environment["PATH"] = path;
    run_program({headroom_program(), "sink", "install"}, environment);
    run_program({headroom_program(), "sink", "remove"}, environment);
    run_program({headroom_program(), "doctor"}, environment);
    HeadroomProcess headroom({"--profile", (desktop.session.folder() / "test.yaml").string(),
                              "--backend", desktop.backend},
                             environment);
    REQUIRE(eventually([&] { return desktop.is_ready(); }));
    desktop.play({"pw-play"}, 0.5);
    CHECK(eventually([&] {
        return desktop.session.run({"pw-link", "-l"}).find("Headroom Sink (film)") !=
                   std::string::npos ||
               desktop.session.run({"pactl", "list", "short", "sinks"}).find("film") !=
                   std::string::npos;
    }));
    const std::string pid = std::to_string(headroom.process().pid());
    for (const auto &thread : fs::directory_iterator("/proc/" + pid + "/task")) {
        std::string children;
        std::getline(std::ifstream(thread.path() / "children"), children);
        CHECK(children.empty());
    }
    headroom.finish();
    std::string sprung;
    std::getline(std::ifstream(folder / "sprung"), sprung);
    CHECK(sprung.empty());
}

TEST_CASE("restarts of PipeWire leave the program with the descriptors and threads that it had") {
    constexpr int kRestarts = 5;
    Desktop desktop;
    const pid_t pid = desktop.headroom->process().pid();
    long descriptors = 0;
    long threads = 0;
    for (int restart = 0; restart <= kRestarts; ++restart) {
        CAPTURE(restart);
        desktop.session.stop_pipewire();
        desktop.session.start_pipewire();
        REQUIRE(eventually([&] { return desktop.is_ready() && desktop.has_usual_default(); }));
        if (restart > 0)
            continue;
        descriptors = descriptors_of(pid); // has opened all that it ever needs
        threads = threads_of(pid);
    }
    CHECK(eventually([&] { return descriptors_of(pid) <= descriptors; }));
    CHECK(eventually([&] { return threads_of(pid) <= threads; }));
}
