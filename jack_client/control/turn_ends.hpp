// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/control/uv_handle.hpp"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace headroom::control {

/// What is to be called at the end of a turn of libuv's loop, which does not wait meanwhile.
class TurnEnds {
  public:
    struct End {
        std::function<void()> callback;
        bool has_ended = false;
    };

    void open(uv_loop_t *loop) {
        haste_ = std::make_unique<Handle<uv_idle_t>>();
        haste_->open(uv_idle_init(loop, haste_->get()), "idle", nullptr);
    }
    void close() { haste_.reset(); }

    std::weak_ptr<End> add(std::function<void()> callback) {
        uv_idle_start(haste_->get(), [](uv_idle_t *) {});
        return ends_.emplace_back(std::make_shared<End>(End{std::move(callback)}));
    }

    /// All that were added; what is added from then on belongs to the next turn.
    std::vector<std::shared_ptr<End>> take() {
        if (!ends_.empty())
            uv_idle_stop(haste_->get());
        return std::exchange(ends_, {});
    }

  private:
    std::unique_ptr<Handle<uv_idle_t>> haste_; ///< keeps the loop from waiting
    std::vector<std::shared_ptr<End>> ends_;
};

} // namespace headroom::control
