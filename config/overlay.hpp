// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/profile.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace headroom {

/// What was changed at run time over the profile, by path: "bus/main/limiter/ceiling" is "-3",
/// "bypass" is "on", "route/Firefox" is "bypass". Kept in a file over profile switches and
/// restarts. Belongs to the control thread; the file is written by a thread of its own.
///
/// The file is replaced in one step and its predecessor kept beside it, so that neither the end of
/// the program at any moment nor a file cut at any byte loses more than the last save.
class Overlay {
  public:
    using Entries = std::map<std::string, std::string, std::less<>>;

    /// When the file is written.
    enum class Saving { soon, on_request };

    static constexpr std::chrono::milliseconds kSaveInterval{1000};
    /// After failures the next attempt comes later and later, up to this.
    static constexpr std::chrono::milliseconds kLongestSaveInterval{30000};
    static constexpr std::size_t kMaxEntries = 16384;

    /// Reads what a former run left there; whatever cannot be read is left out. Without a file
    /// nothing is kept.
    explicit Overlay(std::filesystem::path file = {}, Saving saving = Saving::soon);
    /// Writes what is not written yet, unless that is done on request.
    ~Overlay();
    Overlay(const Overlay &) = delete;
    Overlay &operator=(const Overlay &) = delete;

    const Entries &entries() const { return entries_; }

    /// The profile that was chosen at run time, by name or path; empty for none. Kept in the same
    /// file, and not an entry.
    const std::string &chosen_profile() const { return chosen_profile_; }
    void choose_profile(std::string_view name_or_path);

    /// False if the entry is not kept: neither a path nor a value may be empty or longer than
    /// kMaxYamlScalarBytes, and there are at most kMaxEntries.
    bool set(std::string_view path, std::string_view value);
    /// False where there is no such entry.
    bool clear(std::string_view path);
    /// Returns how many there were.
    std::size_t clear_all();

    /// Has the file written if that is due, at most once each kSaveInterval. What could not be
    /// written is tried again. Returns how soon to call again; nothing once everything is written.
    /// Does not block.
    std::optional<std::chrono::milliseconds> save();

    /// Whether something is not written yet.
    bool has_changes() const { return changed_; }
    /// Writes the file at the request of somebody who waits for it.
    Result<void> save_now();

    /// Why the newest attempt to write has failed; empty where it has not.
    const std::string &failure() const { return failure_; }

  private:
    void take_outcome();
    std::string text() const;

    std::filesystem::path file_;
    Saving saving_;
    Entries entries_;
    std::string chosen_profile_;
    bool changed_ = false;
    std::chrono::steady_clock::time_point saved_at_{};
    std::chrono::milliseconds interval_ = kSaveInterval;
    std::future<std::string> writing_; ///< gives the failure
    std::string failure_;
};

/// What a file says, up to the point where it is cut off or damaged. Any text is read.
struct OverlayText {
    Overlay::Entries entries;
    std::string chosen_profile;
    bool is_whole = false;
};
OverlayText read_overlay(std::string_view text);

/// Why a parameter or route of an overlay has no effect beside this profile; empty if it has, and
/// for any other entry.
std::string unused_because(const Profile &profile, std::string_view path, const std::string &value);

/// The profile with the overlay's values of parameters in place of its own. Entries that name none
/// of its parameters, or hold no value of it, are left out.
Profile with_overlay(Profile profile, const Overlay &overlay);

} // namespace headroom
