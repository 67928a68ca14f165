// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/address_space.hpp"

#include "osc/wire/pattern.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace headroom::osc {

namespace {

constexpr std::array<std::string_view, 6> kSuffixes{"",        "/norm", "/text",
                                                    "/toggle", "/inc",  "/reset"};
constexpr std::array<std::string_view, 3> kForms{"natural", "norm", "text"};

constexpr bool is_action(Role role) {
    return role >= Role::toggle;
}

bool has_steps(const Parameter &parameter) {
    return parameter.scale == Scale::boolean || parameter.scale == Scale::choice;
}

bool offers(const Parameter &parameter, Role action) {
    switch (action) {
    case Role::toggle:
        return has_steps(parameter);
    case Role::increment:
        return parameter.scale != Scale::boolean;
    default:
        return true;
    }
}

float to_float(double value) {
    constexpr double kMost = std::numeric_limits<float>::max();
    return static_cast<float>(std::clamp(value, -kMost, kMost));
}

std::optional<double> number(std::string_view text) {
    double value = 0.0;
    const char *end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || rest != end || !std::isfinite(value))
        return std::nullopt;
    return value;
}

tl::unexpected<Refusal> refuse(ErrorCode code, std::string text) {
    return tl::unexpected<Refusal>({code, std::move(text)});
}

std::string_view scale_name(Scale scale) {
    constexpr std::array<std::string_view, 4> kNames{"linear", "logarithmic", "boolean", "choice"};
    return kNames[static_cast<std::size_t>(scale)];
}

float normalised(const Meter &meter, float value) {
    return std::clamp((value - meter.floor) / (meter.ceiling - meter.floor), 0.0f, 1.0f);
}

constexpr std::size_t kRemembered = 64; // patterns

template <class Map, class Found>
void remember(Map &map, std::string_view pattern, const Found &found) {
    if (map.size() >= kRemembered)
        map.erase(map.begin());
    map.emplace(pattern, found);
}

} // namespace

std::optional<double> numeric(const Argument &argument) {
    return std::visit(
        [](const auto &value) -> std::optional<double> {
            using T = std::decay_t<decltype(value)>;
            if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, char>)
                return static_cast<double>(value);
            else
                return std::nullopt;
        },
        argument);
}

std::vector<Argument> arguments_of(const control::StatusValue &value) {
    if (const auto *number = std::get_if<std::int64_t>(&value)) {
        if (std::in_range<std::int32_t>(*number))
            return {static_cast<std::int32_t>(*number)};
        return {*number};
    }
    if (const auto *number = std::get_if<double>(&value))
        return {static_cast<float>(*number)};
    if (const auto *text = std::get_if<std::string>(&value))
        return {*text};
    const auto &list = std::get<std::vector<std::string>>(value);
    if (list.empty())
        return {std::string()};
    return {list.begin(), list.end()};
}

std::optional<Role> find_form(std::string_view name) {
    const auto at = std::find(kForms.begin(), kForms.end(), name);
    if (at == kForms.end())
        return std::nullopt;
    return static_cast<Role>(at - kForms.begin());
}

std::string_view form_name(Role form) {
    return kForms[static_cast<std::size_t>(form)];
}

std::string address_part(std::string_view name) {
    constexpr std::string_view kReserved = " #*,/?[]{}";
    std::string out(name.substr(0, 64));
    for (char &c : out)
        if (c <= ' ' || c > '~' || kReserved.find(c) != kReserved.npos)
            c = '_';
    return out;
}

AddressSpace::AddressSpace(const control::ControlSurface &surface) : surface_(surface) {
    for (const auto target : surface.all_parameters())
        add(target, surface.path(target));
    for (const auto target : surface.all_meters())
        add(target, surface.path(target));
    strips_ = static_cast<int>(surface.strip_names().size());
}

bool AddressSpace::grow() {
    const auto count = static_cast<int>(surface_.strip_names().size());
    if (strips_ == count)
        return false;
    matching_.clear();
    covered_.clear();
    for (; strips_ < count; ++strips_) {
        for (const auto target : control::ControlSurface::strip_parameters_of(strips_))
            add(target, surface_.path(target));
        for (const auto target : control::ControlSurface::strip_meters_of(strips_))
            add(target, surface_.path(target));
    }
    return true;
}

void AddressSpace::add(std::variant<control::ParameterTarget, control::MeterTarget> target,
                       const std::string &path) {
    const Item item = items_.size();
    items_.push_back({target, entries_.size()});
    if (!is_meter(item))
        by_target_.emplace(this->target(item), item);
    for (std::size_t i = 0; i < kSuffixes.size(); ++i) {
        const auto role = static_cast<Role>(i);
        if (is_action(role) && (is_meter(item) || !offers(declaration(item), role)))
            continue;
        entries_.push_back({std::string(kRoot) + path + std::string(kSuffixes[i]), role, item});
        by_address_.emplace(entries_.back().address, entries_.size() - 1);
    }
}

const Entry *AddressSpace::find(std::string_view address) const {
    const auto at = by_address_.find(address);
    return at != by_address_.end() ? &entries_[at->second] : nullptr;
}

