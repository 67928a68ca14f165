// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/strip_rack.hpp"

#include "jack_client/engine/bus.hpp"
#include "jack_client/engine/input_scrub.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace headroom::engine {

namespace {

constexpr std::uint64_t kGrid = dsp::kGridFrames;

constexpr ParameterId kRide = strip_parameter_id("rider/on");
constexpr ParameterId kRideTarget = strip_parameter_id("rider/target");

/// Meter frames of each strip that may wait to be read, before intervals are merged.
constexpr std::size_t kMetersPerStrip = 8;

std::size_t widest(const std::vector<BusSetup> &setups) {
    std::size_t most = 0;
    for (const BusSetup &setup : setups)
        most = std::max(most, setup.channels.size());
    return most;
}

} // namespace

StripRack::StripRack(const std::vector<BusSetup> &setups)
    : setups_(setups),
      heard_(dsp::kMaxChannels),
      bus_pointers_(widest(setups)),
      meters_(kMetersPerStrip * Engine::kMaximumStrips) {}

StripRack::~StripRack() {
    collect();
    for (const Strip *strip : at_work_)
        delete strip;
}

void StripRack::open_live(int slot, Strip *strip) noexcept {
    at_work_[static_cast<std::size_t>(slot)] = strip;
    ++at_work_count_;
    steer_solo(strip->bus());
}

void StripRack::close_live(int slot) noexcept {
    Strip *const strip = at_work_[static_cast<std::size_t>(slot)];
    if (strip == nullptr)
        return;
    strip->leave();
    steer_solo(strip->bus());
}

void StripRack::schedule(std::int16_t strip, Step step) noexcept {
    if (std::none_of(at_work_.begin(), at_work_.end(), [&](const Strip *at_work) {
            return at_work != nullptr && at_work->index() == strip;
        }))
        return;
    step.strip = strip;
    static_cast<void>(steps_.add(step));
}

void StripRack::apply_due(std::uint64_t frame) noexcept {
    Step step;
    while (steps_.take(frame, step))
        set_live(step.strip, step.parameter, step.value);
}

void StripRack::set_live(int strip_index, ParameterId id, float value) noexcept {
    for (Strip *strip : at_work_)
        if (strip != nullptr && strip->index() == strip_index) {
            strip->set_value(id, value);
            steer_solo(strip->bus());
        }
}

/// Where one strip is to be heard alone, the others of the bus and what comes by no strip are not.
void StripRack::steer_solo(int bus) noexcept {
    const bool solo = std::any_of(at_work_.begin(), at_work_.end(), [&](const Strip *strip) {
        return strip != nullptr && strip->bus() == bus && strip->wants_solo();
    });
    for (Strip *strip : at_work_)
        if (strip != nullptr && strip->bus() == bus)
            strip->set_other_solo(solo);
    CrossFade &heard = shared_[static_cast<std::size_t>(bus)].heard;
    if (solo)
        heard.toward_first();
    else
        heard.toward_second();
}

void StripRack::process(std::span<const float *const *const> inputs, float *const *buses,
                        std::uint32_t offset, int frames, std::uint64_t now) noexcept {
    const bool all_heard = std::all_of(shared_.begin(), shared_.end(),
                                       [](const Shared &bus) { return bus.heard.only_second(); });
    if (at_work_count_ == 0 && all_heard)
        return;
    for (int done = 0; done < frames;) {
        apply_due(now);
        const auto length =
            static_cast<int>(std::min({static_cast<std::uint64_t>(frames - done),
                                       kGrid - now % kGrid, steps_.next_frame() - now}));
        process_segment(inputs, buses, offset, done, length, now);
        done += length;
        now += static_cast<std::uint64_t>(length);
    }
    hand_back();
}

void StripRack::process_segment(std::span<const float *const *const> inputs, float *const *buses,
                                std::uint32_t offset, int done, int frames,
                                std::uint64_t now) noexcept {
    const auto channels_of = [&](const Shared &bus) {
        for (int c = 0; c < bus.channels; ++c)
            bus_pointers_[static_cast<std::size_t>(c)] = buses[bus.first_channel + c] + done;
        return dsp::AudioBlock{bus_pointers_.data(), bus.channels, frames};
    };
    for (Shared &bus : shared_)
        if (!bus.heard.only_second()) {
            FadeGains gains{};
            bus.heard.advance({gains.data(), static_cast<std::size_t>(frames)});
            scale(channels_of(bus), gains);
        }
    for (std::size_t slot = 0; slot < at_work_.size(); ++slot) {
        Strip *strip = at_work_[slot];
        if (strip == nullptr)
            continue;
        if (now % kGrid == 0 && (now / kGrid + slot) % meter_interval_steps_ == 0)
            publish(*strip, now);
        const dsp::AudioBlock heard{heard_.channels(), strip->channel_count(), frames};
        const float *const *from = slot < inputs.size() ? inputs[slot] : nullptr;
        for (int c = 0; c < heard.channel_count; ++c) {
            if (from != nullptr)
                scrub(from[c] + offset + done, heard.channels[c], frames);
            else
                std::fill_n(heard.channels[c], frames, 0.0f);
        }
        strip->process(heard, channels_of(shared_[static_cast<std::size_t>(strip->bus())]).channels,
                       now);
    }
}

void StripRack::publish(Strip &strip, std::uint64_t frame) noexcept {
    StripMeterFrame out{frame, strip.index()};
    strip.read_meters(out.values);
    if (meters_.push(out))
        strip.start_interval();
}

void StripRack::hand_back() noexcept {
    for (Strip *&strip : at_work_)
        if (strip != nullptr && strip->has_left() && done_.push(strip)) {
            strip = nullptr;
            --at_work_count_;
        }
}

