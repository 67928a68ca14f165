// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/peak_kernels.hpp"

#include "jack_client/dsp/simd.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#if defined(__x86_64__)
#define HEADROOM_X86_64 1
#endif

namespace headroom::dsp {

namespace {

using simd::load;
using simd::raise;
using simd::store;
using simd::to_magnitude;
using simd::Vector;

template <class Float> HEADROOM_INLINE float highest_lane(const Float &v) noexcept {
    constexpr int kLanes = sizeof(Float) / sizeof(float);
    if constexpr (kLanes == simd::kBaselineLanes) {
        return simd::highest(v);
    } else {
        float lanes[kLanes];
        store(v, lanes);
        typename Vector<kLanes / 2>::Float low;
        typename Vector<kLanes / 2>::Float high;
        load(low, lanes);
        load(high, lanes + kLanes / 2);
        raise(low, high);
        return highest_lane(low);
    }
}

template <int kLanes> HEADROOM_INLINE float highest(const float *samples, int count) noexcept {
    using Float = typename Vector<kLanes>::Float;
    Float top{};
    int i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        Float v;
        load(v, samples + i);
        to_magnitude(v);
        raise(top, v);
    }
    float highest = highest_lane(top);
    for (; i < count; ++i)
        highest = std::max(highest, std::fabs(samples[i]));
    return highest;
}

template <int kLanes> HEADROOM_INLINE float highest_bend(const float *samples, int count) noexcept {
    using Float = typename Vector<kLanes>::Float;
    Float top{};
    int i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        Float before;
        Float middle;
        Float after;
        load(before, samples + i - 2);
        load(middle, samples + i - 1);
        load(after, samples + i);
        Float bend = before + after - 2.0f * middle;
        to_magnitude(bend);
        raise(top, bend);
    }
    float highest = highest_lane(top);
    for (; i < count; ++i)
        highest = std::max(highest, std::fabs(samples[i - 2] + samples[i] - 2.0f * samples[i - 1]));
    return highest;
}

/// Between two neighbours of the twice oversampled signal. pairs: values at equal distance left and
/// right of the middle, from the inside outwards.
template <class Float>
HEADROOM_INLINE void raise_between(Float &top, const PeakFilters &f, const Float *left,
                                   const Float *right) noexcept {
    constexpr int kHalf = PeakFilters::kShortHalf;
    Float sum[kHalf];
    Float difference[kHalf];
    for (int k = 0; k < kHalf; ++k) {
        sum[k] = left[k] + right[k];
        difference[k] = left[k] - right[k];
    }
    Float middle = f.middle[0] * sum[0];
    for (int k = 1; k < kHalf; ++k)
        middle += f.middle[static_cast<std::size_t>(k)] * sum[k];
    to_magnitude(middle);
    raise(top, middle);
    // Points p and 8 - p are even + odd and even - odd: the larger magnitude is |even| + |odd|.
    for (std::size_t p = 0; p < 3; ++p) {
        Float even = f.even[p][0] * sum[0];
        Float odd = f.odd[p][0] * difference[0];
        for (int k = 1; k < kHalf; ++k) {
            even += f.even[p][static_cast<std::size_t>(k)] * sum[k];
            odd += f.odd[p][static_cast<std::size_t>(k)] * difference[k];
        }
        to_magnitude(even);
        to_magnitude(odd);
        raise(top, even + odd);
    }
}

template <int kLanes>
HEADROOM_INLINE void find_halves(const PeakFilters &f, const float *samples, float *halves,
                                 int count) noexcept {
    using Float = typename Vector<kLanes>::Float;
    const int half = static_cast<int>(f.half.size());
    for (int i = 0; i < count; i += kLanes) {
        const float *newest = samples + i;
        Float sum{};
        for (int k = 0; k < half; ++k) {
            Float a;
            Float b;
            load(a, newest - half - k);
            load(b, newest - half + 1 + k);
            sum += f.half[static_cast<std::size_t>(k)] * (a + b);
        }
        store(sum, halves + i);
    }
}

