// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/profile_keeper.hpp"

#include "config/preset_files.hpp"
#include "config/public_text.hpp"
#include "config/session_folder.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace headroom::control {

using std::chrono::milliseconds;

ProfileKeeper::ProfileKeeper(EventLoop &loop, Profile profile, Keeping keeping)
    : loop_(loop),
      watcher_(loop, [this] { on_edit(); }),
      profile_(std::move(profile)),
      overlay_(std::move(keeping.overlay_file), keeping.saving),
      profile_reason_(std::move(keeping.profile_reason)) {
    watch_files();
}

ProfileKeeper::~ProfileKeeper() {
    state_ = nullptr; // it may be gone
    keep_changes();
}

void ProfileKeeper::watch_files() {
    std::vector<std::filesystem::path> files{profile_.file};
    for (const MidiMap &map : profile_.midi)
        files.push_back(map.file);
    watcher_.watch(files);
}

void ProfileKeeper::attach(DesiredState &state, Listener listener) {
    state_ = &state;
    listener_ = std::move(listener);
    state.set_profile_control(*this);
    note_values();
    state.observe([this](ParameterTarget target, float confirmed) {
        const bool is_same = std::exchange(held_[target], confirmed) == confirmed;
        if (is_same || is_applying_ || state_->is_following_rule())
            return;
        const auto [change, is_first_change] = changed_.try_emplace(target);
        if (is_first_change)
            change->second.path = state_->path(target);
        change->second.value = confirmed;
        overlay_changed();
    });
    restore_strips();
    state.observe_strips([this] {
        note_values();
        restore_strips();
    });
}

/// Those of strips that have come.
void ProfileKeeper::note_values() {
    for (const ParameterTarget target : state_->all_parameters())
        held_.try_emplace(target, state_->value(target));
}

/// Gives strips that the state has not seen before the settings that were kept, those of
/// applications that are not there yet included.
void ProfileKeeper::restore_strips() {
    constexpr std::string_view kStrip = "strip/";
    if (std::exchange(is_applying_, true))
        return;
    std::vector<ParameterWrite> writes;
    for (const auto &[path, text] : overlay().entries()) {
        if (!path.starts_with(kStrip) || !restored_strips_.insert(path).second)
            continue;
        const auto slash = path.find('/', kStrip.size());
        state_->know_strip(path.substr(kStrip.size(), slash - kStrip.size()));
        if (const auto target = state_->find_parameter(path))
            if (const auto value = from_text(parameter(target->id), text))
                writes.push_back({*target, *value});
    }
    (void)state_->write(writes); // they were checked
    is_applying_ = false;
}

/// Takes the values that were written since into the overlay, the newest of each.
void ProfileKeeper::keep_changes() {
    for (const auto &[target, change] : std::exchange(changed_, {}))
        put(change.path, to_exact_text(parameter(target.id), change.value));
}

bool ProfileKeeper::keep(const std::string &path, const std::string &value) {
    keep_changes();
    const bool is_kept = put(path, value);
    overlay_changed();
    return is_kept;
}

bool ProfileKeeper::put(const std::string &path, const std::string &value) {
    is_full_ = is_full_ && overlay_.entries().size() >= Overlay::kMaxEntries;
    const bool is_kept = overlay_.set(path, value);
    if (!is_kept && !std::exchange(is_full_, true))
        notice(path + " holds until headroom ends, and is not kept: " +
               std::to_string(Overlay::kMaxEntries) +
               " changes are kept already (\"headroom overlay clear\" makes room)");
    return is_kept;
}

void ProfileKeeper::overlay_changed() {
    listener_.unsaved();
    if (std::exchange(will_save_, true))
        return;
    saving_ = loop_.on_timer(milliseconds(0), [this] {
        const auto again = overlay().save();
        will_save_ = again.has_value();
        report_saving();
        return again.value_or(milliseconds(-1));
    });
}

void ProfileKeeper::report_saving() {
    if (overlay_.failure() == save_failure_)
        return;
    save_failure_ = overlay_.failure();
    notice(save_failure_.empty()
               ? "what you change is kept again"
               : "changes cannot be saved, headroom tries again: " + save_failure_);
}

Result<void> ProfileKeeper::save(const std::filesystem::path &session_folder) {
    if (auto saved = save_session(session_folder, profile_); !saved)
        return saved;
    if (auto saved = overlay().save_now(); !saved)
        return saved;
    profile_changed_ = false;
    return {};
}

std::pair<std::string, std::string> ProfileKeeper::profile_in_use() const {
    return {profile_.name, profile_.file.string()};
}

Result<void> ProfileKeeper::check_profile(const std::string &name_or_path) {
    if (const auto found = find_profile(name_or_path); !found)
        return tl::unexpected(found.error());
    return {};
}

