// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/pipewire/volume_keys.hpp"
#include "tests/support/catch.hpp"

#include <deque>

using namespace headroom::pipewire;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kSink = 10;
constexpr std::uint32_t kDevice = 20;
constexpr std::uint32_t kProgram = 30;

Volume volume(float gain, bool is_muted = false) {
    return {{gain, gain}, is_muted};
}

/// PipeWire as VolumeKeys sees it: carries out what is set, and tells of it later.
class World {
  public:
    World() {
        sink("headroom-sink", kSink);
        sink("speakers", kDevice);
        sink("headphones", kDevice + 1);
        registry.add(1, Kind::client, {{"application.process.id", "77"}});
        registry.add(kProgram, Kind::node, {{"client.id", "1"}});
        port(kSink + 100, "monitor_FL");
        port(kProgram + 100, "main_in_1");
        port(kProgram + 200, "main_out_1");
        port(kDevice + 100, "playback_FL");
        link(500, kSink, kSink + 100, kProgram, kProgram + 100);
        play_to(kDevice);
    }
    void play_to(std::uint32_t device) {
        registry.remove(501);
        link(501, kProgram, kProgram + 200, device, kDevice + 100);
    }
    SinkWays ways() const { return sink_ways(registry, "77"); }
    void follow() { keys.follow(registry, ways(), now); }
    /// The user turns it.
    void turn(std::uint32_t node, const Volume &to) {
        registry.set_volume(node, to);
        follow();
    }
    /// PipeWire tells of what was set, at most so many.
    void tell(int most = 1000) {
        for (; !told.empty() && most > 0; --most) {
            registry.set_volume(told.front().first, told.front().second);
            told.pop_front();
            follow();
        }
    }
    std::optional<Volume> at(std::uint32_t node) const { return registry.volume_of(node); }

    Registry registry;
    std::deque<std::pair<std::uint32_t, Volume>> told;
    int writes = 0;
    VolumeKeys::TimePoint now{};
    VolumeKeys keys{[this](std::uint32_t node, const Volume &to) {
        ++writes;
        told.emplace_back(node, to);
    }};

  private:
    void sink(const char *name, std::uint32_t id) {
        registry.add(id, Kind::node, {{"media.class", "Audio/Sink"}, {"node.name", name}});
        registry.set_volume(id, volume(1.0f));
    }
    void port(std::uint32_t id, const char *name) {
        registry.add(id, Kind::port, {{"port.name", name}});
    }
    void link(std::uint32_t id, std::uint32_t from, std::uint32_t from_port, std::uint32_t to,
              std::uint32_t to_port) {
        registry.add(id, Kind::link,
                     {{"link.output.node", std::to_string(from)},
                      {"link.output.port", std::to_string(from_port)},
                      {"link.input.node", std::to_string(to)},
                      {"link.input.port", std::to_string(to_port)}});
    }
};

} // namespace

TEST_CASE("a sink of ours leads through its bus to the sink that the bus plays to") {
    World world;
    CHECK(world.ways() == SinkWays{{kSink, kDevice}});
    CHECK(sink_ways(world.registry, "78").empty());
    world.registry.update(kSink, {{"monitor.channel-volumes", "true"}});
    CHECK(world.ways().empty());
    world.registry.update(kSink, {{"monitor.channel-volumes", "false"}});
    world.registry.remove(kDevice);
    CHECK(world.ways().empty());
}

TEST_CASE("at first our sink shows the volume of the real one, whatever is restored there") {
    World world;
    world.registry.set_volume(kDevice, volume(0.1f));
    world.follow();
    world.tell();
    CHECK(world.at(kSink) == volume(0.1f));
    world.turn(kSink, volume(1.0f)); // a session manager restores it
    world.tell();
    CHECK(world.at(kSink) == volume(0.1f));
    CHECK(world.at(kDevice) == volume(0.1f));
}

TEST_CASE("volume and mute go both ways, each with one write") {
    World world;
    world.follow();
    world.now += 2s;
    for (const auto &[turned, other] : {std::pair(kSink, kDevice), std::pair(kDevice, kSink)})
        for (const Volume &to : {volume(0.5f), volume(0.5f, true), volume(0.2f), volume(1.5f)}) {
            const int before = world.writes;
            world.turn(turned, to);
            world.tell();
            CHECK(world.at(other) == to);
            CHECK(world.at(turned) == to);
            CHECK(world.writes == before + 1);
        }
}

