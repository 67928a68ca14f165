// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/controller_display.hpp"
#include "jack_client/control/desired_state.hpp"
#include "jack_client/control/profile_keeper.hpp"
#include "jack_client/control/strip_window.hpp"
#include "jack_client/engine/midi_bridge.hpp"
#include "jack_client/midi/learner.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace headroom::control {

/// Hardware controllers: what the maps of the profile say and what was learned, which is kept with
/// the other changes over the profile. What sets a parameter is done in the process thread, at the
/// frame of its message; everything else here: structural parameters, profiles, routes, banks.
/// Belongs to the control thread.
class MidiKeeper final : public Controllers {
  public:
    /// How long a wait for a control lasts.
    static constexpr std::chrono::seconds kLearningTime{60};
    /// Before the control, where the overlay keeps a binding that was learned.
    static constexpr std::string_view kLearnedPath = "midi/";

    struct World {
        engine::Engine &engine;
        engine::MidiBridge &bridge;
        DesiredState &state;
        ProfileKeeper &profiles;
        std::function<std::chrono::steady_clock::time_point()> clock =
            std::chrono::steady_clock::now;
    };
    /// Everything in it must outlive this.
    explicit MidiKeeper(World world);

    /// To be called when profile or overlay have changed.
    void apply();

    /// Takes in what came and sends what is due. Returns how soon it wants to be called again.
    std::chrono::milliseconds poll();

    Result<void> learn(const std::string &address) override;
    Result<void> check_learn(const std::string &address) const override;
    Learning learning() const override;
    std::vector<Binding> bindings() const override;
    Result<int> forget(const std::string &address_or_control) override;
    Result<void> check_forget(const std::string &address_or_control) const override;
    void resend() override { display_.resend(); }

    /// Patterns for the ports of the controllers in use.
    std::vector<std::string> devices() const;

    /// The strips in the window of the controllers.
    const StripWindow &window() const { return window_; }

  private:
    /// Paths in the overlay of what was learned for an address or control; never empty.
    Result<std::vector<std::string>> learned_paths(const std::string &address_or_control) const;
    Result<MidiTarget> target_to_learn(const std::string &address) const;
    using TimePoint = std::chrono::steady_clock::time_point;

    /// A binding, as it works now.
    struct Active {
        std::string map;
        MidiBinding binding;
        std::optional<ParameterTarget> target; ///< nothing where there is no such one now
        /// Where the process thread cannot set the target.
        std::optional<midi::Mover> mover;
    };

    void read_maps();
    void compile();
    void take(const engine::MidiBridge::Heard &message, TimePoint now);
    bool act(Active &active, const midi::Movement &movement);
    void finish_learning(const midi::LearnedControl &control);
    /// Has the control of a learned binding show what it is bound to.
    void add_feedback(MidiBinding &binding) const;
    std::optional<ParameterTarget> resolve(const MidiTarget &target) const;
    std::optional<MeterTarget> resolve_meter(const MidiTarget &target) const;
    std::string name_of(const MidiTarget &target) const;
    /// Where what the binding is for stands, in the binding's range.
    ControllerDisplay::Position position(const MidiBinding &binding) const;
    std::vector<ControllerDisplay::Item> items() const;
    std::vector<ControllerDisplay::Label> labels() const;
    bool is_set_route(const MidiTarget &target) const;

    World world_;
    StripWindow window_;
    ControllerDisplay display_;
    midi::Decoder decoder_;

    std::vector<MidiMap> of_profile_; ///< of the newest that says something of MIDI
    std::vector<MidiMap> maps_;       ///< of the profile, then what was learned
    std::vector<Active> active_;
    int width_ = 0; ///< of a window of strips
    bool has_meters_ = false;

    std::optional<midi::Learner> learner_;
    TimePoint learning_since_{};
    MidiTarget wanted_; ///< while there is a learner
    std::string learned_;

    std::uint64_t connections_ = 0;
    std::uint64_t lost_ = 0;
    TimePoint last_heard_{};
};

} // namespace headroom::control
