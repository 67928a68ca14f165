// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/text_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

#include <fstream>
#include <sys/stat.h>

using namespace headroom;
using headroom::test::TemporaryFolder;

namespace {

namespace fs = std::filesystem;

unsigned mode_of(const fs::path &file) {
    struct stat about {};
    REQUIRE(::stat(file.c_str(), &about) == 0);
    return about.st_mode & 0777u;
}

} // namespace

TEST_CASE("only regular files are read, and none of the others is waited for") {
    const TemporaryFolder scratch;
    const fs::path pipe = scratch.path() / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    for (const fs::path &file : {pipe, scratch.path(), fs::path("/dev/zero")}) {
        const auto text = read_text(file, 100);
        REQUIRE_FALSE(text);
        CHECK(text.error().text().find(file.string() + ": cannot be read: it is a ") == 0);
    }
    CHECK_FALSE(read_text(scratch.path() / "none", 100));
    CHECK(read_text_if_there(scratch.path() / "none", 100).value() == std::nullopt);
    std::ofstream(scratch.path() / "long") << std::string(1000, 'a');
    CHECK(read_text(scratch.path() / "long", 100)->size() == 101);
    CHECK(read_text(scratch.path() / "long", 1000)->size() == 1000);
}

TEST_CASE("a file is replaced as a whole, for the owner alone, where its link leads") {
    const TemporaryFolder scratch;
    const fs::path file = scratch.path() / "a" / "b" / "state";
    REQUIRE(write_text(file, "one", Access::owner));
    CHECK(mode_of(file) == 0600);
    CHECK(mode_of(file.parent_path()) == 0700);
    const fs::path link = scratch.path() / "link";
    fs::create_symlink("a/b/state", link);
    REQUIRE(write_text(link, "two", Access::owner));
    CHECK(fs::is_symlink(link));
    CHECK(read_text(file, 100).value() == "two");
    CHECK_FALSE(write_new_text(file, "three", Access::everyone));
    CHECK(read_text(file, 100).value() == "two");
    CHECK(std::distance(fs::directory_iterator(file.parent_path()), {}) == 1);
    CHECK_FALSE(write_text(scratch.path() / "a", "a folder", Access::owner));
    CHECK(fs::is_directory(scratch.path() / "a"));
}
