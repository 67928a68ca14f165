// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/midi_load.hpp"

#include "config/registry.hpp"
#include "tests/support/headroom_process.hpp"
#include "tests/support/midi_device.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wait.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

namespace headroom::test {

namespace {

constexpr std::array kFaders{"limiter/ceiling",       "limiter/release", "compressor/threshold",
                             "compressor/ratio",      "compressor/mix",  "agc/target",
                             "equaliser/bell_1/gain", "gate/threshold"};
constexpr std::array kButtons{
    "bypass",    "gate/on",       "equaliser/on",           "agc/on",
    "insert/on", "compressor/on", "compressor/auto_makeup", "limiter/soft"};

std::string profile_text() {
    std::string bindings;
    std::string indicators;
    for (std::size_t i = 0; i < kFaders.size(); ++i) {
        const std::string n = std::to_string(i);
        bindings.append("    - { control: cc ").append(n).append(", target: bus/main/");
        bindings.append(kFaders[i]).append(", takeover: jump, feedback: same }\n");
        bindings.append("    - { control: note ").append(n).append(", target: bus/main/");
        bindings.append(kButtons[i]).append(", mode: momentary }\n");
        indicators.append("    - { source: bus/main/").append(kFaders[i]).append(", send: cc ");
        indicators.append(n).append(", channel: 2 }\n");
        indicators.append("    - { source: bus/main/").append(kButtons[i]).append(", send: note ");
        indicators.append(n).append(", channel: 2 }\n");
    }
    return "midi:\n  bindings:\n" + bindings + "  indicators:\n" + indicators +
           "rules: [{ match: { client: \"*\" }, route: ignore }]\n";
}

float value_of(const char *path, int raw) {
    const ParameterId id = *find_parameter(Scope::bus, path);
    return from_normalised(parameter(id), static_cast<float>(raw) / 127.0f);
}

} // namespace

MidiLoadFigures measure_midi_load(const JackServer &server, int messages_per_second,
                                  double seconds) {
    const TemporaryFolder folder;
    const std::string profile = folder.path() / "profile.yaml";
    std::ofstream(profile) << profile_text();
    HeadroomProcess headroom({"--profile", profile}, server.environment());
    MidiDevice device(server.name(), "device");
    if (!device.connect_to_headroom())
        throw std::runtime_error("the device was not connected");

    MidiLoadFigures figures;
    std::map<MidiDevice::Message, int> last; ///< by status and number
    const std::int64_t xruns_before = std::stoll(headroom.status("xruns"));
    const int count = static_cast<int>(std::lround(seconds * messages_per_second));
    const std::uint32_t begin = device.frame_now() + 4800;
    device.forget_received();
    for (int i = 0; i < count; ++i) {
        const auto control = static_cast<std::uint8_t>(i / 2 % 8);
        const bool is_button = i % 2 == 1;
        const auto raw =
            static_cast<std::uint8_t>(is_button ? (i / 16 % 2) * 127 : (i * 7 + i / 16) % 128);
        const auto status = static_cast<std::uint8_t>(is_button ? 0x90 : 0xb0);
        const auto frame =
            begin + static_cast<std::uint32_t>(std::int64_t{i} * 48000 / messages_per_second);
        device.send_at(frame, {status, control, raw});
        last[{status, control}] = raw;
        ++figures.messages;
    }
    const std::uint32_t end = begin + static_cast<std::uint32_t>(seconds * 48000.0);
    eventually([&] { return static_cast<std::int32_t>(device.frame_now() - end) > 0; });
    figures.late = device.late();
    std::size_t bytes = 0;
    for (const auto &received : device.received())
        bytes += received.bytes.size();
    figures.feedback_bytes_per_second = static_cast<double>(bytes) / seconds;

    const auto wrong_values = [&] {
        int wrong = 0;
        for (const auto &[control, raw] : last) {
            const char *const path =
                control[0] == 0x90 ? kButtons.at(control[1]) : kFaders.at(control[1]);
            wrong += headroom.get(std::string("bus/main/") + path) !=
                     static_cast<double>(value_of(path, raw));
        }
        return wrong;
    };
    const auto wrong_feedback = [&] {
        std::map<MidiDevice::Message, int> shown;
        for (const auto &received : device.received())
            shown[{received.bytes.begin(), received.bytes.begin() + 2}] = received.bytes.back();
        int wrong = 0;
        for (const auto &[control, raw] : last) {
            const auto status = static_cast<std::uint8_t>(control[0] | 1);
            const auto at = shown.find({status, control[1]});
            wrong += at == shown.end() || at->second != raw;
        }
        return wrong;
    };
    eventually([&] { return wrong_values() == 0; });
    figures.wrong_values = wrong_values();
    eventually([&] { return wrong_feedback() == 0; });
    figures.wrong_feedback = wrong_feedback();
    figures.xruns = std::stoll(headroom.status("xruns")) - xruns_before;
    headroom.finish();
    return figures;
}

} // namespace headroom::test
