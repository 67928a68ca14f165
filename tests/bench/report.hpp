// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/contracts.hpp"
#include "tests/bench/engine_cost.hpp"
#include "tests/bench/measurement.hpp"

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>

namespace headroom::bench {

struct Report {
    struct Row {
        PeerType type;
        Quality quality;
        PeerCosts costs;
    };
    std::vector<Row> rows;
    std::vector<std::string> missing; ///< what could not be had or did not run, and why
    std::vector<KernelCost> kernels;
    std::vector<BusCost> buses;
    std::optional<LoudnessCosts> loudness;
    std::vector<Contract> contracts;
    std::size_t tracks = 0;
};

/// Processor, its instruction sets, and today's date.
std::string machine();

void print_markdown(const Report &report, std::ostream &out);
nlohmann::json to_json(const Report &report);

} // namespace headroom::bench
