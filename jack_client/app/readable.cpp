// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/readable.hpp"

#include <algorithm>
#include <cstdint>

namespace headroom::app {

namespace {

/// Bytes of the character that the text begins with, which is neither a control character nor
/// broken; 0 otherwise. After table 3-7 of the Unicode Standard.
std::size_t length_of_character(std::string_view text) {
    const auto at = [&](std::size_t i) {
        return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
    };
    const auto is_in = [&](std::size_t i, unsigned low, unsigned high) {
        return at(i) >= low && at(i) <= high;
    };
    const std::uint8_t first = at(0);
    if (first < 0x80)
        return first >= 0x20 && first != 0x7f ? 1 : 0;
    if (first == 0xc2)
        return is_in(1, 0xa0, 0xbf) ? 2 : 0; // what is below are control characters
    if (first > 0xc2 && first < 0xe0)
        return is_in(1, 0x80, 0xbf) ? 2 : 0;
    if (first >= 0xe0 && first < 0xf0) {
        const bool is_second = is_in(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
        return is_second && is_in(2, 0x80, 0xbf) ? 3 : 0;
    }
    if (first >= 0xf0 && first < 0xf5) {
        const bool is_second = is_in(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
        return is_second && is_in(2, 0x80, 0xbf) && is_in(3, 0x80, 0xbf) ? 4 : 0;
    }
    return 0;
}

} // namespace

std::string readable(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    bool has_escapes = false;
    for (std::size_t i = 0; i < text.size();) {
        if (const std::size_t length = length_of_character(text.substr(i))) {
            if (text[i] == '\\')
                out += '\\';
            out += text.substr(i, length);
            i += length;
        } else {
            const auto byte = static_cast<std::uint8_t>(text[i++]);
            out += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
            has_escapes = true;
        }
    }
    return has_escapes ? out : std::string(text);
}

void add_name(nlohmann::ordered_json &json, const std::string &key, const std::string &name) {
    json[key] = readable(name);
    if (json[key] != name)
        json[key + "_escaped"] = true;
}

} // namespace headroom::app
