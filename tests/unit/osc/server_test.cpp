// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/dispatcher.hpp"
#include "tests/unit/osc/server_stage.hpp"

using namespace headroom;
using namespace headroom::tests;

TEST_CASE("an address without arguments asks, with one it sets, and the value comes back") {
    Stage stage;
    CHECK(stage.answer({ceiling, {}}) == Message{ceiling, {-1.0f}});
    CHECK(stage.answer({ceiling, {-3.0f}}) == Message{ceiling, {-3.0f}});
    CHECK(stage.surface.value(ceiling_target) == -3.0f);
    CHECK(stage.answer({ceiling, {}}) == Message{ceiling, {-3.0f}});
    CHECK(stage.answer({ceiling, {-90.0f}}) == Message{ceiling, {-20.0f}}); // clamped
    CHECK(stage.answer({ceiling + "/norm", {}}) == Message{ceiling + "/norm", {0.0f}});
    CHECK(stage.answer({ceiling + "/norm", {0.5f}}) == Message{ceiling + "/norm", {0.5f}});
    CHECK(stage.answer({ceiling + "/text", {}}) ==
          Message{ceiling + "/text", {std::string("-10.0 dBTP")}});
    CHECK(stage.answer({mode, {std::string("quality")}}) == Message{mode, {std::int32_t{2}}});
    CHECK(stage.answer({"/headroom/bypass", {true}}) ==
          Message{"/headroom/bypass", {std::int32_t{1}}});
}

TEST_CASE("every parameter answers a get and confirms a set in each form") {
    Stage stage;
    for (const auto target : stage.surface.all_parameters()) {
        const std::string address = "/headroom/" + stage.surface.path(target);
        const Parameter &declared = parameter(target.id);
        for (const char *form : {"", "/norm", "/text"}) {
            const Message value = stage.answer({address + form, {}});
            CHECK(value.address == address + form);
            CHECK(value.arguments.size() == 1);
        }
        CHECK(stage.answer({address, {declared.maximum}}).address == address);
        CHECK(stage.surface.value(target) == declared.maximum);
        CHECK(stage.answer({address + "/norm", {0.0f}}) == Message{address + "/norm", {0.0f}});
        CHECK(stage.surface.value(target) == Approx(declared.minimum));
        const std::string text = to_text(declared, declared.default_value);
        CHECK(stage.answer({address + "/text", {text}}) == Message{address + "/text", {text}});
        stage.answer({address + "/reset", {}});
        CHECK(stage.surface.value(target) == declared.default_value);
    }
}

TEST_CASE("meters are single floats that can be asked for") {
    Stage stage;
    const control::MeterTarget target{1, meter_id("output/momentary")};
    stage.surface.set_meter(target, -23.5f);
    const std::string address = "/headroom/meter/bus/voice/output/momentary";
    CHECK(stage.answer({address, {}}) == Message{address, {-23.5f}});
    CHECK(stage.answer({address + "/text", {}}) ==
          Message{address + "/text", {std::string("-23.5 LUFS")}});
    CHECK(stage.ask({"/headroom/meter/bus/*/*/*", {}}).size() == 2 * kMeterCount);
}

TEST_CASE("a pattern asks many and sets many") {
    Stage stage;
    CHECK(stage.ask({"/headroom/bus/*/limiter/ceiling", {}}) ==
          Messages{{ceiling, {-1.0f}}, {voice_ceiling, {-1.0f}}});
    CHECK(stage.ask({"/headroom/bus/*/limiter/ceiling", {-6.0f}}) ==
          Messages{{ceiling, {-6.0f}}, {voice_ceiling, {-6.0f}}});
    CHECK(stage.surface.batches.size() == 1);
    CHECK(stage.error({"/headroom/nothing/*", {}}) == ErrorCode::unknown_address);
    CHECK(stage.error({"/headroom/bus/*/limiter/[ceiling", {}}) == ErrorCode::unknown_address);
    // One of the parameters takes no such text, so none is set.
    CHECK(stage.error({"/headroom/bus/main/limiter/*", {std::string("quality")}}) ==
          ErrorCode::no_value);
    CHECK(stage.surface.batches.size() == 1);
}

