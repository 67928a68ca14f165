// SPDX-License-Identifier: MPL-2.0
#include "osc/client/interests.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace headroom::osc {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kPacked = "packed";
constexpr std::string_view kLayout = "/headroom/meters/layout";
constexpr std::chrono::steady_clock::duration kLeastPatience = 250ms;
constexpr std::chrono::steady_clock::duration kMostPatience = 2s;

template <class T> const T *argument(const Message &message, std::size_t index) {
    return index < message.arguments.size() ? std::get_if<T>(&message.arguments[index]) : nullptr;
}

float float_at(const Blob &blob, std::size_t index) {
    std::uint32_t bits = 0;
    for (std::size_t i = 4 * index; i < 4 * index + 4; ++i)
        bits = bits << 8 | blob[i];
    return std::bit_cast<float>(bits);
}

} // namespace

bool Interests::Interest::covers(const std::string &address) const {
    const bool norm = address.ends_with("/norm");
    const bool text = address.ends_with("/text");
    return norm == (options.form == "norm") && text == (options.form == "text") && compiled &&
           compiled->covers(address);
}

void Interests::again(Interest &interest) {
    interest.is_confirmed = false;
    interest.due = {};
    interest.patience = kLeastPatience;
}

void Interests::add(const std::string &pattern, const SubscriptionOptions &options,
                    Client::Handler handler) {
    std::erase_if(list_, [&](const Interest &known) {
        return known.pattern == pattern && known.options.form == options.form;
    });
    auto compiled = Pattern::compile(pattern);
    list_.push_back({pattern, options, std::move(handler),
                     compiled ? std::optional(std::move(*compiled)) : std::nullopt});
    again(list_.back());
}

void Interests::remove(const std::string &pattern) {
    std::erase_if(list_, [&](const Interest &known) { return known.pattern == pattern; });
}

void Interests::everything_again() {
    std::for_each(list_.begin(), list_.end(), again);
}

std::optional<std::vector<std::uint8_t>> Interests::next_packet(TimePoint now) {
    for (Interest &interest : list_) {
        if (!interest.is_confirmed && interest.due <= now) {
            interest.due = now + interest.patience;
            interest.patience = std::min(2 * interest.patience, kMostPatience);
            const std::array messages{
                Message{"/headroom/subscribe",
                        {interest.pattern, std::int32_t{interest.options.rate_hz},
                         interest.options.form}},
                Message{"/headroom/ack", {std::int32_t{0}}}}; // takes part in flow control
            return encode_bundle(messages);
        }
        if (interest.layout && interest.layout_due <= now) {
            interest.layout_due = now + kMostPatience;
            partial_layouts_.clear();
            return encode({std::string(kLayout), {interest.pattern}});
        }
    }
    return std::nullopt;
}

std::optional<Interests::TimePoint> Interests::due() const {
    std::optional<TimePoint> first;
    const auto want = [&](TimePoint time) { first = first ? std::min(*first, time) : time; };
    for (const Interest &interest : list_) {
        if (!interest.is_confirmed)
            want(interest.due);
        if (interest.layout)
            want(interest.layout_due);
    }
    return first;
}

void Interests::notice(const Message &message) {
    const auto *text = argument<std::string>(message, 0);
    const auto *number = argument<std::int32_t>(message, 0);
    const auto *form = argument<std::string>(message, 2);
    if (message.address == "/headroom/subscribe" && text != nullptr && form != nullptr) {
        for (Interest &interest : list_)
            if (interest.pattern == *text && interest.options.form == *form)
                interest.is_confirmed = true;
    } else if (message.address == "/headroom/error" && text != nullptr &&
               *text == "/headroom/subscribe") {
        const auto refused = std::find_if(list_.begin(), list_.end(), [](const Interest &interest) {
            return !interest.is_confirmed;
        });
        if (refused != list_.end())
            list_.erase(refused);
    } else if (message.address == "/headroom/meters" && number != nullptr &&
               !layouts_.contains(*number)) {
        for (Interest &interest : list_)
            if (interest.options.form == kPacked && !interest.layout)
                interest.layout = *number;
    } else if (message.address == kLayout && number != nullptr &&
               argument<std::string>(message, 1) != nullptr) {
        partial_layouts_[*number].push_back(*argument<std::string>(message, 1));
    } else if (message.address == std::string(kLayout) + "/end" && number != nullptr) {
        for (auto &[hash, addresses] : std::exchange(partial_layouts_, {}))
            if (addresses.size() == static_cast<std::size_t>(*number))
                layouts_[hash] = std::move(addresses);
        for (Interest &interest : list_)
            if (interest.layout && layouts_.contains(*interest.layout))
                interest.layout.reset();
    }
}

std::optional<std::vector<Message>> Interests::unpacked(const Message &message) const {
    const auto *hash = argument<std::int32_t>(message, 0);
    const auto *first = argument<std::int32_t>(message, 1);
    const auto *blob = argument<Blob>(message, 2);
    if (message.address != "/headroom/meters" || hash == nullptr || first == nullptr ||
        blob == nullptr)
        return std::nullopt;
    std::vector<Message> meters;
    const auto layout = layouts_.find(*hash);
    if (layout == layouts_.end() || *first < 0)
        return meters; // the next blob will do
    const auto start = static_cast<std::size_t>(*first);
    for (std::size_t i = 0; i < blob->size() / 4 && start + i < layout->second.size(); ++i)
        meters.push_back({layout->second[start + i], {float_at(*blob, i)}});
    return meters;
}

bool Interests::handle(const Message &message) const {
    // A handler may subscribe or end subscriptions.
    std::vector<Client::Handler> handlers;
    for (const Interest &interest : list_)
        if (interest.handler && interest.covers(message.address))
            handlers.push_back(interest.handler);
    for (const auto &handler : handlers)
        handler(message);
    return !handlers.empty();
}

} // namespace headroom::osc
