// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/wire/packet.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <random>

using namespace headroom::osc;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Text with "\0" written out, as bytes.
template <std::size_t N> Bytes bytes_of(const char (&text)[N]) {
    return {text, text + N - 1};
}

Bytes operator+(Bytes left, const Bytes &right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

Bytes bundle(std::uint64_t time, const std::vector<Bytes> &elements) {
    Bytes out = bytes_of("#bundle\0");
    for (int shift = 56; shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(time >> shift));
    for (const Bytes &element : elements) {
        for (int shift = 24; shift >= 0; shift -= 8)
            out.push_back(static_cast<std::uint8_t>(element.size() >> shift));
        out = out + element;
    }
    return out;
}

/// From memory of exactly this size, so that a sanitizer sees every read outside.
auto decode_exact(const Bytes &bytes) {
    const auto exact = std::make_unique<std::uint8_t[]>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), exact.get());
    return decode({exact.get(), bytes.size()});
}

Message every_type() {
    return {"/every/type",
            {std::int32_t{-7}, 1.5f, std::string("text"), Blob{1, 2, 3, 4, 5},
             std::int64_t{-5'000'000'000}, 2.25, TimeTag{0x0123456789abcdef}, 'x', true, false,
             std::monostate{}, Impulse{}, std::string(), Blob{}}};
}

} // namespace

TEST_CASE("every type of argument comes back as it was") {
    const Message all = every_type();
    const auto packet = decode_exact(encode(all));
    REQUIRE(packet.has_value());
    CHECK_FALSE(packet->is_bundle);
    REQUIRE(packet->elements.size() == 1);
    CHECK(packet->elements[0].message == all);
    CHECK(packet->elements[0].time == TimeTag{});

    for (const Argument &argument : all.arguments)
        for (std::size_t length = 1; length < 9; ++length) {
            const Message one{"/" + std::string(length, 'a'),
                              {argument, std::int32_t{1}, argument}};
            const auto back = decode_exact(encode(one));
            REQUIRE(back.has_value());
            CHECK(back->elements.at(0).message == one);
        }
}

TEST_CASE("every character comes back as it was") {
    for (int c = 0; c < 256; ++c) {
        const Message message{"/a", {static_cast<char>(c), static_cast<char>(255 - c)}};
        const auto packet = decode_exact(encode(message));
        REQUIRE(packet.has_value());
        CHECK(packet->elements[0].message == message);
    }
}

TEST_CASE("strings and blobs of every length come back as they were") {
    for (std::size_t length = 0; length < 20; ++length) {
        const Message message{"/a", {std::string(length, 'z'), Blob(length, 0xff)}};
        const auto packet = decode_exact(encode(message));
        REQUIRE(packet.has_value());
        CHECK(packet->elements[0].message == message);
    }
}

TEST_CASE("a message is written byte for byte as the specification shows") {
    CHECK(encode({"/oscillator/4/frequency", {440.0f}}) ==
          bytes_of("/oscillator/4/frequency\0,f\0\0\x43\xdc\x00\x00"));
    CHECK(encode({"/foo",
                  {std::int32_t{1000}, std::int32_t{-1}, std::string("hello"), 1.234f, 5.678f}}) ==
          bytes_of("/foo\0\0\0\0,iisff\0\0\0\0\x03\xe8\xff\xff\xff\xffhello\0\0\0\x3f\x9d\xf3\xb6"
                   "\x40\xb5\xb2\x2d"));
}

TEST_CASE("shapes that foreign senders use are read") {
    SECTION("a symbol is a string") {
        const auto packet = decode_exact(bytes_of("/a\0\0,S\0\0abc\0"));
        REQUIRE(packet.has_value());
        CHECK(packet->elements[0].message == Message{"/a", {std::string("abc")}});
    }
    SECTION("a message without type tags has no arguments") {
        const auto packet = decode_exact(bytes_of("/xremote\0\0\0\0"));
        REQUIRE(packet.has_value());
        CHECK(packet->elements[0].message == Message{"/xremote", {}});
    }
    SECTION("an empty bundle holds nothing") {
        const auto packet = decode_exact(bundle(1, {}));
        REQUIRE(packet.has_value());
        CHECK(packet->is_bundle);
        CHECK(packet->elements.empty());
    }
}

TEST_CASE("nested bundles come out flat, in order, each with its own time") {
    const Bytes a = encode({"/a", {}}), b = encode({"/b", {}}), c = encode({"/c", {}});
    const auto packet = decode_exact(bundle(10, {a, bundle(20, {b}), c}));
    REQUIRE(packet.has_value());
    REQUIRE(packet->elements.size() == 3);
    CHECK(packet->elements[0].message.address == "/a");
    CHECK(packet->elements[0].time == TimeTag{10});
    CHECK(packet->elements[1].message.address == "/b");
    CHECK(packet->elements[1].time == TimeTag{20});
    CHECK(packet->elements[2].message.address == "/c");
    CHECK(packet->elements[2].time == TimeTag{10});

    CHECK_FALSE(decode_exact(bundle(20, {bundle(10, {a})})).has_value());
    CHECK(decode_exact(bundle(20, {bundle(20, {a})})).has_value());
}

