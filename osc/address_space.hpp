// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/control_surface.hpp"
#include "osc/wire/packet.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <variant>
#include <vector>

namespace headroom::osc {

/// Every address begins with it.
inline constexpr std::string_view kRoot = "/headroom/";

/// What /headroom/error says in its number.
enum class ErrorCode : std::int32_t {
    malformed = 1,       ///< the packet is no OSC, or goes beyond a limit
    unknown_address = 2, ///< nothing has this address, or the pattern matches nothing
    wrong_arity = 3,     ///< too few or too many arguments
    wrong_type = 4,      ///< an argument of a type that means nothing here
    no_value = 5,        ///< text that is no value of the parameter
    read_only = 6,       ///< a meter or a status cannot be set
    too_many = 7,        ///< subscribers, subscriptions or answers beyond the bound
    too_early = 8,       ///< a bundle for a time that has not come
    refused = 9,         ///< the program could not apply the value
    forbidden = 10,      ///< another user of this machine
};

struct Refusal {
    ErrorCode code;
    std::string text;
};

inline tl::unexpected<Refusal> refusal(ErrorCode code, std::string text) {
    return tl::unexpected<Refusal>({code, std::move(text)});
}

/// The number in an i, h, f, d, T or F; nothing in any other argument.
std::optional<double> numeric(const Argument &argument);

/// A fact of the status: one argument for each item of a list. An empty list is one empty text:
/// without arguments an answer would be a question.
std::vector<Argument> arguments_of(const control::StatusValue &value);

/// A name as one part of an address: what OSC reserves becomes an underscore.
std::string address_part(std::string_view name);

/// What an address does with its parameter or meter. The first three are forms of the value.
enum class Role : std::uint8_t { natural, norm, text, toggle, increment, reset };

/// "natural", "norm" or "text".
std::optional<Role> find_form(std::string_view name);
std::string_view form_name(Role form);

/// A parameter or meter; counts from 0 over the whole address space.
using Item = std::size_t;

struct Entry {
    std::string address;
    Role role;
    Item item;
};

/// Every address of parameters and meters, made from the registry and the buses at hand. Belongs
/// to the control thread; the buses must not change while it lives, strips may come.
class AddressSpace {
  public:
    explicit AddressSpace(const control::ControlSurface &surface);

    /// Takes in strips that have come; items and entries stay what they are, new ones stand behind
    /// them. False where there are none.
    bool grow();

    const Entry *find(std::string_view address) const;

    /// All addresses that the pattern matches. An action is matched only where the pattern's last
    /// part names it in full.
    tl::expected<std::vector<const Entry *>, std::string> matching(std::string_view pattern) const;
    /// All items that the pattern, or a leading part of it, fits.
    tl::expected<std::vector<Item>, std::string> covered(std::string_view pattern) const;

    /// Counts what matching() and covered() cost: a step of the matcher, or a look at an address.
    /// The newest patterns are remembered and cost nothing.
    std::uint64_t steps() const { return steps_; }

    const std::deque<Entry> &entries() const { return entries_; }
    std::size_t size() const { return items_.size(); }
    bool is_meter(Item item) const;
    /// The parameter behind the item, which must not be a meter.
    control::ParameterTarget target(Item item) const;
    std::optional<Item> find(control::ParameterTarget target) const;
    /// The item's address in one of the three forms.
    const Entry &entry(Item item, Role form) const;

    /// The current value in the form of the entry; actions read in the natural form.
    Argument read(const Entry &entry) const;
    /// As read(), as a message.
    Message message(const Entry &entry) const;

    /// The natural value, not yet clamped, that the arguments ask for, given the current one.
    /// Nothing where an action's button was released.
    tl::expected<std::optional<float>, Refusal>
    wanted(const Entry &entry, std::span<const Argument> arguments, float current) const;

    /// address, type tag, unit, minimum, maximum, default, scale, documentation, label, choices.
    Message info(Item item) const;

  private:
    struct ItemData {
        std::variant<control::ParameterTarget, control::MeterTarget> target;
        std::size_t first_entry;
    };
    void add(std::variant<control::ParameterTarget, control::MeterTarget> target,
             const std::string &path);
    const Parameter &declaration(Item item) const { return parameter(target(item).id); }

    const control::ControlSurface &surface_;
    std::vector<ItemData> items_;
    std::deque<Entry> entries_; ///< stay where they are
    int strips_ = 0;
    mutable std::uint64_t steps_ = 0;
    mutable std::map<std::string, std::vector<const Entry *>, std::less<>> matching_;
    mutable std::map<std::string, std::vector<Item>, std::less<>> covered_;
    std::unordered_map<std::string_view, std::size_t> by_address_;
    std::map<control::ParameterTarget, Item> by_target_;
};

} // namespace headroom::osc
