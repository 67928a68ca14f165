// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/overlay.hpp"
#include "config/profile.hpp"
#include "jack_client/control/desired_state.hpp"
#include "jack_client/control/event_loop.hpp"
#include "jack_client/control/file_watcher.hpp"

#include <functional>
#include <map>
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

    /// overlay_file: where run-time changes are kept; empty keeps them for this run only.
    ProfileKeeper(EventLoop &loop, Profile profile, std::filesystem::path overlay_file,
                  Overlay::Saving saving = Overlay::Saving::soon);
    ~ProfileKeeper() override { keep_changes(); }

    EventLoop &loop() { return loop_; }

    /// As it was read, without run-time changes.
    const Profile &profile() const { return profile_; }
    /// With them.
    Profile effective() { return with_overlay(profile_, overlay()); }

    /// The state runs with effective() already. From now on edits of the file are taken on and
    /// writes to the state kept.
    void attach(DesiredState &state, Listener listener);

    /// Why the newest edit was not taken on; empty where it was.
    const std::string &mistake() const { return mistake_; }

    /// Keeps or forgets something beside the parameters, such as a route.
    Overlay &overlay() {
        keep_changes();
        return overlay_;
    }
    /// To be called after a change of overlay().
    void overlay_changed();

    /// Whether profile or overlay are other ones than were saved, where that is done on request.
    bool has_changes() { return profile_changed_ || overlay().has_changes(); }
    /// Saves both in the folder of the session that the overlay is in.
    Result<void> save(const std::filesystem::path &session_folder);

    std::pair<std::string, std::string> profile_in_use() const override;
    Result<void> check_profile(const std::string &name_or_path) override;
    Result<void> use_profile(const std::string &name_or_path) override;
    Result<void> reload_profile() override;
    std::vector<std::pair<std::string, std::string>> profiles() const override;
    std::vector<std::pair<std::string, std::string>> overlay_entries() override;
    Result<int> clear_overlay(const std::string &path) override;

  private:
    Result<void> take_on(Result<Profile> profile);
    Result<void> apply(const Profile &profile);
    void watch_files();
    void on_edit();
    void restore_strips();
    void keep_changes();
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
    std::string save_failure_;              ///< that was told
    std::set<std::string> restored_strips_; ///< paths
    bool is_applying_ = false;              ///< so that a write is no change at run time
    bool will_save_ = false;
    bool profile_changed_ = false; ///< since it was read or saved
};

} // namespace headroom::control
