// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/pipewire_dump.hpp"

#include "jack_client/app/tool.hpp"

#include <map>
#include <sstream>

namespace headroom::app {

nlohmann::json read_pipewire_dump(const std::string &text) {
    std::map<nlohmann::json, nlohmann::json> objects;
    std::istringstream in(text);
    try {
        while (in >> std::ws && !in.eof()) {
            nlohmann::json list;
            in >> list;
            for (nlohmann::json &object : list) {
                const bool has_ended = object.contains("info") && object["info"].is_null();
                const nlohmann::json id = object.at("id");
                if (has_ended)
                    objects.erase(id);
                else
                    objects.insert_or_assign(id, std::move(object));
            }
        }
    } catch (const nlohmann::json::exception &) {
        return {};
    }
    if (objects.empty())
        return {};
    nlohmann::json out = nlohmann::json::array();
    for (auto &[id, object] : objects)
        out.push_back(std::move(object));
    return out;
}

nlohmann::json properties_of(const nlohmann::json &object) {
    const nlohmann::json::json_pointer place("/info/props");
    return object.contains(place) && object[place].is_object() ? object[place]
                                                               : nlohmann::json::object();
}

std::string text_of(const nlohmann::json &object, const char *key) {
    return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : "";
}

Result<nlohmann::json> pipewire_objects() {
    const auto text = run_tool({"pw-dump"});
    if (!text)
        return failure("PipeWire does not answer: " + text.error().message,
                       "start PipeWire and WirePlumber in your session");
    nlohmann::json objects = read_pipewire_dump(*text);
    if (!objects.is_array())
        return failure("pw-dump gave no list of objects");
    return objects;
}

} // namespace headroom::app
