// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/biquad.hpp"
#include "jack_client/dsp/gain_smoother.hpp"
#include "jack_client/dsp/k_weighting.hpp"
#include "jack_client/dsp/loudness_histogram.hpp"
#include "jack_client/dsp/peak_interpolator.hpp"
#include "jack_client/dsp/recent_highest.hpp"
#include "jack_client/dsp/sliding_minimum.hpp"
#include "jack_client/dsp/units.hpp"
#include "tests/support/audio.hpp"
#include "tests/support/catch.hpp"

#include <limits>

using namespace headroom::dsp;
using headroom::test::Random;

TEST_CASE("logarithm and exponential are true to the last bits") {
    for (float x = 1e-29f; x < 1e30f; x *= 1.0173f) {
        CAPTURE(x);
        CHECK(fast_log2(x) == Approx(std::log2(static_cast<double>(x))).margin(3e-7).epsilon(2e-7));
        CHECK(db_to_lin(lin_to_db(x, -600.0f)) == Approx(x).epsilon(2e-5));
    }
    for (float x = -120.0f; x < 120.0f; x += 0.0137f) {
        CAPTURE(x);
        CHECK(fast_exp2(x) == Approx(std::exp2(static_cast<double>(x))).epsilon(3e-7));
    }
    CHECK(db_to_lin(0.0f) == 1.0f);
    CHECK(lin_to_db(1.0f) == 0.0f);
    CHECK(lin_to_db(0.0f) == -200.0f);
}

TEST_CASE("sliding minimum equals the least of the window for any length and cut") {
    Random random;
    for (const int length : {1, 2, 3, 7, 8, 31, 32, 33, 200, 517}) {
        CAPTURE(length);
        SlidingMinimum least(length, 1.0f);
        std::vector<float> all(static_cast<std::size_t>(length), 1.0f);
        for (int block = 0; block < 80; ++block) {
            std::vector<float> values(1 + random.bits() % kGridFrames);
            for (float &v : values)
                v = static_cast<float>(random.unit());
            all.insert(all.end(), values.begin(), values.end());
            const std::size_t first = all.size() - values.size();
            least.process(values.data(), static_cast<int>(values.size()));
            for (std::size_t i = 0; i < values.size(); ++i)
                REQUIRE(values[i] ==
                        *std::min_element(
                            all.begin() + static_cast<std::ptrdiff_t>(first + i + 1) - length,
                            all.begin() + static_cast<std::ptrdiff_t>(first + i + 1)));
        }
    }
}

TEST_CASE("gain smoother is a triangle of the stated length and returns to exactly one") {
    for (const int length : {1, 2, 5, 46, 401}) {
        CAPTURE(length);
        GainSmoother smoother(length);
        REQUIRE(smoother.length() == length);
        std::vector<float> response;
        for (int i = 0; i < 600; ++i) {
            const double gain = i == 0 ? 0.25 : 1.0;
            float smooth = 0.0f;
            smoother.process(&gain, &smooth, 1);
            response.push_back(smooth);
        }
        double area = 0.0;
        for (int i = 0; i < 600; ++i) {
            area += 1.0 - static_cast<double>(response[static_cast<std::size_t>(i)]);
            if (i >= length)
                REQUIRE(response[static_cast<std::size_t>(i)] == 1.0f);
            else
                CHECK(response[static_cast<std::size_t>(i)] < 1.0f);
        }
        CHECK(area == Approx(0.75).epsilon(1e-4));
    }
}

TEST_CASE("gain smoother does not drift in a long random walk and never rounds gain up") {
    GainSmoother smoother(48);
    Random random;
    std::array<double, kGridFrames> gain{};
    std::array<float, kGridFrames> smooth{};
    for (int block = 0; block < 20000; ++block) {
        const double constant = random.unit();
        for (double &g : gain)
            g = block % 3 == 0 ? constant : random.unit();
        smoother.process(gain.data(), smooth.data(), kGridFrames);
    }
    gain.fill(0.3);
    for (int block = 0; block < 3; ++block)
        smoother.process(gain.data(), smooth.data(), kGridFrames);
    CHECK(smooth.back() <= 0.3f);
    CHECK(smooth.back() == Approx(0.3).epsilon(1e-6));
    gain.fill(1.0);
    for (int block = 0; block < 3; ++block)
        smoother.process(gain.data(), smooth.data(), kGridFrames);
    CHECK(smooth.back() == 1.0f);
}

