// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/profile.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <unistd.h>

using namespace headroom;
namespace fs = std::filesystem;

namespace {

/// A folder of its own, and XDG variables that point into it.
class ScratchHome {
  public:
    ScratchHome() {
        std::string pattern = (fs::temp_directory_path() / "headroom-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()));
        root_ = pattern;
        set("XDG_CONFIG_HOME", (root_ / "config").string());
        set("XDG_DATA_DIRS", (root_ / "local").string() + ":" + (root_ / "share").string());
    }
    ~ScratchHome() {
        for (const auto &[name, value] : saved_)
            value ? setenv(name, value->c_str(), 1) : unsetenv(name);
        fs::remove_all(root_);
    }
    ScratchHome(const ScratchHome &) = delete;
    ScratchHome &operator=(const ScratchHome &) = delete;

    fs::path write(const fs::path &file, const std::string &text) const {
        fs::path path = root_ / file;
        fs::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }
    const fs::path &root() const { return root_; }

    void set(const char *name, const std::string &value) {
        const char *old = std::getenv(name);
        saved_.emplace_back(name, old ? std::optional<std::string>(old) : std::nullopt);
        setenv(name, value.c_str(), 1);
    }

  private:
    fs::path root_;
    std::vector<std::pair<const char *, std::optional<std::string>>> saved_;
};

std::string profile_text(const std::string &description) {
    return "description: " + description + "\n";
}

} // namespace

TEST_CASE("the user's profiles come before the system's, and those before the built-in ones") {
    const ScratchHome home;
    const auto description = [](const char *name) {
        return find_profile(name).value().description;
    };
    const std::string built_in = description("night");
    home.write("share/headroom/profiles/night.yaml", profile_text("Share."));
    CHECK(description("night") == "Share.");
    home.write("local/headroom/profiles/night.yaml", profile_text("Local."));
    CHECK(description("night") == "Local.");
    home.write("config/headroom/profiles/night.yml", profile_text("Mine, short extension."));
    CHECK(description("night") == "Mine, short extension.");
    home.write("config/headroom/profiles/night.yaml", profile_text("Mine."));
    CHECK(description("night") == "Mine.");
    CHECK(find_profile("night").value().name == "night");

    const auto all = list_profiles();
    CHECK(std::is_sorted(all.begin(), all.end()));
    CHECK(std::count_if(all.begin(), all.end(), [](auto &p) { return p.first == "night"; }) == 1);
    CHECK(std::count(all.begin(), all.end(),
                     std::pair<std::string, std::string>("night", "Mine.")) == 1);
    CHECK(std::any_of(all.begin(), all.end(), [](auto &p) { return p.first == "speech"; }));
    CHECK(built_in != "Mine.");
}

TEST_CASE("the search path follows the XDG base directories") {
    ScratchHome home;
    home.set("XDG_CONFIG_HOME", "");
    home.set("XDG_DATA_DIRS", "relative:/somewhere");
    home.set("HOME", "/home/someone");
    CHECK(profile_folders() == std::vector<fs::path>{"/home/someone/.config/headroom/profiles",
                                                     "/somewhere/headroom/profiles"});
    home.set("XDG_DATA_DIRS", "");
    CHECK(profile_folders().size() == 3);
}

TEST_CASE("a profile is found by its path") {
    const ScratchHome home;
    const fs::path file = home.write("here/mine.yaml", profile_text("By path."));
    CHECK(find_profile(file.string()).value().description == "By path.");
    CHECK(find_profile(file.string()).value().name == "mine");
    const auto missing = find_profile((home.root() / "none.yaml").string());
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().file == (home.root() / "none.yaml").string());
    CHECK(missing.error().message.find("No such file") != std::string::npos);
    const auto folder = find_profile((home.root() / "here").string());
    REQUIRE_FALSE(folder.has_value());
    CHECK(folder.error().message.find("folder") != std::string::npos);
}

TEST_CASE("an unknown name lists what there is") {
    const ScratchHome home;
    const auto missing = find_profile("nigth");
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().message.find("broadcast, bypass-all, ") != std::string::npos);
    CHECK(missing.error().remedy == "did you mean night?");
    CHECK_FALSE(find_profile("").has_value());
}

TEST_CASE("a profile that does not load is named as such, not passed over") {
    const ScratchHome home;
    const fs::path file = home.write("config/headroom/profiles/night.yaml", "bypas: on\n");
    const auto bad = find_profile("night");
    REQUIRE_FALSE(bad.has_value());
    CHECK(bad.error().file == file.string());
    const auto all = list_profiles();
    const auto entry =
        std::find_if(all.begin(), all.end(), [](auto &p) { return p.first == "night"; });
    REQUIRE(entry != all.end());
    CHECK(entry->second.starts_with("does not load: " + file.string() + ":1:1: "));
}

TEST_CASE("a file beyond the limit is refused without being read whole") {
    const ScratchHome home;
    const fs::path file = home.write("big.yaml", std::string(300 * 1024, '\n'));
    const auto big = load_profile(file);
    REQUIRE_FALSE(big.has_value());
    CHECK(big.error().message.find("expected at most 262144") != std::string::npos);
}
