// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/control_surface.hpp"
#include "jack_client/control/gain_history.hpp"

#include <map>
#include <string>
#include <vector>

namespace headroom::tests {

/// A surface without an engine behind it: keeps what is written and remembers how.
class FakeControlSurface : public control::ControlSurface {
  public:
    explicit FakeControlSurface(std::vector<std::string> buses = {"main", "voice"})
        : buses_(std::move(buses)) {
        for (const auto target : all_parameters())
            values_[target] = parameter(target.id).default_value;
        for (const auto target : all_meters())
            meters_[target] = meter(target.id).floor;
    }

    std::vector<std::vector<control::ParameterWrite>> batches; ///< as they were written
    std::vector<int> reset_buses;
    struct Coming {
        std::uint64_t frame;
        std::vector<control::ParameterWrite> writes;
        std::function<void()> landed;
    };
    std::vector<Coming> coming; ///< written for later and not landed, as they were written
    std::optional<engine::StreamTime> stream;
    std::vector<std::pair<std::string, control::StatusValue>> facts{
        {"server", std::string("fake")},
        {"sample_rate", 48000},
        {"callback_us_mean", 12.5},
        {"buses", std::vector<std::string>{"main", "headphones"}},
        {"strips", std::vector<std::string>{}}};
    control::GainHistory history{8}; ///< of more buses than any test has
    std::string write_failure;       ///< not empty: every write fails with it
    std::vector<control::ApplicationStatus> application_list{
        {"mpv", "main", "music", {{"mpv:out_1", "headroom:main_in_1"}}, "", "mpv", "mpv", "Song"},
        {"Web Browser", "bypass", "", {}, "plays to the sink by itself", "", "", ""}};

    void set_meter(control::MeterTarget target, float value) { meters_[target] = value; }

    void add_strip(const std::string &name) {
        strips_.push_back(name);
        const auto strip = static_cast<int>(strips_.size()) - 1;
        for (const auto target : strip_parameters_of(strip))
            values_[target] = parameter(target.id).default_value;
        for (const auto target : strip_meters_of(strip))
            meters_[target] = meter(target.id).floor;
        tell_of_strips();
    }

    std::span<const std::string> bus_names() const override { return buses_; }
    std::span<const std::string> strip_names() const override { return strips_; }
    float value(control::ParameterTarget target) const override { return values_.at(target); }
    float value(control::MeterTarget target) const override { return meters_.at(target); }

    Result<void> write(std::span<const control::ParameterWrite> writes) override {
        if (!write_failure.empty())
            return failure(write_failure);
        batches.emplace_back(writes.begin(), writes.end());
        for (const auto &write : writes)
            values_.at(write.target) = clamped(parameter(write.target.id), write.value);
        for (const auto &write : writes)
            for (const auto &observer : observers_)
                observer(write.target, values_.at(write.target));
        return {};
    }

    const control::GainHistory *gain_history() const override { return &history; }
    std::optional<engine::StreamTime> stream_time() const override { return stream; }
    Result<void> write_at(std::uint64_t frame, std::span<const control::ParameterWrite> writes,
                          std::function<void()> landed) override {
        coming.push_back({frame, {writes.begin(), writes.end()}, std::move(landed)});
        return {};
    }
    /// Lands what the callbacks so far are past.
    void settle() override {
        while (stream && !coming.empty() && coming.front().frame < stream->open_frame) {
            const Coming here = std::move(coming.front());
            coming.erase(coming.begin());
            (void)write(here.writes);
            here.landed();
        }
    }

    void reset_meters(int bus) override { reset_buses.push_back(bus); }

    std::vector<std::pair<std::string, control::StatusValue>> status() const override {
        return facts;
    }
    std::vector<control::ApplicationStatus> applications() const override {
        return application_list;
    }
    control::ProfileControl *profile_control() override { return profiles; }
    control::ProfileControl *profiles = nullptr; ///< none, unless a test brings one

    control::RouteControl *route_control() override { return routes; }
    control::RouteControl *routes = nullptr; ///< as profiles

    control::Controllers *controllers() override { return midi; }
    control::Controllers *midi = nullptr; ///< as profiles

    void observe(Observer observer) override { observers_.push_back(std::move(observer)); }

  private:
    std::vector<std::string> buses_;
    std::vector<std::string> strips_;
    std::map<control::ParameterTarget, float> values_;
    std::map<control::MeterTarget, float> meters_;
    std::vector<Observer> observers_;
};

} // namespace headroom::tests
