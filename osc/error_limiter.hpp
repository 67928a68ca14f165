// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/peer.hpp"
#include "osc/subscriptions.hpp"

#include <algorithm>
#include <chrono>
#include <unordered_map>

namespace headroom::osc {

/// Bounds the error replies to each peer: some at once, then a few a second (a token bucket).
class ErrorLimiter {
  public:
    static constexpr double kBurst = 20.0;
    static constexpr double kPerSecond = 10.0;
    static constexpr std::size_t kPeers = 1024; ///< beyond it strangers get no error replies

    bool allow(const Peer &peer, TimePoint now) {
        if (buckets_.size() >= kPeers && !buckets_.contains(peer))
            std::erase_if(buckets_,
                          [&](const auto &known) { return known.second.filled(now) >= kBurst; });
        if (buckets_.size() >= kPeers && !buckets_.contains(peer))
            return false;
        Bucket &bucket = buckets_.try_emplace(peer, Bucket{kBurst, now}).first->second;
        bucket = {bucket.filled(now), now};
        if (bucket.tokens < 1.0)
            return false;
        bucket.tokens -= 1.0;
        return true;
    }

  private:
    struct Bucket {
        double tokens;
        TimePoint at;
        double filled(TimePoint now) const {
            return std::min(kBurst,
                            tokens + kPerSecond * std::chrono::duration<double>(now - at).count());
        }
    };
    std::unordered_map<Peer, Bucket, PeerHash> buckets_;
};

} // namespace headroom::osc
