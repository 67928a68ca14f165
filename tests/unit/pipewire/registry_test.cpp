// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/pipewire/registry.hpp"
#include "tests/support/catch.hpp"

using headroom::pipewire::Kind;
using headroom::pipewire::Properties;
using headroom::pipewire::Registry;

namespace {

Properties stream(const char *name, const char *serial) {
    return {{"media.class", "Stream/Output/Audio"}, {"node.name", name}, {"object.serial", serial}};
}

void add_stream(Registry &registry, std::uint32_t id, const Properties &properties) {
    registry.add(id, Kind::node, properties);
    registry.update(id, {});
}

} // namespace

TEST_CASE("a node is found once all of it and of its client is known") {
    Registry registry;
    registry.add(40, Kind::client, {});
    Properties node = stream("mpv", "52");
    node["client.id"] = "40";
    registry.add(41, Kind::node, node);
    CHECK_FALSE(registry.find_node(52));
    CHECK(registry.update(41, {{"media.name", "a film"}}));
    CHECK_FALSE(registry.find_node(52));
    CHECK(registry.update(40, {{"application.process.binary", "mpv"}}));
    CHECK(registry.find_node(52)->id == 41);
    CHECK(registry.find_node(52)->title == "a film");
    CHECK_FALSE(registry.update(41, {{"media.name", "a film"}}));
}

TEST_CASE("a native stream has its program from its client") {
    Registry registry;
    registry.add(40, Kind::client, {});
    registry.update(40, {{"application.process.binary", "mpv"}});
    Properties node = stream("mpv", "52");
    node["client.id"] = "40";
    add_stream(registry, 41, node);
    CHECK(registry.find_node(52)->binary == "mpv");
    registry.update(41, {{"application.process.binary", "own"}});
    CHECK(registry.find_node(52)->binary == "own");
}

TEST_CASE("of two nodes of one name the serial tells which is meant") {
    Registry registry;
    add_stream(registry, 1, stream("mpv", "60"));
    add_stream(registry, 2, stream("mpv", "70"));
    CHECK(registry.find_node(60)->id == 1);
    CHECK(registry.find_node(70)->id == 2);
    CHECK_FALSE(registry.find_node(6));
    registry.remove(1);
    CHECK_FALSE(registry.find_node(60));
    CHECK(registry.find_node(70)->id == 2);
}

TEST_CASE("a client that is no number or is not shown has nothing to tell") {
    for (const char *client : {"", "x", "40x", "-1", "99999999999", "41", "7"}) {
        CAPTURE(client);
        Registry registry;
        Properties node = stream("mpv", "52");
        node["client.id"] = client;
        add_stream(registry, 41, node);
        CHECK(registry.find_node(52)->binary.empty());
    }
}

TEST_CASE("a target of the metadata stands before the stream's own, and -1 is none") {
    Registry registry;
    Properties node = stream("game", "9");
    node["target.object"] = "hdmi";
    add_stream(registry, 1, node);
    CHECK(registry.find_node(9)->target == "hdmi");
    registry.set_metadata(1, "target.object", "77");
    CHECK(registry.find_node(9)->target == "77");
    registry.set_metadata(1, "target.object", "-1");
    CHECK(registry.find_node(9)->target.empty());
    registry.set_metadata(1, "target.object", std::nullopt);
    CHECK(registry.find_node(9)->target == "hdmi");
}

TEST_CASE("the sink that a stream or its user has chosen is told, and what we chose is not") {
    Registry registry;
    add_stream(
        registry, 40,
        {{"node.name", "phones"}, {"node.description", "USB Headset"}, {"object.serial", "140"}});
    add_stream(registry, 41, {{"node.name", "hdmi"}, {"object.serial", "141"}});
    Properties node = stream("mpv", "160");
    node["target.object"] = "phones";
    add_stream(registry, 60, node);
    CHECK(registry.find_node(160)->target_serial == 140);
    CHECK(registry.find_node(160)->target_names ==
          std::vector<std::string>{"USB Headset", "phones"});
    registry.set_metadata(60, "target.object", "141");
    CHECK(registry.find_node(160)->target_serial == 141);
    registry.set_metadata(60, "target.node", "-1"); // as we do
    CHECK(registry.find_node(160)->target_serial == 140);
    add_stream(registry, 61, stream("vlc", "161"));
    CHECK_FALSE(registry.find_node(161)->target_serial);
    registry.set_metadata(61, "target.object", "140");
    CHECK(registry.find_node(161)->target_serial == 140);
    registry.set_metadata(61, "target.object", "-1");
    CHECK_FALSE(registry.find_node(161)->target_serial);
    registry.set_metadata(61, "target.node", "40"); // by its id
    CHECK(registry.find_node(161)->target_serial == 140);
    Properties old = stream("old", "162");
    old["node.target"] = "40";
    add_stream(registry, 62, old);
    CHECK(registry.find_node(162)->target_serial == 140);
}

TEST_CASE("what ends leaves nothing behind for the next object of its id") {
    Registry registry;
    add_stream(registry, 1, stream("old", "1"));
    registry.set_metadata(1, "target.object", "77");
    CHECK(registry.remove(1));
    CHECK_FALSE(registry.remove(1));
    CHECK_FALSE(registry.update(1, {{"media.name", "late"}}));
    CHECK(registry.objects().empty());
    registry.add(1, Kind::node, stream("new", "2"));
    CHECK_FALSE(registry.find_node(2));
    registry.update(1, {});
    CHECK(registry.find_node(2)->target.empty());
    CHECK(registry.find_node(2)->title.empty());
}

TEST_CASE("a session manager takes its metadata with it") {
    Registry registry;
    CHECK_FALSE(registry.has_metadata());
    registry.add(30, Kind::metadata, {});
    CHECK(registry.has_metadata());
    registry.set_metadata(0, "default.audio.sink", "{\"name\":\"card\"}");
    CHECK(registry.metadata(0, "default.audio.sink") == "{\"name\":\"card\"}");
    registry.set_metadata(0, std::nullopt, std::nullopt);
    CHECK(registry.metadata(0, "default.audio.sink").empty());
    registry.set_metadata(0, "default.audio.sink", "{}");
    registry.remove(30);
    CHECK(registry.metadata(0, "default.audio.sink").empty());
    CHECK_FALSE(registry.has_metadata());
    registry.add(30, Kind::metadata, {});
    registry.clear();
    CHECK(registry.objects().empty());
}