Result<void> ProfileKeeper::use_profile(const std::string &name_or_path) {
    auto taken = adopt(find_profile(name_or_path), "chosen at run time");
    if (!taken)
        return taken;
    switched_from_.reset();
    std::error_code error;
    overlay_.choose_profile(is_preset_path(name_or_path)
                                ? std::filesystem::absolute(profile_.file, error).string()
                                : name_or_path);
    overlay_changed();
    return taken;
}

Result<void> ProfileKeeper::switch_to(const std::string &name, const std::string &reason) {
    const Chosen former = switched_from_.value_or(Chosen{source(), profile_reason_});
    auto taken = adopt(find_profile(name), "switched on by its conditions: " + reason);
    if (taken)
        switched_from_ = former;
    return taken;
}

void ProfileKeeper::switch_back() {
    if (const auto former = std::exchange(switched_from_, std::nullopt))
        (void)adopt(find_profile(former->source), former->reason); // notifies people of a failure
}

/// Where the profile in use was read from, for find_profile().
std::string ProfileKeeper::source() const {
    return profile_.file.empty() ? profile_.name : profile_.file.string();
}

/// "; 2 settings changed at run time lie over it: ...", or nothing.
std::string ProfileKeeper::settings_over_profile() {
    constexpr std::size_t kShown = 3;
    std::vector<std::string> paths;
    for (const auto &[path, value, unused_because] : overlay_entries())
        if (state_->find_parameter(path) && unused_because.empty())
            paths.push_back(path);
    if (paths.empty())
        return {};
    std::string out = "; " + std::to_string(paths.size()) +
                      (paths.size() == 1 ? " setting changed at run time lies over it: "
                                         : " settings changed at run time lie over it: ");
    for (std::size_t i = 0; i < std::min(paths.size(), kShown); ++i)
        out += (i == 0 ? "" : ", ") + paths[i];
    return out + (paths.size() > kShown ? ", ..." : "") +
           " (\"headroom overlay clear\" takes them back)";
}

Result<void> ProfileKeeper::reload_profile() {
    auto taken = adopt(find_profile(source()), profile_reason_);
    if (!taken)
        mistake_ = public_text(taken.error());
    return taken;
}

Result<void> ProfileKeeper::adopt(Result<Profile> profile, const std::string &reason) {
    if (profile)
        if (auto applied = apply(*profile); !applied) {
            Diagnostic why = applied.error();
            why.file = profile->file.string();
            profile = tl::unexpected(std::move(why));
        }
    if (!profile) {
        constexpr const char *kStays = "; the running profile stays";
        listener_.notice(profile.error().text() + kStays);
        state_->notify(public_text(profile.error()) + kStays); // every peer reads that
        return tl::unexpected(profile.error());
    }
    mistake_.clear();
    const bool is_other = profile->file != profile_.file || profile->name != profile_.name;
    profile_changed_ |= profile->text != profile_.text;
    profile_ = std::move(*profile);
    profile_reason_ = reason;
    watch_files();
    listener_.applied(profile_);
    listener_.unsaved();
    notice("profile " + profile_.name +
           (is_other ? " is in use, " + reason + settings_over_profile() : " read again"));
    return {};
}

Result<void> ProfileKeeper::apply(const Profile &profile) {
    is_applying_ = true;
    auto adopted = state_->adopt(with_overlay(profile, overlay()));
    is_applying_ = false;
    return adopted;
}

void ProfileKeeper::on_edit() {
    // Some editors take the file away, or empty it, before they write it.
    std::error_code error;
    if (state_ != nullptr && std::filesystem::file_size(profile_.file, error) > 0 && !error)
        (void)reload_profile(); // a mistake has been told
}

std::vector<std::pair<std::string, std::string>> ProfileKeeper::profiles() const {
    return list_profiles();
}

std::vector<OverlayEntry> ProfileKeeper::overlay_entries() {
    std::vector<OverlayEntry> out;
    for (const auto &[path, value] : overlay().entries())
        out.push_back({path, value, unused_because(profile_, path, value)});
    return out;
}

Result<int> ProfileKeeper::clear_overlay(const std::string &path) {
    std::vector<ParameterTarget> strips; // of which a profile says nothing, but its rules may
    for (const auto &[changed, text] : overlay().entries())
        if (const auto target = state_->find_parameter(changed);
            target && target->strip >= 0 && (path.empty() || path == changed))
            strips.push_back(*target);
    const std::size_t cleared = path.empty()            ? overlay().clear_all()
                                : overlay().clear(path) ? 1
                                                        : 0;
    if (!path.empty() && cleared == 0)
        return failure(path + " was not changed at run time",
                       "\"headroom overlay list\" lists what was");
    overlay_changed();
    if (auto applied = apply(profile_); !applied)
        return tl::unexpected(applied.error());
    is_applying_ = true;
    state_->take_back(strips);
    is_applying_ = false;
    listener_.applied(profile_);
    return static_cast<int>(cleared);
}

void ProfileKeeper::notice(const std::string &text) {
    if (state_ == nullptr)
        return;
    listener_.notice(text);
    state_->notify(text);
}

} // namespace headroom::control