TEST_CASE("limits of packets hold exactly") {
    const Bytes a = encode({"/a", {}});
    const auto nested = [&](int depth) {
        Bytes out = a;
        for (int i = 0; i < depth; ++i)
            out = bundle(1, {out});
        return out;
    };
    CHECK(decode_exact(nested(PacketLimits::kBundleDepth)).has_value());
    CHECK_FALSE(decode_exact(nested(PacketLimits::kBundleDepth + 1)).has_value());
    CHECK_FALSE(decode_exact(nested(70)).has_value());

    const auto many = [&](int count) {
        return bundle(1, std::vector<Bytes>(static_cast<std::size_t>(count), a));
    };
    CHECK(decode_exact(many(PacketLimits::kElements)).has_value());
    CHECK_FALSE(decode_exact(many(PacketLimits::kElements + 1)).has_value());

    const auto addressed = [](std::size_t length) {
        return encode({"/" + std::string(length - 1, 'a'), {}});
    };
    CHECK(decode_exact(addressed(PacketLimits::kAddressCharacters)).has_value());
    CHECK_FALSE(decode_exact(addressed(PacketLimits::kAddressCharacters + 1)).has_value());

    const auto sized = [](std::size_t size) { return encode({"/a", {Blob(size - 12, 1)}}); };
    REQUIRE(sized(PacketLimits::kDatagramBytes).size() == PacketLimits::kDatagramBytes);
    CHECK(decode_exact(sized(PacketLimits::kDatagramBytes)).has_value());
    CHECK_FALSE(decode_exact(sized(PacketLimits::kDatagramBytes + 4)).has_value());
}

TEST_CASE("malformed packets are refused with a reason") {
    const Bytes good = encode({"/a", {1.0f}});
    const std::vector<Bytes> malformed{
        {},
        bytes_of("/"),
        bytes_of("/abc"),                         // no end of the string
        bytes_of("abc\0,\0\0\0"),                 // no slash
        bytes_of("/a\0x,\0\0\0"),                 // padding that is not zero
        bytes_of("/a\0\0,f\0\0"),                 // no data
        bytes_of("/a ,b\0\0\0"),                  // the over-read of 8 bytes
        bytes_of("/a\0\0,b\0\0"),                 // a blob without a size
        bytes_of("/a\0\0,b\0\0\0\0\0\x08zzzz"),   // a blob beyond the end
        bytes_of("/a\0\0,b\0\0\xff\xff\xff\xff"), // a blob of a negative size
        bytes_of("/a\0\0,b\0\0\x7f\xff\xff\xffzzzz"),
        bytes_of("/a\0\0,b\0\0\0\0\0\x01z\0\0z"), // padding that is not zero
        bytes_of("/a\0\0,s\0\0abcd"),             // a string without an end
        bytes_of("/a\0\0,s\0\0"),
        bytes_of("/a\0\0,i\0\0\0\0\0"),           // not a multiple of four
        bytes_of("/a\0\0,i\0\0\0\0\0\1\0\0\0\2"), // more data than type tags
        bytes_of("/a\0\0i\0\0\0\0\0\0\1"),        // no comma
        bytes_of("/a\0\0,iii"),                   // type tags without an end
        bytes_of("/a\0\0,q\0\0\0\0\0\0"),         // an unknown type
        bytes_of("/a\0\0,[i]\0\0\0\0\0\0\0\1"),   // arrays
        bytes_of("/a\0\0,c\0\0\0\0\1\0"),         // a character of two bytes
        bytes_of("/a b\0\0\0\0,\0\0\0"),          // a space
        bytes_of("/a#b\0\0\0\0,\0\0\0"),
        bytes_of("/\x80"
                 "a\0,\0\0\0"),
        bytes_of("#bun"),
        bytes_of("#bundle\0"),
        bytes_of("#bundlf\0\0\0\0\0\0\0\0\1"),
        bundle(1, {good, bytes_of("#bun")}),
        bundle(1, {{}}), // an element of length zero
        bundle(1, {good, {}, good}),
        bundle(1, {good}) + bytes_of("\0\0\0\x08"),
        bundle(1, {good}) + bytes_of("\xff\xff\xff\xfc/a\0\0"),
        bundle(1, {good}) + bytes_of("\0\0\0\x06/a\0\0,\0"),
        bundle(1, {good, encode({"a", {}}), good}),
    };
    for (const Bytes &bytes : malformed) {
        INFO(std::string(bytes.begin(), bytes.end()));
        const auto packet = decode_exact(bytes);
        REQUIRE_FALSE(packet.has_value());
        CHECK_FALSE(packet.error().text.empty());
    }
    CHECK(decode_exact(bytes_of("/a/b\0\0\0\0,q\0\0")).error().address == "/a/b");
}

