// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/engine.hpp"
#include "jack_client/graph/strip_host.hpp"
#include "jack_client/jack/process_client.hpp"

#include <chrono>
#include <functional>
#include <list>
#include <utility>

namespace headroom::jack {

/// Opens a strip in the engine and registers its ports for every application that is to have one,
/// and ends both when the application has gone for a moment: many end one stream and begin the
/// next. Belongs to the graph thread.
class StripKeeper final : public graph::StripHost {
  public:
    /// The name of an application that people see.
    using NameOf = std::function<std::string(const std::string &application)>;

    StripKeeper(engine::Engine &engine, NameOf name_of)
        : engine_(engine), name_of_(std::move(name_of)) {}

    /// The client whose ports they are; without one there are no strips, and those that there were
    /// are gone.
    void use(ProcessClient *client);

    std::optional<std::vector<std::string>> strip_ports(const graph::StripWish &wish) override;
    void keep_strips(const std::set<std::string> &applications) override;

    /// Takes the ports of strips away that have faded out, and ends strips whose applications do
    /// not return. Returns whether it wants to be called again soon.
    bool sweep();

    /// Shows strips under the new names of applications. Call when one has been renamed.
    void follow_names();

    /// What the user should know; may be empty.
    const std::string &notice() const { return notice_; }

  private:
    using Clock = std::chrono::steady_clock;
    struct Entry {
        graph::StripWish wish;
        std::string shown; ///< name on the ports
        int slot = 0;
        std::vector<std::string> ports;
        bool wanted = true;
        bool leaving = false;
        Clock::time_point unwanted_since;
    };
    void close(Entry &entry);
    enum class Opened { now, not_yet, never };
    Opened open(Entry &entry);

    engine::Engine &engine_;
    NameOf name_of_;
    ProcessClient *client_ = nullptr;
    std::list<Entry> entries_;
    std::string notice_;
};

} // namespace headroom::jack
