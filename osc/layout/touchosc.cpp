// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/layout/layout.hpp"

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <zlib.h>

namespace headroom::osc {

namespace {

/// Lua of the document: @SUBSCRIPTIONS@ is a list of pattern, rate and form.
constexpr std::string_view kRootScript = R"lua(
local SUBSCRIPTIONS = {
@SUBSCRIPTIONS@}
local REFRESH_MS = 5000
local refresh_at = 0
local epoch = nil

local function refresh()
  for _, s in ipairs(SUBSCRIPTIONS) do
    sendOSC({ '/headroom/subscribe', { { tag = 's', value = s[1] },
                                       { tag = 'i', value = s[2] },
                                       { tag = 's', value = s[3] } } })
  end
  sendOSC({ '/headroom/route', {} })
  refresh_at = getMillis() + REFRESH_MS
end

function init()
  refresh()
end

function update()
  if getMillis() >= refresh_at then
    refresh()
  end
end

function onReceiveOSC(message, connections)
  if message[1] == '/headroom/alive' then
    local now = message[2][1].value
    if epoch ~= nil and now ~= epoch then
      refresh()
    end
    epoch = now
  end
  return false
end
)lua";

/// Under a finger a fader does not listen to its own address: true means that a message is done
/// with.
std::string fader_script(const std::string &address) {
    return "function onReceiveOSC(message, connections)\n"
           "  return self.values.touch and message[1] == '" +
           address +
           "'\n"
           "end\n";
}

struct Colour {
    double red, green, blue;
};
constexpr Colour kBackground{0.08, 0.08, 0.10};
constexpr Colour kFaderColour{0.20, 0.55, 0.85};
constexpr Colour kMeterColour{0.25, 0.70, 0.40};
constexpr Colour kButtonColour{0.85, 0.55, 0.15};
constexpr Colour kTextColour{1.0, 1.0, 1.0};

std::string cdata(std::string_view text) {
    std::string out = "<![CDATA[";
    for (const char c : text) {
        if (c == '>' && out.ends_with("]]"))
            out += "]]><![CDATA[";
        out += (c >= 0 && c < ' ' && c != '\n') || c == '\x7f' ? ' ' : c; // XML has no others
    }
    return out + "]]>";
}

std::string property(char type, std::string_view key, const std::string &value) {
    return std::string("<property type='") + type + "'><key>" + cdata(key) + "</key><value>" +
           value + "</value></property>";
}

std::string text(std::string_view key, std::string_view value) {
    return property('s', key, cdata(value));
}

std::string flag(std::string_view key, bool value) {
    return property('b', key, value ? "1" : "0");
}

std::string integer(std::string_view key, int value) {
    return property('i', key, std::to_string(value));
}

std::string rectangle(const Frame &frame) {
    return property('r', "frame",
                    "<x>" + std::to_string(frame.x) + "</x><y>" + std::to_string(frame.y) +
                        "</y><w>" + std::to_string(frame.width) + "</w><h>" +
                        std::to_string(frame.height) + "</h>");
}

std::string colour(std::string_view key, Colour c) {
    std::array<char, 96> out{};
    std::snprintf(out.data(), out.size(), "<r>%.2f</r><g>%.2f</g><b>%.2f</b><a>1</a>", c.red,
                  c.green, c.blue);
    return property('c', key, out.data());
}

std::string value(std::string_view key, std::string_view initial) {
    return "<value><key>" + cdata(key) +
           "</key><locked>0</locked><lockedDefaultCurrent>0</lockedDefaultCurrent><default>" +
           cdata(initial) + "</default><defaultPull>0</defaultPull></value>";
}

std::string partial(std::string_view type, std::string_view conversion, std::string_view content) {
    return "<partial><type>" + std::string(type) + "</type><conversion>" + std::string(conversion) +
           "</conversion><value>" + cdata(content) +
           "</value><scaleMin>0</scaleMin><scaleMax>1</scaleMax></partial>";
}

/// One message of a control: what sets it off, whether it is sent and taken, its argument.
struct OscMessage {
    std::string_view trigger;
    std::string_view condition;
    bool is_sent;
    bool is_received;
    std::string argument;
};

std::string osc(const std::string &address, const OscMessage &message) {
    return std::string("<osc><enabled>1</enabled><send>") + (message.is_sent ? "1" : "0") +
           "</send><receive>" + (message.is_received ? "1" : "0") +
           "</receive><feedback>0</feedback><connections>00001</connections><triggers><trigger>"
           "<var>" +
           cdata(message.trigger) + "</var><condition>" + std::string(message.condition) +
           "</condition></trigger></triggers><path>" + partial("CONSTANT", "STRING", address) +
           "</path><arguments>" + message.argument + "</arguments></osc>";
}

/// Writes nodes, each under a name and an identifier of its own, the same for the same layout.
class Writer {
  public:
    std::string node(std::string_view type, const Frame &frame, Colour colours,
                     const std::string &properties, const std::string &values,
                     const std::string &messages, const std::string &children) {
        std::array<char, 40> id{};
        std::snprintf(id.data(), id.size(), "68656164-726f-4f6d-8000-%012x", ++count_);
        return std::string("<node ID='") + id.data() + "' type='" + std::string(type) +
               "'><properties>" + text("name", "w" + std::to_string(count_)) + rectangle(frame) +
               colour("color", colours) + properties + "</properties><values>" + values +
               "</values><messages>" + messages + "</messages><children>" + children +
               "</children></node>";
    }

