// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/wire/packet.hpp"

#include <bit>
#include <cstdint>

namespace headroom::osc {

/// In four bytes, the highest first.
inline void append_float(Blob &blob, float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 24; shift >= 0; shift -= 8)
        blob.push_back(static_cast<std::uint8_t>(bits >> shift));
}

} // namespace headroom::osc
