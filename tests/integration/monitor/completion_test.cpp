// SPDX-License-Identifier: GPL-3.0-or-later
// Completion, in the shells themselves.
#include "tests/support/catch.hpp"
#include "tests/support/headroom_process.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace headroom::test;

namespace {

using Words = std::vector<std::string>;

Words lines(const std::string &text) {
    Words out;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        out.push_back(line);
    return out;
}

bool has(const Words &words, const std::string &word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::string quoted(const Words &words) {
    std::string out;
    for (const std::string &word : words)
        out += " '" + word + "'";
    return out;
}

/// Each shell, made to complete the last of the words after "headroom".
Words in_bash(const Words &words) {
    return lines(run_program({"bash", "--norc", "-c",
                              "source <(" + headroom_program() + " completion bash); COMP_WORDS=(" +
                                  headroom_program() + quoted(words) +
                                  "); COMP_CWORD=" + std::to_string(words.size()) +
                                  "; _headroom; printf '%s\\n' \"${COMPREPLY[@]}\""})
                     .standard_output);
}

Words in_zsh(const Words &words) {
    return lines(run_program({"zsh", "-f", "-c",
                              "compdef() { :; }; _files() { print FILES; }; "
                              "compadd() { shift; print -l -- \"$@\"; }; source <(" +
                                  headroom_program() + " completion zsh); words=(" +
                                  headroom_program() + quoted(words) +
                                  "); CURRENT=" + std::to_string(words.size() + 1) + "; _headroom"})
                     .standard_output);
}

Words in_fish(const Words &words) {
    std::string line = "headroom";
    for (const std::string &word : words)
        line += " " + word;
    const std::string folder = std::filesystem::path(headroom_program()).parent_path().string();
    Words out = lines(run_program({"fish", "--no-config", "-c",
                                   "set PATH " + folder +
                                       " $PATH; headroom completion fish | "
                                       "source; complete -C '" +
                                       line + "'"})
                          .standard_output);
    for (std::string &word : out)
        word = word.substr(0, word.find('\t'));
    return out;
}

} // namespace

TEST_CASE("every shell completes commands, options, profiles and values") {
    for (const auto &complete : {in_bash, in_zsh, in_fish}) {
        CHECK(has(complete({"prof"}), "profile"));
        CHECK_FALSE(has(complete({"prof"}), "params"));
        CHECK(complete({"overlay", ""}).size() == 2);
        CHECK(has(complete({"render", "--pro"}), "--profile"));
        CHECK(has(complete({"run", "--profile", "nig"}), "night"));
        CHECK(has(complete({"profile", "use", "spee"}), "speech"));
        CHECK(has(complete({"reset", "bus/main/limiter/ceil"}), "bus/main/limiter/ceiling"));
        CHECK(complete({"set", "bus/main/limiter/mode", ""}) == Words{"low", "normal", "quality"});
    }
    CHECK(in_bash({"set", "bus/main/agc/on", "=", "o"}) == Words{"on", "off"});
    CHECK(in_zsh({"set", "bus/main/agc/on=o"}) ==
          Words{"bus/main/agc/on=on", "bus/main/agc/on=off"});
    CHECK(in_zsh({"measure", ""}) == Words{"FILES"});
}

TEST_CASE("completion knows the buses and changes of the running program") {
    const TemporaryFolder folder;
    const std::string profile = folder.path() / "two.yaml";
    std::ofstream(profile) << "buses: { main: {}, phones: { channels: mono } }\n";
    HeadroomProcess process({"--profile", profile}, empty_machine());
    const std::string port = std::to_string(process.osc_port());
    CHECK(has(in_bash({"get", "--port", port, "bus/pho"}), "bus/phones/limiter/ceiling"));
    REQUIRE(process.set("bus/phones/limiter/ceiling", -3.0f));
    CHECK(in_bash({"overlay", "clear", "--port", port, ""}) == Words{"bus/phones/limiter/ceiling"});
    // What these take is the table of OSC commands'.
    CHECK(in_bash({"route", "set", "--port", port, "mpv", ""}) ==
          Words{"main", "phones", "bypass", "ignore"});
    CHECK(has(in_bash({"midi", "learn", "--port", port, "bus/pho"}), "bus/phones/agc/target"));
    CHECK(in_bash({"profile", "new", ""}) == Words{""});
}
