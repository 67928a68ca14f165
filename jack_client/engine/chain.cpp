// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/chain.hpp"

#include <algorithm>
#include <utility>

namespace headroom::engine {

Chain::Chain(ChainParts parts, int channels, double sample_rate_hz, Returns &returns)
    : movable_(std::move(parts.movable), sample_rate_hz, returns),
      limiter_(std::move(parts.limiter), sample_rate_hz, returns),
      scratch_(channels),
      dry_(channels),
      incoming_send_(channels) {}

template <class Function> void Chain::for_each_stage(Function function) noexcept {
    for (MovablePart *part : {&movable_.current(), movable_.incoming()})
        if (part != nullptr)
            for (const auto &stage : part->stages)
                function(*stage);
    for (LimiterPart *part : {&limiter_.current(), limiter_.incoming()})
        if (part != nullptr)
            function(*part->stage);
}

void Chain::set(const ParameterValues &values) noexcept {
    for_each_stage([&](Stage &stage) { stage.set(values); });
}

StageContext Chain::context(const dsp::LoudnessMeter &input) const noexcept {
    StageContext context{input};
    for (const auto &stage : movable_.current().stages)
        context.levelling_db += stage->levelling_db();
    return context;
}

void Chain::step(const ParameterValues &values, const dsp::LoudnessMeter &input) noexcept {
    const auto begin = [&](Stage &incoming, Stage &current) {
        incoming.adopt(current);
        incoming.set(values);
    };
    movable_.step([&](MovablePart &incoming, MovablePart &current) {
        for (std::size_t i = 0; i < current.stages.size(); ++i)
            begin(*incoming.stages[i], *current.stages[i]);
    });
    limiter_.step([&](LimiterPart &incoming, LimiterPart &current) {
        begin(*incoming.stage, *current.stage);
    });
    const StageContext now = context(input);
    for_each_stage([&](Stage &stage) { stage.step(now); });
}

void Chain::process(dsp::AudioBlock block, Sidechains &sidechains, int offset,
                    const InsertLoop &insert) noexcept {
    movable_.advance(block.frames);
    limiter_.advance(block.frames);
    process_dry(block);
    process_movable(block, sidechains, offset, insert);
    process_limiter(block);
}

/// Delays the unprocessed signal as both parts delay the other.
void Chain::process_dry(dsp::AudioBlock block) noexcept {
    dsp::AudioBlock dry = block;
    MovablePart &current = movable_.current();
    MovablePart *const incoming = movable_.incoming();
    if (current.latency_frames > 0 || (incoming != nullptr && incoming->latency_frames > 0)) {
        dry = dry_.first(block.frames);
        current.dry->push(block);
        current.dry->read(dry);
        if (incoming != nullptr) {
            const dsp::AudioBlock renewed = scratch_.first(block.frames);
            incoming->dry->push(block);
            incoming->dry->read(renewed);
            mix(dry, renewed, movable_.gains());
        }
    }
    limiter_.current().dry->push(dry);
    if (limiter_.incoming() != nullptr)
        limiter_.incoming()->dry->push(dry);
}

void Chain::process_movable(dsp::AudioBlock block, Sidechains &sidechains, int offset,
                            const InsertLoop &insert) noexcept {
    const auto run = [&](MovablePart &part, dsp::AudioBlock audio, const InsertLoop &loop) {
        for (const auto &stage : part.stages) {
            if (part.sidechain != kOwnInput)
                stage->listen(sidechains.of(part.sidechain, offset, audio.frames));
            stage->patch(loop);
        }
        for (const std::uint8_t stage : part.order)
            part.stages[stage]->process(audio);
    };
    MovablePart *const incoming = movable_.incoming();
    const dsp::AudioBlock renewed = scratch_.first(block.frames);
    if (incoming != nullptr)
        copy(block, renewed);
    run(movable_.current(), block, insert);
    if (incoming == nullptr)
        return;
    InsertLoop renewed_insert = insert;
    if (insert.send.channel_count > 0)
        renewed_insert.send = incoming_send_.first(block.frames);
    run(*incoming, renewed, renewed_insert);
    mix(block, renewed, movable_.gains());
    mix(insert.send, renewed_insert.send, movable_.gains());
}

void Chain::process_limiter(dsp::AudioBlock block) noexcept {
    LimiterPart *const incoming = limiter_.incoming();
    const dsp::AudioBlock renewed = scratch_.first(block.frames);
    if (incoming != nullptr) {
        copy(block, renewed);
        scale(renewed, limiter_.entry_gains());
    }
    limiter_.current().stage->process(block);
    if (incoming == nullptr)
        return;
    incoming->stage->process(renewed);
    mix(block, renewed, limiter_.gains());
}

bool Chain::is_at_rest() const noexcept {
    const auto &stages = movable_.current().stages;
    return movable_.is_at_rest() && limiter_.is_at_rest() &&
           limiter_.current().stage->is_at_rest() &&
           std::all_of(stages.begin(), stages.end(),
                       [](const auto &stage) { return stage->is_at_rest(); });
}

void Chain::skip(int frames, const dsp::LoudnessMeter &input) noexcept {
    const StageContext now = context(input);
    for_each_stage([&](Stage &stage) { stage.skip(frames, now); });
}

void Chain::read_dry(dsp::AudioBlock dry, int later_frames) noexcept {
    limiter_.current().dry->read(dry, later_frames);
    if (limiter_.incoming() == nullptr)
        return;
    const dsp::AudioBlock renewed = scratch_.first(dry.frames);
    limiter_.incoming()->dry->read(renewed, later_frames);
    mix(dry, renewed, limiter_.gains());
}

void Chain::take_meters(MeterValues &meters) noexcept {
    for (const auto &stage : movable_.current().stages)
        stage->take_meters(meters);
    limiter_.current().stage->take_meters(meters);
}

void Chain::reset_meters() noexcept {
    for_each_stage([](Stage &stage) { stage.reset_meters(); });
}

} // namespace headroom::engine
