// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

namespace headroom::test {

/// What a process holds, from /proc.
struct ProcessUsage {
    long rss_kib = 0;
    long shared_kib = 0; ///< of it, memory of other programs that it maps, like that of a server
    int threads = 0;
    int open_files = 0;

    static ProcessUsage of(pid_t pid);
    static ProcessUsage now(); ///< of the test itself
};

} // namespace headroom::test
