// SPDX-License-Identifier: MPL-2.0
#include "osc/wire/datagram_batch.hpp"

#include <algorithm>

namespace headroom::osc {

DatagramBatch::DatagramBatch() {
    for (std::size_t i = 0; i < kMost; ++i) {
        vectors_[i] = {buffers_[i].data(), buffers_[i].size()};
        headers_[i].msg_hdr.msg_iov = &vectors_[i];
        headers_[i].msg_hdr.msg_iovlen = 1;
        headers_[i].msg_hdr.msg_name = &senders_[i];
    }
}

void DatagramBatch::receive(const UdpSocket &socket) {
    for (mmsghdr &header : headers_)
        header.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    const int received =
        ::recvmmsg(socket.fd(), headers_.data(), kMost, MSG_TRUNC | MSG_DONTWAIT, nullptr);
    count_ = static_cast<std::size_t>(std::max(received, 0));
    next_ = 0;
    is_drained_ = count_ < kMost;
}

std::optional<DatagramBatch::Datagram> DatagramBatch::next(const UdpSocket &socket) {
    if (!holds_any() && !is_drained_)
        receive(socket);
    if (!holds_any()) {
        is_drained_ = false;
        return std::nullopt;
    }
    const std::size_t index = next_++;
    const Buffer &buffer = buffers_[index];
    const mmsghdr &header = headers_[index];
    const std::size_t size = header.msg_len;
    return Datagram{Endpoint(senders_[index], header.msg_hdr.msg_namelen),
                    std::span(buffer).first(std::min(size, buffer.size())), size > buffer.size()};
}

} // namespace headroom::osc
