// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "jack_client/graph/port_graph.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace headroom::graph {

/// What happens to the applications when the program ends.
enum class AtEnd {
    restore, ///< they are linked to the sink they would have played to
    mute,    ///< they stay silent
};

/// By application, the links that bring it back to its sink.
using Debts = std::map<std::string, std::set<Link>>;

/// What ended runs on one server have left behind.
struct LeftBehind {
    Debts debts;
    AtEnd at_end = AtEnd::restore; ///< mute where one of them said so
    bool in_use = false;           ///< a further run is alive and keeps its journal
};

/// What the program owes to the applications that it has taken from their sinks, on disk before
/// anything is taken, so that it can be given back after kill -9. The file is locked as long as its
/// run lives; a line that was cut off is as if it had not been written. Belongs to one thread.
class Journal {
  public:
    /// Starts the journal of this client on this server, in a folder that may have to be made. What
    /// ended runs have left behind there is owed from now on.
    static Result<std::unique_ptr<Journal>> open(const std::filesystem::path &folder,
                                                 const std::string &server,
                                                 const std::string &client, AtEnd at_end);
    ~Journal(); ///< What is still owed stays on disk.
    Journal(const Journal &) = delete;
    Journal &operator=(const Journal &) = delete;

    /// Replaces what is owed to an application; returns once it is written. False where the disk
    /// refused.
    bool owe(const std::string &application, const std::set<Link> &links);
    void owe_nothing();

    const Debts &debts() const { return debts_; }

  private:
    Journal(std::filesystem::path file, int fd, AtEnd at_end)
        : file_(std::move(file)), fd_(fd), at_end_(at_end) {}
    bool start_anew();

    std::filesystem::path file_;
    int fd_;
    AtEnd at_end_;
    std::size_t bytes_ = 0;
    Debts debts_;
};

/// Takes the journals that ended runs on that server have left: they are removed.
LeftBehind take_journals(const std::filesystem::path &folder, const std::string &server);

/// The same without removing them.
LeftBehind read_journals(const std::filesystem::path &folder, const std::string &server);

/// The links of the debts that can and should be made now: their ports exist, and the application
/// has found no sink of its own in the meantime.
std::vector<Link> links_to_restore(const Debts &debts, const Snapshot &snapshot);

} // namespace headroom::graph
