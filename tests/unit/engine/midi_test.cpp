// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

using namespace headroom;
using namespace headroom::test;

namespace {

using Bindings = std::vector<std::pair<MidiBinding, midi::Target>>;

constexpr midi::Target kCeilingTarget{.bus = 0, .parameter = parameter_id("limiter/ceiling")};
constexpr midi::Target kThresholdTarget{.bus = 0,
                                        .parameter = parameter_id("compressor/threshold")};
constexpr midi::Target kBypassAllTarget{.parameter = global_parameter_id("bypass")};

std::pair<MidiBinding, midi::Target> bound_to(const std::string &line, const midi::Target &target) {
    const auto read = midi_binding_from_yaml(line);
    REQUIRE(read.has_value());
    return {*read, target};
}

Bindings bindings() {
    return {bound_to("{ control: cc 70, target: bus/main/limiter/ceiling, takeover: jump }",
                     kCeilingTarget),
            bound_to("{ control: cc14 7, target: bus/main/compressor/threshold, takeover: pickup }",
                     kThresholdTarget),
            bound_to("{ control: note 60, target: bypass, mode: toggle }", kBypassAllTarget)};
}

void bind_all(engine::Engine &engine, const Bindings &all) {
    auto table = std::make_unique<midi::ControlTable>(all);
    engine.set_midi(std::move(table));
}

/// Events by frame of the stream.
using Score = std::vector<std::pair<std::uint64_t, midi::Event>>;

midi::Event event(int status, int first, int second) {
    return {.size = 3,
            .data = {static_cast<std::uint8_t>(status), static_cast<std::uint8_t>(first),
                     static_cast<std::uint8_t>(second)}};
}

Audio run_score(engine::Engine &engine, const Audio &input, const Score &score,
                const Cutting &cutting, const std::function<void(std::uint64_t)> &before = {}) {
    Audio output(input.size(), std::vector<float>(input.front().size()));
    std::vector<const float *> in(input.size());
    std::vector<float *> out(input.size());
    for (std::size_t done = 0; done < input.front().size();) {
        const std::size_t frames = std::min<std::size_t>(cutting(), input.front().size() - done);
        std::vector<midi::Event> events;
        for (const auto &[frame, e] : score)
            if (frame >= done && frame < done + frames) {
                events.push_back(e);
                events.back().frame = static_cast<std::uint32_t>(frame - done);
            }
        for (std::size_t c = 0; c < input.size(); ++c) {
            in[c] = input[c].data() + done;
            out[c] = output[c].data() + done;
        }
        if (before)
            before(done);
        engine.process(in.data(), out.data(), static_cast<std::uint32_t>(frames), {}, {}, {},
                       events);
        done += frames;
    }
    return output;
}

std::map<std::uint16_t, float> moved(engine::Engine &engine) {
    std::map<std::uint16_t, float> out;
    for (const engine::ParameterChange &change : engine.take_moved())
        out[change.parameter.index] = change.value;
    return out;
}

} // namespace

TEST_CASE("MIDI changes the sound at the frame of its event, as a timed change does") {
    // The AGC would bring the programme under the ceiling.
    const ParameterValues no_agc = settings({{parameter_id("agc/on"), 0.0f}});
    const Audio input = programme(2, 24000, 3, 4.0f);
    const std::uint64_t frame = GENERATE(0u, 1000u, 1024u, 12345u);
    CAPTURE(frame);
    const auto by_hand = one_bus(no_agc);
    change(*by_hand, {{parameter_id("limiter/ceiling"), -10.0f}}, frame);
    const Audio expected = run(*by_hand, input);
    const auto binding = bound_to("{ control: pitch_bend, target: bus/main/limiter/ceiling, "
                                  "takeover: jump, range: [-20, -10] }",
                                  kCeilingTarget);
    const auto by_midi = one_bus(no_agc);
    bind_all(*by_midi, {binding});
    const Audio heard = run_score(*by_midi, input, {{frame, event(0xe0, 127, 127)}}, every(256));
    CHECK(same_bits(heard, expected));
    if (frame == 0)
        return; // nothing is limited yet
    const auto later = one_bus(no_agc);
    bind_all(*later, {binding});
    CHECK_FALSE(same_bits(
        run_score(*later, input, {{frame + 1, event(0xe0, 127, 127)}}, every(256)), expected));
}

TEST_CASE("what MIDI does is the same for every way of cutting the stream") {
    const Audio input = programme(2, 48000, 7, 4.0f);
    Score score;
    std::mt19937 random(5);
    for (std::uint64_t frame = 3; frame < 48000; frame += random() % 300)
        switch (random() % 4) {
        case 0:
            score.push_back({frame, event(0xb0, 70, static_cast<int>(random() % 128))});
            break;
        case 1:
            score.push_back({frame, event(0xb0, 7, static_cast<int>(random() % 128))});
            break;
        case 2:
            score.push_back({frame, event(0xb0, 39, static_cast<int>(random() % 128))});
            break;
        default:
            if (random() % 8 == 0)
                score.push_back({frame, event(0x90, 60, 100)});
            break;
        }
    REQUIRE(score.size() > 200);
    struct Result {
        Audio audio;
        std::map<std::uint16_t, float> values;
    };
    const auto play = [&](const Cutting &cutting) {
        const auto engine = one_bus();
        bind_all(*engine, bindings());
        // Others set the same parameters meanwhile: the control has to pick them up again.
        for (const std::uint64_t frame : {9000u, 21001u, 33333u})
            change(*engine, {{parameter_id("compressor/threshold"), -30.0f}}, frame);
        Result result;
        result.audio = run_score(*engine, input, score, cutting);
        result.values = moved(*engine);
        return result;
    };
    const Result reference = play(every(256));
    CHECK(reference.values.size() == 3);
    CHECK_FALSE(same_bits(reference.audio, run(*one_bus(), input)));
    for (const std::uint32_t frames : {1u, 32u, 333u, 1024u, 8192u}) {
        CAPTURE(frames);
        const Result other = play(every(frames));
        CHECK(same_bits(other.audio, reference.audio));
        CHECK(other.values == reference.values);
    }
    const Result other = play(at_random(3, 900));
    CHECK(same_bits(other.audio, reference.audio));
    CHECK(other.values == reference.values);
}