TEST_CASE("numbers that are not finite are refused") {
    for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
        CHECK_FALSE(decode_exact(encode({"/a", {static_cast<float>(bad)}})).has_value());
        CHECK_FALSE(decode_exact(encode({"/a", {bad}})).has_value());
    }
    CHECK(decode_exact(encode({"/a", {std::numeric_limits<double>::max()}})).has_value());
    CHECK(decode_exact(encode({"/a", {std::numeric_limits<float>::denorm_min()}})).has_value());
}

TEST_CASE("a packet cut at any byte is refused or says less, and never reads outside") {
    const Bytes message = encode(every_type());
    for (std::size_t size = 0; size < message.size(); ++size) {
        const auto packet = decode_exact({message.begin(), message.begin() + std::ptrdiff_t(size)});
        CAPTURE(size);
        CHECK((!packet || packet->elements[0].message == Message{"/every/type", {}}));
    }
    const Bytes whole = bundle(1, {encode({"/a", {1.0f}}), encode({"/b", {std::string("x")}})});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto packet = decode_exact({whole.begin(), whole.begin() + std::ptrdiff_t(size)});
        CAPTURE(size);
        CHECK((!packet || packet->elements.size() < 2));
    }
}

TEST_CASE("whatever is decoded after random damage can be encoded and decoded again") {
    std::mt19937 random(1);
    const std::vector<Bytes> seeds{
        encode(every_type()), encode({"/headroom/bus/main/limiter/ceiling", {-3.0f}}),
        bundle(1, {encode({"/a", {1.0f}}), bundle(2, {encode({"/b", {std::string("x")}})})})};
    int accepted = 0;
    for (int round = 0; round < 60'000; ++round) {
        Bytes bytes = seeds[random() % seeds.size()];
        for (auto changes = random() % 4; changes > 0; --changes) {
            auto &byte = bytes[random() % bytes.size()];
            byte = random() % 2 ? static_cast<std::uint8_t>(random())
                                : static_cast<std::uint8_t>(byte ^ (1u << random() % 8));
        }
        if (random() % 4 == 0)
            bytes.resize(random() % (bytes.size() + 8));
        const auto packet = decode_exact(bytes);
        if (!packet)
            continue;
        ++accepted;
        for (const auto &element : packet->elements) {
            const auto again = decode_exact(encode(element.message));
            REQUIRE(again.has_value());
            REQUIRE(again->elements[0].message == element.message);
        }
    }
    CHECK(accepted > 1000);
}

TEST_CASE("many messages go into few packets of a bounded size, in order") {
    std::vector<Message> messages;
    messages.reserve(300);
    for (std::int32_t i = 0; i < 300; ++i)
        messages.push_back({"/some/address/of/a/parameter", {i}});
    const auto packets = encode_packets(messages);
    CHECK(packets.size() < 15);
    std::int32_t next = 0;
    for (const auto &[bytes, count] : packets) {
        CHECK(bytes.size() <= PacketLimits::kOutgoingBytes);
        const auto packet = decode_exact(bytes);
        REQUIRE(packet.has_value());
        CHECK(packet->elements.size() == count);
        for (const auto &element : packet->elements)
            CHECK(element.message.arguments == std::vector<Argument>{next++});
    }
    CHECK(next == 300);
    CHECK(encode_packets(std::span(messages).first(1)).at(0).bytes == encode(messages[0]));
    CHECK(encode_packets({}).empty());
    const std::vector<Message> bundled{messages[0], messages[1]};
    CHECK(encode_bundle(bundled) == encode_packets(bundled).at(0).bytes);
}

TEST_CASE("a message with one number is read where it lies") {
    const std::vector<Argument> numbers{
        std::int32_t{-7}, 1.5f, std::int64_t{-5'000'000'000}, 2.25, true, false};
    for (const Argument &number : numbers) {
        const Bytes bytes = encode({"/headroom/bypass", {number}});
        const auto found = decode_number(bytes);
        REQUIRE(found.has_value());
        CHECK(found->address == "/headroom/bypass");
        CHECK(found->number == number);
        for (std::size_t size = 0; size < bytes.size(); ++size)
            CHECK_FALSE(decode_number({bytes.data(), size}).has_value());
    }
    for (const Message &other :
         {every_type(), Message{"/a", {}}, Message{"/a", {std::string("1")}},
          Message{"/a", {Impulse{}}}, Message{"/a", {1.0f, 2.0f}}, Message{"/a", {NAN}}})
        CHECK_FALSE(decode_number(encode(other)).has_value());
    CHECK_FALSE(decode_number(encode_bundle(std::vector<Message>{{"/a", {1.0f}}})).has_value());
    CHECK_FALSE(decode_number(encode({"/" + std::string(200, 'a'), {1.0f}})).has_value());
}
