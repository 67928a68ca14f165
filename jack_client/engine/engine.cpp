// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/engine.hpp"

#include "jack_client/engine/audio_buffer.hpp"
#include "jack_client/engine/bus.hpp"
#include "jack_client/engine/callback_clock.hpp"
#include "jack_client/engine/flush_to_zero.hpp"
#include "jack_client/engine/input_scrub.hpp"
#include "jack_client/engine/insert_loops.hpp"
#include "jack_client/engine/live_values.hpp"
#include "jack_client/engine/parameter_feed.hpp"
#include "jack_client/engine/process_scope.hpp"
#include "jack_client/engine/sidechains.hpp"
#include "jack_client/engine/stream_clock.hpp"
#include "jack_client/engine/strip_rack.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <mutex>
#include <stdexcept>

namespace headroom::engine {

namespace {

/// Frames that every bus does in one go; inputs are read that far ahead of outputs.
constexpr std::uint32_t kChunkFrames = 8 * dsp::kGridFrames;

/// Changes on their way or waiting for their frame: all parameters of 64 buses, twice over.
constexpr std::size_t kFeedCapacity = 4096;

/// Replaced structures that the control thread has not collected yet.
constexpr std::size_t kGarbageCapacity = 1024;

/// What a rule changes in a strip by its level.
constexpr std::array kLevelIds{strip_parameter_id("rider/on"), strip_parameter_id("rider/target")};

/// Tables of MIDI on their way, or not collected yet.
constexpr std::size_t kTables = 64;

/// Meter frames of each bus that may wait to be read, before intervals are merged.
constexpr std::size_t kMetersPerBus = 16;

constexpr ParameterId kBypassAll = global_parameter_id("bypass");

int count_channels(const std::vector<BusSetup> &setups) {
    std::size_t count = 0;
    for (const BusSetup &setup : setups)
        count += setup.channels.size();
    return static_cast<int>(count);
}

void require_sidechain(const std::vector<BusSetup> &setups, std::size_t bus, int source) {
    const int count = static_cast<int>(setups.size());
    if (source != kOwnInput && source != kOwnPorts &&
        (source < 0 || source >= count || source == static_cast<int>(bus)))
        throw std::invalid_argument("the sidechain of bus " + setups[bus].name +
                                    " is no other bus");
}

void require_valid(const std::vector<BusSetup> &setups) {
    if (setups.empty() || setups.size() > Engine::kMaximumBuses)
        throw std::invalid_argument("an engine has between 1 and " +
                                    std::to_string(Engine::kMaximumBuses) + " buses");
    for (const BusSetup &setup : setups)
        if (setup.channels.empty())
            throw std::invalid_argument("bus " + setup.name + " has no channels");
    for (std::size_t i = 0; i < setups.size(); ++i)
        require_sidechain(setups, i, setups[i].sidechain);
}

} // namespace

struct Engine::Impl {
    Impl(std::vector<BusSetup> bus_setups, const ParameterValues &globals, double rate_hz)
        : setups(std::move(bus_setups)),
          outlets{SpscRing<MeterFrame>(kMetersPerBus * setups.size()),
                  SpscRing<Structure *>(kGarbageCapacity)},
          feed(kFeedCapacity),
          latencies(setups.size()),
          channels(count_channels(setups)),
          work(channels, kChunkFrames),
          sidechains(setups, kChunkFrames),
          inserts(setups, kChunkFrames),
          strips(setups),
          live(static_cast<int>(setups.size())),
          wanted_globals(globals) {
        for (const BusSetup &setup : setups) {
            wanted.push_back(setup.values);
            orders.push_back(setup.order);
            sources.push_back(setup.sidechain);
        }
        insert_delays.resize(setups.size());
        build(rate_hz);
    }

    ~Impl() {
        drop_everything_on_its_way();
        delete midi_table;
    }

    // Setup: no callbacks meanwhile -------------------------------------------------------------

