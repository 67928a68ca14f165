// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/process_world.hpp"

#include "jack_client/engine/input_scrub.hpp"

#include <algorithm>
#include <utility>

namespace headroom::engine {

namespace {

/// Frames that every bus does in one go; inputs are read that far ahead of outputs.
constexpr std::uint32_t kChunkFrames = 8 * dsp::kGridFrames;

/// Meter frames of each bus that may wait to be read, before intervals are merged.
constexpr std::size_t kMetersPerBus = 16;

constexpr ParameterId kBypassAll = global_parameter_id("bypass");

int count_channels(const std::vector<BusSetup> &setups) {
    std::size_t count = 0;
    for (const BusSetup &setup : setups)
        count += setup.channels.size();
    return static_cast<int>(count);
}

} // namespace

ProcessWorld::ProcessWorld(const std::vector<BusSetup> &setups, Returns &returns)
    : returns_(returns),
      in_force_(setups.size()),
      outlets_{SpscRing<MeterFrame>(kMetersPerBus * setups.size()), returns, in_force_},
      feed_(returns),
      channels_(count_channels(setups)),
      work_(channels_, kChunkFrames),
      sidechains_(setups, kChunkFrames),
      inserts_(setups, kChunkFrames),
      strips_(setups),
      midi_(new MidiTable(midi::ControlTable({}))),
      live_(static_cast<int>(setups.size())) {}

ProcessWorld::~ProcessWorld() {
    drain();
    delete midi_;
}

void ProcessWorld::drain() {
    feed_.receive(0);
    Command command;
    while (feed_.take(ParameterFeed::kNever - 1, command)) {
        const bool is_strip = command.kind == Command::Kind::set_strip_value;
        if (command.kind == Command::Kind::replace_midi)
            adopt_midi_table(command.midi);
        else if (command.kind == Command::Kind::set_value || is_strip)
            live_.arrived(target_of(command), command.value);
        delete command.movable;
        delete command.limiter;
        delete command.strip;
    }
}

void ProcessWorld::align() noexcept {
    const std::uint64_t grid = dsp::kGridFrames;
    frame_ = (frame_ + grid - 1) / grid * grid;
}

void ProcessWorld::process(const ProcessBuffers &buffers, std::uint32_t frames,
                           std::span<const midi::Event> midi) noexcept {
    const std::uint64_t first = frame_.load(std::memory_order_relaxed);
    feed_.receive(first);
    for (std::uint32_t done = 0; done < frames;) {
        const std::uint64_t now = first + done;
        const std::uint32_t chunk =
            schedule(now, std::min(frames - done, kChunkFrames), midi, first);
        process_chunk(buffers, done, static_cast<int>(chunk), now);
        is_crowded_ = false;
        done += chunk;
    }
    frame_.store(first + frames, std::memory_order_release);
}

/// Gives every bus what changes in it within the next frames: what was sent and what MIDI moves,
/// each at its frame, in the order of time. Takes the events from the front. Returns how many
/// frames may be processed then: fewer if a bus has no room for more changes.
std::uint32_t ProcessWorld::schedule(std::uint64_t now, std::uint32_t frames,
                                     std::span<const midi::Event> &midi,
                                     std::uint64_t first) noexcept {
    for (;;) {
        const std::uint64_t midi_frame =
            midi.empty() ? ParameterFeed::kNever : std::max(first + midi.front().frame, now);
        const std::uint64_t frame = std::min(feed_.next_frame(), midi_frame);
        if (frame >= now + frames)
            return frames;
        if (is_crowded_) {
            if (frame > now)
                return static_cast<std::uint32_t>(frame - now);
            make_room(now);
        }
        Command command;
        if (feed_.take(frame, command)) {
            apply_command(command);
        } else {
            apply_midi(midi.front(), frame);
            midi = midi.subspan(1);
        }
    }
}

/// Makes the changes that are due at the first frame of a chunk.
void ProcessWorld::make_room(std::uint64_t now) noexcept {
    strips_.apply_due(now);
    for (const auto &bus : buses_)
        bus->apply_due(now);
    is_crowded_ = false;
}

void ProcessWorld::apply_command(const Command &command) noexcept {
    using enum Command::Kind;
    if (command.kind == set_value || command.kind == set_strip_value) {
        live_.arrived(target_of(command), command.value);
        schedule_value(target_of(command), command.value, command.frame);
    } else if (command.kind == replace_movable) {
        schedule(command.bus,
                 {.frame = command.frame, .kind = Step::Kind::movable, .part = command.movable});
    } else if (command.kind == replace_limiter) {
        schedule(command.bus,
                 {.frame = command.frame, .kind = Step::Kind::limiter, .part = command.limiter});
    } else if (command.kind == replace_midi) {
        adopt_midi_table(command.midi);
    } else if (command.kind == reset_meters) {
        buses_[static_cast<std::size_t>(command.bus)]->reset_meters();
    } else if (command.kind == open_strip) {
        strips_.open_live(command.slot, command.strip);
        adopt_live_values(*command.strip);
    } else {
        strips_.close_live(command.slot);
    }
}

void ProcessWorld::schedule(int bus, const Step &step) noexcept {
    Bus &changing = *buses_[static_cast<std::size_t>(bus)];
    changing.schedule(step);
    is_crowded_ = is_crowded_ || changing.is_crowded();
}

void ProcessWorld::schedule_value(const midi::Target &target, float value,
                                  std::uint64_t frame) noexcept {
    const Step step{.frame = frame, .parameter = target.parameter, .value = value};
    if (target.strip >= 0) {
        strips_.schedule(target.strip, step);
        is_crowded_ = is_crowded_ || strips_.is_crowded();
    } else if (target.bus >= 0) {
        schedule(target.bus, step);
    } else if (target.parameter == kBypassAll) {
        for (int bus = 0; bus < static_cast<int>(buses_.size()); ++bus)
            schedule(bus, {.frame = frame, .kind = Step::Kind::bypass_all, .value = value});
    }
}

/// What was moved while the strip was built.
void ProcessWorld::adopt_live_values(const Strip &strip) noexcept {
    for (std::size_t i = 0; i < kStripParameterCount; ++i) {
        const midi::Target target{.strip = static_cast<std::int16_t>(strip.index()),
                                  .parameter = {static_cast<std::uint16_t>(kParameterCount + i)}};
        strips_.set_live(strip.index(), target.parameter, live_.get(target));
    }
}

void ProcessWorld::adopt_midi_table(MidiTable *next) noexcept {
    next->table.adopt(midi_->table);
    returns_.push(std::exchange(midi_, next));
}

void ProcessWorld::apply_midi(const midi::Event &event, std::uint64_t frame) noexcept {
    struct Values {
        ProcessWorld &world;
        std::uint64_t frame;
        float get(const midi::Target &target) const noexcept { return world.live_.get(target); }
        void set(const midi::Target &target, float value) const noexcept {
            world.schedule_value(target, value, frame);
            world.live_.moved(target, value);
        }
    };
    midi_->table.handle(event.bytes(), Values{*this, frame});
}

// Inputs of all buses are read before the first output is written: they may share memory.
void ProcessWorld::process_chunk(const ProcessBuffers &buffers, std::uint32_t offset, int frames,
                                 std::uint64_t now) noexcept {
    float *const *samples = work_.channels();
    for (int c = 0; c < channels_; ++c)
        scrub(buffers.inputs[c] + offset, samples[c], frames);
    strips_.process(buffers.strips, samples, offset, frames, now);
    const auto at = static_cast<int>(offset);
    sidechains_.forget();
    for (const auto &bus : buses_)
        bus->for_each_sidechain([&](int place) noexcept {
            sidechains_.keep(place, samples, buffers.patches, at, frames);
        });
    inserts_.take(buffers.patches, at, frames);
    for (const auto &bus : buses_) {
        bus->process(samples, frames, now, sidechains_, inserts_);
        samples += bus->channel_count();
    }
    for (int c = 0; c < channels_; ++c)
        std::copy_n(work_.channels()[c], frames, buffers.outputs[c] + offset);
    inserts_.give(buffers.patches, at, frames);
}

} // namespace headroom::engine
