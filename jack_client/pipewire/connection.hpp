// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "jack_client/control/event_loop.hpp"
#include "jack_client/pipewire/registry.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace headroom::pipewire {

/// A connection to the PipeWire of this user, which tells every change and is told wishes. It has
/// no thread of its own: wait_until() or, once it was given one, an event loop reads it. Belongs to
/// one thread, but for find_node(). Not real-time safe.
class Connection {
  public:
    /// Something of ours in PipeWire; ends with this object, or with the program, however that
    /// ends. Must end before its connection.
    class Owned {
      public:
        virtual ~Owned() = default;
        /// It could not be made, was destroyed by somebody else, or PipeWire has gone.
        virtual bool has_ended() const = 0;
    };

    /// Waits until all is known that PipeWire tells. A failure if there is no libpipewire, or
    /// PipeWire does not answer.
    static Result<std::unique_ptr<Connection>> open();
    ~Connection();
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;

    const Registry &registry() const;

    /// Reads until the condition holds, at most for the given time. Returns whether it holds. For
    /// the time before the loop runs, and after.
    bool wait_until(const std::function<bool()> &holds, std::chrono::milliseconds patience);

    /// From now on the loop reads. It calls `changed` after changes of the registry, and connects
    /// again when PipeWire has gone and come back. Must not outlive the loop.
    void read_in(control::EventLoop &loop, std::function<void()> changed);

    /// 1 for the first connection, and one more for each later one that is complete; 0 while there
    /// is none.
    std::uint64_t generation() const;

    /// As Registry::find_node(). Waits for what is not known yet, but no longer than `patience`.
    /// Any thread.
    std::optional<Node> find_node(std::uint64_t serial, std::chrono::milliseconds patience);

    /// Since the last call, a node is known that find_node() did not find in time.
    bool take_found_late();

    /// A value of the metadata "default"; without one the key is removed. Nothing happens if no
    /// session manager runs.
    void set_metadata(std::uint32_t subject, const std::string &key, const char *type,
                      const std::optional<std::string> &value);
    void destroy(std::uint32_t id);
    /// As the user would: a sound card's by its route, so that what the hardware can do it does.
    void set_volume(std::uint32_t node, const Volume &volume);

    /// A node of PipeWire's factory "adapter". Properties as PipeWire's configuration has them. One
    /// with object.linger outlives its object.
    std::unique_ptr<Owned> create_node(const std::string &properties);
    /// A module in this program; arguments as for PipeWire's configuration.
    std::unique_ptr<Owned> load_module(const std::string &name, const std::string &arguments);

    struct Impl;

  private:
    explicit Connection(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace headroom::pipewire