namespace {

constexpr PeakInterpolator::Design kDesign{24, 0.94, true};
constexpr float kAnything = -1.0f;
constexpr float kNothing = std::numeric_limits<float>::infinity();

/// Highest interpolated magnitude of a stream.
float interpolated_peak(PeakInterpolator &peaks, const headroom::test::Channel &x) {
    History<float> past(peaks.past_frames());
    std::array<float, 2 * kGridFrames> peak{};
    for (std::size_t at = 0; at + kGridFrames <= x.size(); at += kGridFrames) {
        float *in = past.push(kGridFrames);
        std::copy_n(x.data() + at, kGridFrames, in);
        peaks.process(0, in, kAnything, peak.data(), kGridFrames);
    }
    return *std::max_element(peak.begin(), peak.begin() + kGridFrames);
}

} // namespace

TEST_CASE("interpolator reads sines of any phase up to 22 kHz within hundredths of a dB") {
    constexpr double kRate = 48000.0;
    for (const PeakInterpolator::Design &design :
         {PeakInterpolator::Design{24, 0.94, false}, {32, 0.955, false}, {64, 0.97, false}})
        for (const double frequency : {20.0, 997.0, 8000.0, 12000.0, 16000.0, 20000.0, 22000.0})
            for (double phase = 0.0; phase < 1.6; phase += 0.39) {
                const auto x = headroom::test::faded(
                    headroom::test::sine(frequency, 0.0, 0.2, kRate, phase), 0.05, kRate);
                CAPTURE(design.half_taps, frequency, phase);
                PeakInterpolator estimate(design, 1);
                CHECK(headroom::test::level_db(static_cast<double>(
                          interpolated_peak(estimate, x))) == Approx(0.0).margin(0.05));
                PeakInterpolator bound({design.half_taps, design.band_edge, true}, 1);
                const double bound_db =
                    headroom::test::level_db(static_cast<double>(interpolated_peak(bound, x)));
                CHECK(bound_db > -0.001);
                CHECK(bound_db < (frequency < 21000.0 ? 0.2 : 1.5));
            }
}

TEST_CASE("every instruction set gives the same bits, also after a gap") {
    Random random;
    headroom::test::Channel x = headroom::test::noise(6.0, 0.1, 48000.0, 3);
    PeakInterpolator reference(kDesign, 1, InstructionSet::baseline);
    PeakInterpolator gap(kDesign, 1, InstructionSet::baseline);
    std::vector<PeakInterpolator> others;
    for (const InstructionSet set : {InstructionSet::avx2, InstructionSet::avx512})
        if (is_supported(set))
            others.emplace_back(kDesign, 1, set);
    History<float> past(reference.past_frames());
    for (std::size_t at = 0; at < x.size();) {
        const std::size_t left = std::min(x.size() - at, kGridFrames - at % kGridFrames);
        const int count = static_cast<int>(1 + random.bits() % left);
        float *in = past.push(count);
        std::copy_n(x.data() + at, count, in);
        at += static_cast<std::size_t>(count);
        std::array<float, 2 * kGridFrames> expected{};
        reference.process(0, in, kAnything, expected.data(), count);
        const auto compare = [&](PeakInterpolator &other) {
            std::array<float, 2 * kGridFrames> peak{};
            REQUIRE(other.process(0, in, kAnything, peak.data(), count));
            for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
                REQUIRE(peak[i] == expected[i]);
        };
        for (PeakInterpolator &other : others)
            compare(other);
        if (random.bits() % 2 == 0)
            REQUIRE(!gap.process(0, in, kNothing, expected.data(), count));
        else
            compare(gap);
    }
}

TEST_CASE("a block that the interpolator leaves out has no peak above the floor") {
    constexpr double kRate = 48000.0;
    Random random;
    std::vector<headroom::test::Channel> signals{headroom::test::noise(0.0, 0.5, kRate, 3)};
    for (const double frequency : {40.0, 997.0, 5000.0, 11000.0, 19000.0, 23500.0})
        signals.push_back(headroom::test::sine(frequency, 0.0, 0.5, kRate, random.unit()));
    headroom::test::Channel &flips = signals.emplace_back(24000);
    for (float &v : flips)
        v = random.bits() % 2 == 0 ? 1.0f : -1.0f;
    // Signs as those of the sinc half a frame after the middle: as high a peak as can be.
    for (std::size_t k = 0; k < 48; ++k)
        flips[1000 + k] = (k < 24 ? 23 - k : k - 24) % 2 == 0 ? 1.0f : -1.0f;
    for (const PeakInterpolator::Design &design :
         {kDesign, PeakInterpolator::Design{48, 23.2 / 24.0, false}, {64, 0.97, true}})
        for (const headroom::test::Channel &x : signals) {
            PeakInterpolator reference(design, 1);
            PeakInterpolator tested(design, 1);
            History<float> past(reference.past_frames());
            int left_out = 0;
            for (std::size_t at = 0; at + kGridFrames <= x.size(); at += kGridFrames) {
                float *in = past.push(kGridFrames);
                std::copy_n(x.data() + at, kGridFrames, in);
                std::array<float, 2 * kGridFrames> expected{};
                std::array<float, 2 * kGridFrames> peak{};
                reference.process(0, in, kAnything, expected.data(), kGridFrames);
                const auto floor = static_cast<float>(random.between(0.0, 8.0));
                const float highest =
                    *std::max_element(expected.begin(), expected.begin() + kGridFrames);
                if (tested.process(0, in, floor, peak.data(), kGridFrames)) {
                    REQUIRE(peak == expected);
                } else {
                    REQUIRE(highest <= floor);
                    ++left_out;
                }
            }
            CHECK(left_out > 50);
        }
}

