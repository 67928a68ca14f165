// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace headroom::test {

/// Real music: a file of a Debian package, which is downloaded and unpacked into the build folder
/// the first time. Fails the test where it cannot be had.
inline std::filesystem::path music(const std::string &package, const std::string &file) {
    const auto fetched = run_program({HEADROOM_FETCH_MUSIC, package, HEADROOM_MUSIC_FOLDER}, {},
                                     std::chrono::minutes(3));
    INFO(fetched.standard_error);
    REQUIRE(fetched.exit_code == 0);
    auto path = std::filesystem::path(HEADROOM_MUSIC_FOLDER) / package / file;
    CAPTURE(path);
    REQUIRE(std::filesystem::is_regular_file(path));
    return path;
}

/// Loud electronic music, 44.1 kHz mono, Ogg Vorbis; its package has 4 MB.
inline std::filesystem::path loud_music() {
    return music("rrootage-data", "usr/share/games/rrootage/sounds/stg_a.ogg");
}

} // namespace headroom::test
