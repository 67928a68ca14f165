// SPDX-License-Identifier: MPL-2.0
//
// A program of somebody else: sets the ceiling of a running headroom and hears of it.
#include <cstdlib>
#include <iostream>
#include <osc/client/client.hpp>

int main(int argc, char **argv) {
    using namespace headroom::osc;
    using namespace std::chrono_literals;
    const std::string ceiling = "/headroom/bus/main/limiter/ceiling";

    const auto client =
        Client::open("127.0.0.1", static_cast<std::uint16_t>(std::atoi(argc > 1 ? argv[1] : "0")));
    if (!client) {
        std::cerr << client.error() << '\n';
        return 1;
    }
    bool heard = false;
    (*client)->subscribe(ceiling, {.rate_hz = 60}, [&](const Message &told) {
        heard = told == Message{ceiling, {-4.0f}};
    });
    (*client)->set(ceiling, -4.0f);
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!heard && std::chrono::steady_clock::now() < end)
        (*client)->receive(20ms);
    const auto value = (*client)->get(ceiling, 5s);
    std::cout << (heard ? "heard" : "not heard") << '\n';
    return heard && value && *value == Argument(-4.0f) ? 0 : 1;
}
