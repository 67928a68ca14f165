// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/address_space.hpp"
#include "osc/query/listeners.hpp"
#include "osc/query/query_tree.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/fake_control_surface.hpp"

#include <nlohmann/json.hpp>

using namespace headroom;
using namespace headroom::osc;

/// Parts that a client of OSCQuery sends: paths with an attribute, and texts over WebSocket. Every
/// answer is JSON.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static tests::FakeControlSurface surface;
    static const AddressSpace addresses(surface);
    static const QueryTree tree(addresses, surface);
    Listeners listeners(addresses, [](const Peer &, std::span<const std::uint8_t> bytes, Delivery) {
        fuzz::require(decode(bytes).has_value());
        return true;
    });
    Peer peer{*Endpoint::parse("127.0.0.1", 1000), 1};
    TimePoint now{std::chrono::hours(1)};
    fuzz::for_each_part({data, size}, [&](fuzz::Bytes part) {
        const std::string_view text = fuzz::text_of(part);
        peer.connection = 1 + peer.connection % 3;
        if (text.starts_with('/')) {
            const auto end = std::min(text.find('?'), text.size());
            const auto answer =
                tree.get(text.substr(0, end), end < text.size() ? text.substr(end + 1) : "",
                         {"headroom", "127.0.0.1", 9140});
            fuzz::require((answer.status == 200) ==
                          nlohmann::json::accept(answer.json.empty() ? "-" : answer.json));
        } else {
            (void)listeners.command(peer, text);
        }
        now += std::chrono::milliseconds(30);
        listeners.flush(now);
    });
    return 0;
}
