// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/osc/server_stage.hpp"

using namespace headroom;
using namespace headroom::tests;

namespace {

class FakeProfiles final : public control::ProfileControl {
  public:
    std::string name = "default";
    std::string mistake;
    int reloads = 0;
    std::vector<control::OverlayEntry> entries{
        {"bypass", "on", ""}, {"route/Web Browser", "main", "the profile has no such bus"}};

    std::pair<std::string, std::string> profile_in_use() const override {
        return {name, "/home/" + name + ".yaml"};
    }
    Result<void> use_profile(const std::string &wanted) override {
        if (!mistake.empty())
            return failure(mistake);
        name = wanted;
        return {};
    }
    Result<void> reload_profile() override {
        if (!mistake.empty())
            return failure(mistake);
        ++reloads;
        return {};
    }
    std::vector<std::pair<std::string, std::string>> profiles() const override {
        return {{"default", "For every day."}, {"night", "Films late at night."}};
    }
    std::vector<control::OverlayEntry> overlay_entries() override { return entries; }
    Result<int> clear_overlay(const std::string &path) override {
        const auto count =
            path.empty() ? entries.size()
                         : std::erase_if(entries, [&](auto &entry) { return entry.path == path; });
        if (path.empty())
            entries.clear();
        if (count == 0 && !path.empty())
            return failure("no such change");
        return static_cast<int>(count);
    }
};

struct ProfileStage : Stage {
    FakeProfiles profiles;
    ProfileStage() { surface.profiles = &profiles; }
};

} // namespace

TEST_CASE("the profile in use can be asked for, changed and read again") {
    ProfileStage stage;
    CHECK(
        stage.answer({"/headroom/profile", {}}) ==
        Message{"/headroom/profile", {std::string("default"), std::string("/home/default.yaml")}});
    CHECK(stage.answer({"/headroom/profile", {std::string("night")}}) ==
          Message{"/headroom/profile", {std::string("night"), std::string("/home/night.yaml")}});
    CHECK(stage.answer({"/headroom/profile/reload", {}}) ==
          Message{"/headroom/profile/reload", {std::string("night")}});
    CHECK(stage.profiles.reloads == 1);
    const Messages listed = stage.ask({"/headroom/profile/list", {}});
    CHECK(listed.size() == 3);
    CHECK(listed.at(1) == Message{"/headroom/profile/list",
                                  {std::string("night"), std::string("Films late at night.")}});
    CHECK(count(listed, "/headroom/profile/list/end") == 1);

    stage.profiles.mistake = "mine.yaml:3:5: no";
    CHECK(stage.error({"/headroom/profile", {std::string("broken")}}) == ErrorCode::refused);
    CHECK(stage.error({"/headroom/profile/reload", {}}) == ErrorCode::refused);
    CHECK(stage.error({"/headroom/profile", {1.0f}}) == ErrorCode::wrong_type);
    for (const char *file : {"/home/x/id", "./mine.yaml", "mine.yaml", "../id"}) {
        CAPTURE(file);
        CHECK(stage.error({"/headroom/profile", {std::string(file)}}) == ErrorCode::no_value);
    }
    CHECK(stage.profiles.name == "night");
}

TEST_CASE("subscribers hear of another profile and of notices at once") {
    ProfileStage stage;
    Surfer listener(stage.server->port());
    listener.send({"/headroom/subscribe", {std::string("/headroom/bypass")}});
    stage.run();
    listener.received();
    stage.ask({"/headroom/profile", {std::string("night")}});
    CHECK(count(listener.received(), "/headroom/profile") == 1);
    stage.surface.notify("mine.yaml:3:5: no");
    CHECK(listener.received() ==
          Messages{{"/headroom/notice", {std::string("mine.yaml:3:5: no")}}});
}

TEST_CASE("what was changed over the profile can be listed and cleared") {
    ProfileStage stage;
    CHECK(stage.ask({"/headroom/overlay", {}}) ==
          Messages{{"/headroom/overlay", {std::string("bypass"), std::string("on")}},
                   {"/headroom/overlay",
                    {std::string("route/Web Browser"), std::string("main"),
                     std::string("the profile has no such bus")}},
                   {"/headroom/overlay/end", {std::int32_t{2}}}});
    CHECK(stage.answer({"/headroom/overlay/clear", {std::string("bypass")}}) ==
          Message{"/headroom/overlay/clear", {std::int32_t{1}}});
    CHECK(stage.error({"/headroom/overlay/clear", {std::string("bypass")}}) == ErrorCode::no_value);
    CHECK(stage.answer({"/headroom/overlay/clear", {}}) ==
          Message{"/headroom/overlay/clear", {std::int32_t{1}}});
    CHECK(stage.error({"/headroom/overlay", {std::string("x")}}) == ErrorCode::read_only);
}

TEST_CASE("a program without profiles says so") {
    Stage stage;
    for (const char *address : {"/headroom/profile", "/headroom/profile/reload",
                                "/headroom/overlay", "/headroom/overlay/clear"})
        CHECK(stage.error({address, {}}) == ErrorCode::refused);
}