TEST_CASE("errors go to the sender with a code, the address and a text") {
    Stage stage;
    CHECK(stage.error({"/headroom/bus/main/limiter/celing", {}}) == ErrorCode::unknown_address);
    CHECK(stage.error({ceiling + "/", {}}) == ErrorCode::unknown_address);
    CHECK(stage.error({"/xremote", {}}) == ErrorCode::unknown_address);
    CHECK(stage.error({ceiling, {1.0f, 2.0f}}) == ErrorCode::wrong_arity);
    CHECK(stage.error({ceiling, {Blob{1}}}) == ErrorCode::wrong_type);
    CHECK(stage.error({ceiling, {std::string("loud")}}) == ErrorCode::no_value);
    CHECK(stage.error({"/headroom/meter/bus/main/input/momentary", {1.0f}}) ==
          ErrorCode::read_only);
    CHECK(stage.error({"/headroom/status", {1.0f}}) == ErrorCode::read_only);
    CHECK(stage.error({"/headroom/status/server", {1.0f}}) == ErrorCode::read_only);
    CHECK(stage.error({ceiling, {std::nanf("")}}) == ErrorCode::malformed);
    stage.surface.write_failure = "the engine is busy";
    CHECK(stage.error({ceiling, {-2.0f}}) == ErrorCode::refused);
    CHECK(stage.surface.batches.empty());
}

TEST_CASE("malformed packets are answered and never fatal") {
    Stage stage;
    const std::vector<std::uint8_t> whole = encode_bundle(Messages{{ceiling, {-2.0f}}});
    std::size_t errors = 0;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        stage.now += 1s; // so that error replies are not held back
        for (const Message &message : stage.ask(std::span(whole).first(size)))
            errors += message.address == "/headroom/error";
    }
    CHECK(errors == whole.size() - 1 /* the empty bundle is well-formed */);
    CHECK(stage.surface.batches.empty());
    const std::vector<std::uint8_t> large(5000, '/');
    CHECK(count(stage.ask(large), "/headroom/error") == 1);
    CHECK(stage.answer({ceiling, {}}) == Message{ceiling, {-1.0f}});
}

TEST_CASE("error replies to a peer are bounded in number and size, and never answered themselves") {
    Stage stage;
    for (int i = 0; i < 200; ++i)
        stage.surfer.send({"/nothing/" + std::string(100, 'a'), {}});
    stage.run();
    CHECK(stage.surfer.received().size() == 20);
    stage.now += 500ms;
    for (int i = 0; i < 200; ++i)
        stage.surfer.send({"/nothing", {}});
    stage.run();
    CHECK(stage.surfer.received().size() == 5);
    // Another peer is not held back, and a good message is always answered.
    Surfer other(stage.server->port());
    other.send(Message{"/nothing", {}});
    CHECK(stage.answer({ceiling, {}}) == Message{ceiling, {-1.0f}});
    CHECK(other.received().size() == 1);
    other.send(Message{"/headroom/error", {std::string("/a"), std::int32_t{1}, std::string("b")}});
    stage.run();
    CHECK(other.received().empty());
}

TEST_CASE("a bundle is applied whole, in one write, or refused whole") {
    Stage stage;
    CHECK(stage.ask(encode_bundle(
              Messages{{ceiling, {-2.0f}}, {mode, {std::int32_t{0}}}, {ceiling, {}}})) ==
          Messages{{ceiling, {-2.0f}}, {mode, {std::int32_t{0}}}, {ceiling, {-2.0f}}});
    REQUIRE(stage.surface.batches.size() == 1);
    CHECK(stage.surface.batches[0].size() == 2);

    for (const Message &bad : {Message{"/nothing", {}}, Message{mode, {std::string("loud")}},
                               Message{"/headroom/meter/bus/main/input/momentary", {1.0f}}}) {
        const Messages answers = stage.ask(
            encode_bundle(Messages{{ceiling, {-4.0f}}, bad, {"/headroom/bypass/toggle", {}}}));
        REQUIRE(answers.size() == 1);
        CHECK(answers[0].address == "/headroom/error");
        CHECK(answers[0].arguments[0] == Argument(bad.address));
    }
    CHECK(stage.surface.batches.size() == 1);
    CHECK(stage.surface.value(ceiling_target) == -2.0f);
}

