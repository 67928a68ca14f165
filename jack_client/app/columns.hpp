// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Text on a terminal, in UTF-8: a Chinese character or an emoji takes two columns, a combining
/// accent none.
namespace headroom::app {

/// Columns that the text takes. Bytes that are no UTF-8 take one each.
std::size_t columns_of(std::string_view text);

/// Cut to at most that many columns; a character that would be halved is left out.
std::string cut(std::string_view text, std::size_t columns);

/// Cut, or filled up with spaces, to exactly that many columns.
std::string fit(std::string_view text, std::size_t columns);

/// In lines of at most that many columns, broken at spaces where there are some; the lines behind
/// the first begin with `indent` spaces.
std::vector<std::string> wrap(std::string_view text, std::size_t columns, std::size_t indent = 0);

} // namespace headroom::app
