// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace headroom::graph {

/// How applications are brought to a bus.
enum class Backend {
    direct,       ///< links of the application are moved: JACK2
    null_sink,    ///< applications play into our PipeWire sink; the session manager moves them
    smart_filter, ///< as null_sink; the session manager puts that sink before the default one
};

/// "direct", "null-sink" or "smart-filter".
std::string_view name_of(Backend backend);

} // namespace headroom::graph
