// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/midi_keeper.hpp"

#include <algorithm>
#include <utility>

namespace headroom::control {

using std::chrono::milliseconds;

namespace {

constexpr const char *kLearnedMap = "learned";

/// While controls move, while something waits, while meters are shown, and otherwise.
constexpr milliseconds kBusyPeriod{5};
constexpr milliseconds kMeterPeriod{40};
constexpr milliseconds kIdlePeriod{50};
/// Nothing is bound and nothing learned.
constexpr milliseconds kUnusedPeriod{1000};
constexpr milliseconds kBusyTime{1000};

/// An address has an underscore where the name has what addresses cannot have.
std::string shown(std::string name) {
    std::replace(name.begin(), name.end(), '_', ' ');
    return name;
}

midi::Target engine_target(const ParameterTarget &target) {
    return {.bus = static_cast<std::int16_t>(target.bus),
            .strip = static_cast<std::int16_t>(target.strip),
            .parameter = target.id};
}

} // namespace

MidiKeeper::MidiKeeper(World world)
    : world_(std::move(world)),
      window_(world_.state),
      display_([this](const midi::Message &message) { return world_.bridge.say(message); }) {
    window_.follow();
    apply();
}

void MidiKeeper::apply() {
    read_maps();
    compile();
}

/// A control that was learned does what it was learned for, and nothing else.
void MidiKeeper::read_maps() {
    MidiMap learned{.name = kLearnedMap};
    for (const auto &[path, text, unused_because] : world_.profiles.overlay_entries())
        if (path.starts_with(kLearnedPath))
            if (const auto binding = midi_binding_from_yaml(text))
                learned.bindings.push_back(*binding);
    if (const auto &midi = world_.profiles.profile().midi; !midi.empty())
        of_profile_ = midi; // else the controllers that switched to it would be gone
    maps_ = of_profile_;
    for (MidiMap &map : maps_)
        std::erase_if(map.bindings, [&](const MidiBinding &binding) {
            return std::any_of(
                learned.bindings.begin(), learned.bindings.end(),
                [&](const MidiBinding &other) { return binding.control.meets(other.control); });
        });
    maps_.push_back(std::move(learned));
}

std::vector<std::string> MidiKeeper::devices() const {
    std::vector<std::string> out;
    for (const MidiMap &map : of_profile_)
        out.insert(out.end(), map.devices.begin(), map.devices.end());
    return out;
}

std::string MidiKeeper::name_of(const MidiTarget &target) const {
    if (target.position == 0)
        return target.name;
    const auto strip = window_.at(target.position);
    return strip ? world_.state.strip_names()[static_cast<std::size_t>(*strip)] : "";
}

std::optional<ParameterTarget> MidiKeeper::resolve(const MidiTarget &target) const {
    if (target.kind != MidiTarget::Kind::parameter)
        return std::nullopt;
    MidiTarget named = target;
    named.name = name_of(target);
    named.position = 0;
    return world_.state.find_parameter(named.text());
}

std::optional<MeterTarget> MidiKeeper::resolve_meter(const MidiTarget &target) const {
    MidiTarget named = target;
    named.name = name_of(target);
    named.position = 0;
    return world_.state.find_meter(named.text());
}

void MidiKeeper::compile() {
    std::vector<std::pair<MidiBinding, midi::Target>> immediate;
    std::vector<midi::Message> start;
    active_.clear();
    width_ = 0;
    has_meters_ = false;
    for (const MidiMap &map : maps_) {
        start.insert(start.end(), map.start.begin(), map.start.end());
        for (const MidiBinding &binding : map.bindings) {
            Active active{map.name, binding, resolve(binding.target)};
            width_ = std::max(width_, binding.target.position);
            if (active.target && !parameter(active.target->id).structural)
                immediate.emplace_back(binding, engine_target(*active.target));
            else if (active.target)
                active.mover.emplace(binding);
            active_.push_back(std::move(active));
        }
        for (const MidiIndicator &indicator : map.indicators) {
            has_meters_ |= indicator.source.kind == MidiTarget::Kind::meter;
            width_ = std::max(width_, indicator.source.position);
        }
    }
    world_.engine.set_midi(std::make_unique<midi::ControlTable>(immediate));
    display_.show(std::move(start), items(), labels());
}

bool MidiKeeper::is_set_route(const MidiTarget &target) const {
    const auto &entries = world_.profiles.overlay().entries();
    const auto entry = entries.find("route/" + target.name);
    return entry != entries.end() && entry->second == target.route;
}

ControllerDisplay::Position MidiKeeper::position(const MidiBinding &binding) const {
    const MidiTarget &target = binding.target;
    const auto nothing = [] { return std::optional<float>(); };
    switch (target.kind) {
    case MidiTarget::Kind::profile:
        return [this, name = target.name] {
            return std::optional(world_.profiles.profile().name == name ? 1.0f : 0.0f);
        };
    case MidiTarget::Kind::route:
        return [this, target] { return std::optional(is_set_route(target) ? 1.0f : 0.0f); };
    case MidiTarget::Kind::meter: {
        const auto found = resolve_meter(target);
        if (!found)
            return nothing;
        const Meter &about = meter(found->id);
        const auto [low, high] = binding.range.value_or(MidiRange{about.floor, about.ceiling});
        if (low == high)
            return nothing;
        return [this, meter = *found, low = low, high = high] {
            return std::optional((world_.state.value(meter) - low) / (high - low));
        };
    }
    case MidiTarget::Kind::parameter: {
        const auto found = resolve(target);
        if (!found)
            return nothing;
        return [this, mover = midi::Mover(binding), parameter = *found] {
            return std::optional(mover.position_of(world_.state.value(parameter)));
        };
    }
    default:
        return nothing;
    }
}

std::vector<ControllerDisplay::Item> MidiKeeper::items() const {
    std::vector<ControllerDisplay::Item> out;
    for (const Active &active : active_) {
        const MidiBinding &binding = active.binding;
        if (!binding.feedback)
            continue;
        const bool is_absolute = binding.mode == MidiMode::absolute;
        ControllerDisplay::Item item{.feedback = *binding.feedback,
                                     .position = position(binding),
                                     .touch = binding.touch,
                                     .shows_itself = is_absolute};
        if (is_absolute || is_relative(binding.mode))
            item.control = binding.control;
        out.push_back(std::move(item));
    }
    for (const MidiMap &map : maps_)
        for (const MidiIndicator &indicator : map.indicators)
            out.push_back(
                {.feedback = indicator.feedback,
                 .position = position({.target = indicator.source, .range = indicator.range})});
    return out;
}

std::vector<ControllerDisplay::Label> MidiKeeper::labels() const {
    std::vector<ControllerDisplay::Label> out;
    for (const MidiMap &map : maps_)
        for (const MidiLabel &label : map.labels) {
            out.push_back({label, {}});
            for (const MidiText &line : label.lines) {
                const auto found = resolve(line.source);
                if (!found)
                    out.back().lines.emplace_back([] { return std::string(); });
                else if (line.is_name)
                    out.back().lines.emplace_back(
                        [name = shown(name_of(line.source))] { return name; });
                else
                    out.back().lines.emplace_back([this, target = *found] {
                        return to_text(parameter(target.id), world_.state.value(target));
                    });
            }
        }
    return out;
}

milliseconds MidiKeeper::poll() {
    const TimePoint now = world_.clock();
    if (window_.follow())
        compile();
    engine::MidiBridge::Heard message;
    while (world_.bridge.next_heard(message))
        take(message, now);
    if (learner_) {
        if (const auto control = learner_->decide(now))
            finish_learning(*control);
        else if (now - learning_since_ >= kLearningTime)
            learner_.reset();
    }
    if (const auto count = world_.bridge.connections(); count != std::exchange(connections_, count))
        resend();
    if (const auto count = world_.bridge.lost(); count != std::exchange(lost_, count))
        world_.state.notify(std::to_string(lost_) +
                            " messages of controllers arrived too fast; those "
                            "for profiles, routes and banks may be lost");
    const bool waits = display_.flush(now);
    if (waits || learner_ || now - last_heard_ < kBusyTime)
        return kBusyPeriod;
    if (has_meters_)
        return kMeterPeriod;
    return active_.empty() ? kUnusedPeriod : kIdlePeriod;
}

void MidiKeeper::take(const engine::MidiBridge::Heard &message, TimePoint now) {
    last_heard_ = now;
    if (learner_)
        learner_->take(message.bytes(), now);
    midi::Decoder::Movements movements;
    const std::size_t count = decoder_.decode(message.bytes(), movements);
    for (std::size_t i = 0; i < count; ++i) {
        display_.moved(movements[i], now);
        for (std::size_t a = 0; a < active_.size(); ++a)
            if (active_[a].binding.control.meets(movements[i].control) &&
                act(active_[a], movements[i]))
                break;
    }
}

/// True where the bindings may be others now.
bool MidiKeeper::act(Active &active, const midi::Movement &movement) {
    const MidiTarget target = active.binding.target;
    if (target.kind == MidiTarget::Kind::parameter) {
        if (!active.mover)
            return false;
        const float current = world_.state.value(*active.target);
        if (const auto value = active.mover->move(movement, current)) {
            const ParameterWrite write{*active.target, *value};
            (void)world_.state.write({&write, 1}); // it is a value of it
        }
        return false;
    }
    if (!movement.is_press())
        return false;
    switch (target.kind) {
    case MidiTarget::Kind::profile:
        (void)world_.profiles.use_profile(target.name); // tells how it went
        break;
    case MidiTarget::Kind::route:
        if (RouteControl *routes = world_.state.route_control()) {
            const bool is_back = active.binding.mode == MidiMode::toggle && is_set_route(target);
            if (const auto set = routes->set_route(target.name, is_back ? "" : target.route); !set)
                world_.state.notify(set.error().text());
        }
        break;
    case MidiTarget::Kind::bank:
        if (window_.move(target.step, width_))
            compile();
        break;
    default:
        break;
    }
    return true;
}

} // namespace headroom::control
