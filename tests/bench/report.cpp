// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/report.hpp"

#include "jack_client/dsp/peak_kernels.hpp"
#include "tests/bench/peer_run.hpp"

#include <cstdarg>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

namespace headroom::bench {

namespace {

constexpr auto kReference = "x42 dpl, true peak";

[[gnu::format(printf, 1, 2)]] std::string text(const char *format, ...) {
    char buffer[64];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    return buffer;
}

void print_row(std::ostream &out, const std::vector<std::string> &cells) {
    for (const std::string &cell : cells)
        out << "| " << cell << " ";
    out << "|\n";
}

void print_head(std::ostream &out, const std::vector<std::string> &cells) {
    print_row(out, cells);
    print_row(out, std::vector<std::string>(cells.size(), "---"));
}

bool is_chain(const Report::Row &row) {
    return row.type.kind == PeerType::Kind::headroom_chain;
}

const Report::Row *reference(const Report &report) {
    for (const Report::Row &row : report.rows)
        if (row.type.name == kReference)
            return &row;
    return nullptr;
}

/// What is over nothing stands out.
std::string signed_db(double value_db) {
    const double shown = std::round(value_db * 100.0) / 100.0 + 0.0; // no minus zero
    return shown > 0.0 ? text("**%+.2f**", shown) : text("%+.2f", shown);
}

void print_overshoot(const Report &report, std::ostream &out, const char *title,
                     double Overshoot::*reading) {
    out << "\n### Over the ceiling: " << title << ", dB, worst file of each group\n\n";
    std::vector<std::string> head{"limiter"};
    head.insert(head.end(), std::begin(kGroups), std::end(kGroups));
    print_head(out, head);
    for (const Report::Row &row : report.rows) {
        std::vector<std::string> cells{row.type.name};
        for (const auto &overshoot : row.quality.overshoot) {
            if (!overshoot) {
                cells.emplace_back("–");
                continue;
            }
            cells.push_back(signed_db(*overshoot.*reading));
        }
        print_row(out, cells);
    }
}

void print_quality(const Report &report, std::ostream &out) {
    out << "\n### Distortion at 6 dB of limiting, transparency, latency, loudness\n\n"
           "THD+N and SMPTE intermodulation in dB. Null: what is left, under the threshold, of the "
           "output less the delayed input. Latency in frames. LUFS: mean over the music, pushed by "
           "9 dB; fair: less the limiter's own overshoot.\n\n";
    print_head(out, {"limiter", "THD+N 997 Hz", "THD+N 60 Hz", "SMPTE IMD", "null",
                     "latency said / measured", "LUFS", "fair LUFS"});
    for (const Report::Row &row : report.rows) {
        if (is_chain(row))
            continue;
        const Quality &q = row.quality;
        print_row(out, {row.type.name, text("%.1f", q.thd_n_997_db), text("%.1f", q.thd_n_60_db),
                        text("%.1f", q.smpte_imd_db),
                        std::isinf(q.null_db) ? "bit for bit" : text("%.0f", q.null_db),
                        (q.latency_said_frames < 0 ? "–" : std::to_string(q.latency_said_frames)) +
                            text(" / %.10g", std::round(q.latency_measured_frames * 100.0) / 100.0),
                        report.tracks == 0 ? "–" : text("%.2f", q.music_lufs),
                        report.tracks == 0 ? "–" : text("%.2f", q.fair_music_lufs)});
    }
}

double highest_db(const Overshoot &o) {
    return std::max({o.strict_db, o.dac_db, o.fourfold_db, o.itu_db, o.sample_db});
}

void print_contracts(const Report &report, std::ostream &out) {
    if (report.contracts.empty())
        return;
    out << "\n### Contracts of our limiter at other sample rates and channel counts\n\n"
           "Over the ceiling in dB, worst file on the worst of all five meters; for noise and "
           "flips "
           "also the worst without the strict meter. Synthesised signals are the same samples at "
           "every rate, music is resampled. One result: bit-identical however the stream is cut, "
           "over all material. Untouched: under the threshold the input, bit for bit. Latency in "
           "frames.\n\n";
    print_head(out, {"mode", "rate", "channels", "all but noise", "noise, flips", "not strict",
                     "music +9 dB", "music +18 dB", "one result", "untouched",
                     "latency said / measured"});
    for (const Contract &c : report.contracts) {
        const auto music = [](const std::optional<Overshoot> &o) {
            return o ? signed_db(highest_db(*o)) : std::string("–");
        };
        const Overshoot &n = c.noise;
        print_row(out, {c.mode, text("%.10g kHz", c.rate_hz / 1000.0), std::to_string(c.channels),
                        signed_db(highest_db(c.tonal)), signed_db(highest_db(n)),
                        signed_db(std::max({n.dac_db, n.fourfold_db, n.itu_db})), music(c.music),
                        music(c.loud_music), c.is_one_result ? "yes" : "**no**",
                        c.is_untouched ? "yes" : "**no**",
                        std::to_string(c.latency_said_frames) + " / " +
                            std::to_string(c.latency_measured_frames)});
    }
}

void print_costs(const Report &report, std::ostream &out) {
    out << "\n### Cost, ns per stereo frame\n\n"
           "CPU time of one thread at 48 kHz in blocks of "
        << kBlock_frames
        << " frames, least of many short runs, all limiters turn by turn. Small numbers flush to "
           "zero as in a JACK host, but in the column of fading noise, which ends in denormal "
           "numbers. Ratio: music, against "
        << kReference << ".\n\n";
    print_head(out, {"limiter", "loud music", "median", "ratio", "silence", "fading noise",
                     "worst input", "worst / music", "which"});
    const Report::Row *dpl = reference(report);
    for (const Report::Row &row : report.rows) {
        const PeerCosts &c = row.costs;
        print_row(out,
                  {row.type.name, text("%.1f", c.music.least_ns), text("%.1f", c.music.median_ns),
                   dpl ? text("%.2f", c.music.least_ns / dpl->costs.music.least_ns) : "–",
                   text("%.1f", c.silence.least_ns), text("%.1f", c.fading.least_ns),
                   text("%.1f", c.worst.least_ns),
                   text("%.2f", c.worst.least_ns / c.music.least_ns), c.worst_input});
    }
}

void print_kernels(const Report &report, std::ostream &out) {
    if (report.kernels.empty())
        return;
    out << "\n### Limiter in normal mode by instruction set, loud music\n\n";
    print_head(out, {"kernels for", "ns per stereo frame", "median", "ratio", "same bits"});
    const double baseline_ns = report.kernels.front().cost.least_ns;
    for (const KernelCost &kernel : report.kernels)
        print_row(out, {kernel.set, text("%.1f", kernel.cost.least_ns),
                        text("%.1f", kernel.cost.median_ns),
                        text("%.2f", kernel.cost.least_ns / baseline_ns),
                        kernel.is_same_bits ? "yes" : "**no**"});
}

void print_buses(const Report &report, std::ostream &out) {
    if (report.buses.empty())
        return;
    out << "\n### Whole default chain by number of buses and channels, loud music\n\n";
    print_head(out,
               {"buses", "layout", "ns per frame and channel", "median", "against one stereo"});
    const double one_ns = report.buses.front().per_channel.least_ns;
    for (const BusCost &bus : report.buses)
        print_row(out,
                  {std::to_string(bus.buses), bus.layout, text("%.1f", bus.per_channel.least_ns),
                   text("%.1f", bus.per_channel.median_ns),
                   text("%.2f", bus.per_channel.least_ns / one_ns)});
}

void print_loudness(const Report &report, std::ostream &out) {
    if (!report.loudness)
        return;
    const Cost &ours = report.loudness->headroom;
    const Cost &theirs = report.loudness->libebur128;
    out << "\n### Loudness meter, stereo, M + S + I read ten times a second\n\n";
    print_head(out, {"meter", "ns per frame", "median", "ratio"});
    print_row(out, {"headroom", text("%.1f", ours.least_ns), text("%.1f", ours.median_ns),
                    text("%.2f", ours.least_ns / theirs.least_ns)});
    print_row(
        out, {"libebur128", text("%.1f", theirs.least_ns), text("%.1f", theirs.median_ns), "1.00"});
}

nlohmann::json to_json(const Cost &cost) {
    return {{"least_ns", cost.least_ns}, {"median_ns", cost.median_ns}};
}

nlohmann::json to_json(const Overshoot &overshoot) {
    return {{"sample_db", overshoot.sample_db},     {"strict_db", overshoot.strict_db},
            {"strict_file", overshoot.strict_file}, {"dac_db", overshoot.dac_db},
            {"fourfold_db", overshoot.fourfold_db}, {"itu_db", overshoot.itu_db}};
}

nlohmann::json to_json(const Contract &contract) {
    nlohmann::json json{{"mode", contract.mode},
                        {"rate_hz", contract.rate_hz},
                        {"channels", contract.channels},
                        {"tonal", to_json(contract.tonal)},
                        {"noise", to_json(contract.noise)},
                        {"is_one_result", contract.is_one_result},
                        {"is_untouched", contract.is_untouched},
                        {"latency_said_frames", contract.latency_said_frames},
                        {"latency_measured_frames", contract.latency_measured_frames}};
    if (contract.music) {
        json["music"] = to_json(*contract.music);
        json["loud_music"] = to_json(*contract.loud_music);
    }
    return json;
}

nlohmann::json to_json(const Report::Row &row) {
    const Quality &q = row.quality;
    const PeerCosts &c = row.costs;
    nlohmann::json overshoot = nlohmann::json::object();
    for (std::size_t g = 0; g < std::size(kGroups); ++g)
        if (q.overshoot[g])
            overshoot[kGroups[g]] = to_json(*q.overshoot[g]);
    return {{"name", row.type.name},
            {"overshoot", overshoot},
            {"thd_n_997_db", q.thd_n_997_db},
            {"thd_n_60_db", q.thd_n_60_db},
            {"smpte_imd_db", q.smpte_imd_db},
            {"null_db", q.null_db},
            {"latency_said_frames", q.latency_said_frames},
            {"latency_measured_frames", q.latency_measured_frames},
            {"music_lufs", q.music_lufs},
            {"fair_music_lufs", q.fair_music_lufs},
            {"cost",
             {{"music", to_json(c.music)},
              {"silence", to_json(c.silence)},
              {"fading", to_json(c.fading)},
              {"worst", to_json(c.worst)},
              {"worst_input", c.worst_input}}}};
}

} // namespace

std::string machine() {
    std::string model = "unknown processor";
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);)
        if (line.starts_with("model name")) {
            model = line.substr(line.find(':') + 2);
            break;
        }
    constexpr const char *kSets[] = {"baseline", "AVX2", "AVX-512"};
    const std::time_t now = std::time(nullptr);
    std::tm date{};
    gmtime_r(&now, &date);
    char day[16];
    std::strftime(day, sizeof day, "%Y-%m-%d", &date);
    return std::string(day) + ", " + std::to_string(std::thread::hardware_concurrency()) +
           " cores of " + model + ", kernels for " +
           kSets[static_cast<int>(dsp::best_instruction_set())];
}

