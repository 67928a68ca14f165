// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/yaml_document.hpp"

#include "config/suggestion.hpp"
#include "config/utf8.hpp"

#include <algorithm>
#include <sstream>
#include <unordered_set>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace headroom {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kShownBytes = 60;

Place place_of(const YAML::Mark &mark) {
    return mark.is_null() ? Place{} : Place{mark.line + 1, mark.column + 1};
}

Place place_at(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, offset);
    const auto line_start = before.rfind('\n') + 1; // npos + 1 is 0
    return {1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')),
            1 + static_cast<int>(offset - line_start)};
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

void require_clean_text(std::string_view text) {
    if (text.size() > kMaxYamlBytes)
        throw YamlError{place_at(text, kMaxYamlBytes),
                        "found " + std::to_string(text.size()) + " bytes, expected at most " +
                            std::to_string(kMaxYamlBytes),
                        "shorten the file"};
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8_length(text.substr(at));
        if (length == 0)
            throw YamlError{place_at(text, at), "found a byte that is no UTF-8, expected text",
                            "save the file as UTF-8"};
        const char c = text[at];
        if (is_control(c) && c != '\t' && c != '\n' && c != '\r')
            throw YamlError{place_at(text, at), "found a control character, expected text",
                            "save the file as UTF-8 text"};
        at += length;
    }
}

/// True where a quoted scalar begins and does not end: yaml-cpp 0.7 lets it run to the end of the
/// file, and with it whatever stands there.
bool is_open_quote(std::string_view text, std::size_t at) {
    const char quote = at < text.size() ? text[at] : '\0';
    if (quote != '"' && quote != '\'')
        return false;
    while (++at < text.size()) {
        const bool escapes =
            (quote == '"' && text[at] == '\\') || (quote == '\'' && text.substr(at, 2) == "''");
        if (escapes)
            ++at;
        else if (text[at] == quote)
            return false;
    }
    return true;
}

/// Builds the tree and refuses whatever lies outside the limits at the event that brings it, so
/// that nothing is ever expanded.
class Builder : public YAML::EventHandler {
  public:
    explicit Builder(std::string_view text) : text_(text) {}

    YamlNode root;

    void OnDocumentStart(const YAML::Mark &mark) override {
        if (++documents_ > 1)
            throw YamlError{place_of(mark),
                            "found the start of a second document, expected the end of the file",
                            "a line here may be indented less than those above"};
    }
    void OnDocumentEnd() override {}
    void OnAnchor(const YAML::Mark &mark, const std::string &) override { refuse_anchor(mark); }
    void OnAlias(const YAML::Mark &mark, YAML::anchor_t) override {
        throw YamlError{place_of(mark), "found an alias (*), expected a value",
                        "put quotes around the whole text, for instance \"*\""};
    }
    void OnNull(const YAML::Mark &mark, YAML::anchor_t anchor) override {
        add({.kind = YamlNode::Kind::nothing}, mark, {}, anchor);
    }
    void OnScalar(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                  const std::string &value) override {
        if (value.size() > kMaxYamlScalarBytes)
            throw YamlError{place_of(mark),
                            "found a text of " + std::to_string(value.size()) +
                                " bytes, expected at most " + std::to_string(kMaxYamlScalarBytes),
                            "a quotation mark may be missing"};
        if (tag == "!" && is_open_quote(text_, static_cast<std::size_t>(mark.pos)))
            throw YamlError{place_of(mark), "found a quotation mark that is never closed", {}};
        add({.kind = YamlNode::Kind::scalar, .text = value}, mark, tag, anchor);
    }
    void OnSequenceStart(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open({.kind = YamlNode::Kind::list}, mark, tag, anchor);
    }
    void OnSequenceEnd() override { open_.pop_back(); }
    void OnMapStart(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open({.kind = YamlNode::Kind::map}, mark, tag, anchor);
    }
    void OnMapEnd() override { open_.pop_back(); }

  private:
    struct Level {
        YamlNode *node; ///< stays where it is: its siblings come after it is closed
        bool has_key = false;
        std::string key;
        Place key_place;
        std::unordered_set<std::string> keys;
    };

