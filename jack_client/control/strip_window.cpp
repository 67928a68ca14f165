// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/control/strip_window.hpp"

#include <algorithm>
#include <utility>

namespace headroom::control {

bool StripWindow::follow() {
    bool changed = false;
    for (std::size_t place = 0; place < places_.size(); ++place)
        if (places_[place] >= 0 && !surface_.is_open(places_[place])) {
            last_[static_cast<std::size_t>(std::exchange(places_[place], -1))] =
                static_cast<int>(place);
            changed = true;
        }
    last_.resize(surface_.strip_names().size());
    for (int strip = 0; strip < static_cast<int>(last_.size()); ++strip) {
        if (!surface_.is_open(strip) ||
            std::find(places_.begin(), places_.end(), strip) != places_.end())
            continue;
        const auto former = last_[static_cast<std::size_t>(strip)];
        auto place = std::find(places_.begin(), places_.end(), -1);
        if (former && places_[static_cast<std::size_t>(*former)] < 0)
            place = places_.begin() + *former;
        if (place == places_.end())
            places_.push_back(strip);
        else
            *place = strip;
        changed = true;
    }
    return changed;
}

bool StripWindow::move(int windows, int width) {
    const auto last = std::find_if(places_.rbegin(), places_.rend(), [](int s) { return s >= 0; });
    const auto used = static_cast<int>(places_.rend() - last);
    const int most = width > 0 && used > 0 ? (used - 1) / width * width : 0;
    const int before = std::exchange(offset_, std::clamp(offset_ + windows * width, 0, most));
    return offset_ != before;
}

std::optional<int> StripWindow::at(int position) const {
    const auto place = static_cast<std::size_t>(offset_ + position - 1);
    if (place >= places_.size() || places_[place] < 0)
        return std::nullopt;
    return places_[place];
}

} // namespace headroom::control
