// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/profile.hpp"
#include "jack_client/control/control_surface.hpp"
#include "jack_client/control/gain_history.hpp"
#include "jack_client/engine/engine.hpp"

#include <chrono>
#include <deque>

namespace headroom::control {

/// The state that people want the engine to be in, and what it last measured. Belongs to the
/// control thread; the engine must outlive it.
class DesiredState final : public ControlSurface {
  public:
    /// What the state cannot know by itself, asked for whenever someone reads it.
    struct Sources {
        std::function<std::vector<std::pair<std::string, StatusValue>>()> status;
        std::function<std::vector<ApplicationStatus>()> applications;
    };

    /// The engine runs with the profile's values already.
    DesiredState(engine::Engine &engine, const Profile &profile, Sources sources);

    std::span<const std::string> bus_names() const override { return bus_names_; }
    std::span<const std::string> strip_names() const override { return strip_names_; }
    bool is_open(int strip) const override { return engine_.is_open(strip); }
    /// Makes a strip known before its application comes; an address part that is known already, or
    /// an application's name. Returns its index; nothing where there is no more room.
    std::optional<int> know_strip(const std::string &name);
    /// What observers are told now is the doing of a rule, not of a user.
    bool is_following_rule() const { return is_following_rule_; }
    /// Takes back what people have written to parameters of strips: what rules say holds again, or
    /// the defaults.
    void take_back(const std::vector<ParameterTarget> &strips);
    float value(ParameterTarget target) const override;
    float value(MeterTarget target) const override;
    Result<void> write(std::span<const ParameterWrite> writes) override;
    std::optional<engine::StreamTime> stream_time() const override;
    Result<void> write_at(std::uint64_t frame, std::span<const ParameterWrite> writes,
                          std::function<void()> landed) override;
    void settle() override;
    void reset_meters(int bus) override;
    std::vector<std::pair<std::string, StatusValue>> status() const override;
    std::vector<ApplicationStatus> applications() const override;
    const GainHistory *gain_history() const override { return &gain_history_; }
    void observe(Observer observer) override;
    ProfileControl *profile_control() override { return profile_control_; }
    /// It must outlive everyone who asks for it.
    void set_profile_control(ProfileControl &control) { profile_control_ = &control; }
    RouteControl *route_control() override { return route_control_; }
    void set_route_control(RouteControl &control) { route_control_ = &control; }
    Controllers *controllers() override { return controllers_; }
    void set_controllers(Controllers &controllers) { controllers_ = &controllers; }

    /// Takes in what the engine measured and deletes what it gave back. To be called before meters
    /// are read, as soon as it asked for, and at least twice a second, or peaks are told late.
    /// Returns how soon to look again while structural changes are under way.
    std::optional<std::chrono::milliseconds> exchange();

    /// Writes every value in which the profile differs, and takes on its order of stages and its
    /// sidechains. The buses must be those of the running program, by name and channels; else
    /// nothing changes.
    Result<void> adopt(const Profile &profile);

    /// Calls back for every interval of meters that exchange() takes in.
    void observe_meters(std::function<void(const engine::MeterFrame &)> observer);

  private:
    /// A write whose frame the stream has not passed.
    struct Coming {
        std::uint64_t frame;
        std::vector<ParameterWrite> writes;
        std::function<void()> landed;
    };

    Result<void> check(std::span<const ParameterWrite> writes) const;
    void hold(const ParameterWrite &write);
    void meet_strips();
    void follow_strip_rules(std::size_t count);
    void follow_rules(std::span<const ParameterWrite> writes);
    void take_moved();
    void send(std::span<const ParameterWrite> writes, std::uint64_t frame);
    void tell(std::span<const ParameterWrite> writes) const;

    engine::Engine &engine_;
    Sources sources_;
    ProfileControl *profile_control_ = nullptr;
    RouteControl *route_control_ = nullptr;
    Controllers *controllers_ = nullptr;
    std::vector<std::string> bus_names_;
    ParameterValues globals_;
    std::vector<ParameterValues> buses_;
    std::vector<std::string> strip_names_; ///< as address parts
    std::vector<StripValues> strips_;
    std::uint64_t strip_revision_ = 0; ///< of the engine, as last seen
    bool is_following_rule_ = false;
    std::vector<std::deque<engine::StripMeterValues>> strip_recent_; ///< of each strip, newest last
    std::vector<Coming> coming_;                                     ///< by frame
    std::vector<std::deque<engine::MeterValues>> recent_;            ///< of each bus, newest last
    GainHistory gain_history_;
    std::vector<Observer> observers_;
    std::vector<std::function<void(const engine::MeterFrame &)>> meter_observers_;
};

/// How a bus of the profile is set up in the engine.
std::vector<engine::BusSetup> engine_setup(const Profile &profile);

} // namespace headroom::control
