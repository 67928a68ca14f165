// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/engine.hpp"

#include "jack_client/engine/callback_clock.hpp"
#include "jack_client/engine/flush_to_zero.hpp"
#include "jack_client/engine/process_scope.hpp"
#include "jack_client/engine/process_world.hpp"
#include "jack_client/engine/stream_clock.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <stdexcept>

namespace headroom::engine {

namespace {

/// What a rule changes in a strip by its level.
constexpr std::array kLevelIds{strip_parameter_id("rider/on"), strip_parameter_id("rider/target")};

constexpr ParameterId kMode = parameter_id("limiter/mode");
constexpr ParameterId kBypassAll = global_parameter_id("bypass");

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

midi::Target target_of(const ParameterChange &change) {
    const bool is_strip = change.strip != ParameterChange::kNoStrip;
    return {.bus = is_strip ? std::int16_t{-1} : change.bus,
            .strip = change.strip,
            .parameter = change.parameter};
}

} // namespace

/// The control side: what every bus is made of, and what is built and sent to the process thread.
/// Values are kept nowhere but in LiveValues, as the process thread has them.
struct Engine::Impl {
    /// The structure that a bus is to have, as far as no parameter says it.
    struct Wanted {
        StageOrder order;
        int sidechain = kOwnInput;
        int insert_delay_frames = 0;
        std::uint64_t serial = 0; ///< of the newest part that was built for it
    };

    Impl(std::vector<BusSetup> bus_setups, const ParameterValues &globals, double rate_hz)
        : setups(std::move(bus_setups)), part_counts(setups.size()), world(setups, returns) {
        for (std::uint16_t i = 0; i < kParameterCount; ++i) {
            const ParameterId id{i};
            world.live().reset({.parameter = id}, globals[id]);
            for (std::size_t bus = 0; bus < setups.size(); ++bus)
                world.live().reset({.bus = static_cast<std::int16_t>(bus), .parameter = id},
                                   setups[bus].values[id]);
        }
        for (int strip = 0; strip < static_cast<int>(kMaximumStripNames); ++strip)
            for (const Parameter &about : strip_parameters()) {
                const ParameterId id = *find_parameter(Scope::strip, about.path);
                world.live().reset({.strip = static_cast<std::int16_t>(strip), .parameter = id},
                                   about.default_value);
            }
        for (const BusSetup &setup : setups)
            wanted.push_back({setup.order, setup.sidechain});
        build(rate_hz);
    }

    // No callbacks meanwhile --------------------------------------------------------------------

    void build(double rate_hz) {
        world.drain();
        sample_rate_hz = rate_hz;
        world.remove_buses();
        collect_garbage();
        const bool bypass_all = world.live().get({.parameter = kBypassAll}) != 0.0f;
        for (std::size_t i = 0; i < setups.size(); ++i) {
            const ParameterValues values = live_values(i);
            world.add_bus(std::make_unique<Bus>(
                Bus::Setup{static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(setups.size()),
                           rate_hz, setups[i].channels, values, bypass_all},
                ChainParts{movable(i, values), limiter(i, values)}, world.outlets()));
        }
        adopt_live_strips();
        world.strips().build(rate_hz);
        world.align();
    }

    /// What strips were sent holds, as for buses.
    void adopt_live_strips() {
        const std::size_t known = world.strips().names().size();
        for (std::size_t strip = 0; strip < known; ++strip)
            for (const Parameter &about : strip_parameters()) {
                const ParameterId id = *find_parameter(Scope::strip, about.path);
                world.strips().adopt_value(
                    static_cast<int>(strip), id,
                    world.live().get({.strip = static_cast<std::int16_t>(strip), .parameter = id}));
            }
    }

    // Under the mutex ---------------------------------------------------------------------------

    /// As the process thread has them.
    ParameterValues live_values(std::size_t bus) const {
        ParameterValues values;
        for (std::uint16_t i = 0; i < kParameterCount; ++i)
            values[ParameterId{i}] = world.live().get(
                {.bus = static_cast<std::int16_t>(bus), .parameter = ParameterId{i}});
        return values;
    }

    std::unique_ptr<MovablePart> movable(std::size_t bus, const ParameterValues &values) {
        const int place = world.sidechains().place(static_cast<int>(bus), wanted[bus].sidechain);
        auto part = build_movable({sample_rate_hz, setups[bus].channels, values,
                                   world.sidechains().channel_count(place),
                                   wanted[bus].insert_delay_frames},
                                  wanted[bus].order, place, part_counts[bus]);
        part->serial = ++wanted[bus].serial;
        return part;
    }

    std::unique_ptr<LimiterPart> limiter(std::size_t bus, const ParameterValues &values) {
        return build_limiter({sample_rate_hz, setups[bus].channels, values}, part_counts[bus]);
    }

    void send(std::vector<Command> commands) {
        world.feed().send(std::move(commands), [this](const Command &superseded) {
            using enum Command::Kind;
            if (superseded.kind == set_value || superseded.kind == set_strip_value)
                world.live().unsent(engine::target_of(superseded));
            delete superseded.movable;
            delete superseded.limiter;
            delete superseded.midi;
        });
    }

