// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/temporary_folder.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <span>
#include <string>
#include <string_view>

/// What the fuzz targets share.
namespace headroom::fuzz {

using Bytes = std::span<const std::uint8_t>;

inline void require(bool good) {
    if (!good)
        std::abort();
}

inline std::string_view text_of(Bytes bytes) {
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

/// Parts, each behind a length of two bytes; the last one may be cut short.
inline void for_each_part(Bytes bytes, const std::function<void(Bytes)> &take) {
    while (bytes.size() > 2) {
        const std::size_t length =
            std::min<std::size_t>(bytes[0] << 8 | bytes[1], bytes.size() - 2);
        take(bytes.subspan(2, length));
        bytes = bytes.subspan(2 + length);
    }
}

/// A folder in memory that lives as long as the fuzzer.
inline const std::filesystem::path &scratch_folder() {
    static const bool in_memory = ::setenv("TMPDIR", "/dev/shm", 1) == 0;
    static const test::TemporaryFolder folder;
    (void)in_memory;
    return folder.path();
}

/// Nothing of the user's own: profiles and maps are those that are built in.
inline bool forget_the_user() {
    for (const char *name : {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"})
        ::setenv(name, scratch_folder().c_str(), 1);
    return true;
}

inline void write_file(const std::filesystem::path &file, Bytes bytes) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text_of(bytes);
}

} // namespace headroom::fuzz
