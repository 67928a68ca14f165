// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/command_table.hpp"
#include "tests/unit/osc/server_stage.hpp"

using namespace headroom;
using namespace headroom::tests;

namespace {

/// Its profile "night" sets the ceiling to -9, "missing" is none; a list takes a while.
class Profiles final : public control::ProfileControl {
  public:
    explicit Profiles(FakeControlSurface &of) : surface(of) {}
    FakeControlSurface &surface;
    std::string name = "default";
    mutable int listed = 0;

    void set(float value) {
        (void)surface.write(std::vector<control::ParameterWrite>{{ceiling_target, value}});
    }
    std::pair<std::string, std::string> profile_in_use() const override { return {name, ""}; }
    Result<void> check_profile(const std::string &wanted) override {
        if (wanted == "missing")
            return failure("no such profile");
        return {};
    }
    Result<void> use_profile(const std::string &wanted) override {
        name = wanted;
        set(-9.0f);
        return {};
    }
    Result<void> reload_profile() override { return {}; }
    std::vector<std::pair<std::string, std::string>> profiles() const override {
        ++listed;
        return {{"default", ""}, {"night", ""}};
    }
    std::vector<control::OverlayEntry> overlay_entries() override { return {}; }
    Result<int> clear_overlay(const std::string &) override {
        set(-1.0f);
        return 1;
    }
};

struct TurnStage : Stage {
    Profiles profiles{surface};
    TurnStage() { surface.profiles = &profiles; }
    float value() const { return surface.value(ceiling_target); }
};

Message text(const char *address, const char *argument) {
    return {address, {std::string(argument)}};
}

} // namespace

TEST_CASE("a bundle with a command that cannot be carried out changes nothing") {
    TurnStage stage;
    const Message set{ceiling, {-6.0f}};
    for (const Message &bad :
         {text("/headroom/profile", "missing"), text("/headroom/midi/learn", "nothing"),
          text("/headroom/subscribe", "/a[")}) {
        CAPTURE(bad.address);
        const Messages answers = stage.ask(encode_bundle(Messages{set, bad}));
        REQUIRE(answers.size() == 1);
        CHECK(answers[0].address == "/headroom/error");
        CHECK(stage.value() == -1.0f);
    }
}

TEST_CASE("commands and values of a bundle are carried out in its order") {
    TurnStage stage;
    const Message set{ceiling, {-5.0f}};
    const Message clear{"/headroom/overlay/clear", {}};
    stage.ask(encode_bundle(Messages{set, clear}));
    CHECK(stage.value() == -1.0f);
    stage.ask(encode_bundle(Messages{clear, set}));
    CHECK(stage.value() == -5.0f);
    stage.ask(encode_bundle(Messages{text("/headroom/profile", "night"), set}));
    CHECK(stage.value() == -5.0f);
    stage.ask(encode_bundle(Messages{set, text("/headroom/profile", "night")}));
    CHECK(stage.value() == -9.0f);
}

TEST_CASE("a list of profiles is read once for as many as ask") {
    TurnStage stage;
    stage.ask(encode_bundle(Messages(40, {"/headroom/profile/list", {}})));
    CHECK(stage.profiles.listed == 1);
}

TEST_CASE("a packet with too many heavy commands is refused") {
    TurnStage stage;
    const Messages answers =
        stage.ask(encode_bundle(Messages(20, text("/headroom/profile", "night"))));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].address == "/headroom/error");
    CHECK(stage.profiles.name == "default");
}

TEST_CASE("while one peer has much work waiting, another is answered in its turn") {
    TurnStage stage;
    Surfer other(stage.server->port());
    const auto much = encode_bundle(Messages(60, {"/headroom/list", {}}));
    for (int i = 0; i < 30; ++i)
        stage.surfer.send(much);
    other.send({ceiling, {}});
    // A turn that the machine holds up may read no further than the first peer's packets.
    Messages answer;
    while (answer.empty() && stage.loop.turn())
        answer = other.received();
    CHECK(answer == Messages{{ceiling, {-1.0f}}});
    CHECK(stage.loop.turn()); // the rest
    stage.run();
}

TEST_CASE("who sends a keep-alive of headroom's is a headroom: its packets are answers") {
    Stage stage;
    stage.surfer.send({"/headroom/alive", {std::int32_t{7}}});
    CHECK(stage.ask({ceiling, {-7.0f}}).empty());
    CHECK(stage.surface.value(ceiling_target) == -1.0f);
    Surfer other(stage.server->port());
    other.send({ceiling, {-8.0f}});
    stage.run();
    CHECK(other.received().size() == 1);
    stage.now += 4s;
    CHECK(stage.ask({ceiling, {-7.0f}}) == Messages{{ceiling, {-7.0f}}});
}

TEST_CASE("answers that go to another port begin with a keep-alive") {
    Stage stage;
    auto ear = UdpSocket::bind(*Endpoint::parse("127.0.0.1", 0)).value();
    CHECK(stage.ask({"/headroom/port", {std::int32_t{ear.local().port()}}}).empty());
    std::array<std::uint8_t, 2048> buffer;
    const auto first = ear.receive(buffer).value();
    REQUIRE(first);
    CHECK(decode(std::span(buffer).first(first->size))->elements.front().message.address ==
          "/headroom/alive");
}

TEST_CASE("headroom's own port is refused as the one to answer to") {
    Stage stage;
    CHECK(stage.error({"/headroom/port", {std::int32_t{stage.server->port()}}}) ==
          ErrorCode::no_value);
}

TEST_CASE("what has to send an argument can send a command that takes none") {
    Stage stage;
    CHECK(stage.ask({"/headroom/alive", {Impulse{}}}).size() == 1);
    CHECK(stage.ask({"/headroom/status/server", {Impulse{}}}) ==
          Messages{{"/headroom/status/server", {std::string("fake")}}});
    // A button that is let go does nothing.
    CHECK(stage.ask({"/headroom/profile/reload", {0.0f}}).empty());
    CHECK(stage.error({"/headroom/profile/reload", {1.0f}}) == ErrorCode::refused);
}

TEST_CASE("commands are found by their address, also those whose last part is any name") {
    for (const CommandInfo &command : command_table())
        CHECK(find_command(command.address) == &command);
    CHECK(find_command("/headroom/route/mpv")->address == "/headroom/route/APPLICATION");
    CHECK(find_command("/headroom/route/") == nullptr);
    CHECK(find_command("/headroom/bypass") == nullptr);
}
