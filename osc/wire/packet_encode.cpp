// SPDX-License-Identifier: MPL-2.0
#include "osc/wire/liblo_message.hpp"
#include "osc/wire/packet.hpp"

#include <utility>

namespace headroom::osc {

namespace {

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
            lo_message_add_blob(to, reinterpret_cast<lo_blob>(empty.data()));
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
