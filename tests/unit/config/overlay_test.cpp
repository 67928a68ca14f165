// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/overlay.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>
#include <thread>

using namespace headroom;
using headroom::test::TemporaryFolder;

namespace {

namespace fs = std::filesystem;

std::string content(const fs::path &file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void save_now(Overlay &overlay) {
    while (const auto wait = overlay.save())
        std::this_thread::sleep_for(std::min(*wait, std::chrono::milliseconds(2)));
}

} // namespace

TEST_CASE("what was changed is there again after a restart, whatever the names hold") {
    const TemporaryFolder scratch;
    const fs::path file = scratch.path() / "deep" / "er" / "overlay";
    const Overlay::Entries wanted{{"bypass", "on"},
                                  {"bus/main/limiter/ceiling", "-3.1"},
                                  {"route/Web\tBrowser\n# end 2%41", "by pass\\\t"}};
    {
        Overlay overlay(file);
        CHECK(overlay.entries().empty());
        for (const auto &[path, value] : wanted)
            overlay.set(path, value);
    }
    CHECK(Overlay(file).entries() == wanted);
    {
        Overlay overlay(file);
        CHECK(overlay.clear("bypass"));
        CHECK_FALSE(overlay.clear("bypass"));
    }
    CHECK(Overlay(file).entries().size() == 2);
    CHECK(Overlay(file).clear_all() == 2);
    CHECK(Overlay(file).entries().empty());
}

TEST_CASE("a file cut at any byte loses at most the last save and always loads") {
    const TemporaryFolder scratch;
    const fs::path file = scratch.path() / "overlay";
    Overlay::Entries before;
    Overlay::Entries after;
    {
        Overlay overlay(file);
        for (int i = 0; i < 20; ++i)
            overlay.set("bus/main/stage/" + std::to_string(i), std::to_string(i));
        before = overlay.entries();
    }
    {
        Overlay overlay(file);
        overlay.set("bus/main/stage/3", "changed");
        overlay.set("route/Web Browser", "bypass");
        after = overlay.entries();
    }
    const std::string whole = content(file);
    const std::string former = content(file.string() + ".before");
    REQUIRE(whole.size() > 100);
    for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
        std::ofstream(file, std::ios::binary) << whole.substr(0, bytes);
        const Overlay::Entries read = Overlay(file).entries();
        bool good = true;
        for (const auto &[path, value] : before)
            good = good && read.contains(path) &&
                   (read.at(path) == value || read.at(path) == after.at(path));
        for (const auto &[path, value] : read)
            good = good && after.contains(path) &&
                   (value == after.at(path) || (before.contains(path) && value == before.at(path)));
        if (bytes == whole.size())
            good = good && read == after;
        CAPTURE(bytes);
        CHECK(good);
    }
    // Both cut, and everything gone: the start goes on.
    for (std::size_t bytes = 0; bytes <= former.size(); ++bytes) {
        std::ofstream(file, std::ios::binary) << whole.substr(0, bytes);
        std::ofstream(file.string() + ".before", std::ios::binary) << former.substr(0, bytes);
        CHECK(Overlay(file).entries().size() <= after.size());
    }
    fs::remove(file);
    fs::remove(file.string() + ".before");
    CHECK(Overlay(file).entries().empty());
}

TEST_CASE("a moment between the two renames loses only the last save") {
    const TemporaryFolder scratch;
    const fs::path file = scratch.path() / "overlay";
    { Overlay(file).set("bypass", "on"); }
    { Overlay(file).set("bus/main/bypass", "on"); }
    fs::remove(file);
    CHECK(Overlay(file).entries() == Overlay::Entries{{"bypass", "on"}});
}

TEST_CASE("any bytes at all load") {
    const TemporaryFolder scratch;
    constexpr std::string_view kBytes("\t\n%#a0 \xff\0end", 12);
    std::uint32_t random = 1;
    for (int round = 0; round < 200; ++round) {
        std::string text(static_cast<std::size_t>(round), ' ');
        for (char &c : text) {
            random = random * 1664525u + 1013904223u;
            c = kBytes[(random >> 24) % kBytes.size()];
        }
        std::ofstream(scratch.path() / "overlay", std::ios::binary) << text;
        CHECK(Overlay(scratch.path() / "overlay").entries().size() <= text.size());
    }
}

TEST_CASE("changes are written at most once a second, and not by the caller") {
    const TemporaryFolder scratch;
    const fs::path file = scratch.path() / "overlay";
    Overlay overlay(file);
    CHECK_FALSE(overlay.save().has_value());
    overlay.set("bypass", "on");
    REQUIRE(overlay.save().has_value());
    for (int i = 0; i < 50; ++i) {
        overlay.set("bus/main/limiter/ceiling", std::to_string(-i));
        REQUIRE(overlay.save().has_value());
    }
    const auto wait = overlay.save();
    REQUIRE(wait.has_value());
    CHECK(content(file).find("ceiling") == std::string::npos);
    save_now(overlay);
    CHECK(content(file).find("ceiling\t-49\n") != std::string::npos);
    CHECK(overlay.failure().empty());
}