TEST_CASE("actions are neither dropped nor doubled when many wait") {
    Stage stage;
    for (int i = 0; i < 7; ++i)
        stage.surfer.send({"/headroom/bypass/toggle", {1.0f}});
    for (int i = 0; i < 5; ++i)
        stage.surfer.send({ceiling + "/inc", {-1.0f}});
    stage.surfer.send({ceiling + "/inc", {0.0f}}); // a button's release
    stage.run();
    CHECK(stage.surfer.received() ==
          Messages{{"/headroom/bypass", {std::int32_t{1}}}, {ceiling, {-6.0f}}});
    CHECK(stage.surface.batches.size() == 1);
    // Increments stop at the bound, so the way back starts there.
    for (int i = 0; i < 3; ++i)
        stage.surfer.send({ceiling + "/inc", {10.0f}});
    stage.surfer.send({ceiling + "/inc", {-2.0f}});
    stage.run();
    CHECK(stage.surface.value(ceiling_target) == -2.0f);
}

TEST_CASE("of a flood the newest value wins, in few writes and few answers") {
    Stage stage;
    for (int i = 1; i <= 200; ++i) {
        stage.surfer.send({ceiling, {-20.0f * static_cast<float>(i % 100) / 100.0f}});
        stage.surfer.send({mode, {std::int32_t{i % 3}}});
    }
    stage.surfer.send({ceiling, {-7.0f}});
    stage.run();
    CHECK(stage.surface.batches.size() == 1);
    CHECK(stage.surface.value(ceiling_target) == -7.0f);
    const Messages answers = stage.surfer.received();
    CHECK(answers == Messages{{ceiling, {-7.0f}}, {mode, {std::int32_t{2}}}});
}

TEST_CASE("a subscriber gets the full state, then every change in the form it chose") {
    Stage stage;
    Messages state = stage.ask({"/headroom/subscribe", {std::string("/headroom/bus")}});
    CHECK(state[0] ==
          Message{"/headroom/subscribe",
                  {std::string("/headroom/bus"), std::int32_t{20}, std::string("natural")}});
    CHECK(count(state, "/headroom/alive") == 1);
    std::size_t values = 0;
    for (const auto target : stage.surface.all_parameters())
        values += count(state, "/headroom/" + stage.surface.path(target));
    CHECK(values == stage.surface.all_parameters().size() - 1); // /headroom/bypass is no bus's
    CHECK(state.size() == values + 2);
    CHECK(stage.surfer.packets < 10);

    // Somebody else changes a value over OSC, and the program itself another.
    Surfer other(stage.server->port());
    stage.pass(100ms);
    other.send({ceiling, {-4.0f}});
    stage.run();
    CHECK(stage.surfer.received() == Messages{{ceiling, {-4.0f}}});
    CHECK(other.received() == Messages{{ceiling, {-4.0f}}});
    stage.pass(100ms);
    const control::ParameterWrite write{{0, parameter_id("limiter/mode")}, 0.0f};
    REQUIRE(stage.surface.write({&write, 1}).has_value());
    CHECK(stage.loop.turn());
    stage.run();
    CHECK(stage.surfer.received() == Messages{{mode, {std::int32_t{0}}}});

    // Its own set is confirmed once; in another form it is told too.
    stage.ask({"/headroom/subscribe", {ceiling, std::int32_t{60}, std::string("text")}});
    stage.pass(100ms);
    CHECK(stage.ask({ceiling, {-5.0f}}) ==
          Messages{{ceiling, {-5.0f}}, {ceiling + "/text", {std::string("-5.0 dBTP")}}});
    stage.pass(200ms);
    CHECK(stage.surfer.received().empty());
}

