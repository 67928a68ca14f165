// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/osc_storm.hpp"

#include "osc/wire/packet.hpp"
#include "osc/wire/transport.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace headroom::test {

namespace {

using Clock = std::chrono::steady_clock;
using Packet = std::vector<std::uint8_t>;

constexpr std::size_t kBatch = 128;

/// A message that ends with its only float.
void put_value(Packet &packet, float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (std::size_t i = 0; i < 4; ++i)
        packet[packet.size() - 4 + i] = static_cast<std::uint8_t>(bits >> (24 - 8 * i));
}

void send_all(int socket, std::vector<mmsghdr> &messages) {
    for (std::size_t done = 0; done < messages.size();) {
        const int sent = ::sendmmsg(socket, messages.data() + done,
                                    static_cast<unsigned>(messages.size() - done), 0);
        if (sent < 0 && errno != EINTR && errno != EAGAIN && errno != ENOBUFS)
            throw std::runtime_error("the storm cannot send");
        done += static_cast<std::size_t>(std::max(sent, 0));
    }
}

} // namespace

StormResult osc_storm(std::uint16_t port, const std::vector<std::string> &addresses, float least,
                      float most, double sets_per_second, double seconds) {
    auto socket = osc::UdpSocket::connect(*osc::Endpoint::parse("127.0.0.1", port));
    if (!socket)
        throw std::runtime_error(socket.error().text);
    StormResult result;
    result.last.resize(addresses.size());
    std::vector<Packet> templates;
    templates.reserve(addresses.size());
    for (const std::string &address : addresses)
        templates.push_back(osc::encode({address, {0.0f}}));
    std::vector<Packet> packets(kBatch);
    std::vector<iovec> buffers(kBatch);
    const auto started = Clock::now();
    const auto since_start = [&] {
        return std::chrono::duration<double>(Clock::now() - started).count();
    };
    while ((result.seconds = since_start()) < seconds) {
        const auto due = static_cast<std::uint64_t>(sets_per_second * result.seconds);
        if (due <= result.sent) {
            std::this_thread::sleep_for(std::chrono::microseconds(200));
            continue;
        }
        std::vector<mmsghdr> messages(std::min<std::uint64_t>(due - result.sent, kBatch));
        for (std::size_t i = 0; i < messages.size(); ++i) {
            const std::size_t which = (result.sent + i) % addresses.size();
            const auto step = static_cast<float>((result.sent + i) % 997) / 996.0f;
            result.last[which] = least + (most - least) * step;
            packets[i] = templates[which];
            put_value(packets[i], result.last[which]);
            buffers[i] = {packets[i].data(), packets[i].size()};
            messages[i].msg_hdr.msg_iov = &buffers[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        send_all(socket->fd(), messages);
        result.sent += messages.size();
    }
    return result;
}

double thread_cpu_seconds(int process, int thread) {
    std::ifstream in("/proc/" + std::to_string(process) + "/task/" + std::to_string(thread) +
                     "/stat");
    std::string line;
    if (!std::getline(in, line))
        return std::numeric_limits<double>::quiet_NaN();
    std::istringstream fields(line.substr(line.rfind(')') + 1));
    std::string skipped;
    for (int i = 0; i < 11; ++i)
        fields >> skipped;
    double user = 0.0;
    double system = 0.0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::uint64_t dropped_datagrams(std::uint16_t port) {
    std::ifstream in("/proc/net/udp");
    std::string line;
    while (std::getline(in, line)) {
        std::istringstream fields(line);
        std::string slot;
        std::string local;
        fields >> slot >> local;
        const auto colon = local.find(':');
        if (colon == local.npos || local.substr(0, colon) != "0100007F" ||
            std::stoul(local.substr(colon + 1), nullptr, 16) != port)
            continue;
        std::string last;
        for (std::string field; fields >> field;)
            last = field;
        return std::stoull(last);
    }
    return 0;
}

} // namespace headroom::test