    [[noreturn]] static void refuse_anchor(const YAML::Mark &mark) {
        throw YamlError{place_of(mark), "found an anchor (&), expected a value",
                        "put quotes around the whole text, for instance \"&\""};
    }

    /// True where the node was taken as the key of the value that follows.
    bool take_key(const YamlNode &node) {
        if (open_.empty())
            return false;
        Level &level = open_.back();
        if (level.node->kind != YamlNode::Kind::map || level.has_key)
            return false;
        if (node.kind != YamlNode::Kind::scalar)
            throw YamlError{
                node.place, "found " + described(node) + " as a key, expected a word", {}};
        if (!level.keys.insert(node.text).second)
            throw YamlError{node.place,
                            "found the key " + in_quotes(node.text) +
                                " a second time, expected it once",
                            "remove one of the two"};
        level.has_key = true;
        level.key = node.text;
        level.key_place = node.place;
        return true;
    }

    YamlNode *add(YamlNode node, const YAML::Mark &mark, const std::string &tag,
                  YAML::anchor_t anchor) {
        node.place = place_of(mark);
        if (anchor != 0)
            refuse_anchor(mark);
        if (!tag.empty() && tag != "?" && tag != "!")
            throw YamlError{node.place,
                            "found the tag " + in_quotes(tag) + ", expected a plain value",
                            "remove the tag, or put quotes around the !"};
        if (++nodes_ > kMaxYamlNodes)
            throw YamlError{node.place,
                            "found more than " + std::to_string(kMaxYamlNodes) + " values",
                            "shorten the file"};
        if (take_key(node))
            return nullptr;
        if (open_.empty()) {
            root = std::move(node);
            return &root;
        }
        Level &level = open_.back();
        node.key = level.key;
        node.key_place = level.key_place;
        level.has_key = false;
        if (node.kind == YamlNode::Kind::nothing && node.place == node.key_place)
            throw YamlError{node.place,
                            "found " + in_quotes(node.key) + " without a colon, expected a key",
                            "check the indentation, or write a colon behind it"};
        return &level.node->children.emplace_back(std::move(node));
    }

    void open(YamlNode node, const YAML::Mark &mark, const std::string &tag,
              YAML::anchor_t anchor) {
        if (open_.size() >= kMaxYamlDepth)
            throw YamlError{place_of(mark),
                            "found more than " + std::to_string(kMaxYamlDepth) +
                                " levels of nesting",
                            "a profile needs no more than six"};
        open_.push_back({.node = add(std::move(node), mark, tag, anchor)});
    }

    std::string_view text_;
    std::vector<Level> open_;
    std::size_t nodes_ = 0;
    int documents_ = 0;
};

std::string_view line_of(std::string_view text, int number) {
    std::size_t start = 0;
    for (int line = 1; line < number && start != text.npos; ++line)
        start = text.find('\n', start) + 1;
    return text.substr(start, text.find('\n', start) - start);
}

/// Adds what the parser does not say about the usual reasons for its complaints.
std::string remedy_for_syntax(std::string_view text, Place place, std::string_view complaint) {
    const std::string_view line = line_of(text, place.line);
    const std::string_view indent = line.substr(0, line.find_first_not_of(" \t"));
    if (indent.find('\t') != indent.npos)
        return "indent with spaces, not with tabs";
    if (complaint == YAML::ErrorMsg::MAP_VALUE || complaint == YAML::ErrorMsg::UNKNOWN_TOKEN)
        return "check the indentation, and put quotes around a text that contains : or begins with "
               "a sign such as @ % `";
    return {};
}

/// The * or & that YAML takes for the name of something else, if the complaint is about one.
char sign_without_quotes(std::string_view text, Place place, std::string_view complaint) {
    using namespace YAML::ErrorMsg;
    const bool is_about_one =
        complaint.starts_with(ALIAS_NOT_FOUND) || complaint.starts_with(ANCHOR_NOT_FOUND) ||
        complaint.starts_with(CHAR_IN_ALIAS) || complaint.starts_with(CHAR_IN_ANCHOR) ||
        complaint.starts_with("the referenced anchor is not defined");
    if (!is_about_one)
        return '\0';
    const std::string_view line = line_of(text, place.line);
    const auto column = std::min(static_cast<std::size_t>(place.column), line.size());
    const auto at = line.substr(0, column).find_last_of("*&");
    return at == line.npos ? '*' : line[at];
}

} // namespace