TEST_CASE("what is told late of a slider that is dragged moves nothing") {
    World world;
    world.follow();
    world.now += 2s;
    for (int i = 1; i <= 20; ++i) {
        world.turn(kSink, volume(0.04f * static_cast<float>(i)));
        world.tell(i % 3 == 0 ? 2 : 0);
    }
    world.tell();
    CHECK(world.at(kSink) == volume(0.04f * 20.0f));
    CHECK(world.at(kDevice) == volume(0.04f * 20.0f));
    CHECK(world.writes == 20);
    world.turn(kDevice, volume(0.4f)); // as before, but by the user
    world.tell();
    CHECK(world.at(kSink) == volume(0.4f));
}

TEST_CASE("a sink that takes another volume than it was given is believed") {
    World world;
    world.follow();
    world.now += 2s;
    world.turn(kSink, volume(1.5f));
    world.told = {{kDevice, volume(1.2f)}}; // its most
    world.tell();
    CHECK(world.at(kSink) == volume(1.2f));
    world.turn(kDevice, volume(0.5f));
    world.turn(kDevice, volume(1.5f));
    world.tell();
    CHECK(world.at(kSink) == volume(1.5f));
}

TEST_CASE("events that PipeWire leaves out are not missed") {
    World world;
    world.follow();
    world.now += 2s;
    world.turn(kSink, volume(0.5f));
    world.turn(kSink, volume(0.6f));
    world.told.pop_front(); // only the last is told
    world.tell();
    world.turn(kDevice, volume(0.5f));
    world.tell();
    CHECK(world.at(kSink) == volume(0.5f));
    CHECK(world.at(kDevice) == volume(0.5f));
}

TEST_CASE("a write that is never told of is forgotten") {
    World world;
    world.follow();
    world.now += 2s;
    world.turn(kSink, volume(0.5f));
    world.turn(kSink, volume(1.0f));
    world.told.clear();
    world.now += 3s;
    world.turn(kDevice, volume(0.5f));
    world.tell();
    CHECK(world.at(kSink) == volume(0.5f));
}

TEST_CASE("another real sink keeps its own volume, which ours then shows") {
    World world;
    world.follow();
    world.now += 2s;
    world.turn(kSink, volume(0.5f));
    world.tell();
    world.registry.set_volume(kDevice + 1, volume(0.05f));
    world.play_to(kDevice + 1);
    world.follow();
    world.tell();
    CHECK(world.at(kSink) == volume(0.05f));
    CHECK(world.at(kDevice) == volume(0.5f));
    CHECK(world.at(kDevice + 1) == volume(0.05f));
}

TEST_CASE("sinks of other channels keep their balance") {
    World world;
    world.registry.set_volume(kDevice, {{0.5f, 0.25f, 0.5f, 0.5f, 0.5f, 0.5f}, false});
    world.follow();
    world.tell();
    CHECK(world.at(kSink) == volume(0.5f));
    world.now += 2s;
    world.turn(kSink, volume(0.25f));
    world.tell();
    CHECK(world.at(kDevice) == Volume{{0.25f, 0.125f, 0.25f, 0.25f, 0.25f, 0.25f}, false});
    world.turn(kDevice, {{0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f}, true});
    world.tell();
    CHECK(world.at(kSink) == volume(0.0f, true));
    world.turn(kSink, volume(0.3f));
    world.tell();
    CHECK(world.at(kDevice)->channels == std::vector<float>(6, 0.3f));
}

TEST_CASE("a sound card's volume is that of its route") {
    World world;
    world.registry.add(60, Kind::device, {});
    world.registry.update(kDevice, {{"device.id", "60"}, {"card.profile.device", "4"}});
    CHECK(world.registry.volume_of(kDevice) == volume(1.0f));
    CHECK_FALSE(world.registry.card_of(kDevice));
    CHECK(world.registry.set_route(60, 4, {2, volume(0.3f)}));
    CHECK_FALSE(world.registry.set_route(60, 4, {2, volume(0.3f)}));
    world.registry.set_route(60, 5, {3, volume(0.7f)});
    CHECK(world.registry.volume_of(kDevice) == volume(0.3f));
    CHECK(world.registry.card_of(kDevice)->route.index == 2);
}
