// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/throttling_proxy.hpp"

#include <algorithm>
#include <array>
#include <poll.h>
#include <utility>

namespace headroom::test {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kLongestWait_ms = 20;
constexpr std::size_t kSegmentBytes = 1400;
constexpr std::chrono::milliseconds kRetransmission{40}; ///< what a loss costs TCP

osc::Endpoint local(std::uint16_t port) {
    return osc::Endpoint::parse("127.0.0.1", port).value();
}

} // namespace

bool Line::is_full(const LineQuality &quality) const {
    const double most =
        quality.bytes_per_second * std::chrono::duration<double>(quality.buffer).count();
    return static_cast<double>(waiting_bytes_) >= most;
}

Line::TimePoint Line::departure(const LineQuality &quality) const {
    const auto &[since, packet] = waiting_.front();
    const std::chrono::duration<double> takes(static_cast<double>(packet.size()) /
                                              quality.bytes_per_second);
    return std::max(since, free_at_) + std::chrono::duration_cast<Clock::duration>(takes);
}

void Line::push(Bytes packet, const LineQuality &quality, TimePoint now) {
    const bool is_lost = std::bernoulli_distribution(quality.loss)(random_);
    if (!keeps_order_ && (is_lost || is_full(quality)))
        return;
    waiting_bytes_ += packet.size();
    waiting_.emplace_back(now + (is_lost ? kRetransmission : 0ms), std::move(packet));
}

void Line::depart(const LineQuality &quality, TimePoint now) {
    while (!waiting_.empty() && departure(quality) <= now) {
        free_at_ = departure(quality);
        Bytes packet = std::move(waiting_.front().second);
        waiting_.pop_front();
        waiting_bytes_ -= packet.size();
        const auto more = std::uniform_int_distribution<int>(
            0, static_cast<int>(quality.jitter.count()))(random_);
        auto arrival = free_at_ + quality.delay + std::chrono::milliseconds(more);
        if (keeps_order_ && !under_way_.empty())
            arrival = std::max(arrival, under_way_.rbegin()->first);
        under_way_.emplace(arrival, std::move(packet));
    }
}

std::optional<Line::Bytes> Line::pop(const LineQuality &quality, TimePoint now) {
    depart(quality, now);
    if (under_way_.empty() || under_way_.begin()->first > now)
        return std::nullopt;
    return std::move(under_way_.extract(under_way_.begin()).mapped());
}

std::optional<Line::TimePoint> Line::due(const LineQuality &quality) const {
    std::optional<TimePoint> next;
    if (!under_way_.empty())
        next = under_way_.begin()->first;
    if (!waiting_.empty())
        next = std::min(next.value_or(TimePoint::max()), departure(quality));
    return next;
}

ThrottlingProxy::ThrottlingProxy(std::uint16_t server_port, osc::Transport transport,
                                 LineQuality quality)
    : server_port_(server_port),
      quality_(quality),
      up_(transport == osc::Transport::tcp),
      down_(transport == osc::Transport::tcp) {
    if (transport == osc::Transport::udp) {
        outer_ = osc::UdpSocket::bind(local(0)).value();
        port_ = outer_->local().port();
        thread_ = std::thread([this] { run_udp(); });
    } else {
        listener_ = osc::TcpListener::bind(local(0)).value();
        port_ = listener_->local().port();
        thread_ = std::thread([this] { run_tcp(); });
    }
}

ThrottlingProxy::~ThrottlingProxy() {
    stop_ = true;
    thread_.join();
}

void ThrottlingProxy::set_quality(const LineQuality &quality) {
    const std::lock_guard lock(mutex_);
    quality_ = quality;
}

LineQuality ThrottlingProxy::quality() {
    const std::lock_guard lock(mutex_);
    return quality_;
}

int ThrottlingProxy::wait_ms(const LineQuality &quality) const {
    auto next = Clock::now() + std::chrono::milliseconds(kLongestWait_ms);
    for (const Line *line : {&up_, &down_})
        next = std::min(next, line->due(quality).value_or(next));
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

void ThrottlingProxy::run_udp() {
    auto inner = osc::UdpSocket::connect(local(server_port_)).value();
    std::optional<osc::Endpoint> client;
    std::array<std::uint8_t, 2048> buffer;
    while (!stop_) {
        const LineQuality now_so = quality();
        std::array<pollfd, 2> waiting{pollfd{outer_->fd(), POLLIN, 0},
                                      pollfd{inner.fd(), POLLIN, 0}};
        ::poll(waiting.data(), waiting.size(), wait_ms(now_so));
        while (const auto received = outer_->receive(buffer).value_or(std::nullopt)) {
            client = received->from;
            up_.push({buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(received->size)},
                     now_so, Clock::now());
        }
        while (const auto received = inner.receive(buffer).value_or(std::nullopt))
            down_.push(
                {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(received->size)},
                now_so, Clock::now());
        while (const auto packet = up_.pop(now_so, Clock::now()))
            inner.send(*packet);
        while (const auto packet = down_.pop(now_so, Clock::now()))
            outer_->send(*packet, *client);
    }
}

void ThrottlingProxy::run_tcp() {
    std::optional<osc::TcpStream> client;
    while (!stop_ && !client) {
        pollfd waiting{listener_->fd(), POLLIN, 0};
        if (::poll(&waiting, 1, kLongestWait_ms) > 0)
            if (auto accepted = listener_->accept())
                client = std::move(accepted->first);
    }
    if (!client)
        return;
    auto server = osc::TcpStream::connect(local(server_port_)).value();
    Line::Bytes to_client;
    Line::Bytes to_server;
    const auto take = [](osc::TcpStream &from, Line &line, const LineQuality &quality) {
        std::array<std::uint8_t, kSegmentBytes> buffer;
        while (!line.is_full(quality)) {
            const auto size = from.receive(buffer).value_or(std::nullopt).value_or(0);
            if (size == 0)
                return;
            line.push({buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size)}, quality,
                      Clock::now());
        }
    };
    const auto give = [](osc::TcpStream &to, Line &line, Line::Bytes &left,
                         const LineQuality &quality) {
        for (auto packet = std::optional<Line::Bytes>(Line::Bytes()); packet;
             packet = line.pop(quality, Clock::now())) {
            left.insert(left.end(), packet->begin(), packet->end());
            const auto sent = static_cast<std::ptrdiff_t>(to.send(left).value_or(left.size()));
            left.erase(left.begin(), left.begin() + sent);
        }
    };
    while (!stop_) {
        const LineQuality now_so = quality();
        std::array<pollfd, 2> waiting{pollfd{up_.is_full(now_so) ? -1 : client->fd(), POLLIN, 0},
                                      pollfd{down_.is_full(now_so) ? -1 : server.fd(), POLLIN, 0}};
        ::poll(waiting.data(), waiting.size(), wait_ms(now_so));
        take(*client, up_, now_so);
        take(server, down_, now_so);
        give(server, up_, to_server, now_so);
        give(*client, down_, to_client, now_so);
    }
}

} // namespace headroom::test
