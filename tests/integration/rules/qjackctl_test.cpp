// SPDX-License-Identifier: GPL-3.0-or-later
// The user's hand, where it is qjackctl's.
#include "tests/integration/rules/studio.hpp"

#include <csignal>

using namespace headroom::test;

namespace {

namespace fs = std::filesystem;

/// A patchbay that has the player on the sink alone: what it makes and breaks is made and broken
/// by qjackctl.
constexpr const char *kPatchbay = R"(<!DOCTYPE patchbay>
<patchbay version="0.9" name="patch">
 <output-sockets>
  <socket type="jack-audio" name="player" client="player" exclusive="on">
   <plug>play_1</plug>
   <plug>play_2</plug>
  </socket>
 </output-sockets>
 <input-sockets>
  <socket type="jack-audio" name="system" client="system" exclusive="off">
   <plug>playback_1</plug>
   <plug>playback_2</plug>
  </socket>
 </input-sockets>
 <slots/>
 <cables>
  <cable type="jack-audio" output="player" input="system"/>
 </cables>
</patchbay>
)";

/// It neither asks anything nor looks for what a machine without sound cards does not have.
constexpr const char *kSettings = R"([Options]
AlsaSeqEnabled=false
DBusEnabled=false
JackDBusEnabled=false
JackClientPortMetadata=true
QueryClose=false
QueryRestart=false
QueryShutdown=false
Singleton=false
StartJack=false
StopJack=false
)";

/// The real one, on a screen that nobody sees.
class Qjackctl {
  public:
    explicit Qjackctl(const Studio &studio) : home_(studio.folder.path() / "home") {
        fs::create_directories(home_ / ".config" / "rncbc.org");
        fs::create_directories(home_ / "run");
        fs::permissions(home_ / "run", fs::perms::owner_all);
        std::ofstream(home_ / ".config" / "rncbc.org" / "QjackCtl.conf") << kSettings;
        std::ofstream(home_ / "patch.xml") << kPatchbay;
        REQUIRE(eventually([&] { return screen_.standard_output().ends_with('\n'); }));
        auto environment = studio.server.environment();
        environment["HOME"] = home_;
        environment["XDG_CONFIG_HOME"] = home_ / ".config";
        environment["XDG_RUNTIME_DIR"] = home_ / "run";
        environment["DISPLAY"] = ":" + std::to_string(std::stoi(screen_.standard_output()));
        program_ = std::make_unique<ChildProcess>(
            std::vector<std::string>{"qjackctl", "-n", studio.server.name(), "-a",
                                     home_ / "patch.xml"},
            environment);
    }
    bool is_running() { return program_->is_running(); }

  private:
    fs::path home_;
    ChildProcess screen_{{"Xvfb", "-displayfd", "1", "-screen", "0", "800x600x24"}};
    std::unique_ptr<ChildProcess> program_;
};

} // namespace

TEST_CASE("what qjackctl connects and disconnects stays until the application ends") {
    Studio studio("rules: [ { match: { client: player }, route: main } ]\n");
    auto player = std::make_unique<ProbeClient>(studio.server.name(), "player", 2, 0);
    REQUIRE(goes_to(*player, "player:play_2", {"headroom:main_in_2"}));
    // The hand of a user comes after the application has settled.
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    {
        Qjackctl qjackctl(studio);
        CHECK(goes_to(*player, "player:play_1", {"system:playback_1"}));
        CHECK(goes_to(*player, "player:play_2", {"system:playback_2"}));
        CHECK_FALSE(eventually(
            [&] {
                return links_of(*player, "player:play_1") !=
                       std::vector<std::string>{"system:playback_1"};
            },
            std::chrono::milliseconds(2500)));
        CHECK(qjackctl.is_running());
    }
    CHECK(links_of(*player, "player:play_2") == std::vector<std::string>{"system:playback_2"});

    player.reset();
    player = std::make_unique<ProbeClient>(studio.server.name(), "player", 2, 0);
    CHECK(goes_to(*player, "player:play_1", {"headroom:main_in_1"}));
    CHECK(goes_to(*player, "player:play_2", {"headroom:main_in_2"}));
}
