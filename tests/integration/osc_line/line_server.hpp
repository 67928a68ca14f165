// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/server.hpp"
#include "tests/support/fake_control_surface.hpp"

#include <atomic>
#include <chrono>
#include <poll.h>
#include <thread>

namespace headroom::test {

/// A server on a thread of its own, whose meters all show the time in milliseconds.
class LineServer {
  public:
    explicit LineServer(bool flow_control = true)
        : server_(osc::Server::open({.port = 0, .flow_control = flow_control}, surface_).value()),
          thread_([this] { run(); }) {}
    ~LineServer() {
        stop_ = true;
        thread_.join();
    }

    std::uint16_t port() const { return server_->port(); }
    std::size_t meters() const { return meters_.size(); }
    double now_ms() const {
        return std::chrono::duration<double, std::milli>(Clock::now() - start_).count();
    }

  private:
    using Clock = std::chrono::steady_clock;

    void run() {
        while (!stop_) {
            pollfd waiting{server_->fd(), POLLIN, 0};
            ::poll(&waiting, 1, 10);
            for (const auto meter : meters_)
                surface_.set_meter(meter, static_cast<float>(now_ms()));
            server_->on_readable();
        }
    }

    tests::FakeControlSurface surface_;
    std::vector<control::MeterTarget> meters_ = surface_.all_meters();
    Clock::time_point start_ = Clock::now();
    std::unique_ptr<osc::Server> server_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

} // namespace headroom::test
