// SPDX-License-Identifier: MPL-2.0
#include "osc/wire/framing.hpp"

namespace headroom::osc {

namespace {

constexpr std::uint8_t kEnd = 0xc0;
constexpr std::uint8_t kEscape = 0xdb;
constexpr std::uint8_t kEscapedEnd = 0xdc;
constexpr std::uint8_t kEscapedEscape = 0xdd;
constexpr std::size_t kLengthBytes = 4;

tl::unexpected<std::string> too_long() {
    return tl::unexpected("a packet has 1 to " + std::to_string(PacketLimits::kDatagramBytes) +
                          " bytes");
}

} // namespace

std::vector<std::uint8_t> frame(std::span<const std::uint8_t> packet, Framing framing) {
    std::vector<std::uint8_t> out;
    out.reserve(packet.size() + kLengthBytes);
    if (framing == Framing::length) {
        for (int shift = 24; shift >= 0; shift -= 8)
            out.push_back(static_cast<std::uint8_t>(packet.size() >> shift));
        out.insert(out.end(), packet.begin(), packet.end());
        return out;
    }
    out.push_back(kEnd);
    for (const std::uint8_t byte : packet) {
        if (byte == kEnd || byte == kEscape) {
            out.push_back(kEscape);
            out.push_back(byte == kEnd ? kEscapedEnd : kEscapedEscape);
        } else {
            out.push_back(byte);
        }
    }
    out.push_back(kEnd);
    return out;
}

tl::expected<void, std::string> Deframer::feed(std::span<const std::uint8_t> bytes,
                                               const Take &take) {
    for (const std::uint8_t byte : bytes) {
        if (!framing_) {
            if (byte != 0 && byte != kEnd && byte != '/' && byte != '#')
                return tl::unexpected(
                    std::string("on TCP each packet follows its length in four bytes, "
                                "or is a SLIP frame"));
            framing_ = byte == 0 ? Framing::length : Framing::slip;
        }
        auto good = framing_ == Framing::length ? feed_length(byte, take) : feed_slip(byte, take);
        if (!good)
            return good;
    }
    return {};
}

tl::expected<void, std::string> Deframer::feed_length(std::uint8_t byte, const Take &take) {
    partial_.push_back(byte);
    if (partial_.size() < kLengthBytes)
        return {};
    std::size_t length = 0;
    for (std::size_t i = 0; i < kLengthBytes; ++i)
        length = length << 8 | partial_[i];
    if (length == 0 || length > PacketLimits::kDatagramBytes)
        return too_long();
    if (partial_.size() == kLengthBytes + length) {
        take(std::span(partial_).subspan(kLengthBytes));
        partial_.clear();
    }
    return {};
}

tl::expected<void, std::string> Deframer::feed_slip(std::uint8_t byte, const Take &take) {
    if (is_escaped_) {
        if (byte != kEscapedEnd && byte != kEscapedEscape)
            return tl::unexpected(std::string("in SLIP 0xdb is followed by 0xdc or 0xdd"));
        partial_.push_back(byte == kEscapedEnd ? kEnd : kEscape);
        is_escaped_ = false;
    } else if (byte == kEscape) {
        is_escaped_ = true;
    } else if (byte == kEnd) {
        if (!partial_.empty())
            take(partial_);
        partial_.clear();
    } else {
        partial_.push_back(byte);
    }
    if (partial_.size() > PacketLimits::kDatagramBytes)
        return too_long();
    return {};
}

} // namespace headroom::osc
