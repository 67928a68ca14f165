// SPDX-License-Identifier: MPL-2.0
#include "osc/wire/packet.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <lo/lo.h>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace headroom::osc {

namespace {

using Bytes = std::span<const std::uint8_t>;
using Check = tl::expected<void, PacketError>;

constexpr std::array<std::uint8_t, 8> kBundleTag{'#', 'b', 'u', 'n', 'd', 'l', 'e', 0};
constexpr std::size_t kBundleHeader = 16;

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

struct MessageDeleter {
    void operator()(void *message) const { lo_message_free(message); }
};
using LibloMessage = std::unique_ptr<std::remove_pointer_t<lo_message>, MessageDeleter>;

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
        const auto *data = static_cast<const std::uint8_t *>(lo_blob_dataptr(argument));
        return Blob(data, data + lo_blob_datasize(argument));
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

/// Adds each kind of argument to a liblo message.
struct Adder {
    lo_message to;

    void operator()(std::int32_t value) const { lo_message_add_int32(to, value); }
    void operator()(float value) const { lo_message_add_float(to, value); }
    void operator()(const std::string &value) const { lo_message_add_string(to, value.c_str()); }
    void operator()(std::int64_t value) const { lo_message_add_int64(to, value); }
    void operator()(double value) const { lo_message_add_double(to, value); }
    void operator()(char value) const { lo_message_add_char(to, value); }
    void operator()(std::monostate) const { lo_message_add_nil(to); }
    void operator()(Impulse) const { lo_message_add_infinitum(to); }
    void operator()(bool value) const {
        value ? lo_message_add_true(to) : lo_message_add_false(to);
    }
    void operator()(TimeTag value) const {
        lo_message_add_timetag(to, {static_cast<std::uint32_t>(value.ntp >> 32),
                                    static_cast<std::uint32_t>(value.ntp)});
    }
    void operator()(const Blob &value) const {
        if (value.empty()) {
            std::array<std::uint32_t, 2> empty{}; // liblo makes no blob of no bytes, but takes one
            lo_message_add_blob(to, empty.data());
            return;
        }
        const lo_blob blob = lo_blob_new(static_cast<std::int32_t>(value.size()), value.data());
        lo_message_add_blob(to, blob);
        lo_blob_free(blob);
    }
};

void append(std::vector<std::uint8_t> &out, std::uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::vector<std::uint8_t> bundle_header(TimeTag time) {
    std::vector<std::uint8_t> out(kBundleTag.begin(), kBundleTag.end());
    append(out, time.ntp, 8);
    return out;
}

void append_element(std::vector<std::uint8_t> &bundle, std::span<const std::uint8_t> message) {
    append(bundle, message.size(), 4);
    bundle.insert(bundle.end(), message.begin(), message.end());
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

std::vector<std::uint8_t> encode(const Message &message) {
    const LibloMessage out(lo_message_new());
    for (const Argument &argument : message.arguments)
        std::visit(Adder{out.get()}, argument);
    std::vector<std::uint8_t> bytes(lo_message_length(out.get(), message.address.c_str()));
    lo_message_serialise(out.get(), message.address.c_str(), bytes.data(), nullptr);
    return bytes;
}

std::vector<std::uint8_t> encode_bundle(std::span<const Message> messages, TimeTag time) {
    std::vector<std::uint8_t> bundle = bundle_header(time);
    for (const Message &message : messages)
        append_element(bundle, encode(message));
    return bundle;
}

bool PacketBuilder::add(std::span<const std::uint8_t> message) {
    if (messages_ == 0)
        bundle_ = bundle_header({});
    else if (bundle_.size() + 4 + message.size() > limit_ ||
             messages_ == static_cast<std::size_t>(PacketLimits::kElements))
        return false;
    append_element(bundle_, message);
    ++messages_;
    return true;
}

std::size_t PacketBuilder::size() const {
    if (messages_ == 0)
        return 0;
    return messages_ == 1 ? bundle_.size() - kBundleHeader - 4 : bundle_.size();
}

std::vector<std::uint8_t> PacketBuilder::take() {
    std::vector<std::uint8_t> packet = std::exchange(bundle_, {});
    if (std::exchange(messages_, 0) == 1)
        packet.erase(packet.begin(),
                     packet.begin() + static_cast<std::ptrdiff_t>(kBundleHeader + 4));
    return packet;
}

std::vector<EncodedPacket> encode_packets(std::span<const Message> messages, std::size_t limit) {
    std::vector<EncodedPacket> packets;
    PacketBuilder builder(limit);
    const auto flush = [&] {
        const std::size_t held = builder.messages();
        if (held != 0)
            packets.push_back({builder.take(), held});
    };
    for (const Message &message : messages) {
        const std::vector<std::uint8_t> bytes = encode(message);
        if (!builder.add(bytes)) {
            flush();
            builder.add(bytes);
        }
    }
    flush();
    return packets;
}

} // namespace headroom::osc
