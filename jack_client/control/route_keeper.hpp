// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/profile.hpp"
#include "jack_client/control/profile_keeper.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace headroom::control {

/// The routes that were set at run time, before the rules of the profile. They are kept with the
/// other changes over it. Belongs to the control thread.
class RouteKeeper final : public RouteControl {
  public:
    struct World {
        /// Brings what is to hold to the router.
        std::function<void(std::vector<Rule>, std::vector<Connection>)> apply;
        /// What the router knows of a running application.
        std::function<std::optional<ApplicationNames>(const std::string &)> names;
    };

    /// The keeper must outlive this.
    RouteKeeper(ProfileKeeper &keeper, World world) : keeper_(keeper), world_(std::move(world)) {}

    /// Those that hold: what was set at run time, then the profile's. The first that matches
    /// decides.
    std::vector<Rule> rules() const;
    /// To be called when profile or overlay have changed.
    void apply() const { world_.apply(rules(), keeper_.profile().connections); }

    Result<void> check_route(const std::string &application,
                             const std::string &route) const override;
    Result<std::string> set_route(const std::string &application,
                                  const std::string &route) override;
    std::vector<RuleVerdict> explain(const std::string &application) const override;

  private:
    std::vector<std::string> paths_of(const std::string &application) const;
    Result<void> check_name(const std::string &application) const;
    Result<Route> checked_route(const std::string &text) const;

    ProfileKeeper &keeper_;
    World world_;
    EventLoop::Watch applying_; ///< soon
};

/// What the rules make of an application, up to the one that matches.
std::vector<RuleVerdict> explain(const std::vector<Rule> &rules, const ApplicationNames &names);

} // namespace headroom::control
