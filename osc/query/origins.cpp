// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/query/origins.hpp"

#include "config/network.hpp"
#include "config/value_text.hpp"
#include "osc/query/token.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <fstream>
#include <optional>
#include <sstream>
#include <unistd.h>
#include <utility>

namespace headroom::osc {

namespace {

constexpr std::string_view kTokenKey = "token=";
constexpr std::string_view kDefaultPort = "80"; // of HTTP, which browsers leave out

/// "studio:9140" -> "studio", "9140"; "[::1]" -> "::1", "80".
std::pair<std::string, std::string> host_and_port(std::string_view authority) {
    std::string_view host = authority;
    std::string_view rest;
    if (authority.starts_with('[')) {
        const auto end = std::min(authority.find(']'), authority.size());
        host = authority.substr(1, end - 1);
        rest = authority.substr(std::min(end + 1, authority.size()));
    } else if (const auto colon = authority.find(':'); colon != authority.npos) {
        host = authority.substr(0, colon);
        rest = authority.substr(colon);
    }
    if (host.ends_with('.')) // a name that says that it is whole
        host.remove_suffix(1);
    return {in_lower_case(host),
            std::string(rest.starts_with(':') ? rest.substr(1) : kDefaultPort)};
}

/// What lines of a file such as hosts(5) or resolv.conf(5) say behind their first word.
std::vector<std::pair<std::string, std::vector<std::string>>> lines_of(const char *file) {
    std::vector<std::pair<std::string, std::vector<std::string>>> out;
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string first;
        if (!(words >> first))
            continue;
        out.emplace_back(std::move(first), std::vector<std::string>());
        for (std::string word; words >> word;)
            out.back().second.push_back(in_lower_case(word));
    }
    return out;
}

/// The names of this machine: its own, the same in the domains that it searches and in multicast
/// DNS, those that its list of hosts gives its loopback addresses, or its own name's address.
std::vector<std::string> own_names() {
    std::vector<std::string> out{"localhost"};
    std::array<char, HOST_NAME_MAX + 1> buffer{};
    if (::gethostname(buffer.data(), buffer.size()) != 0)
        return out;
    const std::string whole = in_lower_case(buffer.data());
    const std::string name = whole.substr(0, whole.find('.'));
    out.insert(out.end(), {whole, name, name + ".local"});
    for (const auto &[key, domains] : lines_of("/etc/resolv.conf"))
        if (key == "search" || key == "domain")
            for (const std::string &domain : domains)
                out.push_back(std::string(name).append(".").append(domain));
    for (const auto &[address, names] : lines_of("/etc/hosts"))
        if (address.starts_with("127.") || address == "::1" ||
            std::find(names.begin(), names.end(), whole) != names.end())
            out.insert(out.end(), names.begin(), names.end());
    return out;
}

/// The token that a query or a header carries; "" for none.
std::string token_in(const Origins::Request &request) {
    constexpr std::string_view kBearer = "bearer ";
    if (in_lower_case(request.authorization).starts_with(kBearer))
        return request.authorization.substr(kBearer.size());
    std::istringstream parts(request.query);
    for (std::string part; std::getline(parts, part, '&');)
        if (part.starts_with(kTokenKey))
            return part.substr(kTokenKey.size());
    return "";
}

} // namespace

Origins::Origins(std::uint16_t port) : port_(std::to_string(port)), names_(own_names()) {}

bool Origins::is_own_name(std::string_view host, std::string_view local_address) const {
    const auto address = Network::parse_address(host);
    if (!address)
        return std::find(names_.begin(), names_.end(), host) != names_.end();
    return Network::parse("127.0.0.0/8")->contains(*address) ||
           Network::parse("::1")->contains(*address) ||
           address == Network::parse_address(local_address);
}

bool Origins::is_own_page(std::string_view origin, std::string_view local_address) const {
    constexpr std::string_view kScheme = "http://";
    if (!in_lower_case(origin).starts_with(kScheme))
        return false;
    const auto [host, port] = host_and_port(origin.substr(kScheme.size()));
    return port == port_ && is_own_name(host, local_address);
}

std::string Origins::refusal(const Request &request) const {
    const std::string token = token_in(request);
    if (!token.empty())
        return is_web_token(token) ? ""
                                   : "this is not the token of this headroom: \"headroom token\" "
                                     "shows it, and one of before \"headroom token --new\" is void";
    if (!request.host.empty()) {
        const std::string host = host_and_port(request.host).first;
        // An address in place of a name cannot have been pointed elsewhere.
        if (!Network::parse_address(host) && !is_own_name(host, request.local_address))
            return "this machine is not called " + host +
                   ": use its own name or address, or add ?token= and what \"headroom token\" "
                   "shows";
    }
    if (!request.origin.empty() && !is_own_page(request.origin, request.local_address))
        return "a web page from " + request.origin +
               " needs the token of this headroom: add ?token= and what \"headroom token\" shows "
               "to the address, or send it as Authorization: Bearer";
    return "";
}

std::string Origins::without_token(std::string_view query) {
    std::string out;
    std::istringstream parts{std::string(query)};
    for (std::string part; std::getline(parts, part, '&');)
        if (!part.starts_with(kTokenKey))
            out += (out.empty() ? "" : "&") + part;
    return out;
}

} // namespace headroom::osc
