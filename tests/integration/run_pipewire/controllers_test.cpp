// SPDX-License-Identifier: GPL-3.0-or-later
// MIDI controllers where only PipeWire runs.
#include "tests/integration/run_pipewire/desktop.hpp"

using namespace headroom::test;

namespace {

constexpr const char *kControllers = R"(
midi:
  bindings:
    - { control: cc 7, channel: 1, target: bus/main/limiter/ceiling, takeover: jump,
        feedback: same }
    - { control: pitch_bend, channel: 2, target: bus/main/agc/target, feedback: same }
    - { control: note 60, channel: 1, target: bypass, mode: toggle, feedback: same }
rules:
  - match: { client: "*" }
    route: main
)";

struct Device {
    explicit Device(const PipeWireSession &pipewire, std::string client_name = "device")
        : session(pipewire),
          name(std::move(client_name)),
          process({MIDI_TOOL, name, "b0 07 40", "e1 00 00", "90 3c 7f"},
                  session.jack_environment()) {
        REQUIRE(process.wait_for_output("ready"));
    }
    void listen() const { session.run({"pw-link", "headroom:midi_out", name + ":in"}); }
    void speak() const { session.run({"pw-link", name + ":out", "headroom:midi_in"}); }
    bool is_connected() const {
        const std::string links = session.run({"pw-link", "-l"});
        return links.find("headroom:midi_in\n  |<- " + name + ":out") != links.npos &&
               links.find("headroom:midi_out\n  |-> " + name + ":in") != links.npos;
    }
    void send_next() { process.signal(SIGUSR1); }
    bool hears(const std::string &message) {
        return process.wait_for_output("heard " + message + "\n");
    }
    std::size_t times_heard(const std::string &message) const {
        const std::string text = process.standard_output();
        std::size_t count = 0;
        for (std::size_t at = 0; (at = text.find(message, at)) != text.npos; ++at)
            ++count;
        return count;
    }

    const PipeWireSession &session;
    const std::string name;
    ChildProcess process;
};

} // namespace

TEST_CASE("under PipeWire a controller moves parameters, and shows what others change") {
    Desktop desktop(kControllers);
    HeadroomProcess &headroom = *desktop.headroom;
    const auto becomes = [&](const std::string &path, double value) {
        return eventually([&] { return std::fabs(headroom.get(path) - value) < 0.01; });
    };
    Device device(desktop.session);
    device.speak();
    device.listen();
    REQUIRE(eventually([&] { return device.is_connected(); }));
    // What is, for who has just come: -1 of -20..0, -18 of -40..-8, off.
    CHECK(device.hears("b0 07 79"));
    CHECK(device.hears("e1 7f 57"));
    // PipeWire makes a note's end of a velocity of 0.
    CHECK(eventually([&] {
        const std::string heard = device.process.standard_output();
        return heard.find("heard 90 3c 00") != heard.npos ||
               heard.find("heard 80 3c ") != heard.npos;
    }));

    device.send_next();
    CHECK(becomes(kCeiling, -20.0 + 20.0 * 64.0 / 127.0));
    device.send_next();
    CHECK(becomes("bus/main/agc/target", -40.0));
    device.send_next();
    CHECK(becomes("bypass", 1.0));
    CHECK(device.hears("90 3c 7f"));

    REQUIRE(headroom.set(kCeiling, -20.0f));
    CHECK(device.hears("b0 07 00"));
    REQUIRE(headroom.set("bus/main/agc/target", -8.0f));
    CHECK(device.hears("e1 7f 7f"));
    CHECK(headroom.status("notice").empty());
}

TEST_CASE("under PipeWire a controller that is slow to take its link is shown everything") {
    constexpr const char *kCeilingShown = "b0 07 79";
    Desktop desktop(kControllers);
    Device witness(desktop.session, "witness");
    witness.listen();
    // At once, and again.
    REQUIRE(eventually([&] { return witness.times_heard(kCeilingShown) >= 2; }));
    Device device(desktop.session);
    device.process.signal(SIGSTOP);
    // It may wait until the link carries something.
    ChildProcess linking({"pw-link", "headroom:midi_out", "device:in"},
                         desktop.session.environment());
    const bool is_sent = eventually([&] { return witness.times_heard(kCeilingShown) >= 3; });
    device.process.signal(SIGCONT);
    REQUIRE(is_sent);
    CHECK(linking.wait() == 0);
    CHECK(device.hears(kCeilingShown));
    CHECK(device.hears("e1 7f 57"));
}
