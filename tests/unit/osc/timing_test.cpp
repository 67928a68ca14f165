// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/timed_bundles.hpp"
#include "tests/unit/osc/timed_stage.hpp"

using namespace headroom;
using namespace headroom::tests;

TEST_CASE("a bundle for later reaches the surface with its frame, and is confirmed when it holds") {
    TimedStage stage;
    const std::uint64_t frame = stage.frame_at(500ms);
    stage.send_at(500ms, {{ceiling, {-5.0f}}, {voice_ceiling, {-6.0f}}, {ceiling + "/text", {}}});
    CHECK(stage.surfer.received().empty());
    stage.play(380ms);
    CHECK(stage.surface.coming.empty());
    stage.play(40ms);
    REQUIRE(stage.surface.coming.size() == 1);
    CHECK(stage.surface.coming[0].frame == frame);
    CHECK(stage.surface.coming[0].writes.size() == 2);
    CHECK(stage.surface.batches.empty());
    CHECK(stage.surfer.received().empty());
    stage.play(100ms);
    CHECK(stage.surface.batches.size() == 1);
    CHECK(stage.surfer.received() == Messages{{ceiling, {-5.0f}},
                                              {voice_ceiling, {-6.0f}},
                                              {ceiling + "/text", {std::string("-5.0 dBTP")}}});
    stage.play(1s);
    const Messages reports = stage.surfer.received();
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].address == "/headroom/landed");
    CHECK(number(reports[0].arguments[0]) == Approx(490.0f).margin(0.1));
    CHECK(number(reports[0].arguments[3]) == 1.0f);
    CHECK(number(reports[0].arguments[4]) == 0.0f);
    CHECK(reports[0].arguments[6] == Argument(static_cast<std::int64_t>(frame)));
}

TEST_CASE("a bundle that is late is applied at once and counted") {
    TimedStage stage;
    // The frame of 5 ms from now is in the period that is being played.
    stage.send_at(5ms, {{ceiling, {-5.0f}}});
    CHECK(stage.surface.value(ceiling_target) == -5.0f);
    stage.send_at(-2s, {{ceiling, {-6.0f}}});
    CHECK(stage.surface.value(ceiling_target) == -6.0f);
    CHECK(stage.surface.coming.empty());
    CHECK(stage.surfer.received() == Messages{{ceiling, {-5.0f}}, {ceiling, {-6.0f}}});
    const auto landed = stage.landed();
    CHECK(number(landed[0]) == Approx(-2010.0).margin(0.1));
    CHECK(number(landed[1]) == Approx(-1007.5).margin(0.1));
    CHECK(number(landed[2]) == Approx(-5.0).margin(0.1));
    CHECK(landed[3] == Argument(std::int32_t{2}));
    CHECK(landed[4] == Argument(std::int32_t{2}));
}

TEST_CASE("a bundle at the last moment is in time, and one that the server is late with is not") {
    TimedStage stage;
    stage.send_at(10ms, {{ceiling, {-5.0f}}});
    REQUIRE(stage.surface.coming.size() == 1);
    CHECK(stage.surface.coming[0].frame == stage.surface.stream->open_frame);
    auto landed = stage.landed();
    CHECK(landed[3] == Argument(std::int32_t{1}));
    CHECK(landed[4] == Argument(std::int32_t{0}));

    stage.send_at(500ms, {{ceiling, {-6.0f}}});
    stage.now += 700ms; // the control thread was away, the audio was not
    for (int i = 0; i < 70; ++i)
        stage.callback();
    stage.run();
    landed = stage.landed();
    CHECK(number(landed[0]) < -100.0f);
    CHECK(landed[4] == Argument(std::int32_t{1}));
    CHECK(stage.surface.value(ceiling_target) == -6.0f);
}

TEST_CASE("setting the machine's clock moves no bundle that waits, and later ones are read right") {
    TimedStage stage;
    const std::uint64_t first = stage.frame_at(500ms);
    stage.send_at(500ms, {{ceiling, {-5.0f}}});
    const auto step = GENERATE(2h, -2h);
    stage.play(100ms);
    stage.wall_set = step;
    const std::uint64_t second = stage.frame_at(700ms);
    stage.send_at(700ms, {{ceiling, {-6.0f}}});
    stage.play(350ms);
    REQUIRE(stage.surface.coming.size() == 1);
    CHECK(stage.surface.coming[0].frame == first);
    stage.play(300ms);
    REQUIRE(stage.surface.coming.size() == 1);
    CHECK(stage.surface.coming[0].frame == second);
}

