// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/client/client.hpp"
#include "osc/wire/transport.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <vector>

namespace headroom::test {

/// What a line does to what passes, each way.
struct LineQuality {
    double bytes_per_second = 50e3;
    std::chrono::milliseconds buffer{2000}; ///< how much of it may wait; more is lost, or stops TCP
    std::chrono::milliseconds delay{5};
    std::chrono::milliseconds jitter{0}; ///< more delay, up to this; datagrams may overtake
    double loss = 0.0;                   ///< part of the datagrams; TCP is held up instead
};

/// One direction of a line: packets leave one after the other, at the speed of the line.
class Line {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Bytes = std::vector<std::uint8_t>;

    explicit Line(bool keeps_order) : keeps_order_(keeps_order) {}

    bool is_full(const LineQuality &quality) const;
    void push(Bytes packet, const LineQuality &quality, TimePoint now);
    /// The next packet that arrives at the other end.
    std::optional<Bytes> pop(const LineQuality &quality, TimePoint now);
    /// When pop() may have one.
    std::optional<TimePoint> due(const LineQuality &quality) const;

  private:
    void depart(const LineQuality &quality, TimePoint now);
    TimePoint departure(const LineQuality &quality) const;

    bool keeps_order_;
    std::deque<std::pair<TimePoint, Bytes>> waiting_; ///< since when
    std::size_t waiting_bytes_ = 0;
    TimePoint free_at_{};
    std::multimap<TimePoint, Bytes> under_way_; ///< by arrival
    std::mt19937 random_{1};
};

/// Stands between one OSC client and a server on 127.0.0.1 as a slow line would, on a thread of
/// its own.
class ThrottlingProxy {
  public:
    ThrottlingProxy(std::uint16_t server_port, osc::Transport transport, LineQuality quality);
    ~ThrottlingProxy();

    std::uint16_t port() const { return port_; }
    void set_quality(const LineQuality &quality);

  private:
    void run_udp();
    void run_tcp();
    LineQuality quality();
    int wait_ms(const LineQuality &quality) const;

    std::uint16_t server_port_;
    std::uint16_t port_ = 0;
    std::mutex mutex_;
    LineQuality quality_;
    Line up_;
    Line down_;
    std::optional<osc::UdpSocket> outer_;
    std::optional<osc::TcpListener> listener_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

} // namespace headroom::test
