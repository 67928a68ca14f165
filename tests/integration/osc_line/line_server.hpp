// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/event_loop.hpp"
#include "osc/server.hpp"
#include "tests/support/fake_control_surface.hpp"

#include <atomic>
#include <chrono>
#include <thread>

namespace headroom::test {

/// A server on a thread of its own, whose meters all show the time in milliseconds.
class LineServer {
  public:
    explicit LineServer(bool flow_control = true)
        : server_(
              osc::Server::open(
                  loop_,
                  {.port = 0, .exchange = [this] { set_meters(); }, .flow_control = flow_control},
                  surface_)
                  .value()),
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

    void set_meters() {
        for (const auto meter : meters_)
            surface_.set_meter(meter, static_cast<float>(now_ms()));
    }

    void run() {
        using std::chrono::milliseconds;
        const auto end = loop_.on_timer(milliseconds(10), [this] {
            if (stop_)
                loop_.stop();
            return milliseconds(10);
        });
        loop_.run();
    }

    control::EventLoop loop_{{}};
    tests::FakeControlSurface surface_;
    std::vector<control::MeterTarget> meters_ = surface_.all_meters();
    Clock::time_point start_ = Clock::now();
    std::unique_ptr<osc::Server> server_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

} // namespace headroom::test
