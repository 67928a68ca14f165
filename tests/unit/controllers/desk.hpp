// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/controller_rig.hpp"

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

/// The program with a shipped map and its device.
class Desk {
  public:
    Desk(const std::string &map, Device &device)
        : rig_("midi: { controllers: [" + map + "] }\n",
               [&device](const Message &message) { device.hear(message); }) {}

    /// The device sends; then a second passes.
    void play(const std::vector<Message> &messages) {
        cycle(messages);
        settle();
    }
    void play(const Message &message) { play(std::vector<Message>{message}); }
    /// The same, but nothing has come to rest yet.
    void cycle(const std::vector<Message> &messages) {
        rig_.level = level;
        rig_.receive(messages);
        rig_.sent();
    }
    void settle() {
        rig_.level = level;
        rig_.settle();
    }

    float value(const std::string &path) const { return rig_.value(path); }
    void set(const std::string &path, float value) {
        rig_.set(path, value);
        settle();
    }
    void open(const std::vector<std::string> &applications) {
        for (const std::string &application : applications)
            rig_.open_strip(application);
        settle();
    }
    std::string profile() const { return rig_.profiles.profile().name; }

    float level = 0.0f; ///< of what the strips hear

  private:
    ControllerRig rig_;
};

inline const std::vector<std::string> nine{"mpv",    "firefox", "vlc",  "gimp", "supertux",
                                           "mumble", "zoom",    "quod", "ninth"};

} // namespace headroom::test
