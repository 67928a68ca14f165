// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/midi_map.hpp"
#include "config/profile.hpp"
#include "config/registry.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace headroom;

/// A profile, as a profile and as a map of a controller. What is accepted is inside its bounds, and
/// its rules are asked about an application.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static const bool without_user = fuzz::forget_the_user();
    fuzz::require(without_user);
    const std::string_view yaml = fuzz::text_of({data, size});
    if (const auto profile = read_profile(yaml, "fuzz.yaml")) {
        for (const BusProfile &bus : profile->buses)
            for (const Parameter &declared : parameters()) {
                if (declared.scope != Scope::bus)
                    continue;
                const float value = bus.values[*find_parameter(Scope::bus, declared.path)];
                fuzz::require(value >= declared.minimum && value <= declared.maximum);
            }
        for (const Rule &rule : profile->rules)
            (void)rule.match.matches({.client = "Bob's Player-12 (ünïcode) [x]*?"});
    }
    (void)read_midi_map(yaml, "fuzz.yaml");
    return 0;
}