template <int kLanes>
HEADROOM_INLINE void find_peaks(const PeakFilters &f, const float *samples, const float *halves,
                                float *peak, int count) noexcept {
    using Float = typename Vector<kLanes>::Float;
    const int half = static_cast<int>(f.half.size());
    for (int i = 0; i < count; i += kLanes) {
        // a[k], b[k]: sample m - 2 + k and the value half a frame after it, m the frame in
        // question.
        Float a[5];
        Float b[5];
        for (int k = 0; k < 5; ++k) {
            load(a[k], samples + i - half - 4 + k);
            load(b[k], halves + i - 4 + k);
        }
        Float first = a[2];
        Float last = a[3];
        Float centre = b[2];
        to_magnitude(first);
        to_magnitude(last);
        to_magnitude(centre);
        Float top = first > last ? first : last;
        raise(top, centre);
        const Float left_1[4] = {a[2], b[1], a[1], b[0]};
        const Float right_1[4] = {b[2], a[3], b[3], a[4]};
        raise_between(top, f, left_1, right_1);
        const Float left_2[4] = {b[2], a[2], b[1], a[1]};
        const Float right_2[4] = {a[3], b[3], a[4], b[4]};
        raise_between(top, f, left_2, right_2);

        Float bend = b[1] + b[2] - 2.0f * a[2];
        Float bend_centre = a[2] + a[3] - 2.0f * b[2];
        Float bend_last = b[2] + b[3] - 2.0f * a[3];
        to_magnitude(bend);
        to_magnitude(bend_centre);
        to_magnitude(bend_last);
        raise(bend, bend_centre);
        raise(bend, bend_last);
        store(f.gain * top + f.curvature * bend, peak + i);
    }
}

/// Largest magnitude that a pair of mirrored filters gives, or one symmetric filter.
template <class Float>
HEADROOM_INLINE void raise_mirrored(Float &top, const MirroredFilter &f, const Float *sum,
                                    const Float *difference) noexcept {
    Float even = f.even[0] * sum[0];
    Float odd = f.odd[0] * difference[0];
    for (std::size_t k = 1; k < f.even.size(); ++k) {
        even += f.even[k] * sum[k];
        odd += f.odd[k] * difference[k];
    }
    to_magnitude(even);
    to_magnitude(odd);
    raise(top, even + odd);
}

template <int kLanes>
HEADROOM_INLINE void find_meter_peaks(const PeakFilters &f, const float *samples, float *peak,
                                      int count) noexcept {
    using Float = typename Vector<kLanes>::Float;
    constexpr int kHalf = MirroredFilter::kHalf;
    const int half = static_cast<int>(f.half.size());
    for (int i = 0; i < count; i += kLanes) {
        const float *frame = samples + i - half - 2;
        Float sum[kHalf];
        Float difference[kHalf];
        for (int k = 0; k < kHalf; ++k) {
            Float left;
            Float right;
            load(left, frame - k);
            load(right, frame + 1 + k);
            sum[k] = left + right;
            difference[k] = left - right;
        }
        Float top;
        load(top, peak + i);
        for (const MirroredFilter &filter : f.meters)
            raise_mirrored(top, filter, sum, difference);
        Float middle = f.meter_middle[0] * sum[0];
        for (std::size_t k = 1; k < kHalf; ++k)
            middle += f.meter_middle[k] * sum[k];
        to_magnitude(middle);
        raise(top, middle);
        store(top, peak + i);
    }
}

/// Adds lanes in one order for every width of the machine's vectors.
template <class Float> HEADROOM_INLINE float sum_lanes(const Float &v) noexcept {
    constexpr int kLanes = sizeof(Float) / sizeof(float);
    if constexpr (kLanes == simd::kBaselineLanes) {
        return (v[0] + v[2]) + (v[1] + v[3]);
    } else {
        float lanes[kLanes];
        store(v, lanes);
        typename Vector<kLanes / 2>::Float low;
        typename Vector<kLanes / 2>::Float high;
        load(low, lanes);
        load(high, lanes + kLanes / 2);
        return sum_lanes(low + high);
    }
}

