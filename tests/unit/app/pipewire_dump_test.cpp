// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/pipewire_dump.hpp"
#include "tests/support/catch.hpp"

using headroom::app::read_pipewire_dump;
using nlohmann::json;

TEST_CASE("a dump of PipeWire is read whole where objects change while it is written") {
    const auto objects = read_pipewire_dump(R"([
{ "id": 0, "type": "core", "info": { "name": "pipewire-0" } },
{ "id": 31, "type": "node", "info": { "state": "idle" } },
{ "id": 32, "type": "node", "info": { "state": "idle" } }
]
[ { "id": 31, "type": "node", "info": { "state": "running" } } ]
[ { "id": 32, "info": null }, { "id": 33, "type": "metadata", "metadata": [] } ]
)");
    REQUIRE(objects.size() == 3);
    CHECK(objects[0]["id"] == 0);
    CHECK(objects[1]["info"]["state"] == "running");
    CHECK(objects[2]["id"] == 33);
}

TEST_CASE("what is no dump of PipeWire is no list") {
    for (const char *text : {"", "error", "[", "[ 1 ]", "{}", "[ {} ]", "[]"}) {
        CAPTURE(text);
        CHECK_FALSE(read_pipewire_dump(text).is_array());
    }
}

TEST_CASE("what an object of PipeWire does not have is empty") {
    const json node = json::parse(R"({ "info": { "props": { "node.name": "sink", "id": 7 } } })");
    const json properties = headroom::app::properties_of(node);
    CHECK(headroom::app::text_of(properties, "node.name") == "sink");
    for (const char *key : {"id", "node.nick"})
        CHECK(headroom::app::text_of(properties, key).empty());
    for (const char *text : {"{}", R"({ "info": null })", R"({ "info": { "props": [] } })", "[]"}) {
        CAPTURE(text);
        const json nothing = headroom::app::properties_of(json::parse(text));
        CHECK(nothing == json::object());
        CHECK(headroom::app::text_of(json::parse(text), "node.name").empty());
    }
}
