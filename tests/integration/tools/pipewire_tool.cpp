// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/event_loop.hpp"
#include "jack_client/pipewire/connection.hpp"

#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <sys/resource.h>

/// A connection to PipeWire and a loop, and nothing else.
///
///   pipewire_tool idle SECONDS    prints how often its threads were woken in that time, and how
///                                 often something changed
///   pipewire_tool watch           asks for nodes that are yet to come, and prints one line for
///                                 each change, until TERM
namespace {

using namespace headroom;
using namespace std::chrono_literals;

/// Of all threads.
long wakes() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return used.ru_nvcsw;
}

void print_state(pipewire::Connection &connection) {
    nlohmann::json nodes = nlohmann::json::object();
    for (const auto &[id, object] : connection.registry().objects())
        if (object.kind == pipewire::Kind::node)
            nodes[std::string(object.property("node.name"))] =
                std::stoull(std::string(object.property("object.serial")));
    std::cout << nlohmann::json{{"generation", connection.generation()},
                                {"has_metadata", connection.registry().has_metadata()},
                                {"found_late", connection.take_found_late()},
                                {"nodes", nodes}}
              << std::endl;
}

/// PipeWire counts serials up.
void ask_for_what_comes(pipewire::Connection &connection) {
    constexpr std::uint64_t kMost = 200;
    for (std::uint64_t serial = 0; serial < kMost; ++serial)
        (void)connection.find_node(serial, 0ms);
}

int run(const std::string &verb, std::chrono::milliseconds time) {
    control::EventLoop loop;
    auto connection = pipewire::Connection::open();
    if (!connection)
        throw std::runtime_error(connection.error().text());
    long changes = 0;
    (*connection)->read_in(loop, [&] {
        ++changes;
        if (verb == "watch")
            print_state(**connection);
    });
    const auto end = loop.on_signal({SIGTERM}, [&](int) { loop.stop(); });
    if (verb == "watch") {
        ask_for_what_comes(**connection);
        print_state(**connection);
        loop.run();
        return 0;
    }
    // The session manager may still be about what it does for a new client.
    long before = 0;
    auto timer = loop.on_timer(1s, [&] {
        before = wakes();
        changes = 0;
        return -1ms;
    });
    const auto over = loop.on_timer(1s + time, [&] {
        loop.stop();
        return -1ms;
    });
    loop.run();
    std::cout << nlohmann::json{{"wakes", wakes() - before}, {"changes", changes}} << std::endl;
    return 0;
}

} // namespace

int main(int argc, char **argv) {
    try {
        return run(argc > 1 ? argv[1] : "watch",
                   std::chrono::milliseconds(argc > 2 ? 1000 * std::stol(argv[2]) : 0));
    } catch (const std::exception &error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
}
