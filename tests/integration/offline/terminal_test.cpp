// SPDX-License-Identifier: GPL-3.0-or-later
// render in a real terminal.
#include "tests/support/catch.hpp"
#include "tests/support/terminal.hpp"
#include "tests/unit/app/sound_files.hpp"

#include <regex>

using namespace headroom;
using headroom::test::eventually;
using headroom::test::Terminal;

TEST_CASE("a terminal shows how far render is, and nothing of it at the end") {
    const sound_files::Folder folder;
    const std::string in = folder.path() / "in.flac";
    constexpr int kRate_hz = 48000;
    REQUIRE(sound_files::write(in, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, kRate_hz,
                               app::AudioChannels(2, std::vector<float>(kRate_hz * 600, 0.5f))));
    Terminal terminal(std::string(HEADROOM_PROGRAM) + " render " + in + " " + in + ".out.flac" +
                      "; echo ended with $?; sleep 600");
    const std::regex bar(R"(\[(#*) *\] +(\d+) %)");
    int last = -1;
    int steps = 0;
    REQUIRE(eventually([&] {
        const std::string screen = terminal.screen();
        std::smatch found;
        if (std::regex_search(screen, found, bar)) {
            const int percent = std::stoi(found[2]);
            CHECK(percent >= last);
            CHECK(found[1].length() == percent / 2);
            steps += percent > last ? 1 : 0;
            last = percent;
        }
        return screen.find("ended with 0") != std::string::npos;
    }));
    CHECK(steps >= 2);
    CHECK_FALSE(std::regex_search(terminal.screen(), bar));
}