TEST_CASE("changes come at most at the rate that was asked for, the newest of each") {
    Stage stage;
    Surfer other(stage.server->port());
    stage.ask({"/headroom/subscribe", {ceiling, std::int32_t{10}}});
    for (int i = 0; i < 100; ++i) {
        other.send({ceiling, {-0.1f * static_cast<float>(i)}});
        stage.run();
        stage.pass(10ms);
    }
    stage.pass(100ms);
    Messages told = stage.surfer.received();
    std::erase_if(told, [](const Message &m) { return m.address == "/headroom/alive"; });
    CHECK(told.size() >= 9);
    CHECK(told.size() <= 12);
    CHECK(told.back() == Message{ceiling, {-0.1f * 99.0f}});
}

TEST_CASE("meters come at the asked rate, also faster than a poll's millisecond divides") {
    Stage stage;
    for (const int rate : {1, 20, 60, 500}) {
        const std::string meter = "/headroom/meter/bus/main/input/momentary";
        stage.ask({"/headroom/unsubscribe", {}});
        stage.ask({"/headroom/subscribe", {meter, std::int32_t{rate}}});
        std::size_t told = 0;
        for (int second = 0; second < 5; ++second) {
            stage.pass(1s);
            told += count(stage.surfer.received(), meter);
        }
        CAPTURE(rate);
        CHECK(told == Approx(5 * std::min(rate, 60)).margin(5));
    }
}

TEST_CASE("a lease ends ten seconds after the last packet, and any packet renews it") {
    Stage stage;
    stage.ask({"/headroom/subscribe", {ceiling}});
    const Messages first = stage.ask({"/headroom/alive", {}});
    CHECK(count(first, "/headroom/alive") == 1);
    stage.pass(9900ms);
    CHECK(count(stage.surfer.received(), "/headroom/alive") == 9);
    stage.ask({mode, {}}); // renews
    stage.pass(9900ms);
    CHECK(count(stage.surfer.received(), "/headroom/alive") >= 9);
    stage.pass(200ms);
    stage.surfer.received();
    CHECK_FALSE(stage.loop.next_timer());
    Surfer other(stage.server->port());
    other.send({ceiling, {-4.0f}});
    stage.run();
    stage.pass(5s);
    CHECK(stage.surfer.received().empty());
}

TEST_CASE("subscriptions can be ended one by one or all at once") {
    Stage stage;
    stage.ask({"/headroom/subscribe", {ceiling}});
    stage.ask({"/headroom/subscribe", {mode}});
    CHECK(stage.answer({"/headroom/unsubscribe", {mode}}) ==
          Message{"/headroom/unsubscribe", {std::int32_t{1}}});
    stage.ask({"/headroom/subscribe", {mode}});
    CHECK(stage.answer({"/headroom/unsubscribe", {}}) ==
          Message{"/headroom/unsubscribe", {std::int32_t{2}}});
    CHECK_FALSE(stage.loop.next_timer());
}

TEST_CASE("bad subscriptions are refused, and their number is bounded") {
    Stage stage;
    CHECK(stage.error({"/headroom/subscribe", {std::string("/nothing")}}) ==
          ErrorCode::unknown_address);
    CHECK(stage.error({"/headroom/subscribe", {ceiling, std::string("loud")}}) ==
          ErrorCode::wrong_type);
    CHECK(stage.error({"/headroom/subscribe", {ceiling, Blob{}}}) == ErrorCode::wrong_type);
    CHECK_FALSE(stage.loop.next_timer());
    for (std::size_t i = 0; i < Subscriptions::kPerPeer; ++i)
        stage.ask({"/headroom/subscribe", {ceiling + std::string(i, '*')}});
    CHECK(stage.error({"/headroom/subscribe", {mode}}) == ErrorCode::too_many);
    stage.ask({"/headroom/unsubscribe", {}});

    std::vector<std::unique_ptr<Surfer>> crowd;
    for (std::size_t i = 0; i < Subscriptions::kPeers; ++i) {
        crowd.push_back(std::make_unique<Surfer>(stage.server->port()));
        crowd.back()->send({"/headroom/subscribe", {ceiling}});
        stage.run();
    }
    CHECK(stage.error({"/headroom/subscribe", {ceiling}}) == ErrorCode::too_many);
    for (auto &member : crowd)
        CHECK(count(member->received(), ceiling) == 1);
    stage.pass(11s);
    CHECK(stage.ask({"/headroom/subscribe", {ceiling}}).size() == 3);
}

