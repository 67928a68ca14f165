// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headroom::osc {

/// Which web pages may speak to the program. A browser says from which page a request comes
/// (Origin), and under which name it has found the program (Host): a page from elsewhere has no
/// business here without the user's token, also not under a name that was pointed at this machine.
/// A program sends no Origin, and is judged by its user or its network alone.
class Origins {
  public:
    /// What a request says of itself; "" for what it leaves out.
    struct Request {
        std::string origin;
        std::string host;
        std::string authorization;
        std::string query;         ///< behind the "?"
        std::string local_address; ///< of the connection, on this side
    };

    /// port: the program's own.
    explicit Origins(std::uint16_t port);

    /// Why the request is refused, for people; "" if it is not.
    std::string refusal(const Request &request) const;

    /// A query without its token.
    static std::string without_token(std::string_view query);

  private:
    bool is_own_name(std::string_view host, std::string_view local_address) const;
    bool is_own_page(std::string_view origin, std::string_view local_address) const;

    std::string port_;
    std::vector<std::string> names_; ///< of this machine, in small letters
};

} // namespace headroom::osc
