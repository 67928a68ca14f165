// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/address_space.hpp"
#include "tests/unit/osc/server_stage.hpp"

#include <limits>

using namespace headroom;
using namespace headroom::tests;

namespace {

struct Space {
    tests::FakeControlSurface surface;
    AddressSpace addresses{surface};

    const Entry &entry(std::string_view address) const {
        const Entry *found = addresses.find(address);
        REQUIRE(found != nullptr);
        return *found;
    }

    /// The value that the arguments ask for; nothing for a released button.
    std::optional<float> wanted(std::string_view address, std::vector<Argument> arguments,
                                float current = 0.0f) const {
        const auto value = addresses.wanted(entry(address), arguments, current);
        INFO((value ? "" : value.error().text));
        REQUIRE(value.has_value());
        return *value;
    }

    ErrorCode refused(std::string_view address, std::vector<Argument> arguments) const {
        const auto value = addresses.wanted(entry(address), arguments, 0.0f);
        REQUIRE_FALSE(value.has_value());
        CHECK_FALSE(value.error().text.empty());
        return value.error().code;
    }
};

const std::string bypass = "/headroom/bus/voice/bypass";

} // namespace

TEST_CASE("every parameter and meter has an address in each form, from the registry alone") {
    const Space space;
    CHECK(space.addresses.size() ==
          space.surface.all_parameters().size() + space.surface.all_meters().size());
    for (const auto target : space.surface.all_parameters()) {
        const std::string address = "/headroom/" + space.surface.path(target);
        CAPTURE(address);
        for (const char *form : {"", "/norm", "/text"}) {
            const Entry *entry = space.addresses.find(address + form);
            REQUIRE(entry != nullptr);
            CHECK(space.addresses.target(entry->item) == target);
            CHECK(space.addresses.message(*entry).address == address + form);
        }
    }
    for (const auto target : space.surface.all_meters())
        CHECK(space.addresses.find("/headroom/" + space.surface.path(target)) != nullptr);
    for (const char *nothing : {"", "/", "/headroom", "/headroom/bus/main", "/headroom/bus/none",
                                "/headroom/bus/main/limiter/ceiling/", "/headroom/bypass/inc",
                                "/headroom/meter/bus/main/input/momentary/reset"})
        CHECK(space.addresses.find(nothing) == nullptr);
}

TEST_CASE("what is read in a form can be written in that form") {
    const Space space;
    for (Item item = 0; item < space.addresses.size(); ++item) {
        if (space.addresses.is_meter(item))
            continue;
        const auto target = space.addresses.target(item);
        const Parameter &declared = parameter(target.id);
        for (const Role form : {Role::natural, Role::norm, Role::text}) {
            const Entry &entry = space.addresses.entry(item, form);
            CAPTURE(entry.address);
            const Argument read = space.addresses.read(entry);
            const auto value = space.addresses.wanted(entry, std::vector{read}, 0.0f);
            REQUIRE(value.has_value());
            REQUIRE(value->has_value());
            CHECK(clamped(declared, **value) ==
                  Approx(space.surface.value(target)).epsilon(0.01).margin(1e-4));
        }
    }
}

TEST_CASE("arguments of every sensible type set a parameter") {
    const Space space;
    for (const Argument &argument :
         std::vector<Argument>{std::int32_t{-3}, -3.0f, -3.0, std::int64_t{-3}, std::string("-3"),
                               std::string("-3.0 dBTP")}) {
        CAPTURE(argument.index());
        CHECK(space.wanted(ceiling, {argument}) == -3.0f);
        CHECK(space.wanted(ceiling + "/text", {argument}) == -3.0f);
    }
    for (const Argument &argument :
         std::vector<Argument>{true, std::int32_t{1}, 1.0f, std::string("on"), std::string("1")})
        CHECK(space.wanted(bypass, {argument}) == 1.0f);
    CHECK(space.wanted(bypass, {false}) == 0.0f);
    CHECK(space.wanted(mode, {std::string("quality")}) == 2.0f);
    CHECK(space.wanted(mode, {std::string("2")}) == 2.0f);
    CHECK(space.wanted(mode + "/text", {std::string("low")}) == 0.0f);
    CHECK(space.wanted(ceiling + "/norm", {0.5f}) == -10.0f);
    CHECK(space.wanted(ceiling + "/norm", {std::string("0.5")}) == -10.0f);
    CHECK(space.wanted(ceiling + "/norm", {std::int32_t{7}}) == 0.0f);
    CHECK(space.wanted(ceiling, {1e300}) == std::numeric_limits<float>::max());
}

