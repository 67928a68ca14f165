// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/network.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace headroom {

struct YamlNode;

/// Most entries of each list in the section.
inline constexpr std::size_t kMaxOscEntries = 64;

/// A surface that cannot subscribe by itself and is told everything all the time.
struct OscPeer {
    std::string address = "127.0.0.1";
    std::uint16_t port = 9000;
    std::string pattern = "/headroom"; ///< covers what is below it
    int rate_hz = 20;                  ///< 1..60
    std::string form = "natural";      ///< or "norm" or "text"
    bool read_only = false;            ///< what it sends changes nothing
};

/// The section "osc" of a profile: who else may speak to headroom than this machine.
struct OscSettings {
    std::vector<std::string> listen; ///< addresses beside the loopback ones
    std::vector<Network> allow;      ///< who may ask there
    std::vector<Network> write;      ///< who may also set
    std::vector<Network> read_only;  ///< who may only ask, whatever else is said of it
    bool local_everyone = false;     ///< every user of this machine may ask and set
    std::vector<OscPeer> peers;
};

/// Throws YamlError where the section is not what it should be.
OscSettings read_osc_settings(const YamlNode &node);

} // namespace headroom