Diagnostic YamlError::in(const std::string &file) const {
    return {.message = message,
            .file = file,
            .line = place.line,
            .column = place.column,
            .remedy = remedy};
}

YamlNode parse_yaml(std::string_view text) {
    if (text.starts_with(kByteOrderMark))
        text.remove_prefix(kByteOrderMark.size());
    require_clean_text(text);
    std::istringstream stream{std::string(text)};
    Builder builder(text);
    try {
        YAML::Parser parser(stream);
        if (!parser.HandleNextDocument(builder))
            throw YamlError{{}, "found nothing, expected a document", {}};
        parser.HandleNextDocument(builder);
    } catch (const YAML::Exception &error) {
        const Place place = place_of(error.mark);
        if (const char sign = sign_without_quotes(text, place, error.msg))
            throw YamlError{
                place, std::string("found ") + sign + " without quotes, expected a text",
                std::string("put quotes around the whole text, for instance \"") + sign + "\""};
        throw YamlError{place, "this is not valid YAML: " + error.msg,
                        remedy_for_syntax(text, place, error.msg)};
    }
    return std::move(builder.root);
}

std::string described(const YamlNode &node) {
    switch (node.kind) {
    case YamlNode::Kind::nothing:
        return "nothing";
    case YamlNode::Kind::list:
        return "a list";
    case YamlNode::Kind::map:
        return "a map";
    case YamlNode::Kind::scalar:
        break;
    }
    return in_quotes(node.text);
}

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        const std::size_t known = utf8_length(text);
        const std::size_t length = std::max<std::size_t>(1, known);
        if (out.size() + length > kShownBytes) {
            out += "...";
            break;
        }
        if (known == 0 || is_control(text.front()))
            out += known == 0 ? '?' : ' ';
        else
            out += text.substr(0, length);
        text.remove_prefix(length);
    }
    return out + "\"";
}

std::string yaml_quoted(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            out += {'\\', c};
        else if (byte < 0x20 || byte == 0x7f)
            out += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
        else
            out += c;
    }
    return out + "\"";
}

void refuse(const YamlNode &node, std::string_view expected, std::string remedy) {
    throw YamlError{node.place, "found " + described(node) + ", expected " + std::string(expected),
                    std::move(remedy)};
}

const YamlNode &require_map(const YamlNode &node, std::string_view expected) {
    if (node.kind != YamlNode::Kind::map)
        refuse(node, expected);
    return node;
}

const YamlNode &require_list(const YamlNode &node, std::string_view expected) {
    if (node.kind != YamlNode::Kind::list)
        refuse(node, expected);
    return node;
}

std::string require_line(const YamlNode &node, std::string_view expected) {
    if (node.kind != YamlNode::Kind::scalar)
        refuse(node, expected);
    const std::string_view text = node.text;
    const std::string_view line = text.substr(0, text.find_last_not_of(" \r\n") + 1);
    if (line.empty() || std::any_of(line.begin(), line.end(), is_control))
        refuse(node, std::string(expected) + " on one line");
    return std::string(line);
}

std::vector<const YamlNode *> scalars(const YamlNode &node, std::string_view expected) {
    std::vector<const YamlNode *> out;
    if (node.kind == YamlNode::Kind::scalar)
        return {&node};
    for (const YamlNode &child : require_list(node, expected).children) {
        if (child.kind != YamlNode::Kind::scalar)
            refuse(child, "a text");
        out.push_back(&child);
    }
    if (out.empty())
        refuse(node, expected);
    return out;
}

void refuse_key(const YamlNode &child, const std::vector<std::string> &allowed) {
    throw YamlError{child.key_place,
                    "found the unknown key " + in_quotes(child.key) + ", expected one of " +
                        enumeration(allowed),
                    did_you_mean(child.key, allowed)};
}

} // namespace headroom
