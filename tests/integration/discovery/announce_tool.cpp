// SPDX-License-Identifier: GPL-3.0-or-later
//
// announce_tool NAME PORT [osc]: announces itself until its stdin ends; "osc" without OSCQuery.
#include "osc/query/announcer.hpp"

#include <array>
#include <cstdlib>
#include <iostream>
#include <poll.h>
#include <string_view>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 3)
        return 2;
    const auto announcer =
        headroom::osc::Announcer::start({.name = argv[1],
                                         .port = static_cast<std::uint16_t>(std::atoi(argv[2])),
                                         .is_query = argc < 4 || std::string_view(argv[3]) != "osc",
                                         .is_loopback = true});
    std::cout << (announcer ? "announcing" : "nobody to tell") << std::endl;
    std::array<pollfd, 2> waiting{pollfd{0, POLLIN, 0},
                                  pollfd{announcer ? announcer->fd() : -1, POLLIN, 0}};
    for (;;) {
        ::poll(waiting.data(), waiting.size(), -1);
        if (waiting[1].revents != 0)
            announcer->on_readable();
        std::array<char, 64> ignored;
        if (waiting[0].revents != 0 && ::read(0, ignored.data(), ignored.size()) <= 0)
            return 0;
    }
}
