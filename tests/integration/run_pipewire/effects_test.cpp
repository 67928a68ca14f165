// SPDX-License-Identifier: GPL-3.0-or-later
// Default sinks that play on: an equaliser, or several speakers at once.
#include "tests/integration/run_pipewire/desktop.hpp"

#include <sstream>

using namespace headroom::test;

namespace {

constexpr const char *kEqualiserSink =
    "--capture-props=media.class=Audio/Sink node.name=eqsink node.description=Equaliser";
constexpr const char *kPinnedOutput =
    "--playback-props=node.name=eqout target.object=speakers node.dont-reconnect=true";

/// A desktop whose default sink is what a tool of PipeWire makes, as that was before headroom came.
class EffectDesktop : public Desktop {
  public:
    EffectDesktop(const std::string &sink, std::vector<std::string> maker,
                  const std::vector<std::string> &further_sinks = {})
        : Desktop(kProfile, further_sinks) {
        headroom->finish();
        maker_ = std::make_unique<ChildProcess>(std::move(maker), session.environment());
        REQUIRE(eventually([&] {
            return session.run({"pactl", "list", "short", "sinks"}).find("\t" + sink + "\t") !=
                   std::string::npos;
        }));
        session.run({"pactl", "set-default-sink", sink});
        REQUIRE(eventually([&] { return default_sink() == sink + "\n"; }));
        headroom = start();
    }
    bool has_link(const std::string &from, const std::string &to) const {
        const std::string links = session.run({"pw-link", "-lo"});
        const std::size_t begin = ("\n" + links).find("\n" + from + "\n");
        if (begin == links.npos)
            return false;
        std::istringstream rest(links.substr(begin));
        std::string line;
        std::getline(rest, line);
        while (std::getline(rest, line) && line.starts_with("  |->"))
            if (line == "  |-> " + to)
                return true;
        return false;
    }

  private:
    std::unique_ptr<ChildProcess> maker_;
};

/// What is heard within 300 ms, once `kind` is.
json steady(Ear &ear, const char *kind) {
    REQUIRE(eventually([&] { return ear.heard()[kind] > 0; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(1000));
    ear.heard();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return ear.heard();
}

} // namespace

TEST_CASE("headroom stands behind an equaliser that is the default sink") {
    EffectDesktop desktop("eqsink", {"pw-loopback", "-m", "[FL FR]", kEqualiserSink,
                                     "--playback-props=node.name=eqout node.description=EqOut"});
    Ear ear(desktop.session);
    const std::string file = desktop.signal_file(60.0);
    auto player = std::make_unique<ChildProcess>(std::vector<std::string>{"pw-play", file},
                                                 desktop.session.environment());
    const json heard = steady(ear, "processed");
    CAPTURE(heard.dump(), desktop.session.run({"pw-link", "-l"}));
    CHECK(heard["raw"] == 0);
    CHECK(heard["both"] == 0);
    CHECK(heard["other"] == 0);
    const json known = desktop.routes();
    CHECK(known.size() == 1); // the equaliser's output is none
    if (desktop.is_smart())
        return;
    CHECK(desktop.has_link("pw-play:output_FR", "eqsink:playback_FR"));
    CHECK(desktop.has_link("eqout:output_FR", "headroom-sink:playback_FR"));
    CHECK(desktop.has_link("headroom:main_out_2", "speakers:playback_FR"));
    player.reset();
    const ChildProcess bypassed({"paplay", "--client-name=bypassed", file},
                                desktop.session.environment());
    const json untouched = steady(ear, "raw");
    CAPTURE(untouched.dump());
    CHECK(untouched["processed"] == 0);
    CHECK(untouched["both"] == 0);
    desktop.headroom->finish();
    CHECK(eventually([&] { return desktop.default_sink() == "eqsink\n"; }));
    CHECK(eventually([&] { return desktop.has_link("eqout:output_FR", "speakers:playback_FR"); }));
}

TEST_CASE("an equaliser that has chosen its device is played into, and nothing is heard twice") {
    EffectDesktop desktop("eqsink",
                          {"pw-loopback", "-m", "[FL FR]", kEqualiserSink, kPinnedOutput});
    Ear ear(desktop.session);
    const std::string file = desktop.signal_file(60.0);
    for (const std::string name : {"player", "bypassed"}) {
        const ChildProcess player({"paplay", "--client-name=" + name, file},
                                  desktop.session.environment());
        const bool is_raw = name == "bypassed";
        const json heard = steady(ear, is_raw ? "raw" : "processed");
        CAPTURE(name, heard.dump(), desktop.session.run({"pw-link", "-l"}));
        CHECK(heard[is_raw ? "processed" : "raw"] == 0);
        CHECK(heard["both"] == 0);
        CHECK(heard["other"] == 0);
    }
}

TEST_CASE("both speakers of a combined default sink sound, once") {
    EffectDesktop desktop("combined",
                          {"pactl", "load-module", "module-combine-sink", "sink_name=combined",
                           "slaves=speakers,others"},
                          {"others"});
    Ear speakers(desktop.session);
    Ear others(desktop.session, "others");
    const ChildProcess player({"pw-play", desktop.signal_file(60.0)},
                              desktop.session.environment());
    for (Ear *ear : {&speakers, &others}) {
        const json heard = steady(*ear, "processed");
        CAPTURE(heard.dump(), desktop.session.run({"pw-link", "-l"}));
        CHECK(heard["raw"] == 0);
        CHECK(heard["both"] == 0);
        CHECK(heard["other"] == 0);
    }
    const json known = desktop.routes();
    CHECK(known.size() == 1);
}
