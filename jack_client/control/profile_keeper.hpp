// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/overlay.hpp"
#include "config/profile.hpp"
#include "jack_client/control/desired_state.hpp"
#include "jack_client/control/event_loop.hpp"
#include "jack_client/control/file_watcher.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace headroom::control {

/// The profile that runs, its files, and what was changed over it at run time. Takes on every edit
/// of its own file, or of a map of a controller that it names, as a whole or not at all, and keeps
/// every value that others write. Belongs to the control thread.
class ProfileKeeper final : public ProfileControl {
  public:
    struct Listener {
        std::function<void(const Profile &)> applied;        ///< for what the state does not hold
        std::function<void(const std::string &text)> notice; ///< for people
        std::function<void()> unsaved = [] {};               ///< has_changes() may be another
    };

    /// Where run-time changes are kept, and how.
    struct Keeping {
        std::filesystem::path overlay_file; ///< empty keeps them for this run only
        Overlay::Saving saving = Overlay::Saving::soon;
        std::string profile_reason{}; ///< why the profile at start is the one it is, for people
    };
    ProfileKeeper(EventLoop &loop, Profile profile, Keeping keeping);
    ~ProfileKeeper() override;

    EventLoop &loop() { return loop_; }

    /// As it was read, without run-time changes.
    const Profile &profile() const { return profile_; }
    /// With them.
    Profile effective() { return with_overlay(profile_, overlay()); }

    /// The state runs with effective() already. From now on edits of the file are taken on and
    /// writes to the state kept.
    void attach(DesiredState &state, Listener listener);

    /// Why the newest edit was not adopted, as every peer may read it; empty if it was.
    const std::string &mistake() const { return mistake_; }
    /// Why changes cannot be kept; empty while they can.
    const std::string &save_failure() const { return save_failure_; }

    /// Keeps or forgets something beside the parameters, such as a route.
    Overlay &overlay() {
        keep_changes();
        return overlay_;
    }
    /// Keeps something there, and notifies people the first time that there is no room for it.
    /// False if it is not kept.
    bool keep(const std::string &path, const std::string &value);
    /// To be called after a change of overlay().
    void overlay_changed();

    /// Whether profile or overlay are other ones than were saved, where that is done on request.
    bool has_changes() { return profile_changed_ || overlay().has_changes(); }
    /// Saves both in the folder of the session that the overlay is in.
    Result<void> save(const std::filesystem::path &session_folder);

    std::pair<std::string, std::string> profile_in_use() const override;
    std::string profile_reason() const override { return profile_reason_; }
    Result<void> check_profile(const std::string &name_or_path) override;
    Result<void> use_profile(const std::string &name_or_path) override;
    /// Changes to a profile whose conditions hold, for that reason, without choosing it: what was
    /// in use before comes back with switch_back(), and a profile that a user chooses stays.
    Result<void> switch_to(const std::string &name, const std::string &reason);
    void switch_back();
    Result<void> reload_profile() override;
    std::vector<std::pair<std::string, std::string>> profiles() const override;
    std::vector<OverlayEntry> overlay_entries() override;
    Result<int> clear_overlay(const std::string &path) override;

  private:
    Result<void> adopt(Result<Profile> profile, const std::string &reason);
    std::string source() const;
    Result<void> apply(const Profile &profile);
    void watch_files();
    void on_edit();
    void note_values();
    void restore_strips();
    void keep_changes();
    bool put(const std::string &path, const std::string &value);
    void report_saving();
    std::string settings_over_profile();
    void notice(const std::string &text);

    EventLoop &loop_;
    FileWatcher watcher_;
    EventLoop::Watch saving_; ///< soon
    Profile profile_;
    Overlay overlay_;
    struct Change {
        std::string path;
        float value = 0.0f;
    };
    std::map<ParameterTarget, Change> changed_; ///< what overlay_ does not know yet
    DesiredState *state_ = nullptr;
    Listener listener_;
    std::string mistake_;
    std::string save_failure_; ///< that was told
    std::string profile_reason_;
    struct Chosen {
        std::string source; ///< name or path
        std::string reason;
    };
    std::optional<Chosen> switched_from_;   ///< the user's choice, while switch_to() holds
    std::map<ParameterTarget, float> held_; ///< as observers were notified
    bool is_full_ = false;                  ///< the overlay has taken no more, which was told
    std::set<std::string> restored_strips_; ///< paths
    bool is_applying_ = false;              ///< so that a write is no change at run time
    bool will_save_ = false;
    bool profile_changed_ = false; ///< since it was read or saved
};

} // namespace headroom::control
