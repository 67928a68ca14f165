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

} // namespace

TEST_CASE("a native stream has its program from its client") {
    Registry registry;
    registry.add(40, Kind::client, {{"application.process.binary", "mpv"}});
    Properties node = stream("mpv", "52");
    node["client.id"] = "40";
    registry.add(41, Kind::node, node);
    CHECK(registry.find_stream("mpv")->binary == "mpv");
    registry.update(41, {{"application.process.binary", "own"}, {"media.name", "a film"}});
    CHECK(registry.find_stream("mpv")->binary == "own");
    CHECK(registry.find_stream("mpv")->title == "a film");
}

TEST_CASE("names that libjack numbered lead to the stream of that serial") {
    Registry registry;
    registry.add(1, Kind::node, stream("mpv", "52"));
    registry.add(2, Kind::node, stream("mpv", "60"));
    registry.add(3, Kind::node, stream("mpv-7", "61"));
    CHECK(registry.find_stream("mpv-60")->id == 2);
    CHECK(registry.find_stream("mpv-52")->id == 1);
    CHECK(registry.find_stream("mpv-7")->id == 3);
    for (const char *other : {"", "mp", "mpv-", "mpv-x", "mpv2"}) {
        CAPTURE(other);
        CHECK_FALSE(registry.find_stream(other));
    }
}

TEST_CASE("sinks and what records are no playing streams") {
    Registry registry;
    registry.add(1, Kind::node, {{"media.class", "Audio/Sink"}, {"node.name", "a"}});
    registry.add(2, Kind::node, {{"media.class", "Stream/Input/Audio"}, {"node.name", "b"}});
    CHECK_FALSE(registry.find_stream("a"));
    CHECK_FALSE(registry.find_stream("b"));
}

TEST_CASE("a target of the metadata stands before the stream's own, and -1 is none") {
    Registry registry;
    Properties node = stream("game", "9");
    node["target.object"] = "hdmi";
    registry.add(1, Kind::node, node);
    CHECK(registry.find_stream("game")->target == "hdmi");
    registry.set_metadata(1, "target.object", "77");
    CHECK(registry.find_stream("game")->target == "77");
    registry.set_metadata(1, "target.object", "-1");
    CHECK(registry.find_stream("game")->target.empty());
    registry.set_metadata(1, "target.object", std::nullopt);
    CHECK(registry.find_stream("game")->target == "hdmi");
}

TEST_CASE("what ends leaves nothing behind for the next object of its id") {
    Registry registry;
    registry.add(1, Kind::node, stream("old", "1"));
    registry.set_metadata(1, "target.object", "77");
    registry.remove(1);
    registry.update(1, {{"media.name", "late"}});
    CHECK(registry.objects().empty());
    registry.add(1, Kind::node, stream("new", "2"));
    CHECK(registry.find_stream("new")->target.empty());
    CHECK(registry.find_stream("new")->title.empty());

    registry.set_metadata(0, "default.audio.sink", "{\"name\":\"card\"}");
    registry.set_metadata(0, std::nullopt, std::nullopt);
    CHECK(registry.metadata(0, "default.audio.sink").empty());
    registry.clear();
    CHECK(registry.objects().empty());
}