    void build(double rate_hz) {
        sample_rate_hz = rate_hz;
        buses.clear();
        const bool bypass_all = wanted_globals[kBypassAll] != 0.0f;
        for (std::size_t i = 0; i < setups.size(); ++i) {
            auto structure = new_structure(i);
            latencies[i] = structure->latency_frames;
            buses.push_back(std::make_unique<Bus>(
                Bus::Setup{static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(setups.size()),
                           rate_hz, setups[i].channels, wanted[i], bypass_all},
                std::move(structure), outlets));
        }
        strips.build(rate_hz);
        build_live();
        const std::uint64_t grid = dsp::kGridFrames;
        frame = (frame + grid - 1) / grid * grid;
    }

    /// The process thread has what is wanted.
    void build_live() {
        for (std::uint16_t i = 0; i < kParameterCount; ++i) {
            const ParameterId id{i};
            live.reset({.parameter = id}, wanted_globals[id]);
            for (std::size_t bus = 0; bus < wanted.size(); ++bus)
                live.reset({.bus = static_cast<std::int16_t>(bus), .parameter = id},
                           wanted[bus][id]);
        }
        const std::size_t known = strips.names().size();
        for (std::size_t strip = 0; strip < kMaximumStripNames; ++strip) {
            const StripValues values =
                strip < known ? strips.values(static_cast<int>(strip)) : StripValues();
            for (std::size_t i = 0; i < kStripParameterCount; ++i) {
                const ParameterId id{static_cast<std::uint16_t>(kParameterCount + i)};
                live.reset({.strip = static_cast<std::int16_t>(strip), .parameter = id},
                           values[id]);
            }
        }
    }

    void drop_everything_on_its_way() {
        feed.receive(0);
        Command command;
        while (feed.take(ParameterFeed::kNever - 1, command))
            if (command.kind == Command::Kind::replace_midi)
                take_on(command.midi);
            else
                drop(command);
        collect_garbage();
    }

    static void drop(const Command &command) {
        delete command.structure;
        delete command.strip;
    }

    // Process thread ----------------------------------------------------------------------------

    void process(const float *const *inputs, float *const *outputs, std::uint32_t frames,
                 std::span<const BusPatch> patches,
                 std::span<const float *const *const> strip_inputs,
                 std::span<const midi::Event> midi) noexcept {
        std::uint64_t now = frame.load(std::memory_order_relaxed);
        feed.receive(now);
        for (std::uint32_t done = 0; done < frames;) {
            obey_commands(now);
            const std::uint32_t until_midi = obey_midi(midi, done);
            const std::uint64_t until_next = feed.next_frame() - now;
            const auto chunk = static_cast<std::uint32_t>(
                std::min<std::uint64_t>({frames - done, kChunkFrames, until_next, until_midi}));
            process_chunk(inputs, outputs, patches, strip_inputs, done, static_cast<int>(chunk),
                          now);
            done += chunk;
            now += chunk;
        }
        frame.store(now, std::memory_order_release);
    }

    void obey_commands(std::uint64_t now) noexcept {
        Command command;
        while (feed.take(now, command)) {
            // No switch: the auditor does not follow jump tables.
            using enum Command::Kind;
            if (command.kind == set_value)
                obey_value({.bus = command.bus, .parameter = command.parameter}, command.value);
            else if (command.kind == set_strip_value)
                obey_value({.strip = command.strip_index, .parameter = command.parameter},
                           command.value);
            else if (command.kind == replace_midi)
                take_on(command.midi);
            else if (command.kind == replace_structure)
                buses[static_cast<std::size_t>(command.bus)]->replace_structure(command.structure);
            else if (command.kind == reset_meters)
                buses[static_cast<std::size_t>(command.bus)]->reset_meters();
            else
                strips.obey(command);
            if (command.kind == open_strip)
                take_on_live(*command.strip);
        }
    }

    void obey_value(const midi::Target &target, float value) noexcept {
        live.arrived(target, value);
        set_live(target, value);
    }

    void set_live(const midi::Target &target, float value) noexcept {
        if (target.strip >= 0)
            strips.set_live(target.strip, target.parameter, value);
        else if (target.bus >= 0)
            buses[static_cast<std::size_t>(target.bus)]->set_value(target.parameter, value);
        else if (target.parameter == kBypassAll)
            for (const auto &bus : buses)
                bus->set_bypass_all(value != 0.0f);
    }

