// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace headroom::pipewire {

using Properties = std::map<std::string, std::string, std::less<>>;

enum class Kind { client, node, device, other };

/// An object of PipeWire, as far as known at once: the registry tells a part of its properties,
/// its own information the rest, some milliseconds later.
struct Object {
    Kind kind = Kind::other;
    Properties properties;

    /// Empty if PipeWire does not tell the property.
    std::string_view property(std::string_view key) const;
};

/// What PipeWire knows of a stream; what it does not know is empty.
struct Stream {
    std::uint32_t id = 0;
    std::string application; ///< application.name
    std::string binary;      ///< file name of its program
    std::string role;        ///< "Music", "Movie", "Game", ...
    std::string title;       ///< media.name
    std::string process;     ///< process id of the program
    std::string link_group;  ///< of the effect that the stream is the output of
    std::string target;      ///< serial or name of the sink it asks for; empty if it asks for none
    std::string serial;      ///< object.serial
    bool operator==(const Stream &) const = default;
};

/// PipeWire's objects and the metadata "default", kept from events. Plain values: may be copied
/// to another thread. Not real-time safe.
class Registry {
  public:
    /// A global appeared. An id that PipeWire uses anew is a new object.
    void add(std::uint32_t id, Kind kind, Properties properties);
    /// Further or changed properties of an object; of one that has ended, nothing happens.
    void update(std::uint32_t id, const Properties &properties);
    void remove(std::uint32_t id);
    /// An event of the metadata "default". No key: every value of the subject is removed; no
    /// value: the key is.
    void set_metadata(std::uint32_t subject, std::optional<std::string> key,
                      std::optional<std::string> value);
    /// The connection was lost.
    void clear();

    const std::map<std::uint32_t, Object> &objects() const { return objects_; }

    /// Empty if there is none. Subject 0 holds the default sinks.
    std::string_view metadata(std::uint32_t subject, std::string_view key) const;

    /// The playing stream that libjack shows as `client`; the one that is called exactly so before
    /// one whose name libjack numbered ("mpv-52").
    std::optional<Stream> find_stream(std::string_view client) const;

  private:
    Stream describe(std::uint32_t id, const Object &node) const;

    std::map<std::uint32_t, Object> objects_;
    std::map<std::uint32_t, Properties> metadata_;
};

} // namespace headroom::pipewire
