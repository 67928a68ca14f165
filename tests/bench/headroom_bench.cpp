// SPDX-License-Identifier: GPL-3.0-or-later

// Measures our limiter and those that Debian packages on the same material, in one run.
#include "tests/bench/peer_run.hpp"
#include "tests/bench/report.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

using namespace headroom::bench;

namespace {

struct Options {
    Extent extent = Extent::whole;
    std::string only;
    bool json = false;
    std::filesystem::path music_folder = HEADROOM_MUSIC_FOLDER;

    bool wants(std::string_view name) const { return name.find(only) != name.npos; }
};

/// Those that are wanted and run here; the others are named.
std::vector<PeerType> usable_peers(const Options &options, std::vector<std::string> &missing) {
    std::vector<PeerType> types;
    for (const PeerType &type : peer_types()) {
        if (!options.wants(type.name))
            continue;
        try {
            make_peer(type, kRate_hz, kBlock_frames);
            types.push_back(type);
        } catch (const std::runtime_error &error) {
            missing.push_back(type.name + " of the Debian package " + type.package + " (" +
                              error.what() + ")");
        }
    }
    return types;
}

Report measure(const Options &options) {
    Report report;
    const int rounds = options.extent == Extent::whole ? 8 : 3;
    const auto types = usable_peers(options, report.missing);
    MusicMaterial music = music_material(options.extent, options.music_folder);
    for (const std::string &package : music.missing)
        report.missing.push_back("music of the Debian package " + package);
    const Source source{synthesised_material(options.extent), std::move(music.tracks)};
    report.tracks = source.music.size();

    for (const PeerType &type : types) {
        std::cerr << "headroom_bench: " << type.name << "\n";
        report.rows.push_back({type, measure_quality(type, source), {}});
    }
    if (options.wants("contracts"))
        report.contracts = measure_contracts(options.extent, options.music_folder);
    std::cerr << "headroom_bench: cost\n";
    const auto costs = measure_costs(types, source, rounds);
    for (std::size_t i = 0; i < costs.size(); ++i)
        report.rows[i].costs = costs[i];
    constexpr int kRuns = 40;
    if (options.wants("kernels"))
        report.kernels = measure_kernel_costs(cost_music(source), kRuns);
    if (options.wants("buses"))
        report.buses = measure_bus_costs(cost_music(source), kRuns);
    if (options.wants("loudness"))
        report.loudness = measure_loudness_costs(cost_music(source), kRuns);
    return report;
}

} // namespace

int main(int argc, char **argv) {
    Options options;
    bool quick = false;
    CLI::App app("Measures headroom's limiter beside others and prints Markdown tables");
    app.add_flag("--quick", quick, "Shorter material and fewer repetitions");
    app.add_option(
           "--only", options.only,
           "Only those whose name contains NAME; `contracts`, `kernels`, `buses`, `loudness` "
           "and, in ./dev bench, `starts` are tables of their own")
        ->type_name("NAME");
    app.add_flag("--json", options.json, "Print JSON instead of tables");
    app.add_option("--music", options.music_folder, "Folder that keeps the music")
        ->type_name("FOLDER");
    CLI11_PARSE(app, argc, argv);
    if (quick)
        options.extent = Extent::quick;
    try {
        const Report report = measure(options);
        if (options.json)
            std::cout << to_json(report).dump(2) << "\n";
        else
            print_markdown(report, std::cout);
    } catch (const std::exception &error) {
        std::cerr << "headroom_bench: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
