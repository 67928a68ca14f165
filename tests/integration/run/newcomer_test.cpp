// SPDX-License-Identifier: GPL-3.0-or-later
// What a newcomer does first: run it where nothing runs.
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/music/music.hpp"

using namespace headroom::test;

namespace {

/// A machine on which neither JACK nor PipeWire runs.
ChildProcess::Environment empty_machine() {
    return {{"JACK_DEFAULT_SERVER", "headroom-test-no-such-server"},
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

} // namespace

TEST_CASE("without a server headroom runs its own and holds the demo under the ceiling") {
    const RunResult run =
        run_program({headroom_program(), "run", "--seconds", "10", "--json", "--osc-port", "0"},
                    empty_machine(), std::chrono::seconds(60));
    INFO(run.standard_error);
    REQUIRE(run.exit_code == 0);
    check_summary(nlohmann::json::parse(run.standard_output));
}

TEST_CASE("a loud real track is held under the ceiling") {
    const RunResult run = run_program({headroom_program(), "run", "--seconds", "20", "--input",
                                       loud_music().string(), "--json", "--osc-port", "0"},
                                      empty_machine(), std::chrono::seconds(60));
    INFO(run.standard_error);
    REQUIRE(run.exit_code == 0);
    check_summary(nlohmann::json::parse(run.standard_output));
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
