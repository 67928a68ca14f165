// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/osc/server_stage.hpp"

using namespace headroom;
using namespace headroom::tests;

namespace {

class FakeRoutes final : public control::RouteControl {
  public:
    std::map<std::string, std::string> set;

    Result<std::string> set_route(const std::string &application,
                                  const std::string &route) override {
        if (route == "mian")
            return failure("there is no bus \"mian\"");
        if (route.empty())
            set.erase(application);
        else
            set[application] = route;
        return route == "Bypass" ? "bypass" : route;
    }
    std::vector<control::RuleVerdict> explain(const std::string &application) const override {
        return {{"music", "bypass", false, "client \"" + application + "\" is not \"mpd\""},
                {"rest", "main", true, "it matches everything"}};
    }
};

struct RouteStage : Stage {
    FakeRoutes routes;
    RouteStage() { surface.routes = &routes; }
};

Message confirmed(const char *address, const char *route, const char *name) {
    return {address, {std::string(route), std::string(), std::string(name), std::string()}};
}

} // namespace

TEST_CASE("a route is set at the address of its application, and unset") {
    RouteStage stage;
    CHECK(stage.answer({"/headroom/route/mpv", {std::string("bypass")}}) ==
          confirmed("/headroom/route/mpv", "bypass", "mpv"));
    CHECK(stage.answer({"/headroom/route/Web_Browser", {std::string("main")}}) ==
          confirmed("/headroom/route/Web_Browser", "main", "Web Browser"));
    CHECK(stage.routes.set ==
          std::map<std::string, std::string>{{"mpv", "bypass"}, {"Web Browser", "main"}});
    CHECK(stage.answer({"/headroom/route/mpv", {std::string("unset")}}) ==
          confirmed("/headroom/route/mpv", "unset", "mpv"));
    CHECK(stage.answer({"/headroom/route", {std::string("Not Here"), std::string("ignore")}}) ==
          Message{"/headroom/route",
                  {std::string("ignore"), std::string(), std::string("Not Here"),
                   std::string("no application of this name runs now")}});
    CHECK(stage.routes.set ==
          std::map<std::string, std::string>{{"Not Here", "ignore"}, {"Web Browser", "main"}});
}

TEST_CASE("a route is confirmed as it is kept, for the applications that it holds for") {
    RouteStage stage;
    Surfer other(stage.server->port());
    other.send({"/headroom/subscribe", {std::string("/headroom/bypass")}});
    stage.run();
    other.received();
    CHECK(stage.answer({"/headroom/route", {std::string("MPV"), std::string("Bypass")}}) ==
          confirmed("/headroom/route", "bypass", "mpv"));
    stage.run();
    const auto told = other.received();
    CHECK(std::find(told.begin(), told.end(), confirmed("/headroom/route/mpv", "bypass", "mpv")) !=
          told.end());
    CHECK(stage.answer({"/headroom/route", {std::string("*"), std::string("main")}}) ==
          confirmed("/headroom/route", "main", "*"));
    stage.run();
    CHECK(count(other.received(), "/headroom/route/Web_Browser") == 1);
}

TEST_CASE("what the rules make of an application is told rule by rule") {
    RouteStage stage;
    CHECK(stage.ask({"/headroom/route", {std::string("mpv")}}) ==
          Messages{{"/headroom/route",
                    {std::string("music"), std::string("bypass"), false,
                     std::string("client \"mpv\" is not \"mpd\"")}},
                   {"/headroom/route",
                    {std::string("rest"), std::string("main"), true,
                     std::string("it matches everything")}},
                   {"/headroom/route/end", {std::int32_t{2}}}});
}

TEST_CASE("a route that cannot be is refused, and changes nothing") {
    RouteStage stage;
    CHECK(stage.error({"/headroom/route/mpv", {std::string("mian")}}) == ErrorCode::no_value);
    CHECK(stage.error({"/headroom/route/*", {std::string("main")}}) == ErrorCode::no_value);
    CHECK(stage.error({"/headroom/route/mpv", {1.0f}}) == ErrorCode::wrong_type);
    CHECK(stage.error({"/headroom/route", {1.0f}}) == ErrorCode::wrong_type);
    CHECK(stage.error({"/headroom/route", {std::string("a"), std::string("b"), 1.0f}}) ==
          ErrorCode::wrong_arity);
    CHECK(stage.routes.set.empty());
    stage.surface.routes = nullptr;
    CHECK(stage.error({"/headroom/route/mpv", {std::string("main")}}) == ErrorCode::refused);
}