TEST_CASE("arguments that mean nothing are refused with what was expected") {
    const Space space;
    CHECK(space.refused(ceiling, {}) == ErrorCode::wrong_arity);
    CHECK(space.refused(ceiling, {1.0f, 2.0f}) == ErrorCode::wrong_arity);
    for (const Argument &argument :
         std::vector<Argument>{Blob{1}, TimeTag{1}, 'c', std::monostate{}, Impulse{}})
        CHECK(space.refused(ceiling, {argument}) == ErrorCode::wrong_type);
    CHECK(space.refused(ceiling, {std::string("loud")}) == ErrorCode::no_value);
    CHECK(space.refused(ceiling + "/norm", {std::string("half")}) == ErrorCode::no_value);
    CHECK(space.refused(mode, {std::string("loud")}) == ErrorCode::no_value);
    CHECK(space.refused("/headroom/meter/bus/main/input/momentary", {1.0f}) ==
          ErrorCode::read_only);
}

TEST_CASE("actions fire when pressed and not when released") {
    const Space space;
    for (const std::vector<Argument> &press :
         std::vector<std::vector<Argument>>{{}, {true}, {1.0f}, {std::int32_t{1}}, {Impulse{}}}) {
        CHECK(space.wanted(bypass + "/toggle", press, 0.0f) == 1.0f);
        CHECK(space.wanted(bypass + "/toggle", press, 1.0f) == 0.0f);
        CHECK(space.wanted(ceiling + "/reset", press, -9.0f) == -1.0f);
        CHECK(space.wanted(ceiling + "/inc", press, -9.0f) == -8.0f);
    }
    for (const Argument &release :
         std::vector<Argument>{false, 0.0f, std::int32_t{0}, 0.0, std::int64_t{0}})
        for (const std::string &action : {bypass + "/toggle", ceiling + "/reset", ceiling + "/inc"})
            CHECK(space.wanted(action, {release}, 1.0f) == std::nullopt);
    CHECK(space.wanted(mode + "/toggle", {}, 1.0f) == 2.0f);
    CHECK(space.wanted(mode + "/toggle", {}, 2.0f) == 0.0f);
    CHECK(space.wanted(ceiling + "/inc", {-0.5f}, -1.0f) == -1.5f);
}

TEST_CASE("patterns find addresses, and actions only where they are named") {
    const Space space;
    const auto count = [&](std::string_view pattern) {
        return space.addresses.matching(pattern).value().size();
    };
    CHECK(count("/headroom/bus/*/limiter/ceiling") == 2);
    CHECK(count("/headroom/bus/*/limiter/{ceiling,release}") == 4);
    CHECK(count("/headroom/bus/main/limiter/ceiling/*") == 2);
    CHECK(count("/headroom/bus/*/bypass/toggle") == 2);
    CHECK(count("/headroom/bus/*/bypass/t*") == 2); // text alone
    CHECK(count("/headroom/*") == 1);
    CHECK(count("/nothing/*") == 0);
    const auto steps = space.addresses.steps();
    CHECK(steps > 0);
    CHECK(count("/headroom/*") == 1); // remembered
    CHECK(space.addresses.steps() == steps);
    CHECK(space.addresses.covered("/headroom").value().size() == space.addresses.size());
    CHECK(space.addresses.covered("/headroom/meter").value().size() ==
          space.surface.all_meters().size());
}

TEST_CASE("introspection tells what the registry declares") {
    const Space space;
    const Message described = space.addresses.info(space.entry(mode).item);
    CHECK(described ==
          Message{"/headroom/info",
                  {mode, std::string("i"), std::string(""), 0.0f, 2.0f, 1.0f, std::string("choice"),
                   std::string(parameter(parameter_id("limiter/mode")).documentation),
                   std::string("Limiter mode"), std::string("low|normal|quality")}});
    const Message momentary =
        space.addresses.info(space.entry("/headroom/meter/bus/main/input/momentary").item);
    CHECK(momentary.arguments[2] == Argument(std::string("LUFS")));
    CHECK(momentary.arguments[6] == Argument(std::string("meter")));
}
