// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/chain.hpp"

#include <utility>

namespace headroom::engine {

Chain::Chain(std::unique_ptr<Structure> structure, int channels, double sample_rate_hz)
    : current_(std::move(structure)),
      entry_(sample_rate_hz),
      fade_(sample_rate_hz),
      scratch_(channels) {}

Chain::~Chain() {
    delete incoming_;
    delete waiting_;
    delete retired_;
}

template <class Function> void Chain::for_each_stage(Function function) noexcept {
    for (const auto &stage : current_->stages)
        function(*stage);
    if (incoming_ == nullptr)
        return;
    for (const auto &stage : incoming_->stages)
        if (stage)
            function(*stage);
}

void Chain::set(const ParameterValues &values) noexcept {
    for_each_stage([&](Stage &stage) { stage.set(values); });
}

void Chain::step(const ParameterValues &values, const StageContext &context) noexcept {
    if (incoming_ != nullptr && fade_.only_second())
        end_replacement();
    if (incoming_ == nullptr && waiting_ != nullptr)
        begin_replacement(values);
    if (incoming_ != nullptr && filling_frames_ <= 0)
        fade_.toward_second();
    for_each_stage([&](Stage &stage) { stage.step(context); });
}

void Chain::begin_replacement(const ParameterValues &values) noexcept {
    incoming_ = std::exchange(waiting_, nullptr);
    for (std::size_t i = 0; i < current_->stages.size(); ++i) {
        if (!incoming_->stages[i])
            continue;
        incoming_->stages[i]->adopt(*current_->stages[i]);
        incoming_->stages[i]->set(values);
    }
    filling_frames_ = incoming_->latency_frames;
    entry_.restart();
    entry_.toward_second();
    fade_.restart();
}

void Chain::end_replacement() noexcept {
    for (std::size_t i = 0; i < current_->stages.size(); ++i)
        if (incoming_->stages[i])
            current_->stages[i].swap(incoming_->stages[i]);
    current_->dry.swap(incoming_->dry);
    std::swap(current_->latency_frames, incoming_->latency_frames);
    retired_ = std::exchange(incoming_, nullptr);
}

void Chain::process(dsp::AudioBlock block) noexcept {
    current_->dry->push(block);
    if (incoming_ == nullptr) {
        for (const auto &stage : current_->stages)
            stage->process(block);
        return;
    }
    incoming_->dry->push(block);
    const auto frames = static_cast<std::size_t>(block.frames);
    if (entry_.only_second())
        filling_frames_ -= block.frames;
    entry_.advance({entry_gains_.data(), frames});
    fade_.advance({gains_.data(), frames});
    for (std::size_t i = 0; i < current_->stages.size(); ++i) {
        if (!incoming_->stages[i]) {
            current_->stages[i]->process(block);
            continue;
        }
        const dsp::AudioBlock renewed = scratch_.first(block.frames);
        copy(block, renewed);
        scale(renewed, entry_gains_);
        current_->stages[i]->process(block);
        incoming_->stages[i]->process(renewed);
        mix(block, renewed, gains_);
    }
}

void Chain::read_dry(dsp::AudioBlock dry) noexcept {
    current_->dry->read(dry);
    if (incoming_ == nullptr)
        return;
    const dsp::AudioBlock renewed = scratch_.first(dry.frames);
    incoming_->dry->read(renewed);
    mix(dry, renewed, gains_);
}

void Chain::take_meters(MeterValues &meters) noexcept {
    for (const auto &stage : current_->stages)
        stage->take_meters(meters);
}

void Chain::reset_meters() noexcept {
    for_each_stage([](Stage &stage) { stage.reset_meters(); });
}

Structure *Chain::replace(Structure *next) noexcept {
    return std::exchange(waiting_, next);
}

Structure *Chain::take_retired() noexcept {
    return std::exchange(retired_, nullptr);
}

} // namespace headroom::engine
