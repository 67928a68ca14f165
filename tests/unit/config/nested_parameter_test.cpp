// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/profile.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <utility>

using namespace headroom;

namespace {

Result<Profile> with_bypass(const std::string &bypass) {
    return read_profile("buses: { main: { bypass: " + bypass + " } }", "some.yaml");
}

/// bypass and bypass/matched
std::pair<float, float> switches(const std::string &bypass) {
    const Profile profile = with_bypass(bypass).value();
    const ParameterValues &values = profile.buses.front().values;
    return {values[parameter_id("bypass")], values[parameter_id("bypass/matched")]};
}

} // namespace

TEST_CASE("a parameter with others below it is a value, or on in a map") {
    CHECK(switches("on") == std::pair{1.0f, 0.0f});
    CHECK(switches("{ matched: on }") == std::pair{0.0f, 1.0f});
    CHECK(switches("{ on: yes, matched: yes }") == std::pair{1.0f, 1.0f});
    const auto mistake = with_bypass("{ macthed: on }");
    REQUIRE_FALSE(mistake);
    CHECK(mistake.error().text().find("did you mean matched?") != std::string::npos);
}
