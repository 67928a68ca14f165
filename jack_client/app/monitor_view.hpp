// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/app/monitor_learning.hpp"

#include <string>
#include <vector>

namespace headroom::app {

enum class Style { plain, title, good, warm, hot, dim, alert, chosen };

struct Span {
    std::string text;
    Style style = Style::plain;
};

/// One row of the screen, from left to right.
using Row = std::vector<Span>;

/// What the person looks at.
struct MonitorLook {
    enum class Page { meters, help, profiles, learning };
    Page page = Page::meters;
    std::size_t application = 0; ///< the chosen one
    std::size_t bus = 0;         ///< the first one shown
    std::size_t profile = 0;     ///< the chosen one
    MonitorLearning learning;
    std::string server; ///< where the program should be: "127.0.0.1:9140"
    bool utf8 = true;
};

/// The screen, exactly `rows` rows of at most `columns` columns.
std::vector<Row> monitor_screen(const MonitorModel &model, const MonitorLook &look,
                                MonitorModel::TimePoint now, int columns, int rows);

} // namespace headroom::app
