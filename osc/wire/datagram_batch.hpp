// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "osc/wire/packet.hpp"
#include "osc/wire/transport.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <sys/socket.h>

namespace headroom::osc {

/// The datagrams of a socket one by one, taken from the kernel many at a time, into memory that is
/// used again and again.
class DatagramBatch {
  public:
    static constexpr std::size_t kMost = 64; ///< taken at a time

    struct Datagram {
        Endpoint from;
        std::span<const std::uint8_t> bytes; ///< until the next call of next()
        bool is_cut = false;                 ///< it was longer than PacketLimits::kDatagramBytes
    };

    DatagramBatch();
    DatagramBatch(const DatagramBatch &) = delete;
    DatagramBatch &operator=(const DatagramBatch &) = delete;

    /// Nothing where no more waited when the kernel was last asked; the next call asks again.
    std::optional<Datagram> next(const UdpSocket &socket);
    /// Whether next() has one that the kernel knows nothing of any more.
    bool holds_any() const { return next_ < count_; }

  private:
    using Buffer = std::array<std::uint8_t, PacketLimits::kDatagramBytes>;

    void receive(const UdpSocket &socket);

    std::array<Buffer, kMost> buffers_;
    std::array<sockaddr_storage, kMost> senders_;
    std::array<iovec, kMost> vectors_;
    std::array<mmsghdr, kMost> headers_{};
    std::size_t count_ = 0;   ///< that came together last
    std::size_t next_ = 0;    ///< of them
    bool is_drained_ = false; ///< no more waited behind them
};

} // namespace headroom::osc
