// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "osc/wire/packet.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace headroom::osc {

/// How packets follow each other on a stream: behind their length in four bytes (OSC 1.0), or
/// between END bytes (OSC 1.1, SLIP of RFC 1055 with an END on both sides).
enum class Framing { length, slip };

std::vector<std::uint8_t> frame(std::span<const std::uint8_t> packet, Framing framing);

/// Cuts a stream into packets of at most PacketLimits::kDatagramBytes. The first byte tells the
/// framing: a length that small begins with a zero, SLIP with an END, or with a packet itself. Any
/// other is a failure, so nothing that speaks HTTP is mistaken for a stream.
class Deframer {
  public:
    using Take = std::function<void(std::span<const std::uint8_t> packet)>;

    /// Hands over every packet that is complete. After a failure the stream makes no sense any
    /// more.
    tl::expected<void, std::string> feed(std::span<const std::uint8_t> bytes, const Take &take);

    /// Nothing before the first byte.
    std::optional<Framing> framing() const { return framing_; }

  private:
    tl::expected<void, std::string> feed_length(std::uint8_t byte, const Take &take);
    tl::expected<void, std::string> feed_slip(std::uint8_t byte, const Take &take);

    std::optional<Framing> framing_;
    std::vector<std::uint8_t> partial_; ///< of the packet, its length first where it has one
    bool is_escaped_ = false;
};

} // namespace headroom::osc
