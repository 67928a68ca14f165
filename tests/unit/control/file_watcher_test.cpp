// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/file_watcher.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

#include <fstream>

using headroom::control::EventLoop;
using headroom::control::FileWatcher;
using headroom::test::TemporaryFolder;
using std::chrono::milliseconds;

namespace {

namespace fs = std::filesystem;

constexpr milliseconds kInTime{250};
constexpr milliseconds kQuiet{150};

struct Watcher {
    EventLoop loop;
    int told = 0;
    FileWatcher watcher{loop, [this] {
                            ++told;
                            loop.stop();
                        }};
    void watch(const std::vector<fs::path> &files) { watcher.watch(files); }
};

/// Whether the watcher tells of a change before the time is over.
bool tells(Watcher &watcher, milliseconds within = kInTime) {
    const int before = watcher.told;
    const auto end = watcher.loop.on_timer(within, [&] {
        watcher.loop.stop();
        return milliseconds(-1);
    });
    watcher.loop.run();
    return watcher.told != before;
}

void write(const fs::path &file, const std::string &text) {
    std::ofstream(file) << text;
}

} // namespace

TEST_CASE("every way of saving is told in time, once") {
    const TemporaryFolder scratch;
    const fs::path file = scratch.path() / "profile.yaml";
    write(file, "first");
    Watcher watcher;
    watcher.watch({file});
    CHECK_FALSE(tells(watcher, kQuiet));

    SECTION("in place") {
        write(file, "second");
    }
    SECTION("in place, in several writes") {
        std::ofstream stream(file);
        for (int i = 0; i < 5; ++i)
            stream << "line" << std::endl;
    }
    SECTION("renamed over") {
        write(scratch.path() / "profile.yaml~", "second");
        fs::rename(scratch.path() / "profile.yaml~", file);
    }
    SECTION("the old one moved away, as a backup, and a new one made") {
        fs::rename(file, scratch.path() / "profile.yaml~");
        write(file, "second");
    }
    SECTION("deleted and created") {
        fs::remove(file);
        write(file, "second");
    }
    SECTION("a hard link in its place") {
        write(scratch.path() / "other", "second");
        fs::remove(file);
        fs::create_hard_link(scratch.path() / "other", file);
    }
    SECTION("the whole folder replaced") {
        const fs::path aside = scratch.path().string() + "-aside";
        fs::rename(scratch.path(), aside);
        fs::create_directory(scratch.path());
        write(file, "second");
        fs::remove_all(aside);
    }
    CHECK(tells(watcher));
    CHECK_FALSE(tells(watcher, kQuiet));
    // And the next one is told as well.
    write(file, "third");
    CHECK(tells(watcher));
}

TEST_CASE("a file behind symbolic links is followed, and so are the links") {
    const TemporaryFolder scratch;
    const fs::path &root = scratch.path();
    for (const char *version : {"v1", "v2", "v3"}) {
        fs::create_directory(root / version);
        write(root / version / "profile.yaml", version);
    }
    fs::create_directory_symlink("v1", root / "current");
    fs::create_symlink("current/profile.yaml", root / "profile.yaml");
    Watcher watcher;
    watcher.watch({root / "profile.yaml"});

    write(root / "v1" / "profile.yaml", "edited");
    CHECK(tells(watcher));

    fs::create_directory_symlink("v2", root / "fresh");
    fs::rename(root / "fresh", root / "current");
    CHECK(tells(watcher));
    write(root / "v2" / "profile.yaml", "edited");
    CHECK(tells(watcher));
    write(root / "v1" / "profile.yaml", "no more");
    CHECK_FALSE(tells(watcher, kQuiet));

    fs::remove(root / "profile.yaml");
    fs::create_symlink(root / "v3" / "profile.yaml", root / "profile.yaml");
    CHECK(tells(watcher));
    write(root / "v3" / "profile.yaml", "edited");
    CHECK(tells(watcher));
}

TEST_CASE("other files, and reading, are nobody's concern") {
    const TemporaryFolder scratch;
    const fs::path file = scratch.path() / "profile.yaml";
    write(file, "first");
    Watcher watcher;
    watcher.watch({file});
    write(scratch.path() / "profile.yaml.swp", "x");
    fs::create_directory(scratch.path() / "folder");
    { std::ifstream reader(file); }
    CHECK_FALSE(tells(watcher, kQuiet));
}

TEST_CASE("of several files each is watched") {
    const TemporaryFolder scratch;
    const fs::path one = scratch.path() / "one.yaml";
    const fs::path two = scratch.path() / "sub" / "two.yaml";
    fs::create_directory(two.parent_path());
    Watcher watcher;
    watcher.watch({one, {}, two});
    for (const fs::path &file : {one, two, one}) {
        write(file, "changed");
        CHECK(tells(watcher));
    }
    write(scratch.path() / "sub" / "one.yaml", "another");
    CHECK_FALSE(tells(watcher, kQuiet));
}

TEST_CASE("a change is told though the same file is to be watched again") {
    const TemporaryFolder scratch;
    const fs::path file = scratch.path() / "profile.yaml";
    write(file, "first");
    Watcher watcher;
    watcher.watch({file});
    write(file, "second");
    CHECK_FALSE(tells(watcher, FileWatcher::kSettle / 2));
    watcher.watch({file});
    CHECK(tells(watcher));
}

TEST_CASE("the watcher goes over to another file, or to none") {
    const TemporaryFolder scratch;
    const fs::path first = scratch.path() / "first.yaml";
    write(first, "1");
    const fs::path second = scratch.path() / "sub" / "second.yaml";
    Watcher watcher;
    watcher.watch({first});
    watcher.watch({second});
    write(first, "11");
    CHECK_FALSE(tells(watcher, kQuiet));
    fs::create_directory(second.parent_path());
    write(second, "2");
    CHECK(tells(watcher));
    watcher.watch({});
    write(second, "22");
    CHECK_FALSE(tells(watcher, kQuiet));
}
