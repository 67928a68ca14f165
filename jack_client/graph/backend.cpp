// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/backend.hpp"

namespace headroom::graph {

std::string_view name_of(Backend backend) {
    switch (backend) {
    case Backend::direct:
        return "direct";
    case Backend::null_sink:
        return "null-sink";
    case Backend::smart_filter:
        return "smart-filter";
    }
    return "";
}

} // namespace headroom::graph
