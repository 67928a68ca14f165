// SPDX-License-Identifier: GPL-3.0-or-later
// What a newcomer does first: run it where nothing runs.
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/music/music.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace headroom::test;

namespace {

/// A machine on which neither JACK nor PipeWire runs, and headroom never ran.
ChildProcess::Environment empty_machine() {
    static const TemporaryFolder state;
    return {{"XDG_STATE_HOME", state.path()},
            {"JACK_DEFAULT_SERVER", "headroom-test-no-such-server"},
            {"XDG_RUNTIME_DIR", "/nonexistent"},
            {"PIPEWIRE_RUNTIME_DIR", "/nonexistent"}};
}

void check_summary(const nlohmann::json &summary) {
    INFO(summary.dump(2));
    CHECK(summary.at("raw_frames") == 0);
    CHECK(summary.at("xruns") == 0);
    CHECK(summary.at("output_true_peak_dbtp") <= summary.at("ceiling_dbtp"));
    CHECK(summary.at("input_true_peak_dbtp") > summary.at("ceiling_dbtp"));
    CHECK(summary.at("input_integrated_lufs").is_number());
    CHECK(summary.at("output_integrated_lufs").is_number());
    CHECK(summary.at("callbacks") > 400);
    CHECK(summary.at("callback_us_mean") > 0.0);
    CHECK(summary.at("callback_us_max") >= summary.at("callback_us_mean"));
    CHECK(summary.at("latency_frames") == 264);
    CHECK(summary.at("sample_rate") == 48000);
    REQUIRE(summary.at("applications").size() == 1);
    CHECK(summary.at("applications")[0].at("name") == "demo");
    CHECK(summary.at("applications")[0].at("route") == "main");
}

/// Runs the program where nothing runs and checks its summary. A machine that something else keeps
/// busy cannot keep real time: a run in which that shows as xruns is repeated, three times at most.
void check_run(std::vector<std::string> options) {
    std::vector<std::string> command{headroom_program(), "run", "--json", "--osc-port", "0"};
    command.insert(command.end(), options.begin(), options.end());
    constexpr int kTries = 3;
    nlohmann::json summary;
    for (int attempt = 0; attempt < kTries; ++attempt) {
        const RunResult run = run_program(command, empty_machine(), std::chrono::seconds(60));
        INFO(run.standard_error);
        REQUIRE(run.exit_code == 0);
        summary = nlohmann::json::parse(run.standard_output);
        if (summary.at("xruns") == 0)
            break;
    }
    check_summary(summary);
}

} // namespace

TEST_CASE("without a server headroom runs its own and holds the demo under the ceiling") {
    check_run({"--seconds", "10"});
}

TEST_CASE("a loud real track is held under the ceiling") {
    check_run({"--seconds", "20", "--input", loud_music().string()});
}

TEST_CASE("wrong use ends with 2, failure with 1, and both say why") {
    const RunResult unknown = run_program({headroom_program(), "run", "--no-such-option"});
    CHECK(unknown.exit_code == 2);
    CHECK_FALSE(unknown.standard_error.empty());
    const RunResult profile = run_program({headroom_program(), "run", "--profile", "no-such"});
    CHECK(profile.exit_code == 1);
    CHECK(profile.standard_error.find("no-such") != std::string::npos);
    const RunResult server =
        run_program({headroom_program(), "run", "--server", "headroom-test-no-such-server"});
    CHECK(server.exit_code == 1);
    CHECK(server.standard_error.find("headroom-test-no-such-server") != std::string::npos);
    const RunResult nobody = run_program({headroom_program(), "get", "--port", "9", "bypass"});
    CHECK(nobody.exit_code == 1);
    CHECK_FALSE(nobody.standard_error.empty());
}
