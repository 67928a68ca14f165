// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/once_numbers.hpp"
#include "tests/unit/osc/timed_stage.hpp"

using namespace headroom;
using namespace headroom::tests;

TEST_CASE(
    "a packet with a number happens once, however often it comes, and is answered each time") {
    TimedStage stage;
    const auto numbered = [](std::int32_t number) {
        return encode_bundle(Messages{{"/headroom/once", {number}}, {ceiling + "/inc", {-1.0f}}});
    };
    const auto receipt = [](std::int32_t number) { return Message{"/headroom/once", {number}}; };
    CHECK(stage.ask(numbered(7)) == Messages{receipt(7), {ceiling, {-2.0f}}});
    CHECK(stage.ask(numbered(7)) == Messages{receipt(7)});
    CHECK(stage.surface.value(ceiling_target) == -2.0f);
    Surfer other(stage.server->port());
    other.send(numbered(7));
    stage.run();
    CHECK(other.received() == Messages{receipt(7), {ceiling, {-3.0f}}});

    SECTION("the newest numbers are known, and no more") {
        for (std::int32_t i = 1; i <= static_cast<std::int32_t>(OnceNumbers::kPerPeer); ++i) {
            stage.ask(encode_bundle(Messages{receipt(7 + i)}));
            if (i == 400) {
                CHECK(stage.ask(numbered(7)) == Messages{receipt(7)});
            }
        }
        CHECK(stage.ask(numbered(7)) == Messages{receipt(7), {ceiling, {-4.0f}}});
    }
    SECTION("a bundle for later too") {
        PacketBuilder packet;
        packet.add(encode({"/headroom/sent", {12.5}}));
        packet.add(encode(receipt(8)));
        packet.add(
            encode_bundle(Messages{{ceiling + "/inc", {-1.0f}}}, TimeTag{stage.wall(500ms)}));
        const auto bytes = packet.take();
        CHECK(stage.ask(bytes) == Messages{receipt(8)});
        stage.play(100ms);
        CHECK(stage.ask(bytes) == Messages{receipt(8)});
        stage.play(500ms);
        CHECK(stage.surfer.received() == Messages{{ceiling, {-4.0f}}});
        CHECK(stage.ask(bytes) == Messages{receipt(8)});
        CHECK(stage.landed()[3] == Argument(std::int32_t{1}));
        CHECK(stage.surface.value(ceiling_target) == -4.0f);
    }
    SECTION("a number that is none, or not in front, is refused") {
        CHECK(stage.error({"/headroom/once", {}}) == ErrorCode::wrong_arity);
        CHECK(stage.error({"/headroom/once", {1.0f}}) == ErrorCode::wrong_type);
        CHECK(code_of(stage.ask(encode_bundle(Messages{{ceiling, {-6.0f}}, receipt(9)}))) ==
              ErrorCode::malformed);
    }
}
