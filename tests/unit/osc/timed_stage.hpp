// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/unit/osc/server_stage.hpp"

namespace headroom::tests {

inline constexpr std::uint64_t kPeriod = 480; ///< 10 ms

inline const std::string bypass = "/headroom/bypass";
inline const control::ParameterTarget bypass_target{-1, global_parameter_id("bypass")};

/// A stage with a stream of 48 kHz whose callbacks come every 10 ms.
struct TimedStage : Stage {
    TimedStage() { callback(); }

    void callback() {
        const std::uint64_t next = surface.stream ? surface.stream->open_frame : 1000 * kPeriod;
        surface.stream = engine::StreamTime{next, now, next + kPeriod, 48000.0};
    }

    /// Time passes for the stream and the server alike.
    void play(std::chrono::milliseconds time) {
        for (auto left = time; left > 0ms; left -= 10ms) {
            pass(10ms);
            callback();
        }
        run();
    }

    void send_at(std::chrono::nanoseconds later, const Messages &messages) {
        surfer.send(encode_bundle(messages, TimeTag{wall(later)}));
        run();
    }

    std::uint64_t frame_at(std::chrono::nanoseconds later) const {
        return surface.stream->frame_at(now + later);
    }

    /// The figures of the only /headroom/landed among what has come.
    std::vector<Argument> landed() {
        play(1100ms);
        std::vector<Argument> out;
        for (const Message &message : surfer.received())
            if (message.address == "/headroom/landed") {
                CHECK(out.empty());
                out = message.arguments;
            }
        REQUIRE(out.size() == 7);
        return out;
    }
};

inline float number(const Argument &argument) {
    return static_cast<float>(numeric(argument).value());
}

inline ErrorCode code_of(const Messages &messages) {
    REQUIRE(messages.size() == 1);
    REQUIRE(messages[0].address == "/headroom/error");
    return static_cast<ErrorCode>(std::get<std::int32_t>(messages[0].arguments[1]));
}

inline Messages stamped(std::chrono::milliseconds time, const Message &message) {
    return {{"/headroom/sent", {static_cast<std::int64_t>(time.count())}}, message};
}

} // namespace headroom::tests