TEST_CASE("a peer that asks for headroom's clock is read on that, whoever sets which clock") {
    TimedStage stage;
    stage.play(30ms);
    const TimeTag mine{12345};
    const auto ask = [&] {
        const Message reading = stage.answer({"/headroom/clock", {mine, TimeTag{0}, TimeTag{0}}});
        CHECK(reading.address == "/headroom/clock");
        REQUIRE(reading.arguments.size() == 3);
        CHECK(reading.arguments[0] == Argument(mine));
        return std::get<TimeTag>(reading.arguments[1]).ntp;
    };
    const std::uint64_t asked = ask();
    CHECK(ntp_between(stage.wall(0ms), asked) < 10ns);
    stage.wall_set = -5h;
    stage.play(1s);
    CHECK(ntp_between(asked, ask()) == 1s);
    const std::uint64_t frame = stage.frame_at(300ms);
    stage.surfer.send(
        encode_bundle(Messages{{ceiling, {-5.0f}}}, TimeTag{ntp_plus(asked, 1300ms)}));
    stage.run();
    stage.play(220ms);
    REQUIRE(stage.surface.coming.size() == 1);
    CHECK(stage.surface.coming[0].frame == frame);

    CHECK(stage.error({"/headroom/clock", {}}) == ErrorCode::wrong_arity);
    CHECK(stage.error({"/headroom/clock", {1.0f}}) == ErrorCode::wrong_type);
}

TEST_CASE("timed bundles are bounded by horizon, by peer and in all, with errors beyond") {
    TimedStage stage;
    stage.send_at(61s, {{ceiling, {-5.0f}}});
    CHECK(code_of(stage.surfer.received()) == ErrorCode::too_early);
    for (std::size_t i = 0; i < TimedBundles::kPerPeer; ++i)
        stage.send_at(10s, {{ceiling, {-5.0f}}});
    CHECK(stage.surfer.received().empty());
    stage.send_at(10s, {{ceiling, {-5.0f}}});
    CHECK(code_of(stage.surfer.received()) == ErrorCode::too_many);

    std::vector<std::unique_ptr<Surfer>> others;
    for (std::size_t i = 1; i < TimedBundles::kInAll / TimedBundles::kPerPeer; ++i) {
        others.push_back(std::make_unique<Surfer>(stage.server->port()));
        for (std::size_t k = 0; k < TimedBundles::kPerPeer; ++k) {
            others.back()->send(
                encode_bundle(Messages{{ceiling, {-5.0f}}}, TimeTag{stage.wall(10s)}));
            if (k % 64 == 0)
                stage.run();
        }
        stage.run();
        CHECK(others.back()->received().empty());
    }
    Surfer last(stage.server->port());
    last.send(encode_bundle(Messages{{ceiling, {-5.0f}}}, TimeTag{stage.wall(10s)}));
    stage.run();
    CHECK(code_of(last.received()) == ErrorCode::too_many);

    stage.play(11s); // all of them have room again
    stage.surfer.received();
    stage.send_at(10s, {{ceiling, {-5.0f}}});
    CHECK(count(stage.surfer.received(), "/headroom/error") == 0);
}

TEST_CASE("a timed bundle with an error is refused whole when it comes") {
    TimedStage stage;
    stage.send_at(500ms, {{ceiling, {-5.0f}}, {"/headroom/nothing", {1.0f}}});
    CHECK(code_of(stage.surfer.received()) == ErrorCode::unknown_address);
    stage.play(600ms);
    CHECK(stage.surface.batches.empty());
    // One bundle around two of different times: one mistake refuses all.
    const TimeTag soon{stage.wall(200ms)};
    auto both = encode_bundle({}, TimeTag{});
    for (const auto &inner :
         {encode_bundle(Messages{{ceiling, {-5.0f}}}, soon),
          encode_bundle(Messages{{ceiling, {std::string("much")}}}, TimeTag{stage.wall(1s)})}) {
        both.insert(both.end(), {0, 0, 0, static_cast<std::uint8_t>(inner.size())});
        both.insert(both.end(), inner.begin(), inner.end());
    }
    CHECK(code_of(stage.ask(both)) == ErrorCode::no_value);
    stage.play(2s);
    CHECK(stage.surface.batches.empty());
}

