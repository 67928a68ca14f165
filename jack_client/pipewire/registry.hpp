// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headroom::pipewire {

using Properties = std::map<std::string, std::string, std::less<>>;

enum class Kind { core, client, node, device, port, link, metadata };

/// What the user sets of a sink. Linear gains of its channels.
struct Volume {
    std::vector<float> channels;
    bool is_muted = false;
    bool operator==(const Volume &) const = default;
};

/// Where a sound card plays to: speakers, headphones.
struct Route {
    int index = 0;
    Volume volume;
    bool operator==(const Route &) const = default;
};

/// An object of PipeWire. The registry tells a part of its properties, its own information the
/// rest, some milliseconds later.
struct Object {
    Kind kind = Kind::node;
    Properties properties;
    bool is_complete = false;     ///< its own information has come
    std::optional<Volume> volume; ///< of a sink's own properties
    std::map<int, Route> routes;  ///< of a device, by what the nodes call card.profile.device

    /// Empty if PipeWire does not tell the property.
    std::string_view property(std::string_view key) const;
    /// The property is "true".
    bool has(std::string_view key) const { return property(key) == "true"; }
    /// The property as a number; nothing if it is none.
    std::optional<std::uint32_t> number(std::string_view key) const;
};

/// What PipeWire knows of a node; what it does not know is empty.
struct Node {
    std::uint32_t id = 0;
    std::string media_class; ///< "Stream/Output/Audio", "Audio/Sink"; clients of JACK have none
    std::string application; ///< application.name
    std::string binary;      ///< file name of its program
    std::string role;        ///< "Music", "Movie", "Game", ...
    std::string title;       ///< media.name
    std::string process;     ///< process id of the program
    std::string link_group;  ///< of the effect that the node belongs to
    std::string target;      ///< serial or name of the sink it asks for; empty if it asks for none
    std::optional<std::uint64_t> target_serial; ///< of that sink, if it is there and not by us
    std::vector<std::string> target_names;      ///< of that sink
    bool operator==(const Node &) const = default;
};

/// PipeWire's objects and the metadata "default", kept from events. Plain values. Not real-time
/// safe.
class Registry {
  public:
    /// A global appeared. An id that PipeWire uses anew is a new object.
    void add(std::uint32_t id, Kind kind, Properties properties);
    /// An object's own information: further or changed properties. Returns whether anything is new.
    bool update(std::uint32_t id, const Properties &properties);
    /// These return whether anything is new.
    bool set_volume(std::uint32_t node, Volume volume);
    bool set_route(std::uint32_t device, int profile_device, Route route);
    /// Returns whether there was such an object.
    bool remove(std::uint32_t id);
    /// An event of the metadata "default". No key: every value of the subject is removed; no
    /// value: the key is.
    void set_metadata(std::uint32_t subject, std::optional<std::string> key,
                      std::optional<std::string> value);
    /// The connection was lost.
    void clear();

    const std::map<std::uint32_t, Object> &objects() const { return objects_; }

    /// A session manager runs, and keeps the metadata "default".
    bool has_metadata() const;
    /// Empty if there is none. Subject 0 holds the default sinks.
    std::string_view metadata(std::uint32_t subject, std::string_view key) const;

    /// nullptr if there is no such object of that kind.
    const Object *find(std::uint32_t id, Kind kind) const;

    /// The device that the node belongs to, if a sound card's route holds the node's volume.
    struct Card {
        std::uint32_t device = 0;
        int profile_device = 0;
        Route route;
    };
    std::optional<Card> card_of(std::uint32_t node) const;
    /// What the user sees as the volume of a sink.
    std::optional<Volume> volume_of(std::uint32_t node) const;

    /// The node of that object.serial, which PipeWire never uses twice; nothing before all of it is
    /// known.
    std::optional<Node> find_node(std::uint64_t serial) const;
    /// The client that a node belongs to; nullptr if PipeWire does not show it.
    const Object *owner_of(const Object &node) const;
    const Object *target_of(std::uint32_t id, const Object &node) const;
    const Object *find_sink(std::string_view key, std::string_view wanted) const;

  private:
    std::map<std::uint32_t, Object> objects_;
    std::map<std::uint32_t, Properties> metadata_;
};

} // namespace headroom::pipewire
