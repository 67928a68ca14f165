// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/osc/server_stage.hpp"

using namespace headroom;
using namespace headroom::tests;

namespace {

class FakeControllers final : public control::Controllers {
  public:
    Learning state;
    int resent = 0;

    Result<void> learn(const std::string &address) override {
        if (address == "bypas")
            return failure("there is no parameter \"bypas\"");
        state = {address, ""};
        return {};
    }
    Learning learning() const override { return state; }
    std::vector<Binding> bindings() const override {
        return {{"desk", "{ control: cc 1, target: bypass }"}, {"learned", "{ control: cc 2 }"}};
    }
    Result<int> forget(const std::string &what) override {
        if (what != "bypass")
            return failure("nothing was learned for \"" + what + "\"");
        return 2;
    }
    void resend() override { ++resent; }
};

struct MidiStage : Stage {
    FakeControllers controllers;
    MidiStage() { surface.midi = &controllers; }
};

Message learning(const char *address, const char *learned) {
    return {"/headroom/midi/learn", {std::string(address), std::string(learned)}};
}

} // namespace

TEST_CASE("a control is waited for, and told when it was learned") {
    MidiStage stage;
    CHECK(stage.answer({"/headroom/midi/learn", {}}) == learning("", ""));
    CHECK(stage.answer({"/headroom/midi/learn", {std::string("/headroom/bypass")}}) ==
          learning("bypass", ""));
    stage.controllers.state = {"", "{ control: cc 7 }"};
    CHECK(stage.answer({"/headroom/midi/learn", {}}) == learning("", "{ control: cc 7 }"));
    CHECK(stage.answer({"/headroom/midi/learn", {std::string("stop")}}) == learning("", ""));
    CHECK(stage.error({"/headroom/midi/learn", {std::string("bypas")}}) == ErrorCode::no_value);
    CHECK(stage.error({"/headroom/midi/learn", {1.0f}}) == ErrorCode::wrong_type);
}

TEST_CASE("bindings are listed and forgotten, and everything shown again") {
    MidiStage stage;
    CHECK(stage.ask({"/headroom/midi/list", {}}) ==
          Messages{
              {"/headroom/midi/list",
               {std::string("desk"), std::string("{ control: cc 1, target: bypass }")}},
              {"/headroom/midi/list", {std::string("learned"), std::string("{ control: cc 2 }")}},
              {"/headroom/midi/list/end", {std::int32_t{2}}}});
    CHECK(stage.answer({"/headroom/midi/forget", {std::string("bypass")}}) ==
          Message{"/headroom/midi/forget", {std::int32_t{2}}});
    CHECK(stage.error({"/headroom/midi/forget", {std::string("cc 9")}}) == ErrorCode::no_value);
    CHECK(stage.error({"/headroom/midi/forget", {}}) == ErrorCode::wrong_type);
    CHECK(stage.answer({"/headroom/midi/resend", {}}) == Message{"/headroom/midi/resend", {}});
    CHECK(stage.controllers.resent == 1);
    stage.surface.midi = nullptr;
    CHECK(stage.error({"/headroom/midi/list", {}}) == ErrorCode::refused);
}
