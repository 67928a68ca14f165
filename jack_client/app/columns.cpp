// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/columns.hpp"

#include <algorithm>
#include <clocale>
#include <cstdint>
#include <cwchar>
#include <locale.h> // NOLINT(modernize-deprecated-headers): newlocale()

namespace headroom::app {

namespace {

struct Character {
    std::size_t bytes;
    std::size_t columns;
};

/// What wcwidth(3) says, whatever the locale of the program.
std::size_t width_of(std::uint32_t code) {
    static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (utf8 == nullptr)
        return 1;
    const locale_t before = ::uselocale(utf8);
    const int width = ::wcwidth(static_cast<wchar_t>(code));
    ::uselocale(before);
    return width < 0 ? 1 : static_cast<std::size_t>(width);
}

/// The first character of a text that is not empty.
Character first_character(std::string_view text) {
    const auto lead = static_cast<std::uint8_t>(text[0]);
    const std::size_t bytes = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (bytes == 1 || bytes > text.size() || lead > 0xf4)
        return {1, 1};
    std::uint32_t code = lead & (0xffu >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) {
        const auto next = static_cast<std::uint8_t>(text[i]);
        if ((next & 0xc0u) != 0x80u)
            return {1, 1};
        code = code << 6 | (next & 0x3fu);
    }
    return {bytes, width_of(code)};
}

/// Bytes of the beginning that fits, and the columns that it takes. Accents stay with their letter.
Character beginning(std::string_view text, std::size_t columns) {
    Character out{0, 0};
    while (out.bytes < text.size()) {
        const Character next = first_character(text.substr(out.bytes));
        if (out.columns + next.columns > columns)
            break;
        out.bytes += next.bytes;
        out.columns += next.columns;
    }
    return out;
}

} // namespace

std::size_t columns_of(std::string_view text) {
    return beginning(text, std::string_view::npos).columns;
}

std::string cut(std::string_view text, std::size_t columns) {
    return std::string(text.substr(0, beginning(text, columns).bytes));
}

std::string fit(std::string_view text, std::size_t columns) {
    const Character part = beginning(text, columns);
    return std::string(text.substr(0, part.bytes)) + std::string(columns - part.columns, ' ');
}

std::vector<std::string> wrap(std::string_view text, std::size_t columns, std::size_t indent) {
    std::vector<std::string> out;
    std::size_t start = 0;
    do {
        const std::size_t margin = out.empty() ? 0 : std::min(indent, columns / 2);
        const std::string_view rest = text.substr(start);
        std::size_t length = std::max<std::size_t>(beginning(rest, columns - margin).bytes, 1);
        if (length < rest.size())
            if (const auto space = rest.substr(0, length + 1).rfind(' ');
                space != rest.npos && space > 0)
                length = space;
        out.push_back(std::string(margin, ' ') + std::string(rest.substr(0, length)));
        start += length;
        while (start < text.size() && text[start] == ' ')
            ++start;
    } while (start < text.size());
    return out;
}

} // namespace headroom::app
