// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/rules.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <stdexcept>

using namespace headroom;

namespace {

bool matches(const char *pattern, const std::string &name) {
    return NamePattern(pattern).matches(name);
}

double seconds_of(const NamePattern &pattern, const std::string &name) {
    const auto start = std::chrono::steady_clock::now();
    CHECK_FALSE(pattern.matches(name));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

TEST_CASE("a plain pattern matches the name itself and nothing else") {
    CHECK(matches("firefox", "firefox"));
    CHECK_FALSE(matches("firefox", "Firefox"));
    CHECK_FALSE(matches("firefox", "firefox-2"));
    CHECK_FALSE(matches("firefox", ""));
    CHECK(matches("/dev/snd", "/dev/snd"));
    CHECK(matches("a.c", "a.c"));
    CHECK_FALSE(matches("a.c", "abc"));
}

TEST_CASE("a glob knows * ? and sets") {
    CHECK(matches("*", ""));
    CHECK(matches("*", "anything"));
    CHECK(matches("fire*", "firefox"));
    CHECK(matches("fire*", "fire"));
    CHECK_FALSE(matches("fire*", "campfire"));
    CHECK(matches("*fire*fox", "a fire and a fox"));
    CHECK_FALSE(matches("*fire*fox", "a fox and a fire"));
    CHECK(matches("*aab", "aaaaab"));
    CHECK(matches("mp?", "mpd"));
    CHECK_FALSE(matches("mp?", "mp"));
    CHECK_FALSE(matches("mp?", "mpdd"));
    CHECK(matches("[Ff]irefox*", "Firefox Nightly"));
    CHECK(matches("track[0-9]", "track7"));
    CHECK_FALSE(matches("track[0-9]", "trackx"));
    CHECK(matches("track[!0-9]", "trackx"));
    CHECK_FALSE(matches("track[!0-9]", "track7"));
    CHECK(matches("a[]]b", "a]b"));
    CHECK(matches("a[[]b", "a[b"));
    CHECK_THROWS_AS(NamePattern("a[b"), std::invalid_argument);
    CHECK(matches("x[-a]", "x-"));
    CHECK(matches("x[a-]", "x-"));
}

TEST_CASE("a glob counts characters, not bytes") {
    CHECK(matches("?berton", "Überton"));
    CHECK(matches("[äöü]ber", "über"));
    CHECK_FALSE(matches("??berton", "Überton"));
    CHECK(matches("?", "\xff"));
    CHECK(matches("a?", "a\xe2"));
}

TEST_CASE("a regular expression must match the whole name") {
    CHECK(matches("/fire(fox|bird)/", "firefox"));
    CHECK_FALSE(matches("/fire(fox|bird)/", "my firefox"));
    CHECK_FALSE(matches("/fire(fox|bird)/", "firefox 2"));
    CHECK(matches("/REAPER.*/", "REAPER-01"));
    CHECK(matches("/mpd\\d+/", "mpd42"));
    CHECK(matches("/a{2/", "a{2"));
    CHECK(matches("/.(\xc3\xbc)?/", "\xff"));
    CHECK(matches("/a|b/", "b"));
    CHECK_FALSE(matches("/a|b/", "ab"));
}

TEST_CASE("a pattern that cannot be read says why") {
    for (const char *bad : {"", "//", "/(/", "/[a/", "/a{2000}/", "/*/", "/a\\/", "/(a)\\1/",
                            "/(?=a)b/", "/(?!a)b/", "/((a{99}){99}){99}/"}) {
        CAPTURE(bad);
        CHECK_THROWS_AS(NamePattern(bad), std::invalid_argument);
    }
    CHECK_THROWS_AS(NamePattern(std::string(kMaxPatternBytes + 1, 'a')), std::invalid_argument);
    CHECK_NOTHROW(NamePattern(std::string(kMaxPatternBytes, 'a')));
    CHECK_NOTHROW(NamePattern("/\\(?=/"));
}

TEST_CASE("no pattern takes long on any name") {
    const std::string name = std::string(kMaxNameBytes - 1, 'a') + "c";
    std::string stars;
    while (stars.size() + 2 <= kMaxPatternBytes - 1)
        stars += "*a";
    CHECK(seconds_of(NamePattern(stars + "b"), name) < 0.5);
    for (const char *hostile : {"/(a*)*b/", "/(a|aa)+b/", "/(.*a){20}b/", "/((a?){15}){15}b/"}) {
        CAPTURE(hostile);
        CHECK(seconds_of(NamePattern(hostile), name) < 0.5);
    }
}

TEST_CASE("a name beyond the limit matches nothing") {
    CHECK(matches("*", std::string(kMaxNameBytes, 'a')));
    CHECK_FALSE(matches("*", std::string(kMaxNameBytes + 1, 'a')));
}

TEST_CASE("a copied pattern works like the original") {
    for (const char *text : {"exact", "ex*", "/ex.*/"}) {
        auto original = std::make_unique<NamePattern>(text);
        const NamePattern copy = *original;
        original.reset();
        CHECK(copy.matches("exact"));
        CHECK(copy.text() == text);
    }
}

TEST_CASE("all fields of a match must hold, one pattern of each") {
    Match match;
    CHECK(match.matches({.client = "anyone"}));
    match.client = {NamePattern("ardour"), NamePattern("mpd*")};
    CHECK(match.matches({.client = "mpd-2"}));
    CHECK_FALSE(match.matches({.client = "firefox"}));
    match.port = {NamePattern("out_*")};
    CHECK_FALSE(match.matches({.client = "ardour"}));
    CHECK_FALSE(match.matches({.client = "ardour", .ports = {"monitor_1"}}));
    CHECK(match.matches({.client = "ardour", .ports = {"monitor_1", "out_1"}}));
    match.alias = {NamePattern("alsa:*")};
    CHECK_FALSE(match.matches({.client = "ardour", .ports = {"out_1"}}));
    CHECK(match.matches({.client = "ardour", .aliases = {"alsa:x"}, .ports = {"out_1"}}));
}

TEST_CASE("an exclusion that matches turns the rule off") {
    Match match{.client = {NamePattern("*")}};
    match.exclude.push_back({.client = {NamePattern("ardour")}});
    match.exclude.push_back({.port = {NamePattern("monitor*")}});
    CHECK(match.matches({.client = "mpd", .ports = {"out_1"}}));
    CHECK_FALSE(match.matches({.client = "ardour", .ports = {"out_1"}}));
    CHECK_FALSE(match.matches({.client = "mpd", .ports = {"out_1", "monitor_1"}}));
}

TEST_CASE("the first rule that matches decides") {
    const std::vector<Rule> rules = {
        {.name = "a",
         .match = {.client = {NamePattern("mpd")}},
         .route = {Route::Kind::bypass, ""}},
        {.name = "b",
         .match = {.client = {NamePattern("m*")}},
         .route = {Route::Kind::bus, "main"}},
        {.name = "c", .match = {.client = {NamePattern("mpd")}}, .route = {}},
    };
    CHECK(decide(rules, {.client = "mpd"}).route == &rules[0]);
    CHECK(decide(rules, {.client = "mplayer"}).route == &rules[1]);
    CHECK(decide(rules, {.client = "x"}).route == nullptr);
    CHECK(rules[0].route.text() == "bypass");
    CHECK(rules[1].route.text() == "main");
    CHECK(rules[2].route.text() == "ignore");
}

TEST_CASE("rules ask for what the server knows beside the names") {
    ApplicationNames film{.client = "mpv",
                          .ports = {"FL", "FR", "FC", "LFE", "SL", "SR"},
                          .pretty = {"mpv Media Player"},
                          .binary = "mpv",
                          .role = "Movie"};
    Match match;
    SECTION("each field must match") {
        match.pretty.emplace_back("*Player");
        match.binary.emplace_back("mpv");
        match.role.emplace_back("/Movie|Video/");
        match.channels = {{2, 2}, {6, 0}};
        CHECK(match.matches(film));
        film.ports.pop_back();
        CHECK_FALSE(match.matches(film));
    }
    SECTION("the application, its title and its device") {
        film.application = "mpv Media Player";
        film.title = "Night Train";
        film.device = {"alsa_output.usb", "USB Headset"};
        match.application.emplace_back("mpv*");
        match.title.emplace_back("Night *");
        match.device.emplace_back("*Headset");
        CHECK(match.matches(film));
        film.title = "News";
        CHECK_FALSE(match.matches(film));
    }
    SECTION("a route that is set covers all streams of an application or a program") {
        film.client = "Movie Night-57";
        film.application = "mpv Media Player";
        CHECK(override_rule("mpv", {}).match.matches(film));
        CHECK(override_rule("MPV media player", {}).match.matches(film));
        CHECK(override_rule("*Player", {}).match.matches(film));
        CHECK(override_rule("movie night", {}).match.matches(film));
        CHECK_FALSE(override_rule("vlc", {}).match.matches(film));
    }
    SECTION("what is not known matches nothing, not even everything") {
        match.binary.emplace_back("*");
        CHECK(match.matches(film));
        film.binary.clear();
        CHECK_FALSE(match.matches(film));
        CHECK(judge(match, film).reason == "its binary is not known");
    }
    SECTION("one of any, each of all") {
        match.any.resize(2);
        match.any[0].client.emplace_back("vlc");
        match.any[1].role.emplace_back("Movie");
        match.all.resize(2);
        match.all[0].client.emplace_back("m*");
        match.all[1].channels = {{6, 6}};
        CHECK(match.matches(film));
        CHECK(match.asks_for_description());
        match.any.pop_back();
        CHECK_FALSE(match.matches(film));
        CHECK_FALSE(match.asks_for_description());
        match.any.clear();
        match.all[1].channels = {{1, 2}};
        CHECK_FALSE(match.matches(film));
    }
}

TEST_CASE("a verdict says which part decided, and agrees with the match") {
    const ApplicationNames mpd{.client = "mpd", .ports = {"left", "right"}};
    Match match;
    CHECK(judge(match, mpd).reason == "it matches everything");
    match.client.emplace_back("mp*");
    CHECK(judge(match, mpd).matches);
    CHECK(judge(match, mpd).reason == "client \"mpd\" is like \"mp*\"");
    match.exclude.resize(1);
    match.exclude[0].port.emplace_back("right");
    CHECK_FALSE(judge(match, mpd).matches);
    CHECK(judge(match, mpd).reason == "excluded, since port \"right\"");
    match.exclude.clear();
    match.client = {NamePattern("vlc"), NamePattern("/x/")};
    CHECK(judge(match, mpd).reason == "client \"mpd\" is not \"vlc\" or \"/x/\"");
    match.client.clear();
    match.channels = {{6, 6}};
    CHECK(judge(match, mpd).reason == "it has 2 channels");
}

TEST_CASE("a route as text is read again") {
    for (const char *text : {"main", "main+phones", "a+b+c", "bypass", "ignore"})
        CHECK(route_from_text(text)->text() == text);
    for (const char *text : {"", "+", "main+", "+main", "a++b"})
        CHECK_FALSE(route_from_text(text).has_value());
}

TEST_CASE("a route that was set changes the route alone, whatever the rules") {
    const std::vector<std::string> clients{"mpd", "mpv", "firefox", "a"};
    const std::vector<std::string> patterns{"mpd", "mp*", "/f.*/", "*", "nobody"};
    std::mt19937 random{1};
    const auto one_of = [&](const std::vector<std::string> &texts) {
        return texts[random() % texts.size()];
    };
    for (int round = 0; round < 1000; ++round) {
        std::vector<Rule> rules(random() % 5);
        for (Rule &rule : rules) {
            rule.match.client.emplace_back(one_of(patterns));
            rule.route = {Route::Kind::bus, one_of({"main", "phones"}), {}};
            rule.strip = random() % 2 == 0;
        }
        std::vector<Rule> with_overrides = rules;
        for (std::size_t count = 1 + random() % 2; count > 0; --count)
            with_overrides.insert(with_overrides.begin(),
                                  override_rule(one_of(patterns), {Route::Kind::bypass, "", {}}));
        for (const std::string &client : clients) {
            const Decision before = decide(rules, {.client = client});
            const Decision after = decide(with_overrides, {.client = client});
            const auto first =
                std::find_if(with_overrides.begin(), with_overrides.end(), [&](const Rule &rule) {
                    return rule.match.matches({.client = client});
                });
            CHECK(before.options == before.route);
            CHECK(after.route == (first == with_overrides.end() ? nullptr : &*first));
            REQUIRE((after.options == nullptr) == (before.options == nullptr));
            if (before.options)
                CHECK(after.options - with_overrides.data() ==
                      before.options - rules.data() +
                          static_cast<std::ptrdiff_t>(with_overrides.size() - rules.size()));
        }
    }
}

TEST_CASE("a route that was set takes a name as it is, and as a pattern") {
    const Rule literal = override_rule("Music [1]", {.kind = Route::Kind::bypass});
    CHECK(literal.match.matches({.client = "Music [1]"}));
    CHECK(literal.match.matches({.client = "Music 1"}));
    CHECK(override_rule("/(/", {}).match.matches({.client = "/(/"}));
    CHECK(override_rule("fire*", {}).match.matches({.client = "firefox"}));
}

TEST_CASE("a route that was set is for every stream of an application, in capitals or not") {
    const Rule rule = override_rule("mpv", {.kind = Route::Kind::bypass});
    for (const char *name : {"mpv", "MPV", "mpv-57", "Mpv-01"})
        CHECK(rule.match.matches({.client = name}));
    for (const char *name : {"mpv2", "mpv-", "mpv-a", "mp", "xmpv", "mpv-5 7"})
        CHECK_FALSE(rule.match.matches({.client = name}));
}
