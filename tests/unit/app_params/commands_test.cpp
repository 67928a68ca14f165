// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/embedded_files.hpp"
#include "config/registry.hpp"
#include "jack_client/app/commands.hpp"
#include "jack_client/app/parameter_listing.hpp"
#include "tests/support/catch.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <unistd.h>

using namespace headroom;
using Json = nlohmann::ordered_json;

namespace {

struct Ran {
    int exit_code = -1;
    std::string out;
    std::string err;
};

/// Runs "headroom <arguments>" in this process; wrong use counts as 2, as main() has it.
Ran run(std::vector<std::string> arguments) {
    Ran ran;
    CLI::App app;
    app.require_subcommand(1);
    app::add_params_command(app, ran.exit_code);
    app::add_check_command(app, ran.exit_code);
    std::ostringstream out;
    std::ostringstream err;
    auto *old_out = std::cout.rdbuf(out.rdbuf());
    auto *old_err = std::cerr.rdbuf(err.rdbuf());
    std::reverse(arguments.begin(), arguments.end());
    try {
        app.parse(arguments);
    } catch (const CLI::ParseError &) {
        ran.exit_code = 2;
    }
    std::cout.rdbuf(old_out);
    std::cerr.rdbuf(old_err);
    ran.out = out.str();
    ran.err = err.str();
    return ran;
}

class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string &text)
        : path_(std::filesystem::temp_directory_path() /
                ("headroom-check-" + std::to_string(getpid()) + ".yaml")) {
        std::ofstream(path_) << text;
    }
    ~TemporaryFile() { std::filesystem::remove(path_); }
    TemporaryFile(const TemporaryFile &) = delete;
    TemporaryFile &operator=(const TemporaryFile &) = delete;
    std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

std::size_t lines(const std::string &text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

} // namespace

TEST_CASE("params lists every parameter and meter with range, unit, default and meaning") {
    const Ran ran = run({"params"});
    CHECK(ran.exit_code == 0);
    CHECK(ran.err.empty());
    CHECK(lines(ran.out) ==
          kParameterCount + kMeterCount + kStripParameterCount + kStripMeterCount + 3);
    for (const Parameter &p : parameters())
        CHECK(ran.out.find(p.documentation) != std::string::npos);
    CHECK(ran.out.find("bus/main/limiter/ceiling") != std::string::npos);
    CHECK(ran.out.find("-20 to 0") != std::string::npos);
    CHECK(ran.out.find("low, normal or quality") != std::string::npos);
    CHECK(ran.out.find("meter/bus/main/input/momentary") != std::string::npos);
}

TEST_CASE("params takes a filter") {
    const Ran ran = run({"params", "limiter/ceil"});
    CHECK(ran.exit_code == 0);
    CHECK(lines(ran.out) == 2);
    const Ran none = run({"params", "no such thing"});
    CHECK(none.exit_code == 1);
    CHECK(none.out.empty());
    CHECK(none.err.find("no such thing") != std::string::npos);
}

TEST_CASE("params --json tells everything the registry knows") {
    const Ran ran = run({"params", "--json"});
    CHECK(ran.exit_code == 0);
    const Json listing = Json::parse(ran.out);
    REQUIRE(listing["parameters"].size() == kParameterCount + kStripParameterCount);
    REQUIRE(listing["meters"].size() == kMeterCount + kStripMeterCount);
    for (std::size_t i = 0; i < kParameterCount; ++i) {
        const Parameter &p = parameters()[i];
        const Json &entry = listing["parameters"][i];
        CAPTURE(std::string(p.path));
        CHECK(entry["path"] == p.path);
        CHECK(entry["label"] == p.label);
        CHECK(entry["unit"] == symbol(p.unit));
        CHECK(entry["minimum"].get<float>() == p.minimum);
        CHECK(entry["default"].get<float>() == p.default_value);
        CHECK(entry["maximum"].get<float>() == p.maximum);
        CHECK(entry["choices"].size() == choices(p).size());
        CHECK(entry["structural"] == p.structural);
        CHECK(entry["smoothing_ms"].get<float>() == p.smoothing_ms);
        CHECK(entry["documentation"] == p.documentation);
        CHECK(entry["address"].get<std::string>().starts_with("/headroom/"));
        CHECK(entry["address"].get<std::string>().ends_with(p.path));
    }
    CHECK(ran.out.find("0.1,") != std::string::npos);
    CHECK(listing["parameters"][0]["address"] == "/headroom/bypass");
    CHECK(listing["parameters"][1]["address"] == "/headroom/bus/main/bypass");
    CHECK(listing["meters"][0]["address"] == "/headroom/meter/bus/main/input/momentary");
    CHECK(Json::parse(run({"params", "--json", "ceiling"}).out)["parameters"].size() == 1);
}