    /// What was moved while the strip was built.
    void take_on_live(const Strip &strip) noexcept {
        for (std::size_t i = 0; i < kStripParameterCount; ++i) {
            const midi::Target target{
                .strip = static_cast<std::int16_t>(strip.index()),
                .parameter = {static_cast<std::uint16_t>(kParameterCount + i)}};
            strips.set_live(strip.index(), target.parameter, live.get(target));
        }
    }

    void take_on(midi::ControlTable *next) noexcept {
        next->adopt(*midi_table);
        old_tables.push(std::exchange(midi_table, next));
    }

    /// Obeys the events of the cycle's frame `done`, and takes them from the front. Returns how
    /// many frames there are until the next; many where there is none.
    std::uint32_t obey_midi(std::span<const midi::Event> &events, std::uint32_t done) noexcept {
        struct Values {
            Impl &impl;
            float get(const midi::Target &target) const noexcept { return impl.live.get(target); }
            void set(const midi::Target &target, float value) const noexcept {
                impl.set_live(target, value);
                impl.live.moved(target, value);
            }
        };
        for (; !events.empty(); events = events.subspan(1)) {
            if (events.front().frame > done)
                return events.front().frame - done;
            midi_table->handle(events.front().bytes(), Values{*this});
        }
        return std::numeric_limits<std::uint32_t>::max();
    }

    // Inputs of all buses are read before the first output is written: they may share memory.
    void process_chunk(const float *const *inputs, float *const *outputs,
                       std::span<const BusPatch> patches,
                       std::span<const float *const *const> strip_inputs, std::uint32_t offset,
                       int frames, std::uint64_t now) noexcept {
        float *const *samples = work.channels();
        for (int c = 0; c < channels; ++c)
            scrub(inputs[c] + offset, samples[c], frames);
        strips.process(strip_inputs, samples, offset, frames, now);
        sidechains.forget();
        for (const auto &bus : buses)
            for (const int source : bus->sidechains())
                if (source != kOwnInput)
                    sidechains.keep(source, samples, patches, static_cast<int>(offset), frames);
        inserts.take(patches, static_cast<int>(offset), frames);
        for (const auto &bus : buses) {
            bus->process(samples, frames, now, sidechains, inserts);
            samples += bus->channel_count();
        }
        for (int c = 0; c < channels; ++c)
            std::copy_n(work.channels()[c], frames, outputs[c] + offset);
        inserts.give(patches, static_cast<int>(offset), frames);
    }

    // Control thread, under the mutex -----------------------------------------------------------

    bool apply(std::span<const ParameterChange> changes, std::uint64_t at) {
        collect_garbage();
        const std::vector<std::size_t> rebuilt = structurally_changed(changes);
        if (feed.room() < changes.size() + rebuilt.size() ||
            kGarbageCapacity - structures_out < rebuilt.size())
            return false;

        std::vector<Command> commands;
        commands.reserve(changes.size() + rebuilt.size());
        for (const ParameterChange &change : changes) {
            const float value = clamped(parameter(change.parameter), change.value);
            if (change.strip != ParameterChange::kNoStrip) {
                strips.set_value(change.strip, change.parameter, value);
                live.sent(target_of(change));
                commands.push_back({.frame = at,
                                    .kind = Command::Kind::set_strip_value,
                                    .parameter = change.parameter,
                                    .value = value,
                                    .strip_index = change.strip});
                continue;
            }
            values_of(change.bus)[change.parameter] = value;
            live.sent(target_of(change));
            commands.push_back({.frame = at,
                                .kind = Command::Kind::set_value,
                                .bus = change.bus,
                                .parameter = change.parameter,
                                .value = value});
        }
        for (const std::size_t i : rebuilt)
            commands.push_back(rebuild(i, at));
        return feed.send(commands);
    }

    static midi::Target target_of(const ParameterChange &change) {
        const bool is_strip = change.strip != ParameterChange::kNoStrip;
        return {.bus = is_strip ? std::int16_t{-1} : change.bus,
                .strip = change.strip,
                .parameter = change.parameter};
    }

