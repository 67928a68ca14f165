// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace headroom::dsp {

/// What is quieter is no programme (ITU-R BS.1770-5, absolute gate).
inline constexpr float kAbsoluteGate_lufs = -70.0f;

/// Loudness of a mean square that is already weighted (ITU-R BS.1770-5), and back.
double power_to_lufs(double power) noexcept;
double lufs_to_power(double loudness_lufs) noexcept;

/// Gating blocks above -70 LUFS in bins of 0.01 LU. Each bin keeps the power of its blocks, so that
/// only the bin in which a relative gate falls is ever taken for more or less than it is.
class LoudnessHistogram {
  public:
    /// Powers are needed for gated_power() alone, and take two thirds of the memory.
    enum class Keeps { powers, counts };

    /// Not real-time safe.
    explicit LoudnessHistogram(Keeps keeps = Keeps::powers);

    /// Real-time safe.
    void add(double power) noexcept;

    bool is_empty() const noexcept { return count_ == 0; }

    /// Mean power of the blocks not more than gate_lu under the mean of all. Bounded work,
    /// real-time safe.
    double gated_power(double gate_lu) const noexcept;

    /// Distance between the 10th and the 95th percentile of those blocks, EBU Tech 3342. Bounded
    /// work, real-time safe.
    double range_lu(double gate_lu) const noexcept;

    void reset() noexcept;

  private:
    int first_bin_above(double gate_lu) const noexcept;

    double power_ = 0.0;
    std::uint64_t count_ = 0;
    int highest_ = -1;           ///< highest bin in use
    std::vector<double> powers_; ///< of each bin, or nothing
    std::vector<std::uint32_t> counts_;
};

} // namespace headroom::dsp
