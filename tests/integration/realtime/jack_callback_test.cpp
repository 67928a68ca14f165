// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/catch.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/realtime/audit.hpp"
#include "tests/support/wait.hpp"
#include "tests/unit/engine/engine_fixture.hpp"

#include <array>
#include <atomic>
#include <jack/jack.h>
#include <string>

using namespace headroom;
using namespace headroom::test;

namespace {

/// A JACK client with one stereo bus whose callback is audited from its first line to its last.
class AuditedClient {
  public:
    explicit AuditedClient(const std::string &server_name) {
        jack_status_t status{};
        client_ = jack_client_open("audited",
                                   static_cast<jack_options_t>(JackNoStartServer | JackServerName),
                                   &status, server_name.c_str());
        REQUIRE(client_ != nullptr);
        for (std::size_t c = 0; c < 2; ++c) {
            const std::string number = std::to_string(c + 1);
            inputs_[c] = jack_port_register(client_, ("in_" + number).c_str(),
                                            JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
            outputs_[c] = jack_port_register(client_, ("out_" + number).c_str(),
                                             JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
        }
        jack_set_process_callback(
            client_,
            [](jack_nframes_t frames, void *self) {
                return static_cast<AuditedClient *>(self)->process(frames);
            },
            this);
        REQUIRE(jack_activate(client_) == 0);
        for (std::size_t c = 0; c < 2; ++c) { // its own output, so that there is a signal
            REQUIRE(jack_connect(client_, jack_port_name(outputs_[c]),
                                 jack_port_name(inputs_[c])) == 0);
        }
    }
    ~AuditedClient() {
        jack_deactivate(client_);
        jack_client_close(client_);
    }

    engine::Engine &engine() { return *engine_; }
    int cycles() const { return cycles_; }
    void misbehave() { misbehaving_ = true; }

  private:
    int process(jack_nframes_t frames) {
        const realtime::AuditScope scope;
        std::array<const float *, 2> in{};
        std::array<float *, 2> out{};
        for (std::size_t c = 0; c < 2; ++c) {
            auto *samples = static_cast<float *>(jack_port_get_buffer(inputs_[c], frames));
            // What comes round, and something new: noise that keeps the chain at work.
            for (jack_nframes_t i = 0; i < frames; ++i) {
                noise_ = noise_ * 1664525u + 1013904223u;
                scratch_[c][i] = samples[i] + static_cast<float>(noise_ >> 8) * 1e-7f - 0.8f;
            }
            in[c] = scratch_[c].data();
            out[c] = static_cast<float *>(jack_port_get_buffer(outputs_[c], frames));
        }
        if (misbehaving_)
            out[0][0] = std::vector<float>(frames)[frames / 2];
        engine_->process(in.data(), out.data(), frames);
        ++cycles_;
        return 0;
    }

    std::unique_ptr<engine::Engine> engine_ = one_bus();
    jack_client_t *client_ = nullptr;
    std::array<jack_port_t *, 2> inputs_{};
    std::array<jack_port_t *, 2> outputs_{};
    std::array<std::array<float, 256>, 2> scratch_{};
    std::uint32_t noise_ = 1;
    std::atomic<int> cycles_{0};
    std::atomic<bool> misbehaving_{false};
};

} // namespace

TEST_CASE("a JACK callback around the engine never blocks while every parameter moves") {
    realtime::reset_violations();
    JackServer server;
    AuditedClient client(server.name());
    engine::Engine &engine = client.engine();
    for (int round = 0; client.cycles() < 400; ++round) {
        const ParameterId id{static_cast<std::uint16_t>(round % static_cast<int>(kParameterCount))};
        const Parameter &about = parameter(id);
        const float share = static_cast<float>(round * 7 % 11) / 10.0f;
        const engine::ParameterChange change{
            about.scope == Scope::global ? engine::ParameterChange::kGlobal : std::int16_t{0}, id,
            from_normalised(about, share)};
        engine.apply({&change, 1},
                     engine.frames_processed() + static_cast<std::uint64_t>(round % 3) * 300);
        newest_meters(engine);
        engine.collect_garbage();
        const int before = client.cycles();
        REQUIRE(eventually([&] { return client.cycles() != before; }));
    }
    if (realtime::violation_count() > 0)
        realtime::report_violations();
    CHECK(realtime::violation_count() == 0);
}

TEST_CASE("an allocation in the JACK callback is found") {
    JackServer server;
    AuditedClient client(server.name());
    realtime::reset_violations();
    client.misbehave();
    REQUIRE(eventually([] { return realtime::violation_count() > 10; }));
    CHECK(realtime::first_violation(realtime::Violation::Layer::libc) == "malloc");
}
