// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/desired_state.hpp"

#include <algorithm>
#include <cmath>

namespace headroom::control {

namespace {

/// Readers that look ten times a second still see every peak.
constexpr std::size_t kRecentIntervals = 6;

/// The rest of a longer name does not get into its address.
constexpr std::size_t kMaxStripNameBytes = 64;

/// How soon a structural change that is under way may be complete.
constexpr std::chrono::milliseconds kStructurePeriod{20};

engine::ParameterChange to_change(ParameterTarget target, float value) {
    return {.bus = static_cast<std::int16_t>(target.bus),
            .parameter = target.id,
            .value = value,
            .strip = static_cast<std::int16_t>(target.strip)};
}

static_assert(engine::ParameterChange::kGlobal == ParameterTarget{}.bus);
static_assert(engine::ParameterChange::kNoStrip == ParameterTarget{}.strip);

/// The reading of a meter that stands for several; `index` is its place in each.
template <class Values>
float combined(const std::deque<Values> &recent, const Meter &about, std::size_t index) {
    if (recent.empty())
        return about.hold == Hold::lowest ? about.ceiling : about.floor;
    float out = recent.back()[index];
    for (const Values &values : recent) {
        if (about.hold == Hold::highest)
            out = std::max(out, values[index]);
        if (about.hold == Hold::lowest)
            out = std::min(out, values[index]);
    }
    return out;
}

template <class Values> void keep_recent(std::deque<Values> &recent, const Values &values) {
    recent.push_back(values);
    if (recent.size() > kRecentIntervals)
        recent.pop_front();
}

/// What the compressor of a bus hears whose profile says so.
int sidechain_index(const Profile &profile, const std::string &bus) {
    if (bus == kSidechainPorts)
        return engine::kOwnPorts;
    for (std::size_t i = 0; i < profile.buses.size(); ++i)
        if (profile.buses[i].name == bus)
            return static_cast<int>(i);
    return engine::kOwnInput;
}

} // namespace

DesiredState::DesiredState(engine::Engine &engine, const Profile &profile, Sources sources)
    : engine_(engine),
      sources_(std::move(sources)),
      globals_(profile.globals),
      recent_(profile.buses.size()),
      gain_history_(profile.buses.size()) {
    for (const BusProfile &bus : profile.buses) {
        bus_names_.push_back(bus.name);
        buses_.push_back(bus.values);
    }
}

float DesiredState::value(ParameterTarget target) const {
    if (target.strip >= 0)
        return strips_[static_cast<std::size_t>(target.strip)][target.id];
    return target.bus < 0 ? globals_[target.id]
                          : buses_[static_cast<std::size_t>(target.bus)][target.id];
}

float DesiredState::value(MeterTarget target) const {
    if (target.strip >= 0)
        return combined(strip_recent_[static_cast<std::size_t>(target.strip)], meter(target.id),
                        target.id.index - kMeterCount);
    return combined(recent_[static_cast<std::size_t>(target.bus)], meter(target.id),
                    target.id.index);
}

Result<void> DesiredState::check(std::span<const ParameterWrite> writes) const {
    for (const ParameterWrite &write : writes) {
        const Scope scope = parameter(write.target.id).scope;
        if (write.target.bus >= static_cast<int>(buses_.size()) ||
            (scope == Scope::bus) != (write.target.bus >= 0))
            return failure("there is no such bus");
        if (write.target.strip >= static_cast<int>(strips_.size()) ||
            (scope == Scope::strip) != (write.target.strip >= 0))
            return failure("there is no such strip");
        if (!std::isfinite(write.value))
            return failure(path(write.target) + ": the value is not a finite number");
    }
    return {};
}

Result<void> DesiredState::write(std::span<const ParameterWrite> writes) {
    if (auto good = check(writes); !good)
        return good;
    for (const ParameterWrite &write : writes)
        hold(write);
    send(writes, 0);
    tell(writes);
    return {};
}

std::optional<engine::StreamTime> DesiredState::stream_time() const {
    return engine_.stream_time();
}

Result<void> DesiredState::write_at(std::uint64_t frame, std::span<const ParameterWrite> writes,
                                    std::function<void()> landed) {
    if (auto good = check(writes); !good)
        return good;
    const auto behind =
        std::upper_bound(coming_.begin(), coming_.end(), frame,
                         [](std::uint64_t at, const Coming &other) { return at < other.frame; });
    coming_.insert(behind, {frame, {writes.begin(), writes.end()}, std::move(landed)});
    send(writes, frame);
    return {};
}

void DesiredState::settle() {
    while (!coming_.empty() && coming_.front().frame < engine_.frames_processed()) {
        const Coming here = std::move(coming_.front());
        coming_.erase(coming_.begin());
        for (const ParameterWrite &write : here.writes) {
            hold(write);
            // MIDI may have moved it since.
            engine_.look_again(to_change(write.target, write.value));
        }
        tell(here.writes);
        here.landed();
    }
    take_moved();
}

/// Takes on what MIDI has moved in the process thread.
void DesiredState::take_moved() {
    std::vector<ParameterWrite> moved;
    for (const engine::ParameterChange &change : engine_.take_moved()) {
        const ParameterTarget target{change.bus, change.parameter, change.strip};
        if (value(target) != change.value)
            moved.push_back({target, change.value});
    }
    for (const ParameterWrite &write : moved)
        hold(write);
    tell(moved);
}

/// Takes on the value, without the engine.
void DesiredState::hold(const ParameterWrite &write) {
    const ParameterTarget target = write.target;
    const float value = clamped(parameter(target.id), write.value);
    if (target.strip >= 0)
        strips_[static_cast<std::size_t>(target.strip)][target.id] = value;
    else if (target.bus >= 0)
        buses_[static_cast<std::size_t>(target.bus)][target.id] = value;
    else
        globals_[target.id] = value;
}

void DesiredState::tell(std::span<const ParameterWrite> writes) const {
    for (const ParameterWrite &write : writes)
        for (const Observer &observer : observers_)
            observer(write.target, value(write.target));
}

void DesiredState::send(std::span<const ParameterWrite> writes, std::uint64_t frame) {
    std::vector<engine::ParameterChange> changes;
    changes.reserve(writes.size());
    for (const ParameterWrite &write : writes)
        changes.push_back(to_change(write.target, write.value));
    engine_.apply(changes, frame);
}

/// Takes in what rules have changed in strips that are known.
void DesiredState::follow_strip_rules(std::size_t count) {
    std::vector<ParameterWrite> writes;
    for (std::size_t i = 0; i < count; ++i) {
        const StripValues now = engine_.strip_values(static_cast<int>(i));
        for (const ParameterId id :
             {strip_parameter_id("rider/on"), strip_parameter_id("rider/target")}) {
            const ParameterTarget target{.id = id, .strip = static_cast<int>(i)};
            if (now[id] != value(target))
                writes.push_back({target, now[id]});
        }
    }
    follow_rules(writes);
}

void DesiredState::follow_rules(std::span<const ParameterWrite> writes) {
    for (const ParameterWrite &write : writes)
        hold(write);
    is_following_rule_ = true;
    tell(writes);
    is_following_rule_ = false;
}

void DesiredState::take_back(const std::vector<ParameterTarget> &strips) {
    std::vector<ParameterWrite> by_rules;
    by_rules.reserve(strips.size());
    for (const ParameterTarget &target : strips)
        by_rules.push_back({target, engine_.take_back(target.strip, target.id)});
    follow_rules(by_rules);
}

/// Takes in the applications that have come for the first time.
void DesiredState::meet_strips() {
    constexpr std::string_view kReserved = " #*,/?[]{}";
    if (engine_.strip_revision() == strip_revision_)
        return;
    strip_revision_ = engine_.strip_revision();
    const std::size_t known = strips_.size();
    const std::vector<std::string> names = engine_.strip_names();
    for (std::size_t i = strips_.size(); i < names.size(); ++i) {
        std::string name = names[i].substr(0, kMaxStripNameBytes);
        for (char &c : name)
            if (c <= ' ' || c > '~' || kReserved.find(c) != kReserved.npos)
                c = '_';
        while (std::find(strip_names_.begin(), strip_names_.end(), name) != strip_names_.end())
            name += "_";
        strip_names_.push_back(std::move(name));
        strips_.push_back(engine_.strip_values(static_cast<int>(i)));
        strip_recent_.emplace_back();
    }
    follow_strip_rules(known);
    if (strips_.size() > known)
        tell_of_strips();
}

std::optional<int> DesiredState::know_strip(const std::string &name) {
    meet_strips();
    const auto known = std::find(strip_names_.begin(), strip_names_.end(), name);
    if (known != strip_names_.end())
        return static_cast<int>(known - strip_names_.begin());
    const auto index = engine_.know_strip(name);
    meet_strips();
    return index;
}

void DesiredState::reset_meters(int bus) {
    engine_.reset_meters(bus);
}

std::vector<std::pair<std::string, StatusValue>> DesiredState::status() const {
    return sources_.status();
}

std::vector<ApplicationStatus> DesiredState::applications() const {
    return sources_.applications();
}

void DesiredState::observe(Observer observer) {
    observers_.push_back(std::move(observer));
}

void DesiredState::observe_meters(std::function<void(const engine::MeterFrame &)> observer) {
    meter_observers_.push_back(std::move(observer));
}

std::optional<std::chrono::milliseconds> DesiredState::exchange() {
    engine::MeterFrame frame;
    while (engine_.next_meters(frame)) {
        keep_recent(recent_[frame.bus], frame.values);
        gain_history_.take(frame, engine_.sample_rate_hz());
        for (const auto &observer : meter_observers_)
            observer(frame);
    }
    meet_strips();
    engine::StripMeterFrame strip;
    while (engine_.next_strip_meters(strip))
        if (strip.strip < strip_recent_.size())
            keep_recent(strip_recent_[strip.strip], strip.values);
    // What has gone is silent.
    for (std::size_t i = 0; i < strip_recent_.size(); ++i)
        if (!engine_.is_open(static_cast<int>(i)))
            strip_recent_[i].clear();
    settle();
    engine_.collect_garbage();
    return engine_.is_restructuring() ? std::optional(kStructurePeriod) : std::nullopt;
}

Result<void> DesiredState::adopt(const Profile &profile) {
    bool same = profile.buses.size() == buses_.size();
    for (std::size_t i = 0; same && i < buses_.size(); ++i)
        same = profile.buses[i].name == bus_names_[i] &&
               profile.buses[i].channels == engine_.bus(static_cast<int>(i)).channels;
    if (!same)
        return failure("the profile has other buses than the running program",
                       "stop headroom and start it with this profile");
    const std::vector<engine::BusSetup> setup = engine_setup(profile);
    for (std::size_t i = 0; i < buses_.size(); ++i) {
        engine_.set_order(static_cast<int>(i), setup[i].order);
        engine_.set_sidechain(static_cast<int>(i), setup[i].sidechain);
    }
    std::vector<ParameterWrite> writes;
    for (ParameterTarget target : all_parameters()) {
        if (target.strip >= 0)
            continue;
        const ParameterValues &wanted =
            target.bus < 0 ? profile.globals
                           : profile.buses[static_cast<std::size_t>(target.bus)].values;
        if (wanted[target.id] != value(target))
            writes.push_back({target, wanted[target.id]});
    }
    return write(writes);
}

std::vector<engine::BusSetup> engine_setup(const Profile &profile) {
    std::vector<engine::BusSetup> setup;
    for (const BusProfile &bus : profile.buses)
        setup.push_back({bus.name, bus.channels, bus.values, bus.order,
                         sidechain_index(profile, bus.sidechain)});
    return setup;
}

} // namespace headroom::control
