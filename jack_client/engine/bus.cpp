// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/bus.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace headroom::engine {

namespace {

constexpr std::uint64_t kGrid = dsp::kGridFrames;

constexpr SignalMeterIds kInputMeters{
    meter_id("input/momentary"),  meter_id("input/short_term"),
    meter_id("input/integrated"), meter_id("input/loudness_range"),
    meter_id("input/true_peak"),  meter_id("input/max_true_peak")};
constexpr SignalMeterIds kOutputMeters{
    meter_id("output/momentary"),  meter_id("output/short_term"),
    meter_id("output/integrated"), meter_id("output/loudness_range"),
    meter_id("output/true_peak"),  meter_id("output/max_true_peak")};

/// What may change in a bus at one frame: its parameters, the bypass of all, and both parts.
constexpr std::size_t kKindsOfSteps = kParameterCount + 3;

} // namespace

Bus::Bus(const Setup &setup, ChainParts parts, Outlets &outlets)
    : outlets_(outlets),
      index_(setup.index),
      meter_interval_steps_(static_cast<std::uint64_t>(
          std::ceil(setup.sample_rate_hz / kMeterRate_hz / dsp::kGridFrames))),
      meter_phase_steps_(meter_interval_steps_ * setup.index / setup.bus_count),
      steps_(kKindsOfSteps),
      parameters_(setup.values, setup.sample_rate_hz),
      input_(kInputMeters, setup.sample_rate_hz, setup.channels),
      chain_(std::move(parts), static_cast<int>(setup.channels.size()), setup.sample_rate_hz,
             outlets.returns),
      output_(kOutputMeters, setup.sample_rate_hz, setup.channels),
      bypass_all_(setup.bypass_all),
      audition_(setup.sample_rate_hz, setup.channels, setup.values, setup.bypass_all),
      segment_(setup.channels.size()),
      rest_interval_frames_(static_cast<std::int64_t>(std::ceil(setup.sample_rate_hz))),
      silence_(static_cast<int>(setup.channels.size())) {
    chain_.set(parameters_.values());
    publish_structure();
}

void Bus::apply_due(std::uint64_t frame) noexcept {
    Step step;
    while (steps_.take(frame, step))
        apply(step);
}

void Bus::apply(const Step &step) noexcept {
    // No switch: the auditor does not follow jump tables.
    using enum Step::Kind;
    if (step.kind == value) {
        set_value(step.parameter, step.value);
        return;
    }
    wake();
    if (step.kind == movable)
        chain_.replace(static_cast<MovablePart *>(step.part));
    else if (step.kind == limiter)
        chain_.replace(static_cast<LimiterPart *>(step.part));
    else
        bypass_all_ = step.value != 0.0f;
    audition_.set(parameters_.values(), bypass_all_);
}

void Bus::wake() noexcept {
    catch_up();
    rests_ = false;
    rested_ = false;
    silent_frames_ = 0;
}

/// Makes the state of everything what it would be if all that was skipped had been processed.
void Bus::catch_up() noexcept {
    const int frames = std::exchange(skipped_frames_, 0);
    const int of_this_period = frames % dsp::kGridFrames;
    if (const int whole = frames - of_this_period; whole > 0) {
        // Stages hear of readings at the boundaries of the grid: those of the last period come
        // later.
        input_.skip(whole - dsp::kGridFrames);
        chain_.skip(whole, input_.loudness());
        input_.skip(dsp::kGridFrames);
        audition_.skip(whole);
        output_.skip(whole);
    }
    if (of_this_period > 0) {
        const dsp::AudioBlock block = silence_.first(of_this_period);
        for (int c = 0; c < block.channel_count; ++c)
            std::fill_n(block.channels[c], block.frames, 0.0f);
        begin_segment(0);
        process_segment(block, *sidechains_, {}, 0);
    }
}

void Bus::set_value(ParameterId id, float value) noexcept {
    if (parameters_.target(id) == value)
        return;
    wake();
    parameters_.set_target(id, value);
    audition_.set(parameters_.values(), bypass_all_);
}