tl::expected<std::vector<const Entry *>, std::string>
AddressSpace::matching(std::string_view pattern) const {
    if (const auto known = matching_.find(pattern); known != matching_.end())
        return known->second;
    const auto compiled = Pattern::compile(pattern);
    if (!compiled)
        return tl::unexpected(compiled.error());
    const std::string_view last_part = pattern.substr(pattern.rfind('/'));
    std::vector<const Entry *> found;
    for (const Entry &entry : entries_)
        if ((!is_action(entry.role) ||
             last_part == kSuffixes[static_cast<std::size_t>(entry.role)]) &&
            compiled->matches(entry.address, false, steps_))
            found.push_back(&entry);
    steps_ += entries_.size();
    remember(matching_, pattern, found);
    return found;
}

tl::expected<std::vector<Item>, std::string> AddressSpace::covered(std::string_view pattern) const {
    if (const auto known = covered_.find(pattern); known != covered_.end())
        return known->second;
    const auto compiled = Pattern::compile(pattern);
    if (!compiled)
        return tl::unexpected(compiled.error());
    std::vector<Item> found;
    for (Item item = 0; item < items_.size(); ++item)
        if (compiled->matches(entry(item, Role::natural).address, true, steps_))
            found.push_back(item);
    steps_ += items_.size();
    remember(covered_, pattern, found);
    return found;
}

bool AddressSpace::is_meter(Item item) const {
    return std::holds_alternative<control::MeterTarget>(items_[item].target);
}

control::ParameterTarget AddressSpace::target(Item item) const {
    return std::get<control::ParameterTarget>(items_[item].target);
}

std::optional<Item> AddressSpace::find(control::ParameterTarget target) const {
    const auto at = by_target_.find(target);
    return at != by_target_.end() ? std::optional(at->second) : std::nullopt;
}

const Entry &AddressSpace::entry(Item item, Role form) const {
    return entries_[items_[item].first_entry + static_cast<std::size_t>(form)];
}

Argument AddressSpace::read(const Entry &entry) const {
    if (is_meter(entry.item)) {
        const auto target = std::get<control::MeterTarget>(items_[entry.item].target);
        const Meter &declared = meter(target.id);
        const float value = surface_.value(target);
        if (entry.role == Role::text)
            return to_text(declared, value);
        return entry.role == Role::norm ? normalised(declared, value) : value;
    }
    const Parameter &declared = declaration(entry.item);
    const float value = surface_.value(target(entry.item));
    if (entry.role == Role::text)
        return to_text(declared, value);
    if (entry.role == Role::norm)
        return to_normalised(declared, value);
    if (has_steps(declared))
        return static_cast<std::int32_t>(value);
    return value;
}

Message AddressSpace::message(const Entry &entry) const {
    return {entry.address, {read(entry)}};
}

tl::expected<std::optional<float>, Refusal>
AddressSpace::wanted(const Entry &entry, std::span<const Argument> arguments, float current) const {
    if (is_meter(entry.item))
        return refuse(ErrorCode::read_only, "a meter is read-only");
    if (arguments.size() > 1 || (arguments.empty() && !is_action(entry.role)))
        return refuse(ErrorCode::wrong_arity,
                      "expected one argument, found " + std::to_string(arguments.size()));
    const Parameter &declared = declaration(entry.item);
    const auto *text = arguments.empty() ? nullptr : std::get_if<std::string>(&arguments[0]);

    if (text != nullptr && (entry.role == Role::natural || entry.role == Role::text)) {
        const auto value = from_text(declared, *text);
        if (!value)
            return refuse(ErrorCode::no_value, value.error().message);
        return *value;
    }
    std::optional<double> given;
    if (arguments.empty() || std::holds_alternative<Impulse>(arguments[0]))
        given = is_action(entry.role) ? std::optional(1.0) : std::nullopt;
    else
        given = text != nullptr ? number(*text) : numeric(arguments[0]);
    if (!given && text != nullptr)
        return refuse(ErrorCode::no_value, "\"" + *text + "\" is not a number");
    if (!given)
        return refuse(ErrorCode::wrong_type, "expected a number or text (i f d h T F s)");

    switch (entry.role) {
    case Role::norm:
        return from_normalised(declared, to_float(std::clamp(*given, 0.0, 1.0)));
    case Role::natural:
    case Role::text:
        return to_float(*given);
    default:
        break;
    }
    if (*given == 0.0)
        return std::nullopt;
    if (entry.role == Role::reset)
        return declared.default_value;
    if (entry.role == Role::increment)
        return to_float(static_cast<double>(current) + *given);
    return current >= declared.maximum ? declared.minimum : current + 1.0f;
}

Message AddressSpace::info(Item item) const {
    const Entry &natural = entry(item, Role::natural);
    const auto described = [&](const char *type, std::string_view unit, float minimum,
                               float maximum, float default_value, std::string_view scale,
                               std::string_view documentation, std::string_view label,
                               std::string_view symbols) {
        return Message{"/headroom/info",
                       {natural.address, std::string(type), std::string(unit), minimum, maximum,
                        default_value, std::string(scale), std::string(documentation),
                        std::string(label), std::string(symbols)}};
    };
    if (is_meter(item)) {
        const Meter &m = meter(std::get<control::MeterTarget>(items_[item].target).id);
        return described("f", symbol(m.unit), m.floor, m.ceiling, m.floor, "meter", m.documentation,
                         m.label, "");
    }
    const Parameter &p = declaration(item);
    return described(has_steps(p) ? "i" : "f", symbol(p.unit), p.minimum, p.maximum,
                     p.default_value, scale_name(p.scale), p.documentation, p.label, p.choices);
}

} // namespace headroom::osc
