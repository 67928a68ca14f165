// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/dsp/equaliser.hpp"
#include "jack_client/engine/loudness_change.hpp"
#include "jack_client/engine/stages.hpp"
#include "jack_client/engine/switched_stage.hpp"

#include <utility>

namespace headroom::engine {

namespace {

/// Where a band's parameters stand in the registry.
struct BandIds {
    ParameterId on;
    ParameterId frequency;
    ParameterId gain;
    ParameterId q;
};

constexpr BandIds kLowShelf{
    parameter_id("equaliser/low_shelf/on"), parameter_id("equaliser/low_shelf/frequency"),
    parameter_id("equaliser/low_shelf/gain"), parameter_id("equaliser/low_shelf/q")};
constexpr BandIds kHighShelf{
    parameter_id("equaliser/high_shelf/on"), parameter_id("equaliser/high_shelf/frequency"),
    parameter_id("equaliser/high_shelf/gain"), parameter_id("equaliser/high_shelf/q")};
constexpr BandIds kBell1{parameter_id("equaliser/bell_1/on"),
                         parameter_id("equaliser/bell_1/frequency"),
                         parameter_id("equaliser/bell_1/gain"), parameter_id("equaliser/bell_1/q")};
constexpr BandIds kBell2{parameter_id("equaliser/bell_2/on"),
                         parameter_id("equaliser/bell_2/frequency"),
                         parameter_id("equaliser/bell_2/gain"), parameter_id("equaliser/bell_2/q")};
constexpr BandIds kBell3{parameter_id("equaliser/bell_3/on"),
                         parameter_id("equaliser/bell_3/frequency"),
                         parameter_id("equaliser/bell_3/gain"), parameter_id("equaliser/bell_3/q")};
constexpr BandIds kBell4{parameter_id("equaliser/bell_4/on"),
                         parameter_id("equaliser/bell_4/frequency"),
                         parameter_id("equaliser/bell_4/gain"), parameter_id("equaliser/bell_4/q")};

dsp::Equaliser::Band band(const ParameterValues &values, const BandIds &ids) noexcept {
    return {.on = values[ids.on] != 0.0f,
            .frequency_hz = values[ids.frequency],
            .gain_db = values[ids.gain],
            .q = values[ids.q]};
}

class EqualiserStage final : public Stage {
  public:
    explicit EqualiserStage(const StageSetup &setup)
        : equaliser_(setup.sample_rate_hz, static_cast<int>(setup.channels.size())),
          change_(setup) {}

    void set(const ParameterValues &values) noexcept override {
        using Slope = dsp::Equaliser::Slope;
        equaliser_.set(
            {.low_cut = {.on = values[parameter_id("equaliser/low_cut/on")] != 0.0f,
                         .frequency_hz = values[parameter_id("equaliser/low_cut/frequency")],
                         .slope = values[parameter_id("equaliser/low_cut/slope")] != 0.0f
                                      ? Slope::db_24
                                      : Slope::db_12},
             .low_shelf = band(values, kLowShelf),
             .high_shelf = band(values, kHighShelf),
             .bells = {band(values, kBell1), band(values, kBell2), band(values, kBell3),
                       band(values, kBell4)}});
    }
    void process(dsp::AudioBlock block) noexcept override {
        const bool worked = std::exchange(works_, equaliser_.is_working());
        if (!works_) {
            equaliser_.process(block);
            return;
        }
        if (!worked)
            change_.reset();
        change_.before(block);
        equaliser_.process(block);
        change_.after(block);
    }
    bool is_at_rest() const noexcept override {
        return equaliser_.is_at_rest() && works_ == equaliser_.is_working() &&
               (!works_ || change_.is_at_rest());
    }
    void skip(int frames, const StageContext &) noexcept override {
        if (works_)
            change_.skip(frames);
    }
    void reset() noexcept override {
        equaliser_.reset();
        works_ = false;
    }
    void take_meters(MeterValues &meters) noexcept override {
        if (works_)
            meters[meter_id("equaliser/loudness_change").index] = change_.newest_lu();
    }

  private:
    dsp::Equaliser equaliser_;
    LoudnessChange change_;
    bool works_ = false; ///< the last block may have come out other than it went in
};

} // namespace

std::unique_ptr<Stage> make_equaliser_stage(const StageSetup &setup) {
    return switched(std::make_unique<EqualiserStage>(setup), parameter_id("equaliser/on"), setup);
}

} // namespace headroom::engine
