// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/overlay.hpp"
#include "config/session_folder.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

#include <fstream>

using namespace headroom;
using headroom::test::TemporaryFolder;

namespace {

namespace fs = std::filesystem;

Profile profile(const std::string &text, const std::string &name = "mine.yaml") {
    const auto read = read_profile(text, name);
    REQUIRE(read);
    return *read;
}

} // namespace

TEST_CASE("a session has the profile that was saved, under its name") {
    const TemporaryFolder scratch;
    const fs::path folder = scratch.path() / "headroom.nABCD";
    CHECK_FALSE(has_session(folder));
    for (const char *text :
         {"buses: { main: { limiter: { ceiling: -4 } } }",
          "# a comment\n---\nbuses: { main: { limiter: { ceiling: -4 } } }\n# the end",
          "{ buses: { main: { limiter: { ceiling: -4 } } }, name: mine }",
          "name: mine\nbuses: { main: { limiter: { ceiling: -4 } } }\n",
          "buses: { main: { limiter: { ceiling: -4 } } }\ndescription: |\n  In one line.\n"}) {
        CAPTURE(text);
        REQUIRE(save_session(folder, profile(text)));
        CHECK(has_session(folder));
        const auto loaded = load_session(folder);
        REQUIRE(loaded);
        CHECK(loaded->name == "mine");
        CHECK(loaded->buses[0].values[parameter_id("limiter/ceiling")] == -4.0f);
        // What was read there is saved there as it stands, by whomever it was edited.
        CHECK(save_session(folder, *loaded));
        CHECK(load_session(folder)->text == loaded->text);
    }
    REQUIRE(save_session(folder, *find_profile("night")));
    CHECK(load_session(folder)->name == "night");
}

TEST_CASE("a session that is damaged, or cannot be made, is told") {
    const TemporaryFolder scratch;
    const fs::path folder = scratch.path() / "session";
    CHECK_FALSE(load_session(folder));
    REQUIRE(save_session(folder, profile("{}")));
    std::ofstream(folder / "profile.yaml") << "buses: { main: { celing: 3 } }";
    REQUIRE_FALSE(load_session(folder));
    CHECK(load_session(folder).error().text().find("profile.yaml:1:") != std::string::npos);
    CHECK_FALSE(save_session("relative", profile("{}")));
    CHECK_FALSE(save_session("/dev/null/session", profile("{}")));
}

TEST_CASE("an overlay that is saved on request is written then alone") {
    const TemporaryFolder scratch;
    const fs::path file = session_overlay(scratch.path());
    {
        Overlay overlay(file, Overlay::Saving::on_request);
        overlay.set("bypass", "on");
        CHECK(overlay.has_changes());
        CHECK_FALSE(overlay.save());
    }
    CHECK_FALSE(fs::exists(file));
    {
        Overlay overlay(file, Overlay::Saving::on_request);
        overlay.set("bypass", "on");
        REQUIRE(overlay.save_now());
        CHECK_FALSE(overlay.has_changes());
        overlay.set("bypass", "off");
    }
    CHECK(Overlay(file).entries() == Overlay::Entries{{"bypass", "on"}});
}