TEST_CASE("what a low tone has between samples is bounded closely") {
    PeakInterpolator peaks(kDesign, 1);
    const headroom::test::Channel x =
        headroom::test::faded(headroom::test::sine(2000.0, 0.0, 0.2, 48000.0), 0.02, 48000.0);
    History<float> past(peaks.past_frames());
    for (std::size_t at = 0; at + kGridFrames <= x.size(); at += kGridFrames) {
        float *in = past.push(kGridFrames);
        std::copy_n(x.data() + at, kGridFrames, in);
        std::array<float, 2 * kGridFrames> peak{};
        CHECK(!peaks.process(0, in, 1.15f, peak.data(), kGridFrames));
    }
}

TEST_CASE("the recent highest value covers at least the stated frames") {
    RecentHighest recent(100);
    recent.add(2.0f, kGridFrames);
    for (int frames = 0; frames < 100; frames += 10) {
        CHECK(recent.value() == 2.0f);
        recent.add(0.0f, 10);
    }
    for (int i = 0; i < 10; ++i)
        recent.add(0.0f, kGridFrames);
    CHECK(recent.value() == 0.0f);
}

TEST_CASE("K-weighting has the tabled coefficients at 48 kHz") {
    const KWeighting k(48000.0);
    CHECK(k.shelf.b0 == Approx(1.53512485958697).epsilon(1e-9));
    CHECK(k.shelf.b1 == Approx(-2.69169618940638).epsilon(1e-9));
    CHECK(k.shelf.b2 == Approx(1.19839281085285).epsilon(1e-9));
    CHECK(k.shelf.a1 == Approx(-1.69065929318241).epsilon(1e-9));
    CHECK(k.shelf.a2 == Approx(0.73248077421585).epsilon(1e-9));
    CHECK(k.highpass.a1 == Approx(-1.99004745483398).epsilon(1e-9));
    CHECK(k.highpass.a2 == Approx(0.99007225036621).epsilon(1e-9));
}

TEST_CASE("Butterworth high-pass is 3 dB down at its corner") {
    const BiquadCoefficients c = butterworth_highpass(100.0, 48000.0);
    Biquad<double> filter;
    const auto x = headroom::test::sine(100.0, 0.0, 1.0, 48000.0);
    double highest = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double y = filter.process(c, static_cast<double>(x[i]));
        if (i > x.size() / 2)
            highest = std::max(highest, y);
    }
    CHECK(headroom::test::level_db(highest) == Approx(-3.0103).margin(0.01));
}

TEST_CASE("histogram gates as an exact list of blocks does") {
    Random random;
    LoudnessHistogram histogram;
    std::vector<double> blocks;
    for (int i = 0; i < 20000; ++i) {
        const double lufs = -23.0 + 8.0 * (random.unit() + random.unit() + random.unit() - 1.5) -
                            (i % 5 == 0 ? 30.0 : 0.0);
        blocks.push_back(lufs_to_power(lufs));
        histogram.add(blocks.back());
    }
    for (const double gate_lu : {10.0, 20.0}) {
        double mean = 0.0;
        for (const double power : blocks)
            mean += power / static_cast<double>(blocks.size());
        const double threshold = mean * std::pow(10.0, -gate_lu / 10.0);
        std::vector<double> kept;
        std::copy_if(blocks.begin(), blocks.end(), std::back_inserter(kept),
                     [&](double power) { return power >= threshold; });
        std::sort(kept.begin(), kept.end());
        double gated = 0.0;
        for (const double power : kept)
            gated += power / static_cast<double>(kept.size());
        CHECK(power_to_lufs(histogram.gated_power(gate_lu)) ==
              Approx(power_to_lufs(gated)).margin(0.01));
        const auto at = [&](double share) {
            return power_to_lufs(kept[static_cast<std::size_t>(
                std::lround(share * (static_cast<double>(kept.size()) - 1.0)))]);
        };
        CHECK(histogram.range_lu(gate_lu) == Approx(at(0.95) - at(0.10)).margin(0.011));
    }
    histogram.reset();
    CHECK(histogram.is_empty());
    CHECK(histogram.range_lu(20.0) == 0.0);
}
