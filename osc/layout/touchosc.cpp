// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/layout/layout.hpp"

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <zlib.h>

namespace headroom::osc {

namespace {

/// Lua of the document: @SUBSCRIPTIONS@ is a list of pattern, rate and form, @POSITIONS@ how many
/// strips may be anybody's. Controls of such a strip have the application in their tag, and are
/// found by their name: "strip2/trim/norm", "strip2/meter/peak/text".
constexpr std::string_view kRootScript = R"lua(
local SUBSCRIPTIONS = {
@SUBSCRIPTIONS@}
local POSITIONS = @POSITIONS@
local ANYBODYS = { @ANYBODYS@}
local REFRESH_MS = 5000
local refresh_at = 0
local epoch = nil
local strips = nil
local position_of = {}
local controls = {}

local function control(name)
  if controls[name] == nil then
    controls[name] = self:findByName(name, true) or false
  end
  return controls[name]
end

local function subscribe()
  for _, s in ipairs(SUBSCRIPTIONS) do
    sendOSC({ '/headroom/subscribe', { { tag = 's', value = s[1] },
                                       { tag = 'i', value = s[2] },
                                       { tag = 's', value = s[3] } } })
  end
  sendOSC({ '/headroom/ack', { { tag = 'i', value = 0 } } })
end

local function refresh()
  subscribe()
  sendOSC({ '/headroom/route', {} })
  if POSITIONS > 0 then
    sendOSC({ '/headroom/status/strips', {} })
  end
  refresh_at = getMillis() + REFRESH_MS
end

local function give_positions(list)
  if list == strips then
    return
  end
  strips = list
  position_of = {}
  local names = {}
  for name in list:gmatch('%S+') do
    names[#names + 1] = name
    position_of[name] = #names
  end
  for position = 1, POSITIONS do
    local name = names[position] or ''
    control('strip' .. position).values.text = name
    for _, rest in ipairs(ANYBODYS) do
      control('strip' .. position .. rest).tag = name
    end
  end
  subscribe()
end

local function show(name, rest, value)
  local position = position_of[name]
  local shown = position and control('strip' .. position .. rest)
  if not shown or shown.values.touch then
    return
  end
  if rest:match('/text$') then
    shown.values.text = value
  else
    shown.values.x = value
  end
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
  local path = message[1]
  local value = message[2][1] and message[2][1].value
  if path == '/headroom/ack' then
    sendOSC({ path, { { tag = 'i', value = value } } })
  elseif path == '/headroom/alive' then
    if epoch ~= nil and value ~= epoch then
      refresh()
    end
    epoch = value
  elseif POSITIONS > 0 then
    if path == '/headroom/status/strips' then
      local names = {}
      for i, argument in ipairs(message[2]) do
        names[i] = argument.value
      end
      give_positions(table.concat(names, ' '))
    end
    local name, rest = path:match('^/headroom/strip/([^/]+)(/.+)$')
    if name then
      show(name, rest, value)
    end
    name, rest = path:match('^/headroom/meter/strip/([^/]+)(/.+)$')
    if name then
      show(name, '/meter' .. rest, value)
    end
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

/// What a control sends whose application its tag tells. `rest` stands behind the application.
std::string anybodys_script(const std::string &rest) {
    return "function onValueChanged(key)\n"
           "  if key == 'x' and self.values.touch and self.tag ~= '' then\n"
           "    sendOSC({ '/headroom/strip/' .. self.tag .. '" +
           rest +
           "',\n"
           "              { { tag = 'f', value = self.values.x } } })\n"
           "  end\n"
           "end\n";
}

/// Of the address of a widget that is anybody's what comes behind the application, with "/meter" in
/// front where it is a meter.
std::string rest_of(const std::string &address) {
    const bool is_meter = address.starts_with("/headroom/meter/");
    return (is_meter ? "/meter" : "") + address.substr(address.find(kAnybody) + 1);
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
                     const std::string &messages, const std::string &children,
                     const std::string &name = {}) {
        std::array<char, 40> id{};
        std::snprintf(id.data(), id.size(), "68656164-726f-4f6d-8000-%012x", ++count_);
        return std::string("<node ID='") + id.data() + "' type='" + std::string(type) +
               "'><properties>" + text("name", name.empty() ? "w" + std::to_string(count_) : name) +
               rectangle(frame) + colour("color", colours) + properties + "</properties><values>" +
               values + "</values><messages>" + messages + "</messages><children>" + children +
               "</children></node>";
    }

    std::string label(const Frame &frame, std::string_view initial, const std::string &messages,
                      const std::string &name = {}) {
        return node("LABEL", frame, kBackground,
                    flag("background", !messages.empty()) + flag("outline", false) +
                        flag("interactive", false) + colour("textColor", kTextColour) +
                        integer("textSize", 12),
                    value("text", initial), messages, "", name);
    }

    /// A widget of a strip that is anybody's: scripts send and show its value.
    std::string anybodys(const Widget &w) {
        const std::string strip = "strip" + std::to_string(w.position);
        const std::string rest = w.address.empty() ? "" : rest_of(w.address);
        const std::string sends = text("script", anybodys_script(rest));
        switch (w.kind) {
        case Widget::Kind::strip:
        case Widget::Kind::text:
            return label(w.frame, w.text, "", strip + rest);
        case Widget::Kind::fader:
            return node("FADER", w.frame, kFaderColour, flag("grid", false) + sends,
                        value("x", "0"), "", "", strip + rest);
        case Widget::Kind::meter:
            return node("FADER", w.frame, kMeterColour, meter_flags_, value("x", "0"), "", "",
                        strip + rest);
        case Widget::Kind::toggle:
            return node("BUTTON", w.frame, kButtonColour, integer("buttonType", 2) + sends,
                        value("x", "0"), "", "", strip + rest);
        default:
            return label(w.frame, w.text, "");
        }
    }

    std::string widget(const Widget &w) {
        if (w.position > 0)
            return anybodys(w);
        const auto moves = [&](bool is_sent) {
            return osc(w.address, {"x", "ANY", is_sent, true, partial("VALUE", "FLOAT", "x")});
        };
        switch (w.kind) {
        case Widget::Kind::caption:
        case Widget::Kind::strip:
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
            return node("FADER", w.frame, kMeterColour, meter_flags_, value("x", "0"), moves(false),
                        "");
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
    const std::string meter_flags_ =
        flag("interactive", false) + flag("cursor", false) + flag("grid", false);
    unsigned count_ = 0;
};

/// What stands behind the application in the addresses of the first position.
void add_anybodys(const Page &page, std::string &list) {
    for (const Page &inner : page.pages)
        add_anybodys(inner, list);
    for (const Widget &w : page.widgets)
        if (w.position == 1 && !w.address.empty())
            list += "'" + rest_of(w.address) + "', ";
}

std::string root_script(const Layout &layout) {
    std::string list;
    for (const auto &subscription : layout.subscriptions)
        list += "  { '" + subscription.pattern + "', " + std::to_string(subscription.rate_hz) +
                ", '" + subscription.form + "' },\n";
    std::string anybodys;
    for (const Page &page : layout.pages)
        add_anybodys(page, anybodys);
    std::string script(kRootScript);
    for (const auto &[mark, text] : {std::pair("@SUBSCRIPTIONS@", list),
                                     {"@ANYBODYS@", anybodys},
                                     {"@POSITIONS@", std::to_string(layout.positions)}})
        script.replace(script.find(mark), std::string_view(mark).size(), text);
    return script;
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
