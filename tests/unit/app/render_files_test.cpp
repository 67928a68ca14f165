// SPDX-License-Identifier: GPL-3.0-or-later
// Many files at once, reports and drawings.
#include "jack_client/app/commands.hpp"
#include "tests/unit/app/command_line.hpp"
#include "tests/unit/app/sound_files.hpp"

#include <nlohmann/json.hpp>

using namespace headroom::app;
using command_line::mentions;
using command_line::Outcome;
using command_line::render_cli;
using nlohmann::json;
using sound_files::Folder;
using sound_files::write_loud;

namespace {

namespace fs = std::filesystem;

} // namespace

TEST_CASE("files and whole folders are rendered at once, each to its place") {
    const Folder folder;
    write_loud(folder / "one.wav");
    write_loud(folder / "album/disc 1/two.wav");
    write_loud(folder / "album/three.wav");
    std::ofstream(folder / "album/cover.jpg") << "no sound";
    const Outcome outcome = render_cli(
        {"--to", folder / "out", "-j", "3", folder / "one.wav", folder / "album", "--json"});
    INFO(outcome.errors);
    CHECK(outcome.exit_code == 0);
    CHECK(json::parse(outcome.output).size() == 3);
    for (const char *name : {"one.wav", "disc 1/two.wav", "three.wav"}) {
        CAPTURE(name);
        const auto out = read_audio_file(folder / "out" / name);
        REQUIRE(out.has_value());
        CHECK(out->channels[0].size() == 96000);
    }
    CHECK_FALSE(fs::exists(folder / "out" / "cover.jpg"));
    // All from the same input, whichever thread did it.
    CHECK(sound_files::bytes(folder / "out" / "one.wav") ==
          sound_files::bytes(folder / "out" / "three.wav"));
}

TEST_CASE("what is done is left out when a job is resumed") {
    const Folder folder;
    write_loud(folder / "in/a.wav");
    write_loud(folder / "in/b.wav");
    const std::vector<std::string> command{"--to", folder / "out", "--resume", "--json",
                                           folder / "in"};
    CHECK(json::parse(render_cli(command).output).size() == 2);
    CHECK(json::parse(render_cli(command).output).empty());
    fs::remove(folder / "out" / "b.wav");
    fs::last_write_time(folder / "in" / "a.wav",
                        fs::last_write_time(folder / "out" / "a.wav") + std::chrono::hours(1));
    CHECK(json::parse(render_cli(command).output).size() == 2);
}

TEST_CASE("one bad file does not keep the others") {
    const Folder folder;
    write_loud(folder / "in/good.wav");
    std::ofstream(folder / "in/bad.wav") << "no sound";
    const Outcome outcome = render_cli({"--to", folder / "out", "-j", "2", folder / "in"});
    CHECK(outcome.exit_code == 1);
    mentions(outcome.errors, "bad.wav");
    CHECK(fs::exists(folder / "out" / "good.wav"));
    CHECK_FALSE(fs::exists(folder / "out" / "bad.wav"));
}

TEST_CASE("files that would overwrite each other, or themselves, are refused") {
    const Folder folder;
    write_loud(folder / "a/x.wav");
    write_loud(folder / "b/x.wav");
    const Outcome both =
        render_cli({"--to", folder / "out", folder / "a/x.wav", folder / "b/x.wav"});
    CHECK(both.exit_code == 2);
    mentions(both.errors, "both become");
    CHECK(render_cli({"--to", folder / "a", folder / "a/x.wav"}).exit_code == 2);
    CHECK(render_cli({"--to", folder / "out", folder / "none.wav"}).exit_code == 2);
    CHECK(render_cli({folder / "a/x.wav"}).exit_code == 2);
    CHECK(render_cli({"--to", folder / "o", "--plot", folder / "p.svg", folder / "a"}).exit_code ==
          2);
}

TEST_CASE("a report tells before and after") {
    const Folder folder;
    write_loud(folder / "in.wav");
    const Outcome text = render_cli({"--report", folder / "in.wav", folder / "out.wav"});
    CHECK(text.exit_code == 0);
    for (const char *part : {"integrated loudness", "loudness range", "true peak", "3.5 ->     -1.",
                             "most by the limiter"})
        mentions(text.output, part);
    const json figures = json::parse(
        render_cli({"--report", "--json", folder / "in.wav", folder / "out.wav"}).output);
    CHECK(figures["before"]["true_peak_dbtp"].get<double>() == Approx(3.52).margin(0.05));
    CHECK(figures["after"]["true_peak_dbtp"].get<double>() <= -1.0);
    CHECK(figures["strongest_gain_db"]["limiter/gain_reduction"].get<double>() < -1.0);
}

TEST_CASE("a plot draws the render") {
    const Folder folder;
    write_loud(folder / "in <1>.wav");
    CHECK(render_cli({"--plot", folder / "plot.svg", folder / "in <1>.wav", folder / "out.wav"})
              .exit_code == 0);
    const std::string svg = sound_files::bytes(folder / "plot.svg");
    for (const char *part : {"<svg ", "in &lt;1>.wav", "<polygon", "<polyline", "ceiling -1.0 dBTP",
                             "target -18.0 LUFS", "</svg>"})
        mentions(svg, part);
    CHECK(svg.find("nan") == std::string::npos);
    CHECK(svg.find("inf") == std::string::npos);
    const Outcome wrong =
        render_cli({"--plot", folder / "plot.gif", folder / "in <1>.wav", folder / "out.wav"});
    CHECK(wrong.exit_code == 2);
    mentions(wrong.errors, ".svg or .png");
    CHECK(render_cli({"--plot", folder / "plot.png", folder / "in <1>.wav", folder / "out.wav"})
              .exit_code == 0);
    CHECK(sound_files::bytes(folder / "plot.png").substr(1, 3) == "PNG");
}