TEST_CASE("params --schema describes every parameter where a profile has it") {
    const Json schema = Json::parse(run({"params", "--schema"}).out);
    for (const Parameter &p : parameters()) {
        CAPTURE(std::string(p.path));
        const Json *level = p.scope == Scope::global ? &schema : &schema["definitions"]["bus"];
        std::istringstream path{std::string(p.path)};
        for (std::string key; std::getline(path, key, '/');) {
            if (!level->contains("properties")) // a value, or a map of it and what is below it
                level = &level->at("anyOf").back();
            CHECK((*level)["additionalProperties"] == false);
            level = &level->at("properties").at(key);
        }
        CHECK((*level)["description"] == p.documentation);
    }
}

TEST_CASE("params --man writes mdoc for every parameter and meter") {
    const std::string manual = run({"params", "--man"}).out;
    for (const Parameter &p : parameters())
        CHECK(manual.find(".It Cm " + std::string(p.path) + "\n") != std::string::npos);
    for (const Meter &m : meters())
        CHECK(manual.find(".It Cm " + std::string(m.path) + "\n") != std::string::npos);
}

TEST_CASE("the ways to print parameters exclude each other") {
    CHECK(run({"params", "--json", "--schema"}).exit_code == 2);
    CHECK(run({"params", "--wrong"}).exit_code == 2);
    CHECK(run({"params", "a", "b"}).exit_code == 2);
}

TEST_CASE("check says in one line what a valid profile holds") {
    for (const EmbeddedFile &file : embedded_profiles()) {
        const Ran ran = run({"check", std::string(file.name)});
        CHECK(ran.exit_code == 0);
        CHECK(ran.err.empty());
        CHECK(lines(ran.out) == 1);
        CHECK(ran.out.starts_with(std::string(file.name) + ": bus main (FL FR), "));
    }
    const TemporaryFile file("buses: { a: { channels: mono }, b: }\nrules: []\n");
    CHECK(run({"check", file.path()}).out.find(": buses a (MONO) and b (FL FR), 0 rules\n") !=
          std::string::npos);
}

TEST_CASE("check shows the place of a mistake and fails") {
    const TemporaryFile file("buses:\n  main:\n    limiter: { ceiling: 3 }\n");
    const Ran ran = run({"check", file.path()});
    CHECK(ran.exit_code == 1);
    CHECK(ran.out.empty());
    CHECK(ran.err == file.path() + ":3:25: found \"3\", expected a number from -20.0 to 0.0 dBTP, "
                                   "such as -1.0 dBTP for limiter/ceiling\n");
    CHECK(run({"check", "/no/such/file.yaml"}).exit_code == 1);
    CHECK(run({"check"}).exit_code == 2);
    CHECK(run({"check", "a", "b"}).exit_code == 2);
}

TEST_CASE("check --json is for scripts") {
    const Ran good = run({"check", "--json", "night"});
    CHECK(good.exit_code == 0);
    const Json profile = Json::parse(good.out);
    CHECK(profile["ok"] == true);
    CHECK(profile["buses"][0]["channels"] == Json::array({"FL", "FR"}));
    CHECK(profile["rules"].back()["route"] == "main");

    const TemporaryFile file("bypas: on\n");
    const Ran bad = run({"check", file.path(), "--json"});
    CHECK(bad.exit_code == 1);
    const Json error = Json::parse(bad.out);
    CHECK(error["ok"] == false);
    CHECK(error["file"] == file.path());
    CHECK(error["line"] == 1);
    CHECK(error["column"] == 1);
    CHECK(error["remedy"] == "did you mean bypass?");
}
