// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/value_text.hpp"

#include "config/parameter_path.hpp"
#include "config/registry.hpp"
#include "tests/support/catch.hpp"

#include <clocale>

using namespace headroom;

namespace {

std::optional<float> read(ParameterId id, std::string_view text) {
    const auto value = from_text(parameter(id), text);
    return value ? std::optional(*value) : std::nullopt;
}

} // namespace

TEST_CASE("a number is read with its unit, as people and text processors write it") {
    const auto ceiling = parameter_id("limiter/ceiling");
    for (const char *text : {"-1.5", "-1.5dB", " -1.5 dBTP ", "-1,5", "\u22121,5 dB", "\u20131.5",
                             "-1.5\u00a0dB", "-1.5\u202fdbfs", "-15e-1"}) {
        CAPTURE(text);
        CHECK(read(ceiling, text) == -1.5f);
    }
    const auto release = parameter_id("limiter/release");
    for (const char *text : {"100", "100ms", "0.1 s", "0,1s", "1e5 us", "100000\u00b5s", ".1 S"}) {
        CAPTURE(text);
        CHECK(read(release, text) == 100.0f);
    }
    for (const char *text : {"1500", "1.5k", "1,5 kHz", "1.5 KHZ", "1500 hz"})
        CHECK(read(parameter_id("equaliser/bell_1/frequency"), text) == 1500.0f);
    CHECK(read(parameter_id("agc/target"), "-18 LKFS") == -18.0f);
    CHECK(read(parameter_id("compressor/ratio"), "4 :1") == 4.0f);
    CHECK(read(parameter_id("compressor/mix"), "50 %") == 50.0f);
    CHECK(read(parameter_id("agc/attack"), "6 dB/s") == 6.0f);
    CHECK(read(parameter_id("equaliser/bell_1/q"), "0,7 Q") == 0.7f);
}

TEST_CASE("what is no number, or has another unit, is refused with an example") {
    const Parameter &ceiling = parameter(parameter_id("limiter/ceiling"));
    for (const char *text : {"", " ", "-", "nan", "inf", "-inf dB", "1e999", "-1 ms", "1 2",
                             "1.2.3", "1,000.5", "--3", "0x10", "-1 LUFS", "dB", "\xff"}) {
        CAPTURE(text);
        const auto refused = from_text(ceiling, text);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.find("from -20.0 to 0.0 dBTP, such as -1.0 dBTP") !=
              std::string::npos);
    }
    // A comma may separate thousands: it is not guessed.
    const auto thousands = from_text(parameter(parameter_id("limiter/release")), "1,500");
    REQUIRE_FALSE(thousands);
    CHECK(thousands.error().text().find("write a point") != std::string::npos);
    CHECK(read(parameter_id("limiter/release"), "1,50") == 1.5f);
    CHECK(read(parameter_id("equaliser/bell_1/q"), "0,125") == 0.125f);
}

TEST_CASE("switches and choices are words in any case") {
    for (const char *text : {"on", "YES", "True", "1", " On "})
        CHECK(read(parameter_id("agc/on"), text) == 1.0f);
    for (const char *text : {"off", "No", "FALSE", "0"})
        CHECK(read(parameter_id("agc/on"), text) == 0.0f);
    for (const char *text : {"", "2", "maybe", "onn"})
        CHECK_FALSE(read(parameter_id("agc/on"), text));
    CHECK(read(parameter_id("limiter/mode"), "Quality") == 2.0f);
    CHECK(read(parameter_id("limiter/mode"), "1") == 1.0f);
    CHECK_FALSE(read(parameter_id("limiter/mode"), "3"));
    CHECK_FALSE(read(parameter_id("limiter/mode"), "1.5"));
    CHECK(read(parameter_id("equaliser/low_cut/slope"), "24 dB") == 1.0f);
    const auto near = from_text(parameter(parameter_id("limiter/mode")), "Qualty");
    REQUIRE_FALSE(near);
    CHECK(near.error().remedy == "did you mean quality?");
}

TEST_CASE("no locale changes what a number is") {
    const std::string before = std::setlocale(LC_ALL, nullptr);
    for (const char *locale : {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"}) {
        std::setlocale(LC_ALL, locale); // there or not: a machine has what it has
        CHECK(read(parameter_id("limiter/ceiling"), "-1.5") == -1.5f);
        CHECK(read(parameter_id("limiter/ceiling"), "-1,5") == -1.5f);
    }
    std::setlocale(LC_ALL, before.c_str());
}

TEST_CASE("a path may leave out what is unambiguous") {
    const std::vector<std::string> one{"main"};
    const std::vector<std::string> two{"main", "phones"};
    const auto found = [](std::string_view text, const std::vector<std::string> &paths) {
        const auto path = find_path(text, paths);
        return path ? *path : path.error().text();
    };
    const auto paths = parameter_paths(one, std::vector<std::string>{"mpv"});
    for (const char *text :
         {"bus/main/limiter/ceiling", "/headroom/bus/main/limiter/ceiling", "limiter/ceiling",
          "ceiling", "main/limiter/ceiling", "Limiter/Ceiling"})
        CHECK(found(text, paths) == "bus/main/limiter/ceiling");
    CHECK(found("bypass", paths) == "bypass");
    CHECK(found("trim", paths) == "strip/mpv/trim");
    CHECK(found("threshold", paths)
              .find("may mean bus/main/gate/threshold and "
                    "bus/main/compressor/threshold") != std::string::npos);
    CHECK(found("eiling", paths).find("did you mean ceiling?") != std::string::npos);
    CHECK(found("", paths).find("there is no parameter") == 0);
    CHECK(found("limiter/ceiling", parameter_paths(two, {})).find("bus/phones/limiter/ceiling") !=
          std::string::npos);
    CHECK(
        found("true_peak", meter_paths(one, {})).find("may mean meter/bus/main/input/true_peak") !=
        std::string::npos);
    CHECK(found("output/true_peak", meter_paths(one, {})) == "meter/bus/main/output/true_peak");
}
