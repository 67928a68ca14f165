// SPDX-License-Identifier: GPL-3.0-or-later
//
// The command that reads the gain of a bus over the last hour.
#include "jack_client/control/gain_history.hpp"
#include "osc/blob.hpp"
#include "osc/dispatcher.hpp"

#include <algorithm>

namespace headroom::osc {

namespace {

/// Rows of one answer, which stays below what a network carries in one piece.
constexpr std::uint64_t kRowsInBlob = 30;

} // namespace

Dispatcher::Plan Dispatcher::plan_history(const Peer &peer, const Message &message, TimePoint) {
    const auto &arguments = message.arguments;
    if (arguments.empty() || arguments.size() > 2)
        return refusal(ErrorCode::wrong_arity, "expected a bus (s), then a row to begin with (i)");
    const auto *name = std::get_if<std::string>(&arguments.front());
    const auto from = arguments.size() > 1 ? numeric(arguments.back()) : std::optional(0.0);
    if (name == nullptr || !from || !(*from >= 0.0))
        return refusal(ErrorCode::wrong_type, "expected a bus (s), then a row to begin with (i)");
    const auto names = surface_.bus_names();
    const auto found = std::find(names.begin(), names.end(), *name);
    const control::GainHistory *history = surface_.gain_history();
    if (found == names.end() || history == nullptr)
        return refusal(ErrorCode::no_value, "there is no bus \"" + *name + "\"");
    const auto bus = static_cast<int>(found - names.begin());
    return [this, peer, bus, history, name = *name, from = *from, address = message.address] {
        const std::uint64_t oldest = history->first_row(bus);
        const std::uint64_t end = history->end_row(bus);
        const auto asked = static_cast<std::uint64_t>(std::min(from, static_cast<double>(end)));
        const std::uint64_t first = std::max(asked, oldest);
        const std::uint64_t last = std::min(end, first + kRowsInBlob);
        Blob blob;
        blob.reserve((last - first) * control::GainRow::kColumns * sizeof(float));
        for (std::uint64_t number = first; number < last; ++number)
            for (const float column : history->row(bus, number).columns())
                append_float(blob, column);
        answer(peer, Message{address,
                             {name, static_cast<std::int32_t>(first),
                              static_cast<std::int32_t>(last - first),
                              static_cast<std::int32_t>(end), std::move(blob)}});
    };
}

} // namespace headroom::osc