TEST_CASE("addresses are listed and described") {
    Stage stage;
    Messages all = stage.ask({"/headroom/list", {}});
    const std::size_t size =
        stage.surface.all_parameters().size() + stage.surface.all_meters().size();
    REQUIRE(all.size() == size + 1);
    CHECK(all.back() == Message{"/headroom/list/end", {static_cast<std::int32_t>(size)}});
    all.pop_back();
    for (const Message &listed : all) {
        const auto address = std::get<std::string>(listed.arguments.at(0));
        CHECK(stage.answer({address, {}}).address == address);
        CHECK(stage.answer({"/headroom/info", {address}}).arguments.at(0) == Argument(address));
    }
    CHECK(stage.ask({"/headroom/list", {ceiling}}) ==
          Messages{{"/headroom/list", {ceiling}}, {"/headroom/list/end", {std::int32_t{1}}}});
    CHECK(stage.ask({"/headroom/info", {std::string("/headroom/bus/main/limiter/*")}}).size() == 6);
    CHECK(stage.error({"/headroom/info", {std::string("/nothing")}}) == ErrorCode::unknown_address);
    CHECK(stage.error({"/headroom/info", {}}) == ErrorCode::wrong_type);
}

TEST_CASE("an answer can carry a number of the asker's") {
    Stage stage;
    CHECK(stage.answer({"/headroom/get", {std::int32_t{42}, ceiling}}) ==
          Message{"/headroom/get", {std::int32_t{42}, ceiling, -1.0f}});
    CHECK(stage.error({"/headroom/get", {ceiling}}) == ErrorCode::wrong_arity);
    CHECK(stage.error({"/headroom/get", {ceiling, std::int32_t{1}}}) == ErrorCode::wrong_type);
    CHECK(stage.error({"/headroom/get", {std::int32_t{1}, std::string("/nothing")}}) ==
          ErrorCode::unknown_address);
}

TEST_CASE("status and routes are told one message each, with an end mark") {
    Stage stage;
    CHECK(stage.ask({"/headroom/status", {}}) ==
          Messages{{"/headroom/status/server", {std::string("fake")}},
                   {"/headroom/status/sample_rate", {std::int32_t{48000}}},
                   {"/headroom/status/callback_us_mean", {12.5f}},
                   {"/headroom/status/buses", {std::string("main"), std::string("headphones")}},
                   {"/headroom/status/strips", {std::string()}},
                   {"/headroom/status/end", {std::int32_t{5}}}});
    CHECK(stage.ask({"/headroom/route", {}}) ==
          Messages{{"/headroom/route/mpv",
                    {std::string("main"), std::string("music"), std::string("mpv"), std::string(),
                     std::string("mpv"), std::string("mpv"), std::string("Song"),
                     std::string("mpv:out_1"), std::string("headroom:main_in_1")}},
                   {"/headroom/route/Web_Browser",
                    {std::string("bypass"), std::string(), std::string("Web Browser"),
                     std::string("plays to the sink by itself"), std::string(), std::string(),
                     std::string()}},
                   {"/headroom/route/end", {std::int32_t{2}}}});
    CHECK(stage.answer({"/headroom/status/sample_rate", {}}) ==
          Message{"/headroom/status/sample_rate", {std::int32_t{48000}}});
    CHECK(stage.ask({"/headroom/route/*", {}}).size() == 2);
    CHECK(stage.error({"/headroom/status/nothing", {}}) == ErrorCode::unknown_address);
}