    bool set_midi(std::unique_ptr<midi::ControlTable> &table) {
        collect_garbage();
        if (feed.room() == 0 || tables_out == kTables)
            return false;
        ++tables_out;
        const Command command{.kind = Command::Kind::replace_midi, .midi = table.release()};
        return feed.send({&command, 1});
    }

    /// The settings take it on, and take_moved() tells of it.
    void keep_moved() {
        live.take_moved([this](const midi::Target &target, float value) {
            if (target.strip >= 0)
                strips.set_value(target.strip, target.parameter, value);
            else
                values_of(target.bus)[target.parameter] = value;
            moved.push_back({.bus = target.bus,
                             .parameter = target.parameter,
                             .value = value,
                             .strip = target.strip});
        });
    }

    bool set_order(std::size_t bus, const StageOrder &order, std::uint64_t at) {
        return restructure(bus, orders.at(bus), order, at);
    }

    bool set_sidechain(std::size_t bus, int source, std::uint64_t at) {
        require_sidechain(setups, bus, source);
        return restructure(bus, sources[bus], source, at);
    }

    bool set_insert_delay(std::size_t bus, int delay_frames, std::uint64_t at) {
        if (delay_frames < 0 || delay_frames > kMaximumInsertDelay_frames)
            throw std::invalid_argument("an insert cannot have that delay");
        return restructure(bus, insert_delays.at(bus), delay_frames, at);
    }

    /// Gives one property of a bus's structure another value.
    template <class T>
    bool restructure(std::size_t bus, T &property, const T &value, std::uint64_t at) {
        collect_garbage();
        if (property == value)
            return true;
        if (feed.room() == 0 || kGarbageCapacity == structures_out)
            return false;
        property = value;
        const Command command = rebuild(bus, at);
        return feed.send({&command, 1});
    }

    std::unique_ptr<Structure> new_structure(std::size_t bus) const {
        const int place = sidechains.place(static_cast<int>(bus), sources[bus]);
        return build_structure({sample_rate_hz, setups[bus].channels, wanted[bus],
                                sidechains.channel_count(place), insert_delays[bus]},
                               orders[bus], place);
    }

    /// Builds the chain that a bus is to have; there must be room to send it.
    Command rebuild(std::size_t bus, std::uint64_t at) {
        auto structure = new_structure(bus);
        latencies[bus] = structure->latency_frames;
        ++structures_out;
        return {.frame = at,
                .kind = Command::Kind::replace_structure,
                .bus = static_cast<std::int16_t>(bus),
                .structure = structure.release()};
    }

    ParameterValues &values_of(std::int16_t bus) {
        return bus == ParameterChange::kGlobal ? wanted_globals
                                               : wanted.at(static_cast<std::size_t>(bus));
    }

    /// Buses whose structure is another after the changes.
    std::vector<std::size_t> structurally_changed(std::span<const ParameterChange> changes) {
        std::vector<std::size_t> found;
        for (const ParameterChange &change : changes) {
            const Parameter &about = parameter(change.parameter);
            if (change.strip == ParameterChange::kNoStrip && about.structural &&
                values_of(change.bus)[change.parameter] != clamped(about, change.value))
                found.push_back(static_cast<std::size_t>(change.bus));
        }
        std::sort(found.begin(), found.end());
        found.erase(std::unique(found.begin(), found.end()), found.end());
        return found;
    }

    std::optional<int> add_strip(const StripSetup &setup) {
        collect_garbage();
        if (feed.room() <= kLevelIds.size())
            return std::nullopt;
        const auto slot = strips.open(setup, sample_rate_hz);
        if (slot) {
            send_level(*slot);
            send_strip(Command::Kind::open_strip, *slot, strips.built(*slot));
        }
        return slot;
    }

    bool set_strip_level(int slot, std::optional<float> level_dbfs) {
        if (feed.room() < kLevelIds.size())
            return false;
        if (!strips.set_level(slot, level_dbfs).empty())
            send_level(slot);
        return true;
    }

    std::optional<float> take_back(int strip, ParameterId id) {
        if (feed.room() < 1)
            return std::nullopt;
        const float value = strips.take_back(strip, id);
        send_strip_value(strip, id);
        return value;
    }

