// SPDX-License-Identifier: MPL-2.0
#pragma once

#include "jack_client/dsp/audio_block.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace headroom::dsp {

/// The newest items of a stream, always contiguous in memory: item -1 is the one before the block
/// that was pushed last. Vector code may read and overwrite up to kSlack items behind the block.
/// push() moves the kept items back to the start of the buffer now and then, at a cost that is
/// small when spread over the items.
template <class T> class History {
  public:
    static constexpr int kSlack = kGridFrames;

    /// Not real-time safe. keep: how many items before a block stay readable.
    explicit History(int keep, T fill = T{})
        : keep_(keep),
          end_(keep),
          fill_(fill),
          items_(static_cast<std::size_t>(2 * keep + 8 * kGridFrames + kSlack), fill) {}

    /// Makes room for a block of count items (at most kGridFrames) and returns its start.
    T *push(int count) noexcept {
        if (end_ + count + kSlack > static_cast<int>(items_.size())) {
            std::copy_n(items_.data() + end_ - keep_, keep_, items_.data());
            end_ = keep_;
        }
        T *block = items_.data() + end_;
        end_ += count;
        return block;
    }

    void reset() noexcept { std::fill(items_.begin(), items_.end(), fill_); }

  private:
    int keep_;
    int end_;
    T fill_;
    std::vector<T> items_;
};

} // namespace headroom::dsp
