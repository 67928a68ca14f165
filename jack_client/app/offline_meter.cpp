// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/offline_meter.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace headroom::app {

namespace {

constexpr int kTailFrames = 16 * dsp::kGridFrames; ///< longer than any interpolator

double known(float lufs) {
    return lufs <= dsp::LoudnessMeter::kSilence_lufs ? ProgrammeFigures::kNothing
                                                     : static_cast<double>(lufs);
}

double decibels(float lin) {
    return 20.0 * std::log10(static_cast<double>(lin));
}

} // namespace

ProgrammeMeter::ProgrammeMeter(double sample_rate_hz, const ChannelLayout &channels)
    : loudness_(sample_rate_hz, loudness_weights(channels)),
      true_peak_(sample_rate_hz, static_cast<int>(channels.size())),
      block_(channels.size(), std::vector<float>(dsp::kGridFrames)) {
    for (auto &channel : block_)
        block_channels_.push_back(channel.data());
}

void ProgrammeMeter::process(const float *const *channels, std::size_t frames) {
    for (std::size_t done = 0; done < frames;) {
        const auto count = static_cast<int>(
            std::min(frames - done, static_cast<std::size_t>(dsp::kGridFrames - filled_)));
        for (std::size_t c = 0; c < block_.size(); ++c) {
            const float *from = channels[c] + done;
            float *to = block_channels_[c] + filled_;
            for (int i = 0; i < count; ++i) {
                to[i] = std::isfinite(from[i]) ? from[i] : 0.0f;
                sample_peak_lin_ = std::max(sample_peak_lin_, std::fabs(to[i]));
            }
        }
        filled_ += count;
        done += static_cast<std::size_t>(count);
        if (filled_ == dsp::kGridFrames)
            process_block(filled_);
    }
}

void ProgrammeMeter::process_block(int frames) {
    const dsp::AudioBlock block{block_channels_.data(), static_cast<int>(block_.size()), frames};
    loudness_.process(block);
    true_peak_.process(block);
    filled_ = 0;
}

ProgrammeFigures ProgrammeMeter::finish() {
    int past_grid = filled_;
    process_block(filled_);
    for (auto &channel : block_)
        std::fill(channel.begin(), channel.end(), 0.0f);
    for (int tail = 0; tail < kTailFrames;) {
        const int count = dsp::kGridFrames - past_grid;
        true_peak_.process({block_channels_.data(), static_cast<int>(block_.size()), count});
        past_grid = 0;
        tail += count;
    }
    ProgrammeFigures figures;
    figures.integrated_lufs = known(loudness_.integrated_lufs());
    figures.max_momentary_lufs = known(loudness_.max_momentary_lufs());
    figures.max_short_term_lufs = known(loudness_.max_short_term_lufs());
    if (figures.integrated_lufs > ProgrammeFigures::kNothing)
        figures.loudness_range_lu = static_cast<double>(loudness_.loudness_range_lu());
    figures.true_peak_dbtp = decibels(true_peak_.take_peak_lin());
    figures.sample_peak_dbfs = decibels(sample_peak_lin_);
    return figures;
}

nlohmann::ordered_json json_decibels(double value_db) {
    if (!std::isfinite(value_db))
        return nullptr;
    return std::round(value_db * 1000.0) / 1000.0;
}

void add_figures(nlohmann::ordered_json &json, const ProgrammeFigures &figures) {
    json["integrated_lufs"] = json_decibels(figures.integrated_lufs);
    json["max_momentary_lufs"] = json_decibels(figures.max_momentary_lufs);
    json["max_short_term_lufs"] = json_decibels(figures.max_short_term_lufs);
    json["loudness_range_lu"] = json_decibels(figures.loudness_range_lu);
    json["true_peak_dbtp"] = json_decibels(figures.true_peak_dbtp);
    json["sample_peak_dbfs"] = json_decibels(figures.sample_peak_dbfs);
}

std::string decibel_text(double value_db) {
    if (!std::isfinite(value_db))
        return "-inf";
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.1f", value_db);
    return buffer;
}

} // namespace headroom::app
