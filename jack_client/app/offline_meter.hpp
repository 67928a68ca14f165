// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/channels.hpp"
#include "jack_client/dsp/loudness_meter.hpp"
#include "jack_client/dsp/true_peak_meter.hpp"

#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace headroom::app {

/// What a finished programme measures; minus infinity where there is only silence.
struct ProgrammeFigures {
    static constexpr double kNothing = -std::numeric_limits<double>::infinity();
    double integrated_lufs = kNothing;
    double max_momentary_lufs = kNothing;
    double max_short_term_lufs = kNothing;
    double loudness_range_lu = kNothing;
    double true_peak_dbtp = kNothing;
    double sample_peak_dbfs = kNothing;
};

/// Measures a programme from its first to its last frame, whatever pieces it comes in.
/// Not real-time safe.
class ProgrammeMeter {
  public:
    ProgrammeMeter(double sample_rate_hz, const ChannelLayout &channels);

    /// NaN and infinite samples count as silence, as they do in the engine.
    void process(const float *const *channels, std::size_t frames);

    /// The end: silence follows for the true peak, so that a peak between the last samples counts.
    ProgrammeFigures finish();

  private:
    void process_block(int frames);

    dsp::LoudnessMeter loudness_;
    dsp::TruePeakMeter true_peak_;
    std::vector<std::vector<float>> block_; ///< the grid period in the making
    std::vector<float *> block_channels_;
    int filled_ = 0;
    float sample_peak_lin_ = 0.0f;
};

/// Decibels to three decimals, null for silence.
nlohmann::ordered_json json_decibels(double value_db);

/// Adds the figures under the names that `headroom measure --json` documents.
void add_figures(nlohmann::ordered_json &json, const ProgrammeFigures &figures);

/// "-23.0", "-inf" for silence.
std::string decibel_text(double value_db);

} // namespace headroom::app
