// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/layout/layout.hpp"

#include <nlohmann/json.hpp>

namespace headroom::osc {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFaderDecimals = 4; // of a number from 0 to 1

class Writer {
  public:
    Json tab(const Page &page) {
        Json out{{"type", "tab"}, {"id", next_id()}, {"label", page.title}};
        // A container has either of them.
        if (!page.pages.empty()) {
            out["tabs"] = Json::array();
            for (const Page &inner : page.pages)
                out["tabs"].push_back(tab(inner));
        } else {
            out["widgets"] = Json::array();
            for (const Widget &w : page.widgets)
                out["widgets"].push_back(widget(w));
        }
        return out;
    }

    Json widget(const Widget &w) {
        Json out = placed(w);
        switch (w.kind) {
        case Widget::Kind::strip:
            out.update({{"id", strip_id(w.position)},
                        {"type", "input"},
                        {"address", ""},
                        {"label", w.text}});
            break;
        case Widget::Kind::caption:
            out.update({{"type", "text"}, {"default", w.text}, {"bypass", true}});
            break;
        case Widget::Kind::text:
            out.update({{"type", "text"}, {"address", address_of(w)}});
            break;
        case Widget::Kind::fader:
        case Widget::Kind::meter:
            out.update({{"type", "fader"},
                        {"address", address_of(w)},
                        {"range", {{"min", 0}, {"max", 1}}},
                        {"decimals", kFaderDecimals},
                        {"typeTags", "f"}});
            if (w.kind == Widget::Kind::meter)
                out.update({{"interaction", false}, {"design", "compact"}});
            break;
        case Widget::Kind::toggle:
            out.update({{"type", "button"},
                        {"address", address_of(w)},
                        {"mode", "toggle"},
                        {"on", 1},
                        {"off", 0},
                        {"decoupled", true},
                        {"typeTags", "f"},
                        {"label", false}});
            break;
        case Widget::Kind::choice:
            out.update({{"type", "button"},
                        {"address", address_of(w)},
                        {"mode", "tap"},
                        {"on", w.text},
                        {"off", ""},
                        {"typeTags", "s"},
                        {"label", false}});
            break;
        }
        return out;
    }

    /// One press sends it; where the profile names this surface as a peer it is not needed.
    Json subscribe(const LayoutSubscription &subscription, const Frame &frame) {
        Json out = placed({Widget::Kind::choice, frame, "", ""});
        out.update({{"type", "button"},
                    {"address", "/headroom/subscribe"},
                    {"preArgs", {subscription.pattern, subscription.rate_hz}},
                    {"mode", "tap"},
                    {"on", subscription.form},
                    {"off", ""},
                    {"typeTags", "sis"},
                    {"label", "Follow " + subscription.pattern + " " + subscription.form}});
        return out;
    }

  private:
    static std::string strip_id(int position) { return "strip_" + std::to_string(position); }
    /// What is typed in at a position is a part of the addresses there.
    static std::string address_of(const Widget &w) {
        std::string out = w.address;
        if (const auto at = out.find(kAnybody); at != out.npos)
            out.replace(at, 1, "@{" + strip_id(w.position) + "}");
        return out;
    }
    std::string next_id() { return "w" + std::to_string(++count_); }
    Json placed(const Widget &w) {
        return {{"id", next_id()},        {"left", w.frame.x},        {"top", w.frame.y},
                {"width", w.frame.width}, {"height", w.frame.height}, {"expand", false}};
    }

    unsigned count_ = 0;
};

} // namespace

std::string open_stage_control_file(const Layout &layout) {
    constexpr int kButtonHeight = 60;
    constexpr int kButtonWidth = 460;
    Writer writer;
    Json root{{"type", "root"}, {"id", "root"}, {"tabs", Json::array()}};
    for (const Page &page : layout.pages)
        root["tabs"].push_back(writer.tab(page));
    Json follow = writer.tab({"follow", {}, {}});
    int y = 0;
    for (const auto &subscription : layout.subscriptions) {
        follow["widgets"].push_back(
            writer.subscribe(subscription, {0, y, kButtonWidth, kButtonHeight}));
        y += kButtonHeight;
    }
    root["tabs"].push_back(follow);
    return Json{{"createdWith", "Open Stage Control"},
                {"version", "1.25.0"},
                {"type", "session"},
                {"content", root}}
               .dump(1, ' ', false, Json::error_handler_t::replace) +
           "\n";
}

} // namespace headroom::osc