TEST_CASE("nested bundles hold each at its own frame") {
    TimedStage stage;
    auto packet = encode_bundle(Messages{{voice_ceiling, {-2.0f}}}, TimeTag{});
    for (const auto later : {200ms, 210ms}) {
        const auto inner =
            encode_bundle(Messages{{ceiling + "/inc", {-1.0f}}, {bypass + "/toggle", {}}},
                          TimeTag{stage.wall(later)});
        packet.insert(packet.end(), {0, 0, 0, static_cast<std::uint8_t>(inner.size())});
        packet.insert(packet.end(), inner.begin(), inner.end());
    }
    const std::uint64_t first = stage.frame_at(200ms);
    stage.ask(packet);
    CHECK(stage.surface.batches.size() == 1);
    stage.play(120ms);
    REQUIRE(stage.surface.coming.size() == 2);
    CHECK(stage.surface.coming[0].frame == first);
    CHECK(stage.surface.coming[1].frame == first + 480);
    // The second counts from what the first leaves.
    CHECK(stage.surface.coming[0].writes[0].value == -2.0f);
    CHECK(stage.surface.coming[1].writes[0].value == -3.0f);
    CHECK(stage.surface.coming[0].writes[1].value == 1.0f);
    CHECK(stage.surface.coming[1].writes[1].value == 0.0f);
    stage.play(200ms);
    CHECK(stage.surface.value(ceiling_target) == -3.0f);
    CHECK(stage.surface.value(bypass_target) == 0.0f);
}

TEST_CASE("commands in a timed bundle wait for its time") {
    TimedStage stage;
    stage.send_at(300ms, {{"/headroom/meters/reset", {}}, {ceiling, {-4.0f}}});
    stage.play(280ms);
    CHECK(stage.surface.reset_buses.empty());
    stage.play(50ms);
    CHECK(stage.surface.reset_buses.size() == 2);
    CHECK(stage.surface.value(ceiling_target) == -4.0f);
}

TEST_CASE("without a stream bundles hold when their time comes") {
    Stage stage;
    stage.surfer.send(encode_bundle(Messages{{ceiling, {-5.0f}}}, TimeTag{stage.wall(300ms)}));
    stage.run();
    stage.pass(299ms);
    CHECK(stage.surface.batches.empty());
    stage.pass(2ms);
    CHECK(stage.surface.value(ceiling_target) == -5.0f);
    CHECK(stage.surfer.received() == Messages{{ceiling, {-5.0f}}});
}

TEST_CASE("a server that ends forgets its bundles, and what the surface has lands without it") {
    TimedStage stage;
    stage.send_at(90ms, {{ceiling, {-5.0f}}});
    stage.send_at(900ms, {{ceiling, {-6.0f}}});
    REQUIRE(stage.surface.coming.size() == 1);
    stage.server.reset();
    for (int i = 0; i < 100; ++i) {
        stage.callback();
        stage.surface.settle();
    }
    CHECK(stage.surface.value(ceiling_target) == -5.0f);
}