    /// What a rule may have changed in a strip.
    void send_level(int slot) {
        for (const ParameterId id : kLevelIds)
            send_strip_value(strips.strip_of(slot), id);
    }

    void send_strip_value(int strip, ParameterId id) {
        const midi::Target target{.strip = static_cast<std::int16_t>(strip), .parameter = id};
        const Command command{.kind = Command::Kind::set_strip_value,
                              .parameter = id,
                              .value = strips.values(strip)[id],
                              .strip_index = target.strip};
        live.sent(target);
        feed.send({&command, 1});
    }

    void remove_strip(int slot) {
        if (strips.close(slot))
            send_strip(Command::Kind::close_strip, slot, nullptr);
    }

    void send_strip(Command::Kind kind, int slot, Strip *strip) {
        const Command command{
            .kind = kind, .slot = static_cast<std::int16_t>(slot), .strip = strip};
        feed.send({&command, 1});
    }

    void collect_garbage() {
        strips.collect();
        Structure *structure = nullptr;
        while (outlets.garbage.pop(structure)) {
            delete structure;
            --structures_out;
        }
        midi::ControlTable *table = nullptr;
        while (old_tables.pop(table)) {
            delete table;
            --tables_out;
        }
    }

    const std::vector<BusSetup> setups;
    Outlets outlets;
    ParameterFeed feed;
    CallbackClock clock;
    StreamClock stream_clock;
    std::atomic<double> sample_rate_hz{0.0};
    std::atomic<std::uint64_t> frame{0}; ///< next frame of the stream
    std::vector<std::atomic<int>> latencies;

    // Process thread
    const int channels;
    AudioBuffer work;
    Sidechains sidechains;
    InsertLoops inserts;
    StripRack strips;
    std::vector<std::unique_ptr<Bus>> buses;
    midi::ControlTable *midi_table = new midi::ControlTable({}); ///< owned
    SpscRing<midi::ControlTable *> old_tables{kTables};
    LiveValues live; ///< and others: see there

    // Control thread and, in prepare(), the session's
    std::mutex mutex;
    std::vector<ParameterValues> wanted; ///< newest values of each bus
    std::vector<StageOrder> orders;      ///< newest of each bus
    std::vector<int> sources;            ///< newest sidechain of each bus
    std::vector<int> insert_delays;      ///< newest of each bus, in frames
    ParameterValues wanted_globals;
    std::size_t structures_out = 0;     ///< built, and not collected yet
    std::size_t tables_out = 0;         ///< as structures_out
    std::vector<ParameterChange> moved; ///< by MIDI, and not told yet
};

Engine::Engine(std::vector<BusSetup> buses, const ParameterValues &globals, double sample_rate_hz) {
    require_valid(buses);
    impl_ = std::make_unique<Impl>(std::move(buses), globals, sample_rate_hz);
}

Engine::~Engine() = default;

void Engine::process(const float *const *inputs, float *const *outputs, std::uint32_t frames,
                     std::span<const BusPatch> patches, std::span<const float *const *const> strips,
                     std::optional<StreamTime::TimePoint> began,
                     std::span<const midi::Event> midi) noexcept {
    const ProcessScope scope;
    const FlushToZero flush_to_zero;
    const std::uint64_t first = frames_processed();
    impl_->clock.begin();
    impl_->stream_clock.begin(first, frames, began.value_or(impl_->clock.begun()));
    impl_->process(inputs, outputs, frames, patches, strips, midi);
    impl_->clock.end(first, frames, sample_rate_hz());
}

bool Engine::apply(std::span<const ParameterChange> changes, std::uint64_t frame) {
    const std::lock_guard lock(impl_->mutex);
    return impl_->apply(changes, frame);
}

bool Engine::set_midi(std::unique_ptr<midi::ControlTable> &table) {
    const std::lock_guard lock(impl_->mutex);
    return impl_->set_midi(table);
}

std::vector<ParameterChange> Engine::take_moved() {
    const std::lock_guard lock(impl_->mutex);
    impl_->keep_moved();
    return std::exchange(impl_->moved, {});
}

void Engine::look_again(const ParameterChange &change) {
    const std::lock_guard lock(impl_->mutex);
    impl_->live.look_again(Impl::target_of(change));
}

bool Engine::set_order(int bus, const StageOrder &order, std::uint64_t frame) {
    const std::lock_guard lock(impl_->mutex);
    return impl_->set_order(static_cast<std::size_t>(bus), order, frame);
}

bool Engine::set_sidechain(int bus, int source, std::uint64_t frame) {
    const std::lock_guard lock(impl_->mutex);
    return impl_->set_sidechain(static_cast<std::size_t>(bus), source, frame);
}

bool Engine::set_insert_delay(int bus, int delay_frames, std::uint64_t frame) {
    const std::lock_guard lock(impl_->mutex);
    return impl_->set_insert_delay(static_cast<std::size_t>(bus), delay_frames, frame);
}

bool Engine::next_meters(MeterFrame &meters) noexcept {
    return impl_->outlets.meters.pop(meters);
}

bool Engine::next_strip_meters(StripMeterFrame &meters) noexcept {
    return impl_->strips.next_meters(meters);
}

std::optional<int> Engine::add_strip(const StripSetup &setup) {
    const std::lock_guard lock(impl_->mutex);
    return impl_->add_strip(setup);
}

bool Engine::set_strip_level(int slot, std::optional<float> level_dbfs) {
    const std::lock_guard lock(impl_->mutex);
    return impl_->set_strip_level(slot, level_dbfs);
}

std::optional<float> Engine::take_back(int strip, ParameterId parameter) {
    const std::lock_guard lock(impl_->mutex);
    return impl_->take_back(strip, parameter);
}

void Engine::remove_strip(int slot) {
    const std::lock_guard lock(impl_->mutex);
    impl_->remove_strip(slot);
}

bool Engine::has_strip(int slot) {
    const std::lock_guard lock(impl_->mutex);
    impl_->collect_garbage();
    return impl_->strips.has(slot);
}

std::vector<std::string> Engine::strip_names() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->strips.names();
}

