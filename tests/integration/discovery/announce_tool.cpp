// SPDX-License-Identifier: GPL-3.0-or-later
//
// announce_tool NAME PORT [osc]: announces itself until its stdin ends; "osc" without OSCQuery.
#include "jack_client/control/event_loop.hpp"
#include "osc/query/announcer.hpp"

#include <array>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 3)
        return 2;
    headroom::control::EventLoop loop;
    const auto announcer = headroom::osc::Announcer::start(
        loop, {.name = argv[1],
               .port = static_cast<std::uint16_t>(std::atoi(argv[2])),
               .is_query = argc < 4 || std::string_view(argv[3]) != "osc",
               .is_loopback = true});
    std::cout << (announcer ? "announcing" : "nobody to tell") << std::endl;
    const auto end = loop.on_readable(0, [&loop] {
        std::array<char, 64> ignored;
        if (::read(0, ignored.data(), ignored.size()) <= 0)
            loop.stop();
    });
    loop.run();
}
