// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/registry.hpp"
#include "tests/support/catch.hpp"

using namespace headroom;

TEST_CASE("normalised values run along the parameter's scale and back") {
    for (const Parameter &p : parameters()) {
        CAPTURE(std::string(p.path));
        CHECK(to_normalised(p, p.minimum) == 0.0f);
        CHECK(to_normalised(p, p.maximum) == 1.0f);
        CHECK(from_normalised(p, 0.0f) == Approx(p.minimum));
        CHECK(from_normalised(p, 1.0f) == Approx(p.maximum));
        CHECK(from_normalised(p, to_normalised(p, p.default_value)) ==
              Approx(p.default_value).margin(1e-4));
    }
    const Parameter &attack = parameter(parameter_id("compressor/attack"));
    CHECK(from_normalised(attack, 0.5f) == Approx(std::sqrt(0.1 * 500.0)).epsilon(1e-4));
}

TEST_CASE("text of a value can be read back") {
    for (const Parameter &p : parameters())
        for (float value : {p.minimum, p.default_value, p.maximum}) {
            const std::string text = to_text(p, value);
            CAPTURE(std::string(p.path), text);
            const auto read = from_text(p, text);
            REQUIRE(read.has_value());
            CHECK(*read == Approx(value).epsilon(0.01));
        }
}

TEST_CASE("text that is no value says what was expected") {
    const Parameter &mode = parameter(parameter_id("limiter/mode"));
    const auto refused = from_text(mode, "loud");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message.find("one of low normal quality") != std::string::npos);
    const Parameter &ceiling = parameter(parameter_id("limiter/ceiling"));
    for (const char *bad : {"", "nan", "inf", "-1 ms", "1 2", "--3", "0x10"})
        CHECK_FALSE(from_text(ceiling, bad).has_value());
    CHECK(from_text(ceiling, " -3.5 dBTP ").value() == -3.5f);
}

TEST_CASE("values are brought inside their bounds") {
    const Parameter &ceiling = parameter(parameter_id("limiter/ceiling"));
    CHECK(clamped(ceiling, 5.0f) == 0.0f);
    CHECK(clamped(ceiling, -90.0f) == -20.0f);
    CHECK(clamped(ceiling, std::nanf("")) == ceiling.default_value);
    CHECK(clamped(parameter(parameter_id("limiter/mode")), 1.4f) == 1.0f);
    CHECK(clamped(parameter(parameter_id("agc/on")), 0.3f) == 1.0f);
}
