// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/embedded_files.hpp"
#include "config/profile.hpp"
#include "config/yaml_document.hpp"
#include "tests/support/catch.hpp"

#include <chrono>
#include <random>

using namespace headroom;

namespace {

struct Hostile {
    const char *what;
    std::string yaml;
    std::string complaint; ///< "line:column: begin of the message"
};

std::string repeated(const std::string &text, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out += text;
    return out;
}

std::string alias_bomb() {
    std::string out = "a: &a [x, x, x, x, x, x, x, x, x]\n";
    for (char c = 'b'; c <= 'i'; ++c)
        out += std::string(1, c) + ": &" + c + " [" +
               repeated("*" + std::string(1, static_cast<char>(c - 1)) + ", ", 8) + "x]\n";
    return out;
}

std::vector<Hostile> hostile_files() {
    const std::string huge(250000, 'a');
    return {
        {"alias bomb", alias_bomb(), "1:4: found an anchor"},
        {"self alias", "&a [*a]", "1:1: found an anchor"},
        {"alias", "a: *x\n", "1:4: "},
        {"anchor on a key", "&k a: 1\n", "1:1: found an anchor"},
        {"anchor on nothing", "a: &x\n", "1:4: found an anchor"},
        {"merge key", "<<: { a: 1 }\n", "1:1: found the unknown key \"<<\""},
        {"deep lists", std::string(200, '[') + std::string(200, ']'), "1:13: found more than 12"},
        {"deep maps", repeated("{a: ", 200) + "1" + std::string(200, '}'), "1:49: found more than"},
        {"deep blocks", repeated("- ", 200) + "a\n", "1:25: found more than 12 levels"},
        {"duplicate key", "bypass: on\nbuses: {}\nbypass: off\n",
         "3:1: found the key \"bypass\" a second time"},
        {"duplicate key in quotes", "\"bypass\": on\nbypass: off\n", "2:1: found the key"},
        {"duplicate key, nested", "buses: { main: { sink: a, sink: b } }\n", "1:27: found the key"},
        {"two documents", "bypass: on\n---\nbypass: off\n", "2:1: found the start of a second"},
        {"two documents, one ended", "bypass: on\n...\nbypass: off\n", "3:1: found the start of a"},
        {"complex key", "? [a, b]\n: 1\n", "1:3: found a list as a key"},
        {"map as key", "{a: 1}: 2\n", "1:1: found a map as a key"},
        {"empty key", ": b\n", "1:1: found nothing as a key"},
        {"null key", "~: b\n", "1:1: found nothing as a key"},
        {"tag", "bypass: !!bool on\n", "1:9: found the tag \"tag:yaml.org,2002:bool\""},
        {"custom tag", "bypass: !python/object on\n", "1:9: found the tag \"!python/object\""},
        {"tag on a map", "!x { bypass: on }\n", "1:1: found the tag \"!x\""},
        {"tag on nothing", "bypass: !x\n", "1:9: found the tag"},
        {"tab as indentation", "buses:\n\tmain:\n\t\tbypass: on\n", "2:"},
        {"NUL", std::string("bypass: o\0n\n", 12), "1:10: found a control character"},
        {"escape sequence", "description: \x1b[31m\n", "1:14: found a control character"},
        {"escaped control", "description: \"\\e[31m\"\n", "1:14: found \" [31m\", expected a sent"},
        {"invalid UTF-8", "# caf\xe9\nbypass: on\n", "1:6: found a byte that is no UTF-8"},
        {"overlong UTF-8", "a: 1\nb: \xc0\xaf\n", "2:4: found a byte that is no UTF-8"},
        {"surrogate", "a: \xed\xa0\x80\n", "1:4: found a byte that is no UTF-8"},
        {"beyond Unicode", "a: \xf4\x90\x80\x80\n", "1:4: found a byte that is no UTF-8"},
        {"cut sequence", "a: \xe2\x82", "1:4: found a byte that is no UTF-8"},
        {"UTF-16", std::string("\xff\xfe\x61\x00", 4), "1:1: found a byte that is no UTF-8"},
        {"byte order mark inside",
         "bypass: on\n\xef\xbb\xbf"
         "a: 1\n",
         "2:1: found the unknown key"},
        {"nothing", "", "1:1: found nothing"},
        {"comments only", "# a\n# b\n", "1:1: found nothing"},
        {"empty document", "---\n", "2:1: found nothing, expected a map"},
        {"not closed", "buses: { main: {\n", "2:1: this is not valid YAML"},
        {"quote not closed", "description: \"abc\n", "1:14: found a quotation mark"},
        {"single quote not closed", "a: 'it''s\nb: 1\n", "1:4: found a quotation mark"},
        {"quote escaped at the end", "a: \"x\\\"\n", "1:4: found a quotation mark"},
        {"unknown escape", "description: \"\\q\"\n", "1:"},
        {"wrong indentation", "buses:\n  main:\n   bypass: on\n  film\n",
         "4:3: found \"film\" without a colon"},
        {"map value in a line", "description: a: b\n", "1:"},
        {"reserved sign", "description: @x\n", "1:14: "},
        {"version", "%YAML 9.9\n---\nbypass: on\n", "1:1: "},
        {"long scalar", "description: " + std::string(4097, 'x') + "\n",
         "1:14: found a text of 4097"},
        {"many values", repeated("- 1\n", 30000), "4096:3: found more than 4096 values"},
        {"too many bytes", repeated("# comment\n", 30000), "26215:5: found 300000 bytes"},
        {"brackets", std::string(250000, '['), "1:1: found a list as a key"},
        {"braces", std::string(250000, '{'), "1:1: found a map as a key"},
        {"spaces", std::string(250000, ' '), "1:1: found nothing"},
        {"colons", repeated("a: ", 80000), "1:"},
        {"question marks", repeated("? ", 120000), "1:"},
        {"dashes", repeated("- ", 120000), "1:25: found more than 12 levels"},
        {"one long word", huge, "1:1: found a text of 250000 bytes"},
        {"one long quote", "\"" + huge, "1:"},
        {"empty lines in quotes", "\"" + std::string(250000, '\n'), ""},
        {"one long comment", "#" + huge, "1:1: found nothing"},
        {"many comments", repeated("#\n", 100000) + "a: 1\n", "100001:1: found the unknown key"},
        {"long key", huge + ": 1\n", "1:"},
        {"many anchors", repeated("&a ", 80000), "1:4: this is not valid YAML"},
        {"many tags", repeated("!a ", 80000), "1:"},
        {"many directives", repeated("%A b\n", 50000), ""},
        {"block scalar", "a: |\n" + repeated("  x\n", 60000), "1:4: found a text of"},
    };
}

} // namespace

