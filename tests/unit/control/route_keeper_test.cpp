// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/route_keeper.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace headroom;
using namespace headroom::control;
using namespace headroom::test;

namespace {

constexpr const char *kRoutes = R"(
buses: { main: , phones: }
rules:
  - { name: music, match: { client: "mpd*" }, route: bypass }
  - { name: rest, match: {}, route: main }
)";

struct Setting {
    EventLoop loop;
    ProfileKeeper keeper;
    std::vector<Rule> applied;
    int applications = 0;
    RouteKeeper routes{keeper,
                       {[this](std::vector<Rule> rules, const auto &) {
                            applied = std::move(rules);
                            ++applications;
                        },
                        [](const std::string &name) -> std::optional<ApplicationNames> {
                            if (name != "mpd 2")
                                return std::nullopt;
                            return ApplicationNames{.client = name, .ports = {"l", "r"}};
                        }}};

    explicit Setting(const std::filesystem::path &overlay = {})
        : keeper(loop, *read_profile(kRoutes, "test.yaml"), {overlay}) {}

    /// Lets what was set come to the router.
    void settle() {
        const auto end = loop.on_timer(std::chrono::milliseconds(2), [this] {
            loop.stop();
            return std::chrono::milliseconds(-1);
        });
        loop.run();
    }

    std::string route_of(const std::string &client) const {
        const std::vector<Rule> rules = routes.rules();
        const Rule *rule = decide(rules, {.client = client}).route;
        return rule ? rule->route.text() : "";
    }
};

} // namespace

TEST_CASE("a route that was set comes before the rules, until it is unset") {
    Setting setting;
    CHECK(setting.route_of("mpd") == "bypass");
    REQUIRE(setting.routes.set_route("mpd", "phones").has_value());
    CHECK(setting.route_of("mpd") == "phones");
    setting.settle();
    CHECK(setting.applied.size() == 3);
    REQUIRE(setting.routes.set_route("mpd", "main+phones").has_value());
    CHECK(setting.route_of("mpd") == "main+phones");
    CHECK(setting.route_of("mpd 2") == "bypass");
    REQUIRE(setting.routes.set_route("mpd", "").has_value());
    CHECK(setting.route_of("mpd") == "bypass");
    setting.settle();
    CHECK(setting.applied.size() == 2);
    CHECK(setting.applications == 2); // once for all that came together
    CHECK_FALSE(setting.routes.set_route("mpd", "").has_value());
}

TEST_CASE("routes that were set are there after a restart") {
    TemporaryFolder folder;
    {
        Setting setting(folder.path() / "overlay");
        REQUIRE(setting.routes.set_route("Web Browser", "ignore").has_value());
    }
    CHECK(Setting(folder.path() / "overlay").route_of("Web Browser") == "ignore");
}

TEST_CASE("a route to a bus that is not there is refused") {
    Setting setting;
    const auto refused = setting.routes.set_route("mpd", "main+phonse");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().text() == "there is no bus \"phonse\"; expected main and phones, bypass "
                                    "or ignore (did you mean phones?)");
    CHECK_FALSE(setting.routes.set_route("mpd", "main+").has_value());
    CHECK_FALSE(setting.routes.set_route("", "main").has_value());
    CHECK(setting.route_of("mpd") == "bypass");
}

TEST_CASE("a name is for every stream of an application, and the longer name for one of them") {
    Setting setting;
    REQUIRE(setting.routes.set_route("VLC", "Phones").has_value());
    CHECK(setting.route_of("vlc") == "phones");
    CHECK(setting.route_of("vlc-57") == "phones");
    REQUIRE(setting.routes.set_route("vlc-57", "BYPASS").has_value());
    CHECK(setting.route_of("vlc-57") == "bypass");
    CHECK(setting.route_of("vlc-58") == "phones");
    REQUIRE(setting.routes.set_route("vlc", "main").has_value());
    CHECK(setting.route_of("vlc-58") == "main");
    REQUIRE(setting.routes.set_route("Vlc", "").has_value());
    CHECK_FALSE(setting.routes.set_route("vlc", "").has_value());
    for (const char *bad : {"[", "/(/"}) {
        const auto refused = setting.routes.set_route(bad, "main");
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().text().find("pattern") != std::string::npos);
    }
    CHECK(setting.routes.set_route("mpd 2", "main").has_value());
}

TEST_CASE("an explanation goes up to the rule that matches") {
    Setting setting;
    REQUIRE(setting.routes.set_route("vlc", "phones").has_value());
    const auto verdicts = setting.routes.explain("mpd 2");
    REQUIRE(verdicts.size() == 2);
    CHECK_FALSE(verdicts[0].matches);
    CHECK(verdicts[0].rule == "set at run time");
    CHECK(verdicts[1].matches);
    CHECK(verdicts[1].rule == "music");
    CHECK(verdicts[1].reason == "client \"mpd 2\" is like \"mpd*\"");
    CHECK(setting.routes.explain("firefox").size() == 3);
    CHECK(setting.routes.explain("vlc").front().reason ==
          "client \"vlc\"; all but the route is from \"rest\"");
}