HEADROOM_INLINE void find_nyquist_levels(const NyquistFilter &f, const float *first_end,
                                         float *levels, int count) noexcept {
    constexpr int kLanes = 8;
    using Float = Vector<kLanes>::Float;
    for (int j = 0; j < count; ++j) {
        const float *from = first_end + j * NyquistFilter::kHop + 1 - NyquistFilter::kTaps;
        Float sum{};
        for (int k = 0; k < NyquistFilter::kTaps; k += kLanes) {
            Float taps;
            Float in;
            load(taps, f.taps.data() + k);
            load(in, from + k);
            sum += taps * in;
        }
        levels[j] = std::fabs(sum_lanes(sum));
    }
}

// One set of kernels for each instruction set. Attributes cannot stand in parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define HEADROOM_KERNELS(name, lanes, attributes)                                                  \
    attributes float highest_##name(const float *samples, int count) noexcept {                    \
        return highest<lanes>(samples, count);                                                     \
    }                                                                                              \
    attributes float highest_bend_##name(const float *samples, int count) noexcept {               \
        return highest_bend<lanes>(samples, count);                                                \
    }                                                                                              \
    attributes void find_halves_##name(const PeakFilters &f, const float *samples, float *halves,  \
                                       int count) noexcept {                                       \
        find_halves<lanes>(f, samples, halves, count);                                             \
    }                                                                                              \
    attributes void find_peaks_##name(const PeakFilters &f, const float *samples,                  \
                                      const float *halves, float *peak, int count) noexcept {      \
        find_peaks<lanes>(f, samples, halves, peak, count);                                        \
    }                                                                                              \
    attributes void find_meter_peaks_##name(const PeakFilters &f, const float *samples,            \
                                            float *peak, int count) noexcept {                     \
        find_meter_peaks<lanes>(f, samples, peak, count);                                          \
    }                                                                                              \
    attributes void find_nyquist_levels_##name(const NyquistFilter &f, const float *first_end,     \
                                               float *levels, int count) noexcept {                \
        find_nyquist_levels(f, first_end, levels, count);                                          \
    }

// NOLINTEND(bugprone-macro-parentheses)

HEADROOM_KERNELS(baseline, 4, )
#ifdef HEADROOM_X86_64
HEADROOM_KERNELS(avx2, 8, __attribute__((target("avx2"))))
HEADROOM_KERNELS(avx512, 16,
                 __attribute__((target("avx512f,avx512dq,avx512vl,prefer-vector-width=512"))))
#endif

} // namespace

bool is_supported(InstructionSet set) noexcept {
    switch (set) {
#ifdef HEADROOM_X86_64
    case InstructionSet::avx512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
    case InstructionSet::avx2:
        return __builtin_cpu_supports("avx2");
#endif
    case InstructionSet::baseline:
        return true;
    default:
        return false;
    }
}

InstructionSet best_instruction_set() noexcept {
    for (const InstructionSet set : {InstructionSet::avx512, InstructionSet::avx2})
        if (is_supported(set))
            return set;
    return InstructionSet::baseline;
}

PeakKernels peak_kernels(InstructionSet set) noexcept {
#ifdef HEADROOM_X86_64
    if (set == InstructionSet::avx512)
        return {highest_avx512,    highest_bend_avx512,     find_halves_avx512,
                find_peaks_avx512, find_meter_peaks_avx512, find_nyquist_levels_avx512};
    if (set == InstructionSet::avx2)
        return {highest_avx2,    highest_bend_avx2,     find_halves_avx2,
                find_peaks_avx2, find_meter_peaks_avx2, find_nyquist_levels_avx2};
#else
    (void)set;
#endif
    return {highest_baseline,    highest_bend_baseline,     find_halves_baseline,
            find_peaks_baseline, find_meter_peaks_baseline, find_nyquist_levels_baseline};
}

} // namespace headroom::dsp
