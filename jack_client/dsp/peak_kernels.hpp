// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <array>
#include <vector>

namespace headroom::dsp {

/// Instruction sets for which there is a kernel of its own. Results are bit-identical: no kernel
/// fuses or reorders an operation.
enum class InstructionSet { baseline, avx2, avx512 };

/// True where this machine can run the kernels of a set. Real-time safe.
bool is_supported(InstructionSet set) noexcept;
InstructionSet best_instruction_set() noexcept;

/// Two filters of twelve taps that mirror each other, as the half sum and half difference of their
/// taps from the centre outwards: the larger of both results is |even| + |odd|.
struct MirroredFilter {
    static constexpr int kHalf = 6;
    std::array<float, kHalf> even{};
    std::array<float, kHalf> odd{};
};

/// Filters of the peak interpolator; see there.
struct PeakFilters {
    static constexpr int kShortHalf = 4;   ///< values on each side of a point
    static constexpr int kShortPhases = 8; ///< points in half a frame

    std::vector<float> half;                ///< long filter, symmetric, from the centre outwards
    std::array<float, kShortHalf> middle{}; ///< point 4 of 8, which is symmetric
    std::array<std::array<float, kShortHalf>, 3> even{}; ///< points 1..3, mirrored 7..5
    std::array<std::array<float, kShortHalf>, 3> odd{};
    std::array<MirroredFilter, 3> meters{};                  ///< of common meters
    std::array<float, MirroredFilter::kHalf> meter_middle{}; ///< one that is symmetric
    float gain = 1.0f;                                       ///< of the whole interpolation
    float curvature = 0.0f; ///< share of the second difference that is added to a peak
};

/// Passes what is next to half the sample rate; see NyquistDetector.
struct NyquistFilter {
    static constexpr int kTaps = 40; ///< a multiple of eight
    static constexpr int kHop = 8;   ///< frames from one level to the next
    static constexpr int kHeld = 16; ///< levels that are held

    std::array<float, kTaps> taps{};
};

/// What the interpolator does with a block. All pointers are to the block's start, with enough
/// past in front. Counts are rounded up to whole vectors: inputs must be readable, outputs writable
/// for 16 items more.
struct PeakKernels {
    /// Largest magnitude of a sample. No more than count samples are read.
    float (*highest)(const float *samples, int count) noexcept;
    /// Largest magnitude of samples[i - 2] - 2 * samples[i - 1] + samples[i], i < count. No more
    /// than count samples, and two in front of them, are read.
    float (*highest_bend)(const float *samples, int count) noexcept;
    /// halves[i]: value half a frame after sample i - half.size().
    void (*find_halves)(const PeakFilters &filters, const float *samples, float *halves,
                        int count) noexcept;
    /// peak[i]: largest magnitude in the frame after sample i - half.size() - 2.
    void (*find_peaks)(const PeakFilters &filters, const float *samples, const float *halves,
                       float *peak, int count) noexcept;
    /// Raises that to what common meters read.
    void (*find_meter_peaks)(const PeakFilters &filters, const float *samples, float *peak,
                             int count) noexcept;
    /// levels[j], j < count: magnitude of the filter that ends with first_end[j * kHop]. Nothing is
    /// read or written beyond.
    void (*find_nyquist_levels)(const NyquistFilter &filter, const float *first_end, float *levels,
                                int count) noexcept;
};

PeakKernels peak_kernels(InstructionSet set) noexcept;

} // namespace headroom::dsp
