// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/wire/packet.hpp"

#include <cstdlib>

using namespace headroom::osc;

/// What was decoded can be encoded, and says the same when decoded again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto packet = decode({data, size});
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