    /// Before the mutex is taken, because it takes its time: those that the changes ask for, in
    /// their order; nothing where the bus has that mode, and nothing else is on its way.
    std::vector<std::unique_ptr<LimiterPart>>
    build_limiters(std::span<const ParameterChange> changes) {
        std::vector<std::unique_ptr<LimiterPart>> parts;
        for (const ParameterChange &change : changes)
            if (is_mode(change)) {
                const auto bus = static_cast<std::size_t>(change.bus);
                ParameterValues values = live_values(bus);
                const float mode = clamped(parameter(kMode), change.value);
                const bool has_it = std::exchange(values[kMode], mode) == mode;
                parts.push_back(has_it && !is_changing(bus) ? nullptr : limiter(bus, values));
            }
        return parts;
    }

    static bool is_mode(const ParameterChange &change) {
        return change.strip == ParameterChange::kNoStrip && change.parameter == kMode;
    }

    void apply(std::span<const ParameterChange> changes, std::uint64_t at,
               std::span<std::unique_ptr<LimiterPart>> limiters) {
        collect_garbage();
        std::vector<Command> commands;
        commands.reserve(changes.size());
        for (const ParameterChange &change : changes) {
            const float value = clamped(parameter(change.parameter), change.value);
            const bool is_strip = change.strip != ParameterChange::kNoStrip;
            if (is_strip)
                world.strips().set_value(change.strip, change.parameter, value);
            if (is_mode(change)) {
                add_limiter(commands, change, std::move(limiters.front()), at);
                limiters = limiters.subspan(1);
            }
            world.live().sent(target_of(change));
            commands.push_back(
                {.frame = at,
                 .kind = is_strip ? Command::Kind::set_strip_value : Command::Kind::set_value,
                 .bus = change.bus,
                 .parameter = change.parameter,
                 .value = value,
                 .strip_index = change.strip});
        }
        send(std::move(commands));
    }

    void add_limiter(std::vector<Command> &commands, const ParameterChange &change,
                     std::unique_ptr<LimiterPart> part, std::uint64_t at) {
        if (part == nullptr)
            return;
        const auto bus = static_cast<std::size_t>(change.bus);
        if (part->sample_rate_hz != sample_rate_hz) { // has changed in between
            ParameterValues values = live_values(bus);
            values[kMode] = part->mode;
            part = limiter(bus, values);
        }
        commands.push_back({.frame = at,
                            .kind = Command::Kind::replace_limiter,
                            .bus = change.bus,
                            .limiter = part.release()});
    }

    /// Gives one property of a bus's structure another value.
    template <class T>
    void restructure(std::size_t bus, T Wanted::*property, const T &value, std::uint64_t at) {
        collect_garbage();
        if (wanted.at(bus).*property == value)
            return;
        wanted[bus].*property = value;
        send({{.frame = at,
               .kind = Command::Kind::replace_movable,
               .bus = static_cast<std::int16_t>(bus),
               .movable = movable(bus, live_values(bus)).release()}});
    }

    bool is_changing(std::size_t bus) const {
        constexpr int kPartsOfAChain = 2;
        return part_counts[bus] > kPartsOfAChain;
    }

    void set_midi(std::unique_ptr<midi::ControlTable> table) {
        collect_garbage();
        send({{.kind = Command::Kind::replace_midi, .midi = new MidiTable(std::move(*table))}});
    }

    /// The settings of strips take it on.
    std::vector<ParameterChange> take_moved() {
        std::vector<ParameterChange> moved;
        world.live().take_moved([&](const midi::Target &target, float value) {
            if (target.strip >= 0)
                world.strips().set_value(target.strip, target.parameter, value);
            moved.push_back({.bus = target.bus,
                             .parameter = target.parameter,
                             .value = value,
                             .strip = target.strip});
        });
        return moved;
    }

    std::optional<int> add_strip(const StripSetup &setup) {
        collect_garbage();
        const auto slot = world.strips().open(setup, sample_rate_hz);
        if (slot) {
            send_level(*slot);
            send({{.kind = Command::Kind::open_strip,
                   .slot = static_cast<std::int16_t>(*slot),
                   .strip = world.strips().built(*slot)}});
        }
        return slot;
    }

    void remove_strip(int slot) {
        if (world.strips().close(slot))
            send({{.kind = Command::Kind::close_strip, .slot = static_cast<std::int16_t>(slot)}});
    }

    float take_back(int strip, ParameterId id) {
        const float value = world.strips().take_back(strip, id);
        send_strip_value(strip, id);
        return value;
    }

    /// What a rule may have changed in a strip.
    void send_level(int slot) {
        for (const ParameterId id : kLevelIds)
            send_strip_value(world.strips().strip_of(slot), id);
    }

    void send_strip_value(int strip, ParameterId id) {
        const auto index = static_cast<std::int16_t>(strip);
        world.live().sent({.strip = index, .parameter = id});
        send({{.kind = Command::Kind::set_strip_value,
               .parameter = id,
               .value = world.strips().values(strip)[id],
               .strip_index = index}});
    }

