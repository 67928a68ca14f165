// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/monitor_terminal.hpp"

#include "config/folders.hpp"

// ncurses defines macros with names of everyday life.
#define NCURSES_NOMACROS
#include <curses.h>

namespace headroom::app {

namespace {

constexpr short kGreen = 1;
constexpr short kYellow = 2;
constexpr short kRed = 3;

} // namespace

struct Terminal::Impl {
    SCREEN *screen;
    bool has_colour = false;

    chtype attribute(Style style) const {
        const auto colour = [&](short pair) {
            return has_colour ? static_cast<chtype>(COLOR_PAIR(pair)) : A_NORMAL;
        };
        switch (style) {
        case Style::plain:
            break;
        case Style::title:
            return A_BOLD;
        case Style::good:
            return colour(kGreen);
        case Style::warm:
            return colour(kYellow);
        case Style::hot:
            return colour(kRed) | A_BOLD;
        case Style::dim:
            return has_colour ? A_DIM : A_NORMAL;
        case Style::alert:
            return colour(kRed) | A_REVERSE;
        case Style::chosen:
            return A_REVERSE;
        }
        return A_NORMAL;
    }
};

std::unique_ptr<Terminal> Terminal::open(bool mono) {
    SCREEN *screen = newterm(nullptr, stdout, stdin);
    if (screen == nullptr)
        return nullptr;
    if (tigetstr("cup") == nullptr) {
        endwin();
        delscreen(screen);
        return nullptr;
    }
    cbreak();
    noecho();
    curs_set(0);
    keypad(stdscr, true);
    nodelay(stdscr, true);
    set_escdelay(50);
    auto impl = std::make_unique<Impl>(Impl{screen});
    impl->has_colour = !mono && has_colors() && environment("NO_COLOR", "").empty();
    if (impl->has_colour) {
        start_color();
        use_default_colors();
        init_pair(kGreen, COLOR_GREEN, -1);
        init_pair(kYellow, COLOR_YELLOW, -1);
        init_pair(kRed, COLOR_RED, -1);
    }
    return std::unique_ptr<Terminal>(new Terminal(std::move(impl)));
}

Terminal::Terminal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Terminal::~Terminal() {
    endwin();
    delscreen(impl_->screen);
}

int Terminal::columns() const {
    return getmaxx(stdscr);
}

int Terminal::rows() const {
    return getmaxy(stdscr);
}

void Terminal::show(const std::vector<Row> &screen) {
    werase(stdscr);
    for (std::size_t y = 0; y < screen.size(); ++y) {
        wmove(stdscr, static_cast<int>(y), 0);
        for (const Span &span : screen[y]) {
            wattrset(stdscr, static_cast<int>(impl_->attribute(span.style)));
            waddnstr(stdscr, span.text.c_str(), -1);
        }
    }
    wrefresh(stdscr);
}

int Terminal::key() {
    return wgetch(stdscr);
}

} // namespace headroom::app
