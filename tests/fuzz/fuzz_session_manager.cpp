// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/nsm/session_client.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace headroom;
using namespace headroom::osc;

/// Packets of a session manager, and of somebody who would like to be one: only the manager opens
/// and saves, and saves only what is open.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static auto manager = UdpSocket::bind(*Endpoint::parse("127.0.0.1", 0));
    static auto ours =
        std::make_shared<UdpSocket>(*UdpSocket::bind(*Endpoint::parse("127.0.0.1", 0)));
    static const std::string url =
        "osc.udp://127.0.0.1:" + std::to_string(manager->local().port()) + "/";
    auto client = nsm::SessionClient::announce(url, {"headroom", ":dirty:switch:", "x"}, ours,
                                               [](const Endpoint &) { return true; });
    fuzz::require(client.has_value());
    const Endpoint stranger = *Endpoint::parse("127.0.0.1", 9);
    bool is_open = false, is_stranger = false;
    (*client)->set_requests({.open =
                                 [&](const nsm::Project &project) {
                                     fuzz::require(!is_stranger && !project.client_id.empty());
                                     is_open = true;
                                     if (project.path.size() % 2 == 0)
                                         (*client)->opened("opened");
                                     else
                                         (*client)->refuse_open({});
                                 },
                             .save = [&]() -> tl::expected<void, nsm::Refusal> {
                                 fuzz::require(!is_stranger && is_open);
                                 return {};
                             }});
    fuzz::for_each_part({data, size}, [&](fuzz::Bytes packet) {
        is_stranger = true;
        fuzz::require(!(*client)->take(stranger, packet));
        is_stranger = false;
        (*client)->take(manager->local(), packet);
    });
    std::uint8_t buffer[65536];
    while (const auto received = manager->receive(buffer))
        if (!*received)
            break;
    return 0;
}