TEST_CASE("the gain of the last hour comes page by page, from any row on") {
    Stage stage;
    const auto page = [&](std::int32_t from) {
        return stage.answer({"/headroom/history", {std::string("voice"), from}}).arguments;
    };
    using Arguments = std::vector<Argument>;
    CHECK(page(0) == Arguments{std::string("voice"), 0, 0, 0, Blob{}});
    const auto play = [&](std::uint64_t from, std::uint64_t to) {
        for (std::uint64_t second = from; second < to; ++second) {
            engine::MeterFrame frame{second * 48000 + 960, 1, {}};
            frame.values[meter_id("agc/gain").index] = static_cast<float>(second % 5);
            stage.surface.history.take(frame, 48000.0);
        }
    };
    play(0, 101);
    std::int32_t from = 0;
    for (const std::int32_t rows : {30, 30, 30, 10, 0}) {
        const Arguments answer = page(from);
        REQUIRE(answer.size() == 5);
        CHECK(answer[1] == Argument{from});
        CHECK(answer[2] == Argument{rows});
        CHECK(answer[3] == Argument{std::int32_t{100}});
        const Blob &blob = std::get<Blob>(answer[4]);
        REQUIRE(blob.size() == static_cast<std::size_t>(rows) * 32);
        // The fourth float of the fourth row is 3.
        if (rows > 3)
            CHECK(std::vector(blob.begin() + 108, blob.begin() + 112) == Blob{0x40, 0x40, 0, 0});
        from += rows;
    }
    CHECK(page(1000)[1] == Argument{std::int32_t{100}});
    CHECK(stage.answer({"/headroom/history", {std::string("voice")}}).arguments == page(0));
    play(101, 3801);
    CHECK(page(0)[1] == Argument{std::int32_t{200}});
    CHECK(stage.error({"/headroom/history", {std::string("none")}}) == ErrorCode::no_value);
    CHECK(stage.error({"/headroom/history", {}}) == ErrorCode::wrong_arity);
    CHECK(stage.error({"/headroom/history", {1.0f}}) == ErrorCode::wrong_type);
    CHECK(stage.error({"/headroom/history", {std::string("voice"), -1}}) == ErrorCode::wrong_type);
}

TEST_CASE("measurements are started anew for one bus or all") {
    Stage stage;
    CHECK(stage.answer({"/headroom/meters/reset", {std::string("voice")}}) ==
          Message{"/headroom/meters/reset", {std::int32_t{1}}});
    CHECK(stage.surface.reset_buses == std::vector<int>{1});
    CHECK(stage.ask({"/headroom/meters/reset", {0.0f}}).empty());
    CHECK(stage.surface.reset_buses.size() == 1);
    stage.answer({"/headroom/meters/reset", {}});
    CHECK(stage.surface.reset_buses == std::vector<int>{1, 0, 1});
    CHECK(stage.error({"/headroom/meters/reset", {std::string("none")}}) == ErrorCode::no_value);
}

TEST_CASE("IPv6 loopback is served on the same port") {
    Stage stage;
    Surfer six(stage.server->port(), "::1");
    six.send({ceiling, {}});
    stage.run();
    CHECK(six.received() == Messages{{ceiling, {-1.0f}}});
}

TEST_CASE("a port in use and an address that is no loopback are refused with a remedy") {
    Stage stage;
    FakeControlSurface surface;
    const auto second = Server::open(stage.loop, {.port = stage.server->port()}, surface);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().message.find(std::to_string(stage.server->port())) != std::string::npos);
    CHECK_FALSE(second.error().remedy.empty());
    for (const char *address : {"0.0.0.0", "192.0.2.1", "example.org", ""})
        CHECK_FALSE(Server::open(stage.loop, {.address = address, .port = 0}, surface).has_value());
}

TEST_CASE("a surface outlives its server") {
    FakeControlSurface surface;
    control::EventLoop loop({});
    REQUIRE(Server::open(loop, {.port = 0}, surface).has_value());
    const control::ParameterWrite write{ceiling_target, -2.0f};
    CHECK(surface.write({&write, 1}).has_value());
}

TEST_CASE("hostile patterns end the turn early and the newest value still wins") {
    Stage stage;
    const Message hostile{"/*/*a*e*i*o*/*a*i*n*x/*a*e*i*o*e*/*a*e*i*o*e*x", {}};
    const Messages many(20, hostile);
    for (int i = 0; i < 50; ++i)
        stage.surfer.send(encode_bundle(many));
    stage.surfer.send({ceiling, {-7.0f}});
    stage.run();
    CHECK(stage.surface.value(ceiling_target) == -7.0f);
}

