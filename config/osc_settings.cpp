// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/osc_settings.hpp"

#include "config/suggestion.hpp"
#include "config/value_reader.hpp"

#include <algorithm>
#include <array>

namespace headroom {

namespace {

constexpr std::string_view kAnAddress = "an IP address such as 192.168.1.10";
constexpr std::string_view kANetwork =
    "a network such as 192.168.1.0/24, or an IP address such as 192.168.1.10";

std::string read_address(const YamlNode &node) {
    if (node.kind != YamlNode::Kind::scalar || !Network::parse_address(node.text))
        refuse(node, kAnAddress);
    return node.text;
}

Network read_network(const YamlNode &node) {
    const auto network = Network::parse(node.text);
    if (!network)
        refuse(node, kANetwork);
    return *network;
}

OscPeer read_peer(const YamlNode &node) {
    OscPeer peer;
    bool has_address = false;
    for (const YamlNode &entry : require_map(node, "a map such as { address: 192.168.1.50, "
                                                   "port: 9000 }")
                                     .children) {
        if (entry.key == "address") {
            peer.address = read_address(entry);
            has_address = true;
        } else if (entry.key == "port") {
            peer.port = static_cast<std::uint16_t>(read_whole_number(entry, 1, 65535));
        } else if (entry.key == "pattern") {
            peer.pattern = require_line(entry, "an address or pattern below /headroom");
            if (!peer.pattern.starts_with('/'))
                refuse(entry, "an address or pattern below /headroom");
        } else if (entry.key == "rate") {
            peer.rate_hz = read_whole_number(entry, 1, 60);
        } else if (entry.key == "form") {
            constexpr std::array<std::string_view, 3> kForms{"natural", "norm", "text"};
            peer.form = require_line(entry, "natural, norm or text");
            if (std::find(kForms.begin(), kForms.end(), peer.form) == kForms.end())
                refuse(entry, "natural, norm or text");
        } else if (entry.key == "read_only") {
            peer.read_only = read_switch(entry, "read_only");
        } else {
            refuse_key(entry, {"address", "port", "pattern", "rate", "form", "read_only"});
        }
    }
    if (!has_address)
        refuse(node, "the peer to have an address", "for instance address: 192.168.1.50");
    return peer;
}

void hold_to_limit(const YamlNode &node) {
    if (node.children.size() > kMaxOscEntries)
        refuse(node, "at most " + std::to_string(kMaxOscEntries) + " entries");
}

} // namespace

OscSettings read_osc_settings(const YamlNode &node) {
    OscSettings settings;
    if (node.kind == YamlNode::Kind::nothing)
        return settings;
    const YamlNode *listen = nullptr;
    for (const YamlNode &entry :
         require_map(node, "a map of listen, allow, write, read_only, local and peers").children) {
        hold_to_limit(entry);
        if (entry.key == "listen") {
            listen = &entry;
            for (const YamlNode *item : scalars(entry, kAnAddress))
                settings.listen.push_back(read_address(*item));
        } else if (entry.key == "allow" || entry.key == "write" || entry.key == "read_only") {
            auto &networks = entry.key == "allow"   ? settings.allow
                             : entry.key == "write" ? settings.write
                                                    : settings.read_only;
            for (const YamlNode *item : scalars(entry, kANetwork))
                networks.push_back(read_network(*item));
        } else if (entry.key == "local") {
            const std::string who = require_line(entry, "user or everyone");
            if (who != "user" && who != "everyone")
                refuse(entry, "user or everyone");
            settings.local_everyone = who == "everyone";
        } else if (entry.key == "peers") {
            for (const YamlNode &item : require_list(entry, "a list of peers").children)
                settings.peers.push_back(read_peer(item));
        } else {
            refuse_key(entry, {"listen", "allow", "write", "read_only", "local", "peers"});
        }
    }
    if (!settings.listen.empty() && settings.allow.empty() && settings.write.empty() &&
        settings.peers.empty())
        refuse(*listen, "an allow or write beside it that says who may speak to headroom",
               "for instance write: 192.168.1.0/24");
    return settings;
}

} // namespace headroom