std::unique_ptr<Strip> StripRack::make(const Slot &slot, double sample_rate_hz) const {
    const auto bus = static_cast<std::size_t>(slot.setup.bus);
    return std::make_unique<Strip>(
        Strip::Setup{sample_rate_hz, slot.setup.channels, setups_[bus].channels,
                     known_[static_cast<std::size_t>(slot.strip)].values, slot.setup.bus,
                     static_cast<std::uint16_t>(slot.strip), &slot - slots_.data()});
}

std::optional<int> StripRack::open(const StripSetup &setup, double sample_rate_hz) {
    if (setup.bus < 0 || static_cast<std::size_t>(setup.bus) >= setups_.size())
        throw std::invalid_argument("there is no bus for the strip " + setup.name);
    if (setup.channels.empty() || setup.channels.size() > dsp::kMaxChannels)
        throw std::invalid_argument("the strip " + setup.name + " has no or too many channels");
    const auto strip = know(setup.name);
    const auto slot =
        std::find_if(slots_.begin(), slots_.end(), [](const Slot &s) { return !s.taken; });
    if (!strip || is_open(*strip) || slot == slots_.end())
        return std::nullopt;
    adopt_level(known_[static_cast<std::size_t>(*strip)], setup.level_dbfs);
    *slot = {.taken = true, .setup = setup, .strip = *strip};
    slot->built = make(*slot, sample_rate_hz).release();
    const auto index = static_cast<int>(slot - slots_.begin());
    known_[static_cast<std::size_t>(*strip)].slot = index;
    return index;
}

Strip *StripRack::built(int slot) {
    return std::exchange(slots_[static_cast<std::size_t>(slot)].built, nullptr);
}

bool StripRack::close(int slot) {
    Slot &closing = slots_.at(static_cast<std::size_t>(slot));
    if (!closing.taken || closing.leaving)
        return false;
    closing.leaving = true;
    known_[static_cast<std::size_t>(closing.strip)].slot.reset();
    return true;
}

/// Whether any value has changed.
bool StripRack::adopt_level(Known &known, std::optional<float> level_dbfs) {
    const StripValues before = known.values;
    const auto set = [&](ParameterId id, float value) {
        if (std::find(known.written.begin(), known.written.end(), id) == known.written.end())
            known.values[id] = value;
    };
    set(kRide, level_dbfs ? 1.0f : parameter(kRide).default_value);
    set(kRideTarget, level_dbfs.value_or(parameter(kRideTarget).default_value));
    if (known.values == before)
        return false;
    ++revision_;
    return true;
}

bool StripRack::set_level(int slot, std::optional<float> level_dbfs) {
    Slot &set = slots_.at(static_cast<std::size_t>(slot));
    set.setup.level_dbfs = level_dbfs;
    return set.taken && adopt_level(known_[static_cast<std::size_t>(set.strip)], level_dbfs);
}

bool StripRack::has(int slot) const {
    return slots_.at(static_cast<std::size_t>(slot)).taken;
}

std::optional<int> StripRack::know(const std::string &name) {
    const auto found = std::find_if(known_.begin(), known_.end(),
                                    [&](const Known &known) { return known.name == name; });
    if (found != known_.end())
        return static_cast<int>(found - known_.begin());
    if (known_.size() == Engine::kMaximumStripNames)
        return std::nullopt;
    known_.push_back({.name = name});
    ++revision_;
    return static_cast<int>(known_.size()) - 1;
}

std::vector<std::string> StripRack::names() const {
    std::vector<std::string> out;
    out.reserve(known_.size());
    for (const Known &known : known_)
        out.push_back(known.name);
    return out;
}

StripValues StripRack::values(int strip) const {
    return known_.at(static_cast<std::size_t>(strip)).values;
}

bool StripRack::is_open(int strip) const {
    return known_.at(static_cast<std::size_t>(strip)).slot.has_value();
}

void StripRack::set_value(int strip, ParameterId id, float value) {
    Known &known = known_.at(static_cast<std::size_t>(strip));
    known.values[id] = value;
    if (std::find(known.written.begin(), known.written.end(), id) == known.written.end())
        known.written.push_back(id);
}

void StripRack::adopt_value(int strip, ParameterId id, float value) {
    known_.at(static_cast<std::size_t>(strip)).values[id] = value;
}

float StripRack::take_back(int strip, ParameterId id) {
    Known &known = known_.at(static_cast<std::size_t>(strip));
    std::erase(known.written, id);
    known.values[id] = parameter(id).default_value;
    if (known.slot)
        adopt_level(known, slots_[static_cast<std::size_t>(*known.slot)].setup.level_dbfs);
    return known.values[id];
}

void StripRack::collect() {
    Strip *strip = nullptr;
    while (done_.pop(strip)) {
        slots_[strip->slot()] = {};
        delete strip;
    }
}

void StripRack::build(double sample_rate_hz) {
    collect();
    meter_interval_steps_ =
        static_cast<std::uint64_t>(std::ceil(sample_rate_hz / kMeterRate_hz / dsp::kGridFrames));
    shared_.clear();
    int first = 0;
    for (const BusSetup &setup : setups_) {
        const auto channels = static_cast<int>(setup.channels.size());
        shared_.push_back({first, channels, CrossFade(sample_rate_hz, true)});
        first += channels;
    }
    at_work_count_ = 0;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        delete std::exchange(at_work_[i], nullptr);
        if (slots_[i].leaving)
            slots_[i] = {};
        if (slots_[i].taken) {
            at_work_[i] = make(slots_[i], sample_rate_hz).release();
            ++at_work_count_;
        }
    }
    for (std::size_t bus = 0; bus < setups_.size(); ++bus)
        steer_solo(static_cast<int>(bus));
}

} // namespace headroom::engine
