// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/loudness_history.hpp"

#include "jack_client/dsp/units.hpp"

#include <algorithm>
#include <cmath>

namespace headroom::dsp {

namespace {

constexpr double kUnitsOfPower = 0x1p44; ///< down to -133 LUFS
constexpr double kMostPower = 0x1p8;     ///< a second of it still fits: 24 dB over full scale
constexpr float kUnitsOfLevel = 1024.0f;
constexpr int kTenth = loudness_steps(0.1);

float power_lufs(double power) noexcept {
    const float lufs =
        3.01029996f * fast_log2(std::max(static_cast<float>(power), 1e-30f)) - 0.691f;
    return std::max(lufs, LoudnessHistory::kSilence_lufs);
}

double lufs_power(float lufs) noexcept {
    return static_cast<double>(fast_exp2((lufs + 0.691f) / 3.01029996f));
}

std::uint64_t units_of_level(double power) noexcept {
    return static_cast<std::uint64_t>(kUnitsOfLevel *
                                      (power_lufs(power) - LoudnessHistory::kSilence_lufs));
}

double as_number(std::uint64_t difference) noexcept {
    return static_cast<double>(static_cast<std::int64_t>(difference));
}

} // namespace

void LoudnessHistory::push(double mean_square) noexcept {
    const double bounded = mean_square > 0.0 ? std::min(mean_square, kMostPower) : 0.0;
    silent_steps_ = bounded > 0.0 ? 0 : std::min(silent_steps_ + 1, kSteps);
    const Sums before = sums(0);
    ++count_;
    Sums &now = sums_[count_ % kSteps];
    const std::uint64_t leaving = sums(kTenth).power;
    now.power = before.power + static_cast<std::uint64_t>(bounded * kUnitsOfPower);
    now.level = before.level + units_of_level(bounded);
    const std::uint64_t tenth =
        units_of_level(as_number(now.power - leaving) / (kUnitsOfPower * kTenth));
    now.tenth = before.tenth + tenth;
    now.tenth_square = before.tenth_square + tenth * tenth;
    now.tenth_moment = before.tenth_moment + tenth * count_;
}

double LoudnessHistory::power(int steps, int ago) const noexcept {
    return as_number(sums(ago).power - sums(ago + steps).power) / (kUnitsOfPower * steps);
}

float LoudnessHistory::lufs(int steps, int ago) const noexcept {
    return power_lufs(power(steps, ago));
}

float LoudnessHistory::gated_lufs(int steps, float floor_lufs, float top_lufs,
                                  int ago) const noexcept {
    const auto units = [](float lufs) {
        return static_cast<std::uint64_t>(std::min(lufs_power(lufs), kMostPower) * kUnitsOfPower *
                                          kTenth);
    };
    const std::uint64_t floor = units(floor_lufs);
    const std::uint64_t top = units(top_lufs);
    std::uint64_t sum = 0;
    int counted = 0;
    std::uint64_t newer = sums(ago).power;
    for (int i = kTenth; i <= steps; i += kTenth) {
        const std::uint64_t older = sums(ago + i).power;
        const std::uint64_t tenth = newer - older;
        newer = older;
        if (tenth < floor || tenth > top)
            continue;
        sum += tenth;
        ++counted;
    }
    return counted > 0 ? power_lufs(as_number(sum) / (kUnitsOfPower * kTenth * counted))
                       : kSilence_lufs;
}

float LoudnessHistory::deviation_db(int steps) const noexcept {
    const double mean = as_number(sums(0).tenth - sums(steps).tenth) / steps;
    const double square = as_number(sums(0).tenth_square - sums(steps).tenth_square) / steps;
    return static_cast<float>(std::sqrt(std::max(0.0, square - mean * mean))) / kUnitsOfLevel;
}

float LoudnessHistory::crest_db(int steps) const noexcept {
    const double mean = as_number(sums(0).level - sums(steps).level) / steps;
    return lufs(steps) - (static_cast<float>(mean) / kUnitsOfLevel + kSilence_lufs);
}

float LoudnessHistory::slope_db_per_s(int steps, int ago) const noexcept {
    const Sums &newest = sums(ago);
    const Sums &oldest = sums(ago + steps);
    const std::uint64_t first = count_ - static_cast<std::uint64_t>(ago + steps);
    const std::uint64_t sum = newest.tenth - oldest.tenth;
    // Steps are numbered 1 to n from the first of the window on.
    const double moment = as_number(newest.tenth_moment - oldest.tenth_moment - sum * first);
    const double n = steps;
    const double slope = (moment - 0.5 * (n + 1.0) * as_number(sum)) / (n * (n * n - 1.0) / 12.0);
    return static_cast<float>(slope) * static_cast<float>(loudness_steps(1.0)) / kUnitsOfLevel;
}

} // namespace headroom::dsp