TEST_CASE("answers go to another port of the same host where a peer asks for it") {
    Stage stage;
    auto elsewhere = UdpSocket::bind(*Endpoint::parse("127.0.0.1", 0)).value();
    const std::int32_t port = elsewhere.local().port();
    CHECK(stage.ask({"/headroom/port", {port}}).empty());
    CHECK(stage.ask({ceiling, {}}).empty());
    std::array<std::uint8_t, 2048> buffer;
    for (const Message &expected : Messages{{"/headroom/port", {port}}, {ceiling, {-1.0f}}}) {
        auto datagram = elsewhere.receive(buffer).value();
        REQUIRE(datagram.has_value());
        if (expected.address == "/headroom/port") // behind a keep-alive
            datagram = elsewhere.receive(buffer).value();
        REQUIRE(datagram.has_value());
        CHECK(decode(std::span(buffer).first(datagram->size)).value().elements.at(0).message ==
              expected);
    }
    CHECK(stage.answer({"/headroom/port", {std::int32_t{0}}}) ==
          Message{"/headroom/port", {std::int32_t{0}}});
    CHECK(stage.error({"/headroom/port", {std::int32_t{70000}}}) == ErrorCode::no_value);
    CHECK(stage.error({"/headroom/port", {}}) == ErrorCode::wrong_arity);
}

TEST_CASE("a static peer is told without a lease, and everything again from time to time") {
    Stage stage;
    auto listener = UdpSocket::bind(*Endpoint::parse("127.0.0.1", 0)).value();
    FakeControlSurface surface;
    ServerOptions options{.port = 0};
    options.network.peers = {{.port = listener.local().port(), .pattern = ceiling, .form = "norm"}};
    stage.server = std::move(Server::open(stage.loop, options, surface).value());
    std::array<std::uint8_t, 2048> buffer;
    const auto told = [&] {
        int values = 0;
        while (const auto datagram = listener.receive(buffer).value()) {
            const auto packet = decode(std::span(buffer).first(datagram->size)).value();
            values += packet.elements.at(0).message.address == ceiling + "/norm";
        }
        return values;
    };
    stage.pass(1s);
    CHECK(told() == 1);
    const control::ParameterWrite write{ceiling_target, -2.0f};
    REQUIRE(surface.write({&write, 1}).has_value());
    stage.pass(1s);
    CHECK(told() == 1);
    stage.pass(60s);
    CHECK(told() == 6);

    // A surface that cannot be told stops nothing.
    options.network.peers = {{.pattern = "/nothing"}, {.form = "loud"}};
    CHECK(Server::open(stage.loop, options, surface).value()->mistakes().size() == 2);
}

TEST_CASE("a strip that comes has addresses from then on, and subscribers hear of it") {
    Stage stage;
    const std::string trim = "/headroom/strip/mpv/trim";
    CHECK(stage.error({trim, {}}) == ErrorCode::unknown_address);
    const std::size_t before = stage.ask({"/headroom/list", {std::string("/headroom")}}).size();
    stage.ask({"/headroom/subscribe", {std::string("/headroom/strip")}});
    stage.surface.add_strip("mpv");
    stage.pass(100ms);
    const Messages told = stage.surfer.received();
    CHECK(std::count(told.begin(), told.end(), Message{trim, {0.0f}}) == 1);
    stage.ask({"/headroom/unsubscribe", {}});
    CHECK(stage.answer({trim, {}}) == Message{trim, {0.0f}});
    CHECK(stage.answer({trim, {-6.0f}}) == Message{trim, {-6.0f}});
    CHECK(stage.answer({"/headroom/strip/mpv/mute/toggle", {}}) ==
          Message{"/headroom/strip/mpv/mute", {std::int32_t{1}}});
    CHECK(stage.answer({"/headroom/meter/strip/mpv/peak", {}}) ==
          Message{"/headroom/meter/strip/mpv/peak", {-120.0f}});
    CHECK(stage.ask({"/headroom/list", {std::string("/headroom")}}).size() ==
          before + kStripParameterCount + kStripMeterCount);
    stage.surface.add_strip("firefox");
    CHECK(stage.ask({"/headroom/strip/*/trim", {}}) ==
          Messages{{trim, {-6.0f}}, {"/headroom/strip/firefox/trim", {0.0f}}});
}
