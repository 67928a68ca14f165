// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/loudness_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace headroom::dsp {

namespace {

constexpr double kLowest_lufs = kAbsoluteGate_lufs;
constexpr double kHighest_lufs = 20.0;
constexpr int kBinsPerLu = 100;
constexpr int kBins = static_cast<int>(kHighest_lufs - kLowest_lufs) * kBinsPerLu;

int bin_of(double loudness_lufs) noexcept {
    const double bin = std::floor((loudness_lufs - kLowest_lufs) * kBinsPerLu);
    return static_cast<int>(std::clamp(bin, 0.0, kBins - 1.0));
}

double centre_lufs(int bin) noexcept {
    return kLowest_lufs + (bin + 0.5) / kBinsPerLu;
}

} // namespace

double power_to_lufs(double power) noexcept {
    return power > 0.0 ? -0.691 + 10.0 * std::log10(power) : -1000.0;
}

double lufs_to_power(double loudness_lufs) noexcept {
    return std::pow(10.0, (loudness_lufs + 0.691) / 10.0);
}

LoudnessHistogram::LoudnessHistogram(Keeps keeps)
    : powers_(keeps == Keeps::powers ? kBins : 0), counts_(kBins) {}

void LoudnessHistogram::add(double power) noexcept {
    const double loudness_lufs = power_to_lufs(power);
    if (loudness_lufs < kLowest_lufs)
        return;
    const int bin = bin_of(loudness_lufs);
    if (!powers_.empty())
        powers_[static_cast<std::size_t>(bin)] += power;
    ++counts_[static_cast<std::size_t>(bin)];
    power_ += power;
    ++count_;
    highest_ = std::max(highest_, bin);
}

int LoudnessHistogram::first_bin_above(double gate_lu) const noexcept {
    const double threshold_lufs = power_to_lufs(power_ / static_cast<double>(count_)) - gate_lu;
    return bin_of(std::max(threshold_lufs, kLowest_lufs));
}

double LoudnessHistogram::gated_power(double gate_lu) const noexcept {
    if (is_empty() || powers_.empty())
        return 0.0;
    double power = 0.0;
    std::uint64_t count = 0;
    for (int bin = first_bin_above(gate_lu); bin <= highest_; ++bin) {
        power += powers_[static_cast<std::size_t>(bin)];
        count += counts_[static_cast<std::size_t>(bin)];
    }
    return count > 0 ? power / static_cast<double>(count) : 0.0;
}

double LoudnessHistogram::range_lu(double gate_lu) const noexcept {
    if (is_empty())
        return 0.0;
    const int first = first_bin_above(gate_lu);
    std::uint64_t total = 0;
    for (int bin = first; bin <= highest_; ++bin)
        total += counts_[static_cast<std::size_t>(bin)];
    const auto percentile = [&](double share) {
        const auto rank =
            static_cast<std::uint64_t>(std::lround(static_cast<double>(total - 1) * share));
        std::uint64_t seen = 0;
        int bin = first;
        while (bin < highest_ && (seen += counts_[static_cast<std::size_t>(bin)]) <= rank)
            ++bin;
        return centre_lufs(bin);
    };
    return total > 0 ? percentile(0.95) - percentile(0.10) : 0.0;
}

void LoudnessHistogram::reset() noexcept {
    power_ = 0.0;
    count_ = 0;
    highest_ = -1;
    std::fill(powers_.begin(), powers_.end(), 0.0);
    std::fill(counts_.begin(), counts_.end(), 0u);
}

} // namespace headroom::dsp
