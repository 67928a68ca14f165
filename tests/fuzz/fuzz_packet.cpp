// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/wire/packet.hpp"

#include <cstdlib>

using namespace headroom::osc;

/// What was decoded can be encoded, and says the same when decoded again. The short way to a number
/// finds what the long one does.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto packet = decode({data, size});
    if (const auto number = decode_number({data, size});
        number &&
        (!packet || packet->is_bundle || packet->elements.size() != 1 ||
         packet->elements[0].message != Message{std::string(number->address), {number->number}}))
        std::abort();
    if (!packet)
        return 0;
    std::vector<Message> messages;
    for (const auto &element : packet->elements) {
        const auto again = decode(encode(element.message));
        if (!again || again->elements.at(0).message != element.message)
            std::abort();
        messages.push_back(element.message);
    }
    for (const auto &encoded : encode_packets(messages))
        if (!decode(encoded.bytes))
            std::abort();
    return 0;
}