    std::string label(const Frame &frame, std::string_view initial, const std::string &messages) {
        return node("LABEL", frame, kBackground,
                    flag("background", !messages.empty()) + flag("outline", false) +
                        flag("interactive", false) + colour("textColor", kTextColour) +
                        integer("textSize", 12),
                    value("text", initial), messages, "");
    }

    std::string widget(const Widget &w) {
        const auto moves = [&](bool is_sent) {
            return osc(w.address, {"x", "ANY", is_sent, true, partial("VALUE", "FLOAT", "x")});
        };
        switch (w.kind) {
        case Widget::Kind::caption:
            return label(w.frame, w.text, "");
        case Widget::Kind::text:
            return label(
                w.frame, w.text,
                osc(w.address, {"text", "ANY", false, true, partial("VALUE", "STRING", "text")}));
        case Widget::Kind::fader:
            return node("FADER", w.frame, kFaderColour,
                        flag("grid", false) + text("script", fader_script(w.address)),
                        value("x", "0"), moves(true), "");
        case Widget::Kind::meter:
            return node("FADER", w.frame, kMeterColour,
                        flag("interactive", false) + flag("cursor", false) + flag("grid", false),
                        value("x", "0"), moves(false), "");
        case Widget::Kind::toggle:
            return node("BUTTON", w.frame, kButtonColour, integer("buttonType", 2), value("x", "0"),
                        moves(true), "");
        case Widget::Kind::choice:
            return node(
                "BUTTON", w.frame, kButtonColour, integer("buttonType", 0), value("x", "0"),
                osc(w.address, {"x", "RISE", true, false, partial("CONSTANT", "STRING", w.text)}),
                "");
        }
        return "";
    }

    std::string pager(const std::vector<Page> &pages, const Frame &frame) {
        const Frame inside{0, Layout::kTabHeight, frame.width, frame.height - Layout::kTabHeight};
        std::string children;
        for (const Page &page : pages) {
            std::string content;
            if (!page.pages.empty())
                content = pager(page.pages, {0, 0, inside.width, inside.height});
            for (const Widget &w : page.widgets)
                content += widget(w);
            children +=
                node("GROUP", inside, kBackground,
                     text("tabLabel", page.title) + flag("background", true), "", "", content);
        }
        return node("PAGER", frame, kBackground,
                    flag("tabbar", true) + flag("tabLabels", true) +
                        integer("tabbarSize", Layout::kTabHeight),
                    value("page", "0"), "", children);
    }

  private:
    unsigned count_ = 0;
};

std::string root_script(const Layout &layout) {
    constexpr std::string_view kMark = "@SUBSCRIPTIONS@";
    std::string list;
    for (const auto &subscription : layout.subscriptions)
        list += "  { '" + subscription.pattern + "', " + std::to_string(subscription.rate_hz) +
                ", '" + subscription.form + "' },\n";
    std::string script(kRootScript);
    return script.replace(script.find(kMark), kMark.size(), list);
}

std::string deflated(const std::string &xml) {
    uLongf size = compressBound(xml.size());
    std::string out(size, '\0');
    if (compress2(reinterpret_cast<Bytef *>(out.data()), &size,
                  reinterpret_cast<const Bytef *>(xml.data()), xml.size(),
                  Z_BEST_COMPRESSION) != Z_OK)
        throw std::bad_alloc(); // there is no other reason
    out.resize(size);
    return out;
}

} // namespace

std::string touchosc_file(const Layout &layout) {
    constexpr Frame kWhole{0, 0, Layout::kWidth, Layout::kHeight};
    Writer writer;
    return deflated("<?xml version='1.0' encoding='UTF-8'?><lexml version='3'>" +
                    writer.node("GROUP", kWhole, kBackground,
                                flag("background", true) + text("script", root_script(layout)), "",
                                "", writer.pager(layout.pages, kWhole)) +
                    "</lexml>");
}

} // namespace headroom::osc
