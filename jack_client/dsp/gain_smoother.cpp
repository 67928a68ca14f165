// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/gain_smoother.hpp"

namespace headroom::dsp {

namespace {

constexpr double kUnity = 1 << 30;

} // namespace

GainSmoother::GainSmoother(int length)
    : length_a_((length + 1) / 2),
      length_b_(length + 1 - length_a_),
      scale_(1.0 / (kUnity * length_a_ * length_b_)),
      sums_a_(length_a_ + 1),
      sums_b_(length_b_ + 1) {}

void GainSmoother::process(const double *gain, float *smooth, int count) noexcept {
    std::uint64_t *sum_a = sums_a_.push(count);
    std::uint64_t *sum_b = sums_b_.push(count);
    std::uint64_t a = sum_a[-1];
    std::uint64_t b = sum_b[-1];
    for (int i = 0; i < count; ++i) {
        a += static_cast<std::uint64_t>((1 << 30) - static_cast<std::int32_t>(gain[i] * kUnity));
        sum_a[i] = a;
        b += a - sum_a[i - length_a_];
        sum_b[i] = b;
        const auto total = static_cast<std::int64_t>(b - sum_b[i - length_b_]);
        smooth[i] = static_cast<float>(1.0 - static_cast<double>(total) * scale_);
    }
}

void GainSmoother::reset() noexcept {
    sums_a_.reset();
    sums_b_.reset();
}

} // namespace headroom::dsp
