// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/midi_keeper.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace headroom::test {

/// The program without JACK: an engine that is called by the test, a clock that the test moves, and
/// what a controller sends and is sent.
class ControllerRig {
  public:
    using Message = midi::Message;
    using Milliseconds = std::chrono::milliseconds;

    /// The profile as YAML; the controller's ear gets every message.
    explicit ControllerRig(
        const std::string &yaml, std::function<void(const Message &)> ear = [](const Message &) {})
        : profile(*read_profile(yaml, "test.yaml")), ear_(std::move(ear)) {
        profiles.attach(state, {[this](const Profile &) {
                                    ++profiles_applied;
                                    keeper->apply();
                                },
                                [](const std::string &) {}});
        state.set_route_control(routes);
        keeper = std::make_unique<control::MidiKeeper>(
            control::MidiKeeper::World{engine, bridge, state, profiles, [this] { return now; }});
        settle();
    }

    /// The process callback with what comes in, and then the control thread.
    void receive(const std::vector<Message> &messages) {
        std::vector<midi::Event> events;
        for (const Message &message : messages) {
            midi::Event event{.size = static_cast<std::uint8_t>(message.size())};
            std::copy(message.begin(), message.end(), event.data.begin());
            events.push_back(event);
            bridge.hear({engine.frames_processed(), event.size, event.data});
        }
        std::array<float, kFrames> silence{};
        std::array<float, kFrames> loud{};
        loud.fill(level);
        const float *in[] = {silence.data(), silence.data()};
        const float *strip[] = {loud.data(), loud.data()};
        std::array<float, kFrames> left;
        std::array<float, kFrames> right;
        float *out[] = {left.data(), right.data()};
        engine.process(in, out, kFrames, {}, strips_at(strip), {}, events);
        state.exchange();
        keeper->poll();
    }

    /// What the controller has been sent since.
    std::vector<Message> sent() {
        std::vector<Message> out;
        engine::MidiBridge::Said said;
        while (bridge.next_to_send(said))
            ear_(out.emplace_back(said.bytes().begin(), said.bytes().end()));
        return out;
    }

    /// Lets time pass, and returns all that is sent in it.
    std::vector<Message> settle(Milliseconds time = Milliseconds(1000)) {
        std::vector<Message> all;
        for (Milliseconds passed{0}; passed < time; passed += Milliseconds(10)) {
            now += Milliseconds(10);
            receive({});
            for (Message &message : sent())
                all.push_back(std::move(message));
        }
        return all;
    }

    float value(const std::string &path) const {
        const auto target = state.find_parameter(path);
        REQUIRE(target);
        return state.value(*target);
    }
    void set(const std::string &path, float value) {
        const control::ParameterWrite write{*state.find_parameter(path), value};
        REQUIRE(state.write({&write, 1}).has_value());
    }
    /// Returns its slot.
    int open_strip(const std::string &name) {
        const auto slot = engine.add_strip({name, 0, *find_layout("stereo")});
        REQUIRE(slot);
        open_.at(static_cast<std::size_t>(*slot)) = true;
        return *slot;
    }
    void close_strip(int slot) {
        engine.remove_strip(slot);
        open_.at(static_cast<std::size_t>(slot)) = false;
    }

    struct Routes : control::RouteControl {
        explicit Routes(control::ProfileKeeper &profile_keeper) : keeper(profile_keeper) {}
        Result<std::string> set_route(const std::string &application,
                                      const std::string &route) override {
            if (route.empty())
                keeper.overlay().clear("route/" + application);
            else
                keeper.overlay().set("route/" + application, route);
            return route;
        }
        std::vector<control::RuleVerdict> explain(const std::string &) const override { return {}; }
        control::ProfileKeeper &keeper;
    };

    TemporaryFolder folder;
    control::EventLoop loop;
    Profile profile;
    engine::Engine engine{control::engine_setup(profile), profile.globals, 48000.0};
    control::DesiredState state{engine,
                                profile,
                                {[] { return decltype(state.status()){}; },
                                 [] { return std::vector<control::ApplicationStatus>{}; }}};
    control::ProfileKeeper profiles{loop, profile, {folder.path() / "overlay"}};
    engine::MidiBridge bridge;
    Routes routes{profiles};
    std::chrono::steady_clock::time_point now{std::chrono::seconds(1000)};
    std::unique_ptr<control::MidiKeeper> keeper;
    int profiles_applied = 0;
    float level = 0.0f; ///< of what the strips hear

  private:
    static constexpr std::size_t kFrames = 480;

    std::vector<const float *const *> strips_at(const float *const *audio) const {
        std::vector<const float *const *> out(engine::Engine::kMaximumStrips);
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = open_[i] ? audio : nullptr;
        return out;
    }

    std::function<void(const Message &)> ear_;
    std::array<bool, engine::Engine::kMaximumStrips> open_{};
};

} // namespace headroom::test
