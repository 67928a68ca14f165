// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/address_space.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headroom::osc {

/// What ?HOST_INFO tells, beside the extensions.
struct HostInfo {
    std::string name;
    std::string ip; ///< on which the client reaches OSC and HTTP
    std::uint16_t port = 0;
};

/// An answer to GET: 200 with JSON, 204 where there is no such attribute here, 400 for an attribute
/// that nobody knows, 404 where nothing has the address.
struct QueryAnswer {
    int status = 200;
    std::string json; ///< "" unless the status is 200
};

/// The address space and the commands as OSCQuery tells them: each part of an address is a node.
/// The forms and actions of a value are answered at their own paths, and so is a command that
/// others stand below. Belongs to the control thread.
class QueryTree {
  public:
    /// Both must outlive this.
    QueryTree(const AddressSpace &addresses, control::ControlSurface &surface)
        : addresses_(addresses), surface_(surface) {}

    /// `path` is decoded: "/headroom/bus/main"; `attribute` is what stands behind the "?", "" for
    /// the whole node and everything below it.
    QueryAnswer get(std::string_view path, std::string_view attribute, const HostInfo &host) const;

  private:
    const AddressSpace &addresses_;
    control::ControlSurface &surface_;
};

} // namespace headroom::osc