TEST_CASE("the control thread learns the newest value of what MIDI has moved, once") {
    const auto engine = one_bus();
    bind_all(*engine, bindings());
    const Audio input = programme(2, 1000, 1);
    CHECK(moved(*engine).empty());
    Score score;
    for (int i = 0; i < 100; ++i)
        score.push_back({static_cast<std::uint64_t>(i * 10), event(0xb0, 70, 127 - i)});
    run_score(*engine, input, score, every(64));
    const float last = from_normalised(parameter(kCeilingTarget.parameter), 28.0f / 127.0f);
    CHECK(moved(*engine) == std::map<std::uint16_t, float>{{kCeilingTarget.parameter.index, last}});
    CHECK(moved(*engine).empty());

    // What another thread sends later comes later, and is what there is then.
    run_score(*engine, input, {{0, event(0xb0, 70, 3)}}, every(64));
    change(*engine, {{parameter_id("limiter/ceiling"), -2.0f}});
    CHECK(moved(*engine).empty());
    run(*engine, input);
    CHECK(moved(*engine) ==
          std::map<std::uint16_t, float>{{kCeilingTarget.parameter.index, -2.0f}});

    // And the other way round.
    change(*engine, {{parameter_id("limiter/ceiling"), -3.0f}});
    run_score(*engine, input, {{0, event(0xb0, 70, 127)}}, every(64));
    CHECK(moved(*engine) == std::map<std::uint16_t, float>{{kCeilingTarget.parameter.index, 0.0f}});
}

TEST_CASE("another rate keeps what MIDI has moved, and what it is bound to") {
    const Audio input = programme(2, 4000, 1, 4.0f);
    const auto engine = one_bus();
    bind_all(*engine, bindings());
    run_score(*engine, input, {{10, event(0xb0, 70, 0)}}, every(256));
    engine->prepare(44100.0);
    CHECK(moved(*engine) ==
          std::map<std::uint16_t, float>{{kCeilingTarget.parameter.index, -20.0f}});
    const auto fresh = one_bus(settings({{kCeilingTarget.parameter, -20.0f}}), 44100.0);
    CHECK(same_bits(run(*engine, input), run(*fresh, input)));
    run_score(*engine, input, {{10, event(0xb0, 70, 127)}}, every(256));
    CHECK(moved(*engine).at(kCeilingTarget.parameter.index) == 0.0f);
}

TEST_CASE("a strip follows its control whether it is there or comes later") {
    const auto engine = one_bus();
    const int strip = *engine->know_strip("player");
    const midi::Target trim{.strip = static_cast<std::int16_t>(strip),
                            .parameter = strip_parameter_id("trim")};
    bind_all(*engine, {bound_to("{ control: cc 70, target: strip/1/trim, takeover: jump }", trim)});
    const Audio input(2, std::vector<float>(9600, 0.25f));
    run_score(*engine, input, {{10, event(0xb0, 70, 0)}}, every(256));
    // It opens with what it was moved to, told or not.
    const auto slot = engine->add_strip({"player", 0, *find_layout("stereo")});
    REQUIRE(slot);
    const float *heard[] = {input[0].data(), input[1].data()};
    std::vector<const float *const *> strips(engine::Engine::kMaximumStrips);
    strips[static_cast<std::size_t>(*slot)] = heard;
    Audio output(2, std::vector<float>(9600));
    const Audio silence(2, std::vector<float>(9600));
    const float *in[] = {silence[0].data(), silence[1].data()};
    float *out[] = {output[0].data(), output[1].data()};
    engine->process(in, out, 9600, {}, strips);
    CHECK(std::fabs(output[0].back()) < 0.001f);
    CHECK(moved(*engine) == std::map<std::uint16_t, float>{{trim.parameter.index, -60.0f}});
    CHECK(engine->strip_values(strip)[trim.parameter] == -60.0f);
    midi::Event up = event(0xb0, 70, 106);
    engine->process(in, out, 9600, {}, strips, {}, {&up, 1});
    CHECK(output[0].back() > 0.1f);
}

TEST_CASE("a new table goes on where the old one was") {
    const auto engine = one_bus();
    bind_all(*engine, bindings());
    const Audio input = programme(2, 1000, 1);
    // Takes over at -20 dB, the 84th of 127 steps from -60 to 0.
    run_score(*engine, input, {{0, event(0xb0, 7, 85)}, {10, event(0xb0, 7, 20)}}, every(64));
    CHECK(moved(*engine).size() == 1);
    bind_all(*engine, bindings());
    run_score(*engine, input, {{0, event(0xb0, 7, 40)}}, every(64));
    CHECK(moved(*engine).size() == 1);
    bind_all(*engine, {});
    run_score(*engine, input, {{0, event(0xb0, 7, 50)}}, every(64));
    CHECK(moved(*engine).empty());
}
