// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/chain.hpp"

#include <algorithm>
#include <utility>

namespace headroom::engine {

Chain::Chain(std::unique_ptr<Structure> structure, int channels, double sample_rate_hz)
    : current_(std::move(structure)),
      entry_(sample_rate_hz),
      fade_(sample_rate_hz),
      scratch_(channels),
      incoming_send_(channels) {}

Chain::~Chain() {
    delete incoming_;
    delete waiting_;
    delete retired_;
}

template <class Function> void Chain::for_each_stage(Function function) noexcept {
    for (const auto &stage : current_->movable)
        function(*stage);
    function(*current_->limiter);
    if (incoming_ == nullptr)
        return;
    if (renews_movable_)
        for (const auto &stage : incoming_->movable)
            function(*stage);
    if (renews_limiter_)
        function(*incoming_->limiter);
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
    renews_movable_ = waiting_->order != current_->order ||
                      waiting_->sidechain != current_->sidechain ||
                      waiting_->insert_delay_frames != current_->insert_delay_frames;
    renews_limiter_ = waiting_->limiter_mode != current_->limiter_mode;
    renews_dry_ = waiting_->latency_frames != current_->latency_frames;
    if (!renews_movable_ && !renews_limiter_) {
        // What has changed was changed back before its turn came. A structure that this step has
        // retired already must be handed back first.
        if (retired_ == nullptr)
            retired_ = std::exchange(waiting_, nullptr);
        return;
    }
    incoming_ = std::exchange(waiting_, nullptr);
    if (renews_movable_)
        for (std::size_t i = 0; i < current_->movable.size(); ++i) {
            incoming_->movable[i]->adopt(*current_->movable[i]);
            incoming_->movable[i]->set(values);
        }
    if (renews_limiter_) {
        incoming_->limiter->adopt(*current_->limiter);
        incoming_->limiter->set(values);
    }
    filling_frames_ = incoming_->latency_frames;
    entry_.restart();
    entry_.toward_second();
    fade_.restart();
}

void Chain::end_replacement() noexcept {
    if (renews_movable_) {
        current_->movable.swap(incoming_->movable);
        std::swap(current_->order, incoming_->order);
        std::swap(current_->sidechain, incoming_->sidechain);
        std::swap(current_->insert_delay_frames, incoming_->insert_delay_frames);
    }
    if (renews_limiter_) {
        current_->limiter.swap(incoming_->limiter);
        std::swap(current_->limiter_mode, incoming_->limiter_mode);
    }
    if (renews_dry_) {
        current_->dry.swap(incoming_->dry);
        std::swap(current_->latency_frames, incoming_->latency_frames);
    }
    retired_ = std::exchange(incoming_, nullptr);
}

std::array<int, 3> Chain::sidechains() const noexcept {
    return {current_->sidechain, incoming_ != nullptr ? incoming_->sidechain : kOwnInput,
            waiting_ != nullptr ? waiting_->sidechain : kOwnInput};
}

void Chain::process(dsp::AudioBlock block, Sidechains &sidechains, int offset,
                    const InsertLoop &insert) noexcept {
    current_->dry->push(block);
    if (incoming_ != nullptr) {
        if (renews_dry_)
            incoming_->dry->push(block);
        const auto frames = static_cast<std::size_t>(block.frames);
        if (entry_.only_second())
            filling_frames_ -= block.frames;
        entry_.advance({entry_gains_.data(), frames});
        fade_.advance({gains_.data(), frames});
    }
    process_movable(block, sidechains, offset, insert);
    process_limiter(block);
}

void Chain::process_movable(dsp::AudioBlock block, Sidechains &sidechains, int offset,
                            const InsertLoop &insert) noexcept {
    const auto run = [&](Structure &structure, dsp::AudioBlock audio, const InsertLoop &loop) {
        for (const auto &stage : structure.movable) {
            if (structure.sidechain != kOwnInput)
                stage->listen(sidechains.of(structure.sidechain, offset, audio.frames));
            stage->patch(loop);
        }
        for (const std::uint8_t stage : structure.order)
            structure.movable[stage]->process(audio);
    };
    const bool twice = incoming_ != nullptr && renews_movable_;
    const dsp::AudioBlock renewed = scratch_.first(block.frames);
    if (twice)
        copy(block, renewed);
    run(*current_, block, insert);
    if (!twice)
        return;
    InsertLoop renewed_insert = insert;
    if (insert.send.channel_count > 0)
        renewed_insert.send = incoming_send_.first(block.frames);
    run(*incoming_, renewed, renewed_insert);
    mix(block, renewed, gains_);
    mix(insert.send, renewed_insert.send, gains_);
}

void Chain::process_limiter(dsp::AudioBlock block) noexcept {
    const bool twice = incoming_ != nullptr && renews_limiter_;
    const dsp::AudioBlock renewed = scratch_.first(block.frames);
    if (twice) {
        copy(block, renewed);
        scale(renewed, entry_gains_);
    }
    current_->limiter->process(block);
    if (!twice)
        return;
    incoming_->limiter->process(renewed);
    mix(block, renewed, gains_);
}

bool Chain::is_at_rest() const noexcept {
    return incoming_ == nullptr && waiting_ == nullptr && retired_ == nullptr &&
           current_->limiter->is_at_rest() &&
           std::all_of(current_->movable.begin(), current_->movable.end(),
                       [](const auto &stage) { return stage->is_at_rest(); });
}

void Chain::skip(int frames) noexcept {
    for_each_stage([&](Stage &stage) { stage.skip(frames); });
}

void Chain::read_dry(dsp::AudioBlock dry) noexcept {
    current_->dry->read(dry);
    if (incoming_ == nullptr || !renews_dry_)
        return;
    const dsp::AudioBlock renewed = scratch_.first(dry.frames);
    incoming_->dry->read(renewed);
    mix(dry, renewed, gains_);
}

void Chain::take_meters(MeterValues &meters) noexcept {
    for (const auto &stage : current_->movable)
        stage->take_meters(meters);
    current_->limiter->take_meters(meters);
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