TEST_CASE("a stamped value that is older than the newest one loses, from whomever that is") {
    TimedStage stage;
    Surfer other(stage.server->port());
    const auto send = [&](std::chrono::milliseconds time, const Message &message) {
        Messages answers = stage.ask(encode_bundle(stamped(time, message)));
        std::erase_if(answers, [](const Message &m) { return m.address == "/headroom/landed"; });
        return answers;
    };
    CHECK(send(0ms, {ceiling, {-1.0f}}) == Messages{{ceiling, {-1.0f}}});
    stage.play(1s);
    CHECK(send(1000ms, {ceiling, {-2.0f}}) == Messages{{ceiling, {-2.0f}}});
    // Out of order, and confirmed as what holds.
    CHECK(send(900ms, {ceiling, {-9.0f}}) == Messages{{ceiling, {-2.0f}}});
    CHECK(send(900ms, {ceiling + "/norm", {0.0f}}) == Messages{{ceiling + "/norm", {0.9f}}});
    // Another address is another matter.
    CHECK(send(900ms, {voice_ceiling, {-9.0f}}) == Messages{{voice_ceiling, {-9.0f}}});

    // Somebody without stamps is as new as his packets; half a second in a queue is too long.
    stage.play(1s);
    other.send({ceiling, {-3.0f}});
    stage.run();
    stage.play(100ms);
    CHECK(send(1600ms, {ceiling, {-9.0f}}) == Messages{{ceiling, {-3.0f}}});
    CHECK(send(2050ms, {ceiling, {-4.0f}}) == Messages{{ceiling, {-4.0f}}});
    // So is the program itself.
    REQUIRE(stage.surface.write(std::array{control::ParameterWrite{ceiling_target, -5.0f}}));
    stage.run();
    CHECK(send(2060ms, {ceiling, {-9.0f}}) == Messages{{ceiling, {-5.0f}}});

    const auto landed = stage.landed();
    CHECK(landed[3] == Argument(std::int32_t{0}));
    CHECK(landed[5] == Argument(std::int32_t{2})); // since the last report
}

TEST_CASE("toggles, increments and resets never lose, however old they are") {
    TimedStage stage;
    const auto send = [&](std::chrono::milliseconds time, const Message &message) {
        return stage.ask(encode_bundle(stamped(time, message)));
    };
    stage.play(1s);
    send(1000ms, {ceiling, {-6.0f}});
    CHECK(send(10ms, {ceiling + "/inc", {-1.0f}}) == Messages{{ceiling, {-7.0f}}});
    CHECK(send(20ms, {ceiling, {-9.0f}}) == Messages{{ceiling, {-7.0f}}});
    CHECK(send(30ms, {ceiling + "/reset", {}}) == Messages{{ceiling, {-1.0f}}});
    send(1000ms, {bypass, {true}});
    CHECK(send(10ms, {bypass + "/toggle", {}}) == Messages{{bypass, {std::int32_t{0}}}});
}

TEST_CASE("of a queue the newest stamp wins, whatever the order and however often it is drained") {
    for (const bool drained : {false, true}) {
        TimedStage stage;
        stage.ask(encode_bundle(stamped(0ms, {voice_ceiling, {-1.0f}})));
        stage.play(2s);
        for (const int time : {1010, 1050, 1020, 1090, 1080, 1030}) {
            stage.surfer.send(encode_bundle(stamped(
                std::chrono::milliseconds(time), {ceiling, {static_cast<float>(-time) / 100.0f}})));
            if (drained)
                stage.run();
        }
        stage.run();
        CHECK(stage.surface.value(ceiling_target) == Approx(-10.9));
        CHECK(stage.surface.batches.size() == (drained ? 4U : 2U));
    }
}

TEST_CASE("stamps of every type are read, and a bad one, or one that is not first, is refused") {
    TimedStage stage;
    for (const Argument &stamp : {Argument(TimeTag{stage.wall(0ms)}), Argument(12.5),
                                  Argument(std::int32_t{12500}), Argument(std::int64_t{12500})}) {
        const Messages bundle{{"/headroom/sent", {stamp}}, {ceiling, {-5.0f}}};
        CHECK(stage.ask(encode_bundle(bundle)) == Messages{{ceiling, {-5.0f}}});
    }
    CHECK(stage.ask(encode({"/headroom/sent", {12.5}})).empty());
    CHECK(code_of(stage.ask(encode({"/headroom/sent", {1.0f}}))) == ErrorCode::wrong_type);
    CHECK(code_of(stage.ask(encode({"/headroom/sent", {}}))) == ErrorCode::wrong_arity);
    const Messages late{{ceiling, {-6.0f}}, {"/headroom/sent", {12.5}}};
    CHECK(code_of(stage.ask(encode_bundle(late))) == ErrorCode::malformed);
    CHECK(stage.surface.value(ceiling_target) == -5.0f);
    for (const double stamp : {-1e300, 1e300, 0.0})
        CHECK(stage.ask(encode_bundle(Messages{{"/headroom/sent", {stamp}}})).empty());
}
