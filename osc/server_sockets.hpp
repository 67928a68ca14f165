// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/wire/transport.hpp"

namespace headroom::osc {

/// Whether the machine has the address: a socket could be bound to it.
bool is_of_this_machine(const Endpoint &endpoint);

bool is_loopback(const Endpoint &endpoint);

/// Whether the endpoint stands for every address of the machine.
bool is_any(const Endpoint &endpoint);

/// Bursts wait in the kernel while the values before them are applied, and what waits for a host
/// that does not answer leaves room for the others.
void widen_buffers(int fd);

} // namespace headroom::osc
