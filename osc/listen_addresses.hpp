// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "osc/wire/transport.hpp"

#include <vector>

namespace headroom::osc {

struct ServerOptions;

/// Where a server listens.
struct ListenAddresses {
    Endpoint first; ///< cannot be missed
    std::vector<Endpoint> others;
};

/// The loopback addresses and those that the options name. An address that stands for all takes the
/// place of the loopback one.
Result<ListenAddresses> listen_addresses(const ServerOptions &options);

} // namespace headroom::osc
