// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/query/token.hpp"

#include "config/runtime_folder.hpp"
#include "config/text_file.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <random>

namespace headroom::osc {

namespace {

constexpr std::size_t kDigits = 32;

Result<std::filesystem::path> token_file() {
    auto folder = runtime_folder();
    if (!folder)
        return folder;
    return *folder / "token";
}

/// Nothing if no token was made yet.
Result<std::optional<std::string>> stored_token() {
    const auto file = token_file();
    if (!file)
        return tl::unexpected(file.error());
    auto text = read_text_if_there(*file, kDigits);
    if (!text)
        return text;
    if (!*text || (*text)->size() < kDigits ||
        (*text)->find_first_not_of("0123456789abcdef") < kDigits)
        return std::optional<std::string>();
    return std::optional((*text)->substr(0, kDigits));
}

} // namespace

Result<std::string> web_token() {
    const auto stored = stored_token();
    if (!stored)
        return tl::unexpected(stored.error());
    return *stored ? Result<std::string>(**stored) : new_web_token();
}

Result<std::string> new_web_token() {
    constexpr std::string_view kHexadecimal = "0123456789abcdef";
    const auto file = token_file();
    if (!file)
        return tl::unexpected(file.error());
    std::random_device random; // the kernel's
    std::string token;
    while (token.size() < kDigits)
        token += kHexadecimal[random() % kHexadecimal.size()];
    if (const auto written = write_text(*file, token + "\n", headroom::Access::owner); !written)
        return tl::unexpected(written.error());
    return token;
}

bool is_web_token(std::string_view word) {
    const auto stored = stored_token();
    if (!stored || !*stored || word.size() != kDigits)
        return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < kDigits; ++i)
        difference |=
            static_cast<unsigned char>(word[i]) ^ static_cast<unsigned char>((**stored)[i]);
    return difference == 0;
}

} // namespace headroom::osc