void Bus::reset_meters() noexcept {
    wake();
    input_.reset();
    output_.reset();
    chain_.reset_meters();
}

void Bus::process(float *const *channels, int frames, std::uint64_t frame, Sidechains &sidechains,
                  InsertLoops &inserts) noexcept {
    sidechains_ = &sidechains;
    for (int done = 0; done < frames;) {
        apply_due(frame);
        const auto length =
            static_cast<int>(std::min({static_cast<std::uint64_t>(frames - done),
                                       kGrid - frame % kGrid, steps_.next_frame() - frame}));
        for (std::size_t c = 0; c < segment_.size(); ++c)
            segment_[c] = channels[c] + done;
        const dsp::AudioBlock block{segment_.data(), static_cast<int>(segment_.size()), length};
        const InsertLoop insert = inserts.of(index_, done, length);
        if (frame % kGrid == 0)
            publish_when_due(frame);
        if (!rests_through(block, frame, insert)) {
            begin_segment(frame);
            process_segment(block, sidechains, insert, done);
        }
        done += length;
        frame += static_cast<std::uint64_t>(length);
    }
}

void Bus::publish_when_due(std::uint64_t frame) noexcept {
    if (frame != 0 && frame / kGrid % meter_interval_steps_ == meter_phase_steps_)
        publish(frame);
}

/// While all is at rest, silence costs next to nothing: the block stays as it is, and catch_up()
/// does the rest when it is needed.
bool Bus::rests_through(dsp::AudioBlock block, std::uint64_t frame,
                        const InsertLoop &insert) noexcept {
    if (insert.send.channel_count > 0 || !is_silent(block)) {
        wake();
        return false;
    }
    if (!rests_ && frame % kGrid == 0 && silent_frames_ >= rest_interval_frames_) {
        // What was at rest a second ago has put out silence since, and filled the delays with it.
        silent_frames_ = 0;
        const bool rested = std::exchange(rested_, is_at_rest());
        rests_ = rested && rested_;
    }
    if (rests_)
        skipped_frames_ += block.frames;
    else
        silent_frames_ += block.frames;
    return rests_;
}

bool Bus::is_at_rest() const noexcept {
    return !parameters_.is_moving() && audition_.is_at_rest() && input_.is_at_rest() &&
           chain_.is_at_rest() && output_.is_at_rest();
}

void Bus::begin_segment(std::uint64_t frame) noexcept {
    const bool on_grid = frame % kGrid == 0;
    if (on_grid)
        parameters_.step();
    if (parameters_.take_changed())
        chain_.set(parameters_.values());
    if (on_grid) {
        chain_.step(parameters_.values(), input_.loudness());
        audition_.step(input_.loudness());
        publish_structure();
    }
}

void Bus::process_segment(dsp::AudioBlock block, Sidechains &sidechains, const InsertLoop &insert,
                          int offset) noexcept {
    input_.process(block);
    chain_.process(block, sidechains, offset, insert);
    const bool plays_output = audition_.plays_output();
    if (!audition_.is_idle())
        audition_.process(block, chain_);
    output_.process(block, plays_output);
}

void Bus::publish(std::uint64_t frame) noexcept {
    catch_up();
    chain_.take_meters(chain_meters_);
    MeterFrame out{frame, index_, chain_meters_};
    input_.read(out.values);
    output_.read(out.values);
    if (!outlets_.meters.push(out))
        return; // nobody reads: this interval goes on
    input_.start_interval();
    output_.start_interval();
    chain_meters_ = {};
}

void Bus::publish_structure() noexcept {
    InForce &told = outlets_.in_force[index_];
    told.latency_frames.store(chain_.latency_frames(), std::memory_order_relaxed);
    told.insert_delay_frames.store(chain_.insert_delay_frames(), std::memory_order_relaxed);
}

} // namespace headroom::engine