TEST_CASE("what cannot be written is kept, tried again, and told until it is") {
    const TemporaryFolder scratch;
    std::ofstream(scratch.path() / "plain") << "no folder";
    const fs::path file = scratch.path() / "plain" / "overlay";
    Overlay overlay(file);
    overlay.set("bypass", "on");
    const auto save_until = [&](auto condition) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!condition() && overlay.save() && std::chrono::steady_clock::now() < end)
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
    };
    save_until([&] { return !overlay.failure().empty(); });
    CHECK(overlay.failure().find(file.string()) != std::string::npos);
    CHECK(overlay.has_changes());
    fs::remove(scratch.path() / "plain");
    save_until([] { return false; });
    CHECK(overlay.failure().empty());
    CHECK_FALSE(overlay.has_changes());
    CHECK(Overlay(file).entries().at("bypass") == "on");
}

TEST_CASE("the overlay says when it is full, and a folder in its place stays one") {
    const TemporaryFolder scratch;
    Overlay overlay;
    for (std::size_t i = 0; i < Overlay::kMaxEntries; ++i)
        REQUIRE(overlay.set("route/" + std::to_string(i), "bypass"));
    CHECK_FALSE(overlay.set("bypass", "on"));
    CHECK(overlay.set("route/0", "ignore"));
    CHECK_FALSE(overlay.set("", "on"));
    const fs::path folder = scratch.path() / "overlay";
    fs::create_directory(folder);
    Overlay in_place(folder);
    in_place.set("bypass", "on");
    CHECK_FALSE(in_place.save_now());
    CHECK(fs::is_directory(folder));
}

TEST_CASE("the profile that was chosen is kept beside the entries") {
    const TemporaryFolder scratch;
    const fs::path file = scratch.path() / "overlay";
    {
        Overlay overlay(file);
        overlay.set("bypass", "on");
        overlay.choose_profile("night");
    }
    Overlay overlay(file);
    CHECK(overlay.chosen_profile() == "night");
    CHECK(overlay.entries().size() == 1);
    CHECK(overlay.clear_all() == 1);
    CHECK(overlay.chosen_profile() == "night");
}

TEST_CASE("an entry without effect says why") {
    const auto profile = find_profile("night");
    REQUIRE(profile);
    const auto why = [&](const char *path, const char *value) {
        return unused_because(*profile, path, value);
    };
    CHECK(why("bus/main/limiter/ceiling", "-3").empty());
    CHECK(why("bus/main/limiter/ceiling", "loud") == "it is no value");
    CHECK(why("bus/rear/limiter/ceiling", "-3") == "the profile has no such bus");
    CHECK(why("bus/main/limiter/cieling", "-3") == "there is no such parameter");
    CHECK(why("strip/mpv/trim", "-3").empty());
    CHECK(why("strip/mpv/trim", "x") == "it is no value");
    CHECK(why("route/mpv", "main+rear") == "the profile has no such bus");
    CHECK(why("route/mpv", "bypass").empty());
    CHECK(why("midi/learned/cc 7", "{ }").empty());
}

TEST_CASE("the overlay lies over every profile, and what it does not have is left alone") {
    Overlay overlay;
    overlay.set("bypass", "on");
    overlay.set("bus/main/limiter/ceiling", "-7");
    overlay.set("bus/main/limiter/mode", "low");
    overlay.set("bus/main/agc/target", "nonsense");
    overlay.set("bus/main/no/such", "1");
    overlay.set("bus/other/limiter/ceiling", "-9");
    overlay.set("route/mpv", "bypass");
    const auto profile = find_profile("night");
    REQUIRE(profile);
    const Profile over = with_overlay(*profile, overlay);
    CHECK(over.globals[global_parameter_id("bypass")] == 1.0f);
    CHECK(over.buses[0].values[parameter_id("limiter/ceiling")] == -7.0f);
    CHECK(over.buses[0].values[parameter_id("limiter/mode")] == 0.0f);
    CHECK(over.buses[0].values[parameter_id("agc/target")] ==
          profile->buses[0].values[parameter_id("agc/target")]);
}

TEST_CASE("every value of a parameter comes back as it was") {
    for (std::size_t i = 0; i < kParameterCount; ++i) {
        const Parameter &p = parameters()[i];
        CAPTURE(std::string(p.path));
        for (const float share : {0.0f, 0.1f, 1.0f / 3.0f, 0.7f, 1.0f}) {
            const float value = from_normalised(p, share);
            const auto read = from_text(p, to_exact_text(p, value));
            REQUIRE(read);
            CHECK(*read == value);
        }
    }
}