std::optional<int> Engine::know_strip(const std::string &name) {
    const std::lock_guard lock(impl_->mutex);
    return impl_->strips.know(name);
}

StripValues Engine::strip_values(int strip) const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->strips.values(strip);
}

bool Engine::is_open(int strip) const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->strips.is_open(strip);
}

std::uint64_t Engine::strip_revision() const noexcept {
    return impl_->strips.revision();
}

bool Engine::reset_meters(int bus) {
    const std::lock_guard lock(impl_->mutex);
    const Command command{.kind = Command::Kind::reset_meters,
                          .bus = static_cast<std::int16_t>(bus)};
    return impl_->feed.send({&command, 1});
}

void Engine::collect_garbage() {
    const std::lock_guard lock(impl_->mutex);
    impl_->collect_garbage();
}

int Engine::bus_count() const noexcept {
    return static_cast<int>(impl_->setups.size());
}

int Engine::channel_count() const noexcept {
    return impl_->channels;
}

const BusSetup &Engine::bus(int index) const noexcept {
    return impl_->setups[static_cast<std::size_t>(index)];
}

int Engine::latency_frames(int bus) const noexcept {
    return impl_->latencies[static_cast<std::size_t>(bus)];
}

double Engine::sample_rate_hz() const noexcept {
    return impl_->sample_rate_hz.load(std::memory_order_relaxed);
}

std::uint64_t Engine::frames_processed() const noexcept {
    return impl_->frame.load(std::memory_order_acquire);
}

std::optional<StreamTime> Engine::stream_time() const noexcept {
    return impl_->stream_clock.read(sample_rate_hz());
}

CallbackTiming Engine::timing() const noexcept {
    return impl_->clock.read();
}

void Engine::reset_timing() noexcept {
    impl_->clock.reset();
}

void Engine::prepare(double sample_rate_hz) {
    const std::lock_guard lock(impl_->mutex);
    impl_->keep_moved();
    impl_->drop_everything_on_its_way();
    impl_->structures_out = 0;
    impl_->build(sample_rate_hz);
}

} // namespace headroom::engine
