// SPDX-License-Identifier: GPL-3.0-or-later
// Shows that a new parameter and a new command are everywhere, and that a new stage is heard. Exits
// with 0 where it is.
#include "jack_client/app/parameter_listing.hpp"
#include "jack_client/engine/engine.hpp"
#include "osc/address_space.hpp"
#include "osc/command_table.hpp"
#include "osc/query/query_tree.hpp"
#include "tests/support/fake_control_surface.hpp"

#include <array>
#include <iostream>
#include <nlohmann/json.hpp>

using namespace headroom;

namespace {

int failures = 0;

void check(bool good, const char *what) {
    std::cout << (good ? "ok    " : "MISSING ") << what << "\n";
    failures += good ? 0 : 1;
}

bool contains(const std::string &text, const std::string &part) {
    return text.find(part) != std::string::npos;
}

/// What an engine makes of a small ramp, a second of it.
std::vector<float> heard(float polarity_on) {
    ParameterValues values;
    values[parameter_id("polarity/on")] = polarity_on;
    values[parameter_id("agc/on")] = 0.0f;
    engine::Engine engine({{.name = "main", .channels = {Channel::mono}, .values = values}},
                          ParameterValues(), 48000.0);
    std::vector<float> audio(48000);
    for (std::size_t i = 0; i < audio.size(); ++i)
        audio[i] = 0.01f * static_cast<float>(i % 1000) / 1000.0f;
    const std::array<float *, 1> channel{audio.data()};
    engine.process(channel.data(), channel.data(), 48000);
    return audio;
}

} // namespace

int main() {
    check(contains(app::parameter_json("polarity").dump(), "polarity/on"), "params --json");
    check(app::profile_schema().dump().find("\"polarity\"") != std::string::npos, "the schema");
    check(contains(app::parameter_manual(), "polarity/on"), "the table of headroom(1)");
    check(contains(app::address_manual(), "polarity/on"), "the table of headroom-osc(7)");

    tests::FakeControlSurface surface;
    const osc::AddressSpace addresses(surface);
    check(addresses.find("/headroom/bus/main/polarity/on") != nullptr, "the OSC address");
    check(addresses.find("/headroom/bus/main/polarity/on/toggle") != nullptr, "the OSC action");
    check(contains(to_text(kDefaultStageOrder), "polarity"), "the order of the stages");

    check(contains(app::command_manual(), "/headroom/polarity"), "the commands of headroom-osc(7)");
    check(osc::find_command("/headroom/polarity") != nullptr, "the permissions");
    check(osc::QueryTree(addresses, surface).get("/headroom/polarity", "", {}).status == 200,
          "OSCQuery");

    const auto off = heard(0.0f);
    const auto on = heard(1.0f);
    bool is_turned = off != on;
    for (std::size_t i = 0; i < on.size(); ++i)
        is_turned = is_turned && on[i] == -off[i];
    check(is_turned, "the sound");
    return failures == 0 ? 0 : 1;
}
