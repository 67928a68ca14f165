// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace headroom::control {

/// Requests the minimum scheduler slice for the calling thread, so that packets wait less for it on
/// a busy machine. Linux heeds it from 6.12 on (the slice of EEVDF, sched_setattr(2)); no rights
/// are needed.
void request_short_slice();

} // namespace headroom::control
