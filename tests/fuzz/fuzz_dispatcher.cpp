// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/dispatcher.hpp"
#include "tests/support/fake_control_surface.hpp"

#include <cmath>
#include <cstdlib>
#include <memory>

using namespace headroom;
using namespace headroom::osc;

namespace {

void require(bool good) {
    if (!good)
        std::abort();
}

constexpr std::uint64_t kInputs = 500;

/// Goes on for some inputs, as that of a running program does, and because it costs more to make
/// than most inputs: a finding may need those before it.
struct Life {
    tests::FakeControlSurface surface;
    TimePoint now{std::chrono::hours(1)};
    Dispatcher dispatcher{surface, 1,
                          [](const Peer &, std::span<const std::uint8_t> bytes, Delivery) {
                              require(bytes.size() <= PacketLimits::kOutgoingBytes);
                              require(decode(bytes).has_value());
                              return true;
                          },
                          [] {}};
};

} // namespace

/// Packets, each behind a length of two bytes, from four peers in turn: whatever they are, values
/// stay inside their bounds and answers are well-formed packets of a bounded size.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static std::unique_ptr<Life> life;
    static std::uint64_t inputs = 0;
    if (inputs++ % kInputs == 0)
        life = std::make_unique<Life>();
    auto &[surface, now, dispatcher] = *life;
    std::span<const std::uint8_t> rest(data, size);
    for (std::uint16_t turn = 0; rest.size() > 2; ++turn) {
        const std::size_t length = std::min<std::size_t>(rest[0] << 8 | rest[1], rest.size() - 2);
        const Peer peer{*Endpoint::parse("127.0.0.1", static_cast<std::uint16_t>(1000 + turn % 4))};
        dispatcher.handle(peer, rest.subspan(2, length), now);
        rest = rest.subspan(2 + length);
        if (turn % 3 == 0) {
            dispatcher.finish_turn(now);
            dispatcher.flush(now);
        }
        now += std::chrono::milliseconds(100);
    }
    do
        dispatcher.finish_turn(now);
    while (dispatcher.has_work());
    for (const auto target : surface.all_parameters()) {
        const Parameter &declared = parameter(target.id);
        const float value = surface.value(target);
        require(value >= declared.minimum && value <= declared.maximum);
    }
    return 0;
}
