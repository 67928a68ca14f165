// SPDX-License-Identifier: GPL-3.0-or-later
//
//   midi_tool NAME MESSAGE...   a controller with the ports "out" and "in"
//
// A message is hexadecimal, as "b0 07 7f". Each SIGUSR1 sends the next one. Prints "ready", then
// "heard b0 07 40" for every message that comes in, until SIGTERM.
#include "tests/support/midi_device.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <sstream>
#include <time.h>

namespace {

using headroom::test::MidiDevice;

MidiDevice::Message parsed(const char *text) {
    MidiDevice::Message out;
    std::istringstream words(text);
    for (unsigned byte = 0; words >> std::hex >> byte;)
        out.push_back(static_cast<std::uint8_t>(byte));
    return out;
}

int serve(int argc, char **argv) {
    constexpr timespec kLook{.tv_sec = 0, .tv_nsec = 5'000'000};
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    MidiDevice device("default", argv[1]);
    std::cout << "ready" << std::endl;
    std::size_t printed = 0;
    for (int next = 2;;) {
        const int signal = sigtimedwait(&signals, nullptr, &kLook);
        if (signal == SIGTERM)
            return 0;
        if (signal == SIGUSR1 && next < argc)
            device.send(parsed(argv[next++]));
        const auto received = device.received();
        for (; printed < received.size(); ++printed) {
            std::cout << "heard";
            for (const std::uint8_t byte : received[printed].bytes) {
                char text[4];
                std::snprintf(text, sizeof text, " %02x", byte);
                std::cout << text;
            }
            std::cout << std::endl;
        }
    }
}

} // namespace

int main(int argc, char **argv) {
    if (argc < 2)
        return 2;
    try {
        return serve(argc, argv);
    } catch (const std::exception &error) {
        std::cerr << "midi_tool: " << error.what() << "\n";
        return 1;
    }
}
