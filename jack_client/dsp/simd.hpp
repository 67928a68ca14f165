// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

/// Vectors of the compiler, not of one instruction set: a width that the target lacks is split.
/// Every operation is that of the scalar, lane by lane, so results do not depend on the width.
namespace headroom::dsp::simd {

#define HEADROOM_INLINE __attribute__((always_inline)) inline

template <int kLanes> struct Vector {
    // GCC ignores the attribute in an alias whose size depends on a template parameter.
    typedef float Float __attribute__((vector_size(kLanes * sizeof(float))));
    typedef std::int32_t Int __attribute__((vector_size(kLanes * sizeof(float))));
};

template <class Float> HEADROOM_INLINE void load(Float &v, const float *from) noexcept {
    std::memcpy(&v, from, sizeof v);
}

template <class Float> HEADROOM_INLINE void store(const Float &v, float *to) noexcept {
    std::memcpy(to, &v, sizeof v);
}

/// v = |v|
template <class Float> HEADROOM_INLINE void to_magnitude(Float &v) noexcept {
    typename Vector<sizeof(Float) / sizeof(float)>::Int bits;
    std::memcpy(&bits, &v, sizeof v);
    bits &= 0x7fffffff;
    std::memcpy(&v, &bits, sizeof v);
}

/// v = max(v, other)
template <class Float> HEADROOM_INLINE void raise(Float &v, const Float &other) noexcept {
    v = v > other ? v : other;
}

/// v = min(v, other)
template <class Float> HEADROOM_INLINE void lower(Float &v, const Float &other) noexcept {
    v = v < other ? v : other;
}

/// What runs everywhere.
inline constexpr int kBaselineLanes = 4;
using Baseline = Vector<kBaselineLanes>::Float;

inline float highest(const Baseline &v) noexcept {
    const float a = v[0] > v[1] ? v[0] : v[1];
    const float b = v[2] > v[3] ? v[2] : v[3];
    return a > b ? a : b;
}

inline float lowest(const Baseline &v) noexcept {
    const float a = v[0] < v[1] ? v[0] : v[1];
    const float b = v[2] < v[3] ? v[2] : v[3];
    return a < b ? a : b;
}

} // namespace headroom::dsp::simd