void print_markdown(const Report &report, std::ostream &out) {
    out << "## Limiters side by side\n\n"
        << machine() << ". Ceiling -1 dBTP, 48 kHz, input up to +12 dBFS.\n";
    for (const std::string &missing : report.missing)
        out << "\nLeft out: " << missing << ".\n";
    if (!report.rows.empty()) {
        print_overshoot(report, out, "strict meter (32 times, 256 taps)", &Overshoot::strict_db);
        print_overshoot(report, out, "a converter's filter (32 times, 80 taps)",
                        &Overshoot::dac_db);
        print_overshoot(report, out, "libebur128 (4 times)", &Overshoot::fourfold_db);
        print_overshoot(report, out, "the filter of BS.1770-5 (4 times, 12 taps)",
                        &Overshoot::itu_db);
        print_overshoot(report, out, "sample peak", &Overshoot::sample_db);
        print_quality(report, out);
        print_costs(report, out);
    }
    print_contracts(report, out);
    print_kernels(report, out);
    print_buses(report, out);
    print_loudness(report, out);
}

nlohmann::json to_json(const Report &report) {
    nlohmann::json limiters = nlohmann::json::array();
    for (const Report::Row &row : report.rows)
        limiters.push_back(to_json(row));
    nlohmann::json contracts = nlohmann::json::array();
    for (const Contract &contract : report.contracts)
        contracts.push_back(to_json(contract));
    nlohmann::json kernels = nlohmann::json::array();
    for (const KernelCost &kernel : report.kernels)
        kernels.push_back({{"set", kernel.set},
                           {"cost", to_json(kernel.cost)},
                           {"is_same_bits", kernel.is_same_bits}});
    nlohmann::json buses = nlohmann::json::array();
    for (const BusCost &bus : report.buses)
        buses.push_back({{"buses", bus.buses},
                         {"layout", bus.layout},
                         {"per_channel", to_json(bus.per_channel)}});
    nlohmann::json json{{"machine", machine()},     {"ceiling_db", kCeiling_db},
                        {"limiters", limiters},     {"contracts", contracts},
                        {"kernels", kernels},       {"buses", buses},
                        {"missing", report.missing}};
    if (report.loudness)
        json["loudness"] = {{"headroom", to_json(report.loudness->headroom)},
                            {"libebur128", to_json(report.loudness->libebur128)}};
    return json;
}

} // namespace headroom::bench
