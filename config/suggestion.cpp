// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/suggestion.hpp"

#include "config/value_text.hpp"

#include <algorithm>
#include <vector>

namespace headroom {

namespace {

constexpr std::size_t kLongestWord = 64;

/// Optimal string alignment distance: insertions, deletions, substitutions, swaps of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
    const std::size_t width = b.size() + 1;
    std::vector<std::size_t> cost((a.size() + 1) * width);
    for (std::size_t i = 0; i <= a.size(); ++i)
        for (std::size_t j = 0; j <= b.size(); ++j) {
            std::size_t &here = cost[i * width + j];
            if (i == 0 || j == 0) {
                here = i + j;
                continue;
            }
            const std::size_t substituted =
                cost[(i - 1) * width + j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            here =
                std::min({cost[(i - 1) * width + j] + 1, cost[i * width + j - 1] + 1, substituted});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                here = std::min(here, cost[(i - 2) * width + j - 2] + 1);
        }
    return cost.back();
}

} // namespace

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
    if (word.size() > kLongestWord)
        return {};
    const std::string plain = in_lower_case(word);
    const std::string *best = nullptr;
    std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string &candidate : candidates)
        if (candidate.size() <= kLongestWord)
            if (const std::size_t d = distance(plain, in_lower_case(candidate)); d < least) {
                least = d;
                best = &candidate;
            }
    return best ? "did you mean " + *best + "?" : std::string();
}

std::string enumeration(std::span<const std::string> words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0)
            out += i + 1 == words.size() ? " and " : ", ";
        out += words[i];
    }
    return out;
}

} // namespace headroom
