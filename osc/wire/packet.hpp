// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

namespace headroom::osc {

/// An argument of a message. T and F are bool, N is monostate, I is Impulse.
struct Impulse {
    bool operator==(const Impulse &) const = default;
};
struct TimeTag {
    std::uint64_t ntp = 1; ///< 1 means immediately
    bool operator==(const TimeTag &) const = default;
};
using Blob = std::vector<std::uint8_t>;
using Argument = std::variant<std::int32_t, float, std::string, Blob, std::int64_t, double, TimeTag,
                              char, bool, std::monostate, Impulse>;

struct Message {
    std::string address;
    std::vector<Argument> arguments;
    bool operator==(const Message &) const = default;
};

/// All messages of a packet in order, with the time tag of the bundle that held each.
struct Packet {
    struct Element {
        TimeTag time;
        Message message;
    };
    bool is_bundle = false;
    std::vector<Element> elements;
};

/// Why a packet was refused.
struct PacketError {
    std::string text;
    std::string address; ///< of the offending message, where it could be read
};

struct PacketLimits {
    static constexpr std::size_t kDatagramBytes = 1536;
    static constexpr std::size_t kOutgoingBytes = 1200; ///< fits every usual path unfragmented
    static constexpr int kBundleDepth = 4;
    static constexpr int kElements = 64;
    static constexpr std::size_t kAddressCharacters = 128;
};

/// Checks everything, then decodes: alignment, type tags, sizes, depth, finite floats, and that no
/// bundle is due before the one around it. Any bytes are safe to pass. Nested bundles come out
/// flat, in order; a symbol comes out as a string; a message without type tags, as old senders
/// write it, has no arguments.
tl::expected<Packet, PacketError> decode(std::span<const std::uint8_t> bytes);

/// A message that stands alone with one number, in one of i f h d T F.
struct NumberMessage {
    std::string_view address; ///< lies in the packet
    Argument number;
};
/// What most packets are when many come at once, without taking memory. Nothing where a packet is
/// anything else, or bad: decode() tells.
std::optional<NumberMessage> decode_number(std::span<const std::uint8_t> bytes);

std::vector<std::uint8_t> encode(const Message &message);
/// One bundle with all messages; the time tag 1 means immediately.
std::vector<std::uint8_t> encode_bundle(std::span<const Message> messages, TimeTag time = {});

/// Puts encoded messages together to packets: a message that stands alone goes out plain, several
/// as a bundle that holds immediately.
class PacketBuilder {
  public:
    explicit PacketBuilder(std::size_t limit = PacketLimits::kOutgoingBytes) : limit_(limit) {}

    /// False, and nothing added, where the packet has no room for it; the first always has.
    bool add(std::span<const std::uint8_t> message);
    std::size_t messages() const { return messages_; }
    /// Of the packet.
    std::size_t size() const;
    /// Empty from then on.
    std::vector<std::uint8_t> take();

  private:
    std::size_t limit_;
    std::vector<std::uint8_t> bundle_;
    std::size_t messages_ = 0;
};

struct EncodedPacket {
    std::vector<std::uint8_t> bytes;
    std::size_t messages = 0; ///< how many it holds
};
/// As few packets of at most `limit` bytes as the messages need, in order: a message that stands
/// alone is sent plain, several as a bundle that holds immediately.
std::vector<EncodedPacket> encode_packets(std::span<const Message> messages,
                                          std::size_t limit = PacketLimits::kOutgoingBytes);

} // namespace headroom::osc
