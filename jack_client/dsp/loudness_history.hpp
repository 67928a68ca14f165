// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace headroom::dsp {

/// Readings of loudness have a step of 10 ms.
constexpr int loudness_steps(double seconds) noexcept {
    // NOLINTNEXTLINE(bugprone-incorrect-roundings): std::lround is not constexpr
    return static_cast<int>(seconds * 100.0 + 0.5);
}

/// Weighted mean squares of the last ten seconds in steps of 10 ms, and what a window of them says.
/// Every window is the difference of two running sums of integers, so that its cost does not
/// depend on its length and no error ever adds up. Real-time safe.
class LoudnessHistory {
  public:
    static constexpr int kSteps = 1024;
    /// Of silence, and of a window without anything that counts.
    static constexpr float kSilence_lufs = -120.0f;

    void push(double mean_square) noexcept;

    /// Loudness of `steps` steps, the newest of which is `ago` steps old.
    float lufs(int steps, int ago = 0) const noexcept;

    /// Loudness of those tenths of a second of the window that are between both bounds; the tenths
    /// are counted back from the newest step.
    float gated_lufs(int steps, float floor_lufs, float top_lufs, int ago = 0) const noexcept;

    /// Standard deviation of the loudness of tenths of a second in the newest `steps` steps:
    /// 0.1 to 0.4 dB for steady noise, over 0.7 for music, over 4 for speech.
    float deviation_db(int steps) const noexcept;

    /// Loudness of the newest `steps` steps over the mean of their levels: under 1 dB for steady
    /// noise, 2 to 12 for programme, more for clicks.
    float crest_db(int steps) const noexcept;

    /// It is no steady noise, and no clicks over silence.
    bool lives(int steps) const noexcept {
        return deviation_db(steps) > 0.6f && crest_db(steps) < 13.0f;
    }

    /// Slope of the straight line that fits the levels best, in dB/s.
    float slope_db_per_s(int steps, int ago = 0) const noexcept;

    /// Nothing but silence has been pushed for ten seconds.
    bool is_silent() const noexcept { return silent_steps_ >= kSteps; }

  private:
    /// Sums since the start; they wrap around, their differences are exact.
    struct Sums {
        std::uint64_t power = 0;        ///< in 2^-44
        std::uint64_t level = 0;        ///< of steps, in 1/1024 dB over silence
        std::uint64_t tenth = 0;        ///< level of the tenth of a second that ends here
        std::uint64_t tenth_square = 0; ///< its square
        std::uint64_t tenth_moment = 0; ///< the level times the number of the step
    };
    const Sums &sums(int ago) const noexcept {
        return sums_[static_cast<std::size_t>(count_ - static_cast<std::uint64_t>(ago)) % kSteps];
    }
    double power(int steps, int ago) const noexcept;

    std::array<Sums, kSteps> sums_{};
    std::uint64_t count_ = 0; ///< steps since the start
    int silent_steps_ = kSteps;
};

} // namespace headroom::dsp
