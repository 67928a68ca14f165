// SPDX-License-Identifier: MPL-2.0
#include "osc/wire/packet.hpp"
#include "osc/wire/liblo_message.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

namespace headroom::osc {

namespace {

using Bytes = std::span<const std::uint8_t>;
using Check = tl::expected<void, PacketError>;

struct RawMessage {
    TimeTag time;
    Bytes bytes;
};

tl::unexpected<PacketError> refuse(std::string text, std::string_view address = {}) {
    return tl::unexpected<PacketError>({std::move(text), std::string(address)});
}

template <class Unsigned> Unsigned big_endian(Bytes bytes) {
    Unsigned value = 0;
    for (std::size_t i = 0; i < sizeof(Unsigned); ++i)
        value = static_cast<Unsigned>(value << 8 | bytes[i]);
    return value;
}

constexpr std::size_t padded(std::size_t size) {
    return (size + 3) & ~std::size_t{3};
}

bool all_zero(Bytes bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

/// The string at the start of `rest`, which moves behind its padding.
std::optional<std::string_view> take_string(Bytes &rest) {
    const auto end = std::find(rest.begin(), rest.end(), 0);
    const auto length = static_cast<std::size_t>(end - rest.begin());
    const std::size_t size = padded(length + 1);
    if (end == rest.end() || size > rest.size() || !all_zero(rest.subspan(length, size - length)))
        return std::nullopt;
    const std::string_view text(reinterpret_cast<const char *>(rest.data()), length);
    rest = rest.subspan(size);
    return text;
}

Check check_address(std::string_view address) {
    if (address.empty() || address.front() != '/')
        return refuse("an address starts with a slash");
    if (address.size() > PacketLimits::kAddressCharacters)
        return refuse("an address has at most " + std::to_string(PacketLimits::kAddressCharacters) +
                      " characters");
    for (const char c : address)
        if (c <= ' ' || c > '~' || c == '#')
            return refuse("an address has printable ASCII characters only, no space and no #");
    return {};
}

/// Checks one argument at the start of `rest`, which moves behind it.
Check check_argument(char type, Bytes &rest, std::string_view address) {
    const auto named = [&](const char *text) {
        return refuse("argument of type " + std::string(1, type) + ": " + text, address);
    };
    std::size_t size = 0;
    switch (type) {
    case 'T':
    case 'F':
    case 'N':
    case 'I':
        return {};
    case 's':
    case 'S':
        if (!take_string(rest))
            return named("a string ends with zeros up to a multiple of four bytes");
        return {};
    case 'i':
    case 'f':
    case 'c':
        size = 4;
        break;
    case 'h':
    case 'd':
    case 't':
        size = 8;
        break;
    case 'b': {
        if (rest.size() < 4)
            return named("the packet ends too early");
        const std::size_t length = big_endian<std::uint32_t>(rest);
        if (length > rest.size() - 4)
            return named("the packet ends too early");
        size = 4 + padded(length);
        if (size > rest.size() || !all_zero(rest.subspan(4 + length, size - 4 - length)))
            return named("a blob is followed by zeros up to a multiple of four bytes");
        break;
    }
    default:
        return refuse("type tags are i f s S b h d t c T F N I", address);
    }
    if (rest.size() < size)
        return named("the packet ends too early");
    const bool finite =
        type == 'f'   ? std::isfinite(std::bit_cast<float>(big_endian<std::uint32_t>(rest)))
        : type == 'd' ? std::isfinite(std::bit_cast<double>(big_endian<std::uint64_t>(rest)))
                      : true;
    if (!finite)
        return refuse("a number is not finite", address);
    if (type == 'c' && big_endian<std::uint32_t>(rest) > 0xff)
        return named("a character is one byte");
    rest = rest.subspan(size);
    return {};
}

Check check_message(Bytes bytes) {
    Bytes rest = bytes;
    const auto address = take_string(rest);
    if (!address)
        return refuse("an address ends with zeros up to a multiple of four bytes");
    if (auto good = check_address(*address); !good)
        return good;
    if (rest.empty())
        return {};
    const auto types = take_string(rest);
    if (!types || types->empty() || types->front() != ',')
        return refuse("type tags start with a comma and end with zeros", *address);
    for (const char type : types->substr(1))
        if (auto good = check_argument(type, rest, *address); !good)
            return good;
    if (!rest.empty())
        return refuse("there are more bytes than the type tags announce", *address);
    return {};
}

/// Gathers the messages of a packet, every one of them checked.
class Gatherer {
  public:
    Check gather(Bytes bytes, TimeTag enclosing, int depth) {
        if (bytes.empty() || bytes.size() % 4 != 0)
            return refuse("sizes are multiples of four bytes");
        if (bytes.front() != '#') {
            messages_.push_back({enclosing, bytes});
            return check_message(bytes);
        }
        if (depth >= PacketLimits::kBundleDepth)
            return refuse("bundles are nested at most " +
                          std::to_string(PacketLimits::kBundleDepth) + " deep");
        if (bytes.size() < kBundleHeader ||
            !std::equal(kBundleTag.begin(), kBundleTag.end(), bytes.begin()))
            return refuse("a bundle starts with #bundle and a time tag");
        const TimeTag time{big_endian<std::uint64_t>(bytes.subspan(kBundleTag.size()))};
        if (depth > 0 && time.ntp < enclosing.ntp)
            return refuse("a bundle is not due before the bundle around it");
        for (Bytes rest = bytes.subspan(kBundleHeader); !rest.empty();) {
            if (++elements_ > PacketLimits::kElements)
                return refuse("a packet has at most " + std::to_string(PacketLimits::kElements) +
                              " elements");
            const std::size_t size = big_endian<std::uint32_t>(rest);
            rest = rest.subspan(4);
            if (size == 0 || size > rest.size())
                return refuse("an element's size goes beyond its bundle or is zero");
            if (auto good = gather(rest.first(size), time, depth + 1); !good)
                return good;
            rest = rest.subspan(size);
        }
        return {};
    }

    const std::vector<RawMessage> &messages() const { return messages_; }

  private:
    std::vector<RawMessage> messages_;
    int elements_ = 0;
};

/// liblo leaves values of eight bytes where the packet had them, aligned to four.
template <class T> T value_of(const lo_arg *argument) {
    T value;
    std::memcpy(&value, argument, sizeof value);
    return value;
}

Argument argument_of(char type, lo_arg *argument) {
    switch (type) {
    case 'i':
        return value_of<std::int32_t>(argument);
    case 'f':
        return value_of<float>(argument);
    case 'h':
        return value_of<std::int64_t>(argument);
    case 'd':
        return value_of<double>(argument);
    case 's':
    case 'S':
        return std::string(reinterpret_cast<const char *>(argument));
    case 'c':
        return static_cast<char>(value_of<std::int32_t>(argument));
    case 't': {
        const auto time = value_of<lo_timetag>(argument);
        return TimeTag{std::uint64_t{time.sec} << 32 | time.frac};
    }
    case 'b': {
        const auto blob = reinterpret_cast<lo_blob>(argument);
        const auto *data = static_cast<const std::uint8_t *>(lo_blob_dataptr(blob));
        return Blob(data, data + lo_blob_datasize(blob));
    }
    case 'T':
        return true;
    case 'F':
        return false;
    case 'I':
        return Impulse{};
    default:
        return std::monostate{};
    }
}

tl::expected<Message, PacketError> decode_message(Bytes bytes) {
    // A copy of its own: liblo looks a word beyond what it was given.
    std::vector<std::uint8_t> copy(bytes.size() + 16);
    std::copy(bytes.begin(), bytes.end(), copy.begin());
    Message message{reinterpret_cast<const char *>(copy.data()), {}};
    std::size_t size = bytes.size();
    if (size == padded(message.address.size() + 1)) {
        copy[size] = ',';
        size += 4;
    }
    int result = 0;
    const LibloMessage decoded(lo_message_deserialise(copy.data(), size, &result));
    if (!decoded)
        return refuse("the message cannot be decoded", message.address);
    const char *types = lo_message_get_types(decoded.get());
    const int count = lo_message_get_argc(decoded.get());
    lo_arg **values = lo_message_get_argv(decoded.get());
    message.arguments.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i)
        message.arguments.push_back(argument_of(types[i], values[i]));
    return message;
}

} // namespace

tl::expected<Packet, PacketError> decode(std::span<const std::uint8_t> bytes) {
    if (bytes.size() > PacketLimits::kDatagramBytes)
        return refuse("a packet has at most " + std::to_string(PacketLimits::kDatagramBytes) +
                      " bytes");
    Gatherer gatherer;
    if (auto good = gatherer.gather(bytes, TimeTag{}, 0); !good)
        return tl::unexpected(good.error());
    Packet packet;
    packet.is_bundle = bytes.front() == '#';
    packet.elements.reserve(gatherer.messages().size());
    for (const RawMessage &raw : gatherer.messages()) {
        auto message = decode_message(raw.bytes);
        if (!message)
            return tl::unexpected(message.error());
        packet.elements.push_back({raw.time, std::move(*message)});
    }
    return packet;
}

std::optional<NumberMessage> decode_number(std::span<const std::uint8_t> bytes) {
    if (bytes.size() > PacketLimits::kDatagramBytes || bytes.size() % 4 != 0)
        return std::nullopt;
    Bytes rest = bytes;
    const auto address = take_string(rest);
    if (!address || !check_address(*address))
        return std::nullopt;
    const auto types = take_string(rest);
    if (!types || types->size() != 2 || types->front() != ',')
        return std::nullopt;
    const char type = types->back();
    const Bytes value = rest;
    if (!check_argument(type, rest, *address) || !rest.empty())
        return std::nullopt;
    const auto with = [&](auto number) { return NumberMessage{*address, number}; };
    switch (type) {
    case 'i':
        return with(std::bit_cast<std::int32_t>(big_endian<std::uint32_t>(value)));
    case 'f':
        return with(std::bit_cast<float>(big_endian<std::uint32_t>(value)));
    case 'h':
        return with(std::bit_cast<std::int64_t>(big_endian<std::uint64_t>(value)));
    case 'd':
        return with(std::bit_cast<double>(big_endian<std::uint64_t>(value)));
    case 'T':
        return with(true);
    case 'F':
        return with(false);
    default:
        return std::nullopt;
    }
}

} // namespace headroom::osc
