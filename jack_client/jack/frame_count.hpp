// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace headroom::jack {

/// The server's count of frames, which wraps after 2^32, as one that goes on.
class FrameCount {
  public:
    /// Takes the server's newest count. Real-time safe.
    std::int64_t follow(std::uint32_t newest) noexcept {
        if (frames_ == 0)
            frames_ = newest;
        frames_ += static_cast<std::int32_t>(newest - static_cast<std::uint32_t>(frames_));
        return frames_;
    }

  private:
    std::int64_t frames_ = 0;
};

} // namespace headroom::jack
