// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <lo/lo.h>
#include <memory>
#include <type_traits>

namespace headroom::osc {

inline constexpr std::array<std::uint8_t, 8> kBundleTag{'#', 'b', 'u', 'n', 'd', 'l', 'e', 0};
inline constexpr std::size_t kBundleHeader = 16;

struct MessageDeleter {
    /// Before liblo 0.32 this is a pointer to void.
    using pointer = lo_message;
    void operator()(lo_message message) const { lo_message_free(message); }
};
using LibloMessage = std::unique_ptr<std::remove_pointer_t<lo_message>, MessageDeleter>;

} // namespace headroom::osc
