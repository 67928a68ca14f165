// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/process_usage.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace headroom::test {

ProcessUsage ProcessUsage::of(pid_t pid) {
    const std::filesystem::path folder = "/proc/" + std::to_string(pid);
    ProcessUsage usage;
    std::ifstream status(folder / "status");
    for (std::string key; status >> key;) {
        if (key == "VmRSS:")
            status >> usage.rss_kib;
        else if (key == "RssShmem:")
            status >> usage.shared_kib;
        else if (key == "Threads:")
            status >> usage.threads;
    }
    for ([[maybe_unused]] const auto &entry : std::filesystem::directory_iterator(folder / "fd"))
        ++usage.open_files;
    return usage;
}

ProcessUsage ProcessUsage::now() {
    return of(getpid());
}

} // namespace headroom::test
