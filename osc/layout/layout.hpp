// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

/// Layouts for control surfaces, planned once and written for each program that shows them.
/// Nothing here is real-time safe.
namespace headroom::osc {

/// What a layout is made for, beside the registry.
struct LayoutSource {
    struct Application {
        std::string name;    ///< as people know it
        std::string address; ///< "/headroom/route/firefox"
    };
    std::vector<std::string> buses;
    std::vector<Application> applications;
    std::vector<std::string> strips; ///< applications that have one, as address parts
};

/// Pixels from the upper left corner of the page.
struct Frame {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
};

struct Widget {
    enum class Kind {
        caption, ///< text that stays
        text,    ///< shows what the address tells, as text
        fader,   ///< 0..1, sends and follows
        meter,   ///< 0..1, follows
        toggle,  ///< 0 or 1, sends and follows
        choice,  ///< a button that sends `text`
        strip,   ///< shows whose strip is at the position
    };
    Kind kind = Kind::caption;
    Frame frame;
    std::string text;    ///< what is written on it
    std::string address; ///< of the form that it sends and follows; "" for a caption
    /// From 1 on where the widget is of whatever application's strip stands there: then kAnybody
    /// has the place of its name in the address. 0 for all others.
    int position = 0;
};

/// No address holds it.
inline constexpr char kAnybody = '#';

/// Holds either pages, behind tabs, or widgets.
struct Page {
    std::string title;
    std::vector<Page> pages;
    std::vector<Widget> widgets;
};

/// Arguments of /headroom/subscribe.
struct LayoutSubscription {
    std::string pattern;
    int rate_hz;
    std::string form;
};

struct Layout {
    static constexpr int kWidth = 1024;
    static constexpr int kHeight = 768;
    static constexpr int kTabHeight = 44; ///< of each level of tabs
    std::vector<Page> pages;
    std::vector<LayoutSubscription> subscriptions; ///< with which every widget is told its value
    int positions = 0;                             ///< of strips that may be anybody's
};

/// A page for each bus, holding one with switches and meters and one for each stage; one with the
/// strips of the applications, or with positions for strips where there are none; and a last one
/// with what concerns the whole program, and the routes of the applications.
Layout plan_layout(const LayoutSource &source);

/// A .tosc file for TouchOSC: XML behind zlib. Its script subscribes, again every 5 s and at once
/// after a restart of headroom, so that no lease ends and nothing lost stays lost; it acknowledges,
/// so that meters come at their full rate; and it gives positions to the applications that have
/// strips, in the order in which they came.
std::string touchosc_file(const Layout &layout);

/// A session for Open Stage Control, which cannot renew a subscription by itself: its button
/// subscribes once, a static peer in the profile for good. Whose strip is at a position is typed
/// in.
std::string open_stage_control_file(const Layout &layout);

} // namespace headroom::osc