TEST_CASE("hostile files are refused at their place, at once") {
    for (const Hostile &hostile : hostile_files()) {
        CAPTURE(hostile.what);
        const auto start = std::chrono::steady_clock::now();
        const Result<Profile> profile = read_profile(hostile.yaml, "x.yaml");
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        CHECK(took.count() < 2.0);
        REQUIRE_FALSE(profile.has_value());
        const Diagnostic &error = profile.error();
        CHECK(error.line >= 1);
        CHECK(error.column >= 1);
        CAPTURE(error.text());
        CHECK(error.text().starts_with("x.yaml:" + hostile.complaint));
        CHECK(error.text().size() < 600);
    }
}

TEST_CASE("tabs are named where they are the reason") {
    const auto profile = read_profile("buses:\n\tmain:\n", "x.yaml");
    REQUIRE_FALSE(profile.has_value());
    CHECK(profile.error().remedy == "indent with spaces, not with tabs");
}

TEST_CASE("scalars stay what was written") {
    const YamlNode root = parse_yaml("a: no\nb: 010\nc: 'x y'\nd: ~\ne: [1, {f: g}]\nh: 5.1\n");
    REQUIRE(root.children.size() == 6);
    CHECK(root.children[0].text == "no");
    CHECK(root.children[1].text == "010");
    CHECK(root.children[2].text == "x y");
    CHECK(root.children[3].kind == YamlNode::Kind::nothing);
    CHECK(root.children[4].children[1].children[0].text == "g");
    CHECK(root.children[4].children[1].children[0].key == "f");
    CHECK(root.children[4].children[1].children[0].place.line == 5);
    CHECK(root.children[4].children[1].children[0].key_place.column == 9);
    CHECK(root.children[5].text == "5.1");
}

TEST_CASE("text in a message is short and harmless") {
    CHECK(in_quotes("a\x1b[0m\nb") == "\"a [0m b\"");
    CHECK(in_quotes(std::string(5000, 'a')).size() < 70);
    const std::string umlauts = in_quotes(repeated("ü", 100));
    CHECK(umlauts.substr(umlauts.size() - 6) == "ü...\"");
}

TEST_CASE("a damaged profile loads or says where the damage is") {
    constexpr std::string_view kBytes = "\t\n -:{}[]#&*!|>'\"%@`,?~/\\\x00\x7f\x80\xff\xc3"
                                        "019azAZ.";
    std::mt19937 random(20260101);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    const auto hold = [](const std::string &yaml) {
        const Result<Profile> profile = read_profile(yaml, "x.yaml");
        if (profile) {
            CHECK_FALSE(profile->buses.empty());
            return true;
        }
        CAPTURE(yaml, profile.error().text());
        REQUIRE(profile.error().line >= 1);
        REQUIRE(profile.error().column >= 1);
        REQUIRE_FALSE(profile.error().message.empty());
        return false;
    };
    int loaded = 0;
    int refused = 0;
    for (const EmbeddedFile &file : embedded_profiles()) {
        for (std::size_t length = 0; length <= file.text.size(); ++length)
            ++(hold(std::string(file.text.substr(0, length))) ? loaded : refused);
        for (int round = 0; round < 300; ++round) {
            std::string yaml(file.text);
            for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
                const std::size_t at = below(yaml.size());
                const char byte = kBytes[below(kBytes.size())];
                switch (below(4)) {
                case 0:
                    yaml[at] = byte;
                    break;
                case 1:
                    yaml.insert(at, 1, byte);
                    break;
                case 2:
                    yaml.erase(at, 1 + below(20));
                    break;
                default:
                    yaml.insert(at, yaml.substr(below(yaml.size()), below(60)));
                    break;
                }
                if (yaml.empty())
                    yaml = "x";
            }
            ++(hold(yaml) ? loaded : refused);
        }
    }
    CHECK(loaded > 100);
    CHECK(refused > 1000);
}