    void collect_garbage() {
        world.strips().collect();
        returns.collect();
    }

    const std::vector<BusSetup> setups;
    std::mutex mutex;
    std::vector<std::atomic<int>> part_counts; ///< of each bus: parts that are not deleted yet
    std::vector<Wanted> wanted;                ///< of each bus
    std::atomic<double> sample_rate_hz{0.0};
    CallbackClock clock;
    StreamClock stream_clock;
    Returns returns;
    ProcessWorld world;
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
    impl_->world.process({inputs, outputs, patches, strips}, frames, midi);
    impl_->clock.end(first, frames, sample_rate_hz());
}

void Engine::apply(std::span<const ParameterChange> changes, std::uint64_t frame) {
    auto limiters = impl_->build_limiters(changes);
    const std::lock_guard lock(impl_->mutex);
    impl_->apply(changes, frame, limiters);
}

void Engine::set_midi(std::unique_ptr<midi::ControlTable> table) {
    const std::lock_guard lock(impl_->mutex);
    impl_->set_midi(std::move(table));
}

std::vector<ParameterChange> Engine::take_moved() {
    const std::lock_guard lock(impl_->mutex);
    return impl_->take_moved();
}

void Engine::look_again(const ParameterChange &change) {
    const std::lock_guard lock(impl_->mutex);
    impl_->world.live().look_again(target_of(change));
}

void Engine::set_order(int bus, const StageOrder &order, std::uint64_t frame) {
    const std::lock_guard lock(impl_->mutex);
    impl_->restructure(static_cast<std::size_t>(bus), &Impl::Wanted::order, order, frame);
}

void Engine::set_sidechain(int bus, int source, std::uint64_t frame) {
    const auto index = static_cast<std::size_t>(bus);
    require_sidechain(impl_->setups, index, source);
    const std::lock_guard lock(impl_->mutex);
    impl_->restructure(index, &Impl::Wanted::sidechain, source, frame);
}

void Engine::set_insert_delay(int bus, int delay_frames, std::uint64_t frame) {
    if (delay_frames < 0 || delay_frames > kMaximumInsertDelay_frames)
        throw std::invalid_argument("an insert cannot have that delay");
    const std::lock_guard lock(impl_->mutex);
    impl_->restructure(static_cast<std::size_t>(bus), &Impl::Wanted::insert_delay_frames,
                       delay_frames, frame);
}

bool Engine::next_meters(MeterFrame &meters) noexcept {
    return impl_->world.next_meters(meters);
}

bool Engine::next_strip_meters(StripMeterFrame &meters) noexcept {
    return impl_->world.strips().next_meters(meters);
}

std::optional<int> Engine::add_strip(const StripSetup &setup) {
    const std::lock_guard lock(impl_->mutex);
    return impl_->add_strip(setup);
}

void Engine::set_strip_level(int slot, std::optional<float> level_dbfs) {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->world.strips().set_level(slot, level_dbfs))
        impl_->send_level(slot);
}

float Engine::take_back(int strip, ParameterId parameter) {
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
    return impl_->world.strips().has(slot);
}

std::vector<std::string> Engine::strip_names() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->world.strips().names();
}

std::optional<int> Engine::know_strip(const std::string &name) {
    const std::lock_guard lock(impl_->mutex);
    return impl_->world.strips().know(name);
}

StripValues Engine::strip_values(int strip) const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->world.strips().values(strip);
}

bool Engine::is_open(int strip) const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->world.strips().is_open(strip);
}

std::uint64_t Engine::strip_revision() const noexcept {
    return impl_->world.strips().revision();
}

void Engine::reset_meters(int bus) {
    const std::lock_guard lock(impl_->mutex);
    impl_->send({{.kind = Command::Kind::reset_meters, .bus = static_cast<std::int16_t>(bus)}});
}

void Engine::collect_garbage() {
    const std::lock_guard lock(impl_->mutex);
    impl_->collect_garbage();
}

int Engine::bus_count() const noexcept {
    return static_cast<int>(impl_->setups.size());
}

int Engine::channel_count() const noexcept {
    return impl_->world.channel_count();
}

const BusSetup &Engine::bus(int index) const noexcept {
    return impl_->setups[static_cast<std::size_t>(index)];
}

int Engine::latency_frames(int bus) const noexcept {
    return impl_->world.in_force(bus).latency_frames.load(std::memory_order_relaxed);
}

int Engine::insert_delay_frames(int bus) const noexcept {
    return impl_->world.in_force(bus).insert_delay_frames.load(std::memory_order_relaxed);
}

bool Engine::is_restructuring() {
    const std::lock_guard lock(impl_->mutex);
    impl_->collect_garbage();
    for (std::size_t bus = 0; bus < impl_->setups.size(); ++bus)
        if (impl_->is_changing(bus))
            return true;
    return false;
}

double Engine::sample_rate_hz() const noexcept {
    return impl_->sample_rate_hz.load(std::memory_order_relaxed);
}

std::uint64_t Engine::frames_processed() const noexcept {
    return impl_->world.frame();
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
    impl_->build(sample_rate_hz);
}

} // namespace headroom::engine
