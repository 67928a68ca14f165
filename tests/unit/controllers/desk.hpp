// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/midi_keeper.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

#include <array>
#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace headroom::test {

using Message = midi::Message;

inline Message bytes(std::initializer_list<int> values) {
    Message out;
    for (const int value : values)
        out.push_back(static_cast<std::uint8_t>(value));
    return out;
}

/// A device that is plugged in: what it sends is made by its own functions, and every message that
/// it gets must be one that its documentation knows.
class Device {
  public:
    virtual ~Device() = default;
    virtual void hear(const Message &message) = 0;

  protected:
    static void refuse(const Message &message) {
        std::string text;
        for (const std::uint8_t byte : message)
            text += " " + std::to_string(byte);
        FAIL("the device does not know" << text);
    }
};

/// The program without JACK, with a shipped map and its device. Strips hear `level`.
class Desk {
  public:
    Desk(const std::string &map, Device &device)
        : profile_(*read_profile("midi: { controllers: [" + map + "] }\n", "test.yaml")),
          device_(device) {
        profiles_.attach(
            state_, {[this](const Profile &) { keeper_->apply(); }, [](const std::string &) {}});
        keeper_ = std::make_unique<control::MidiKeeper>(control::MidiKeeper::World{
            engine_, bridge_, state_, profiles_, [this] { return now_; }});
        settle();
    }

    /// The device sends; then a second passes.
    void play(const std::vector<Message> &messages) {
        cycle(messages);
        settle();
    }
    void play(const Message &message) { play(std::vector<Message>{message}); }
    /// The same, but nothing has come to rest yet.
    void cycle(const std::vector<Message> &messages) {
        std::vector<midi::Event> events;
        for (const Message &message : messages) {
            midi::Event event{.size = static_cast<std::uint8_t>(message.size())};
            std::copy(message.begin(), message.end(), event.data.begin());
            events.push_back(event);
            bridge_.hear({engine_.frames_processed(), event.size, event.data});
        }
        std::array<float, kFrames> silence{};
        std::array<float, kFrames> loud{};
        loud.fill(level);
        const float *in[] = {silence.data(), silence.data()};
        const float *strip[] = {loud.data(), loud.data()};
        std::array<float, kFrames> left;
        std::array<float, kFrames> right;
        float *out[] = {left.data(), right.data()};
        std::vector<const float *const *> strips(engine::Engine::kMaximumStrips);
        for (std::size_t i = 0; i < open_; ++i)
            strips[i] = strip;
        engine_.process(in, out, kFrames, {}, strips, {}, events);
        state_.exchange();
        keeper_->poll();
        engine::MidiBridge::Said said;
        while (bridge_.next_to_send(said))
            device_.hear({said.bytes().begin(), said.bytes().end()});
    }
    void settle() {
        for (int i = 0; i < 100; ++i) {
            now_ += std::chrono::milliseconds(10);
            cycle({});
        }
    }

    float value(const std::string &path) const {
        const auto target = state_.find_parameter(path);
        REQUIRE(target);
        return state_.value(*target);
    }
    void set(const std::string &path, float value) {
        const control::ParameterWrite write{*state_.find_parameter(path), value};
        REQUIRE(state_.write({&write, 1}).has_value());
        settle();
    }
    void open(const std::vector<std::string> &applications) {
        for (const std::string &application : applications) {
            const auto slot = engine_.add_strip({application, 0, *find_layout("stereo")});
            REQUIRE(slot == static_cast<int>(open_++));
        }
        settle();
    }
    std::string profile() const { return profiles_.profile().name; }

    float level = 0.0f;

  private:
    static constexpr std::size_t kFrames = 480;

    TemporaryFolder folder_;
    control::EventLoop loop_;
    Profile profile_;
    engine::Engine engine_{control::engine_setup(profile_), profile_.globals, 48000.0};
    control::DesiredState state_{engine_, profile_, {}};
    control::ProfileKeeper profiles_{loop_, profile_, folder_.path() / "overlay"};
    engine::MidiBridge bridge_;
    std::chrono::steady_clock::time_point now_{std::chrono::seconds(1000)};
    std::unique_ptr<control::MidiKeeper> keeper_;
    Device &device_;
    std::size_t open_ = 0;
};

inline const std::vector<std::string> nine{"mpv",    "firefox", "vlc",  "gimp", "supertux",
                                           "mumble", "zoom",    "quod", "ninth"};

} // namespace headroom::test
