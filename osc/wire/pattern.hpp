// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace headroom::osc {

/// An OSC 1.0 address pattern: ? * [abc] [a-z] [!a-z] {one,two}, each within one part of the
/// address (no * reaches over a slash).
///
/// A part is a set of positions that are all followed at once, one bit each (Glushkov's automaton),
/// so matching takes at most kPositions steps for a character of the address, whatever the pattern.
class Pattern {
  public:
    /// Most characters, wildcards and sets in one part of a pattern that has any wildcard.
    static constexpr int kPositions = 63;

    /// Whether the text has any wildcard; an address without one is only ever itself.
    static bool is_pattern(std::string_view text);

    /// The failure says what is wrong with the text.
    static tl::expected<Pattern, std::string> compile(std::string_view text);

    /// Whether the pattern fits the whole address.
    bool matches(std::string_view address) const;

    /// Whether the pattern fits the address or a leading part of it that ends before a slash:
    /// "/headroom/*" covers everything below "/headroom".
    bool covers(std::string_view address) const;

    /// As covers() or matches(), counting the steps that it took.
    bool matches(std::string_view address, bool leading_part, std::uint64_t &steps) const;

  private:
    struct Part {
        std::string literal; ///< of a part without wildcards; then the rest is not used
        bool is_literal = true;
        std::uint64_t start = 0;                          ///< positions before the first character
        std::uint64_t end = 0;                            ///< the position behind the last element
        std::array<std::uint64_t, 128> accepts{};         ///< by character: positions that take it
        std::array<std::uint64_t, kPositions + 1> next{}; ///< by position: where it leads

        bool matches(std::string_view text, std::uint64_t &steps) const;
    };
    static tl::expected<Part, std::string> compile_part(std::string_view text);

    std::vector<Part> parts_;
};

} // namespace headroom::osc
