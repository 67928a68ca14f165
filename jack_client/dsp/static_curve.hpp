// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <algorithm>

namespace headroom::dsp {

/// The gain computer of a compressor: a parabola in the knee and a line above it, as a sum without
/// branches (D. Giannoulis, M. Massberg, J. D. Reiss, "Digital Dynamic Range Compressor Design",
/// JAES 60, 2012, section 2.2). Real-time safe.
class StaticCurve {
  public:
    /// ratio: 1 or more; knee_db: its whole width, 0 or more.
    StaticCurve(float threshold_dbfs, float ratio, float knee_db) noexcept
        : knee_start_dbfs_(threshold_dbfs - 0.5f * knee_db),
          knee_db_(knee_db),
          slope_(1.0f - 1.0f / ratio),
          bend_(0.5f / std::max(knee_db, 1e-6f)) {}

    /// Up to here nothing is reduced.
    float knee_start_dbfs() const noexcept { return knee_start_dbfs_; }

    /// 0 or more, for a steady level.
    float reduction_db(float level_dbfs) const noexcept {
        const float over = std::max(level_dbfs - knee_start_dbfs_, 0.0f);
        const float into_knee = std::min(over, knee_db_);
        return slope_ * (bend_ * into_knee * into_knee + (over - into_knee));
    }

  private:
    float knee_start_dbfs_;
    float knee_db_;
    float slope_;
    float bend_;
};

} // namespace headroom::dsp
