// SPDX-License-Identifier: GPL-3.0-or-later
// Completion for shells. The scripts ask this program, which knows its commands and options from
// the parser itself and values from the headroom that runs.
#include "config/profile.hpp"
#include "jack_client/app/command_line.hpp"
#include "jack_client/app/commands.hpp"
#include "jack_client/app/port_file.hpp"
#include "jack_client/app/remote.hpp"
#include "osc/command_table.hpp"

#include <algorithm>
#include <charconv>
#include <iostream>
#include <map>

namespace headroom::app {

namespace {

using Words = std::vector<std::string>;

constexpr std::chrono::milliseconds kAnswerPatience{300};

constexpr const char *kBash = R"(# headroom completion for bash: source <(headroom completion bash)
_headroom() {
    local word words=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
        word=${word#[\"\']}
        words+=("${word//\\/}")
    done
    mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" completion words -- "${words[@]}" 2>/dev/null)
    # What a shell would take apart is escaped, unless it stands in quotes.
    if [[ ${#COMPREPLY[@]} -gt 0 && ${COMP_WORDS[COMP_CWORD]} != [\"\']* ]]; then
        mapfile -t COMPREPLY < <(printf '%q\n' "${COMPREPLY[@]}")
    fi
}
complete -o default -o nosort -F _headroom headroom
)";

constexpr const char *kZsh = R"(#compdef headroom
# headroom completion for zsh: source <(headroom completion zsh)
_headroom() {
    local -a found
    found=("${(@f)$("${words[1]}" completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -n "${found[*]}" ]]; then
        compadd -- "${found[@]}"
    else
        _files
    fi
}
if [[ "${funcstack[1]}" == _headroom ]]; then
    _headroom # zsh has loaded this file as the function
else
    if (( ! $+functions[compdef] )); then
        autoload -Uz compinit && compinit -i
    fi
    compdef _headroom headroom
fi
)";

constexpr const char *kFish = R"(# headroom completion for fish: headroom completion fish | source
function __headroom_complete
    set -l before (commandline -opc)
    $before[1] completion words -- $before[2..-1] (commandline -ct) 2>/dev/null
end
complete -c headroom -f -a '(__headroom_complete)'
complete -c headroom -n '__fish_seen_subcommand_from run render measure check' -F
)";

/// The headroom that runs, where the words so far say it is.
struct Live {
    RemoteOptions at{.port = port_of_own_headroom()};

    /// One text of each of its answers; empty where none runs.
    Words answers(const char *address, std::size_t index) const {
        Words out;
        if (auto client = osc::Client::open(at.host, at.port))
            if (const auto list = (*client)->list({address, {}}, kAnswerPatience))
                for (const osc::Message &entry : *list)
                    out.push_back(text_at(entry, index));
        return out;
    }

    /// Every address of parameters, and of meters where they are asked for too; of a bus main where
    /// none runs.
    Words paths(bool with_meters) const {
        Words out = answers("/headroom/list", 0);
        for (std::string &address : out)
            address = without_root(address);
        if (out.empty()) {
            for (const Parameter &p : parameters())
                out.push_back((p.scope == Scope::bus ? "bus/main/" : "") + std::string(p.path));
            for (const Meter &m : meters())
                out.push_back("meter/bus/main/" + std::string(m.path));
        }
        if (!with_meters)
            std::erase_if(out, [](const std::string &path) { return path.starts_with("meter/"); });
        return out;
    }

    Words buses() const {
        if (auto client = osc::Client::open(at.host, at.port))
            if (const auto fact = (*client)->request({"/headroom/status/buses", {}}))
                return texts_of(*fact);
        return {"main"};
    }
};

Words profiles() {
    Words out;
    for (const auto &[name, description] : list_profiles())
        out.push_back(name);
    return out;
}

Words values_of(const std::string &path) {
    const Parameter *known = parameter_at(without_root(path));
    if (known == nullptr)
        return {};
    if (known->scale == Scale::boolean)
        return {"on", "off"};
    Words out;
    for (const std::string_view choice : choices(*known))
        out.emplace_back(choice);
    if (out.empty())
        out.push_back(to_exact_text(*known, known->default_value));
    return out;
}

/// What an argument of an OSC command may say, by its name in the command table; nothing if that is
/// open. The arguments of the command line go by the same names.
Words values_of_argument(std::string_view name, const Live &live) {
    if (name == "profile")
        return profiles();
    if (name == "application")
        return live.answers("/headroom/route", 2);
    if (name == "bus")
        return live.buses();
    if (name == "route") {
        Words out = live.buses();
        out.insert(out.end(), {"bypass", "ignore"});
        return out;
    }
    if (name == "address")
        return live.paths(false);
    if (name == "path")
        return live.answers("/headroom/overlay", 0);
    if (name == "form")
        return {"natural", "norm", "text", "packed"};
    return {};
}

/// The OSC command that a command of the command line sends: "profile reload" sends
/// /headroom/profile/reload, "route set" sends /headroom/route.
const osc::CommandInfo *sent_by(const std::string &command) {
    std::string address = "/headroom/" + command;
    std::replace(address.begin(), address.end(), ' ', '/');
    for (std::string_view at = address; at.size() > 1; at = at.substr(0, at.rfind('/')))
        if (const auto *found = osc::find_command(at); found != nullptr && found->address == at)
            return found;
    return nullptr;
}

/// What may stand at a place of a command that is neither an option nor a subcommand; `before` are
/// the words of that kind that stand there already.
Words positional(const std::string &command, const Words &before, const Live &live) {
    if (command == "get")
        return live.paths(true);
    if (command == "set")
        return before.size() == 1 ? values_of(before[0]) : live.paths(false);
    if (command == "reset")
        return live.paths(false);
    if (command == "bypass")
        return {"on", "off"};
    if (command == "check")
        return profiles();
    if (command.starts_with("strip")) {
        if (before.empty())
            return values_of_argument("application", live);
        if (before.size() == 2 && command == "strip set")
            return values_of("strip/" + before[0] + "/" + before[1]);
        Words out;
        for (const Parameter &setting : strip_parameters())
            out.emplace_back(setting.path);
        return out;
    }
    const bool makes_a_name = command == "profile new";
    if (const auto *sent = makes_a_name ? nullptr : sent_by(command)) {
        const auto arguments = arguments_of(*sent);
        if (before.size() < arguments.size())
            return values_of_argument(arguments[before.size()].name, live);
    }
    return {};
}

bool takes_value(const CLI::Option *option) {
    return option != nullptr && option->get_items_expected_max() > 0;
}

/// Every word that may come last in place of the last one.
Words candidates(const CLI::App &program, Words words) {
    const std::string last = words.empty() ? "" : words.back();
    if (!words.empty())
        words.pop_back();
    const CLI::App *at = &program;
    std::string command;
    Words before;
    Live live;
    const CLI::Option *waits = nullptr; // for its value
    for (const std::string &word : words) {
        if (const auto *option = std::exchange(waits, nullptr)) {
            if (option->check_lname("host"))
                live.at = {.host = word};
            else if (option->check_lname("port"))
                std::from_chars(word.data(), word.data() + word.size(), live.at.port);
            continue;
        }
        if (word.starts_with("-")) {
            const auto *option = at->get_option_no_throw(word);
            waits = takes_value(option) ? option : nullptr;
        } else if (const auto subs = at->get_subcommands(
                       [&](const CLI::App *sub) { return sub->get_name() == word; });
                   !subs.empty()) {
            at = subs.front();
            command += (command.empty() ? "" : " ") + word;
            before.clear();
        } else {
            before.push_back(word);
        }
    }
    if (waits != nullptr)
        if (Words choices = choices_of(*waits); !choices.empty())
            return choices;
    if (waits != nullptr)
        return waits->check_lname("profile") || waits->check_lname("from") ? profiles() : Words{};
    if (const std::size_t n = before.size(); n > 0 && (last == "=" || before[n - 1] == "=")) {
        // Bash takes PATH=VALUE apart.
        Words values =
            values_of(last == "=" ? before[n - 1] : before[std::max<std::size_t>(n, 2) - 2]);
        return values;
    }
    if (const auto equals = last.find('='); equals != std::string::npos && command == "set") {
        Words out;
        for (const std::string &value : values_of(last.substr(0, equals)))
            out.push_back(last.substr(0, equals + 1) + value);
        return out;
    }
    Words out;
    if (last.starts_with("-")) {
        for (const CLI::Option *option : at->get_options())
            if (!option->get_group().empty())
                for (const std::string &name : option->get_lnames())
                    out.push_back("--" + name);
        return out;
    }
    for (const CLI::App *sub :
         at->get_subcommands([](const CLI::App *s) { return !s->get_group().empty(); }))
        out.push_back(sub->get_name());
    const Words more = positional(command, before, live);
    out.insert(out.end(), more.begin(), more.end());
    return out;
}

void print_candidates(const CLI::App &program, const Words &words) {
    std::string prefix = words.empty() ? "" : words.back();
    if (prefix == "=")
        prefix.clear();
    for (const std::string &word : candidates(program, words))
        if (word.starts_with(prefix))
            std::cout << word << "\n";
}

} // namespace

void add_completion_command(CLI::App &app, int &exit_code) {
    CLI::App *command =
        app.add_subcommand("completion", "Print a script that lets the Tab key complete commands");
    command->require_subcommand(1);
    for (const auto &[shell, script] :
         std::map<std::string, const char *>{{"bash", kBash}, {"zsh", kZsh}, {"fish", kFish}})
        command->add_subcommand(shell, "For " + shell)->callback([text = script, &exit_code] {
            std::cout << text;
            exit_code = 0;
        });
    auto words = std::make_shared<Words>();
    CLI::App *asked = command->add_subcommand("words", "")->group("");
    asked->add_option("word", *words, "");
    asked->callback([words, &app] { print_candidates(app, *words); });
    command->footer(
        "For the current shell, bash or zsh:  source <(headroom completion bash)\n"
        "The lines below install it for all later shells. For zsh, ~/.zfunc must be in fpath.\n"
        "Examples:\n"
        "  mkdir -p ~/.local/share/bash-completion/completions ~/.zfunc "
        "~/.config/fish/completions\n"
        "  headroom completion bash > ~/.local/share/bash-completion/completions/headroom\n"
        "  headroom completion zsh > ~/.zfunc/_headroom\n"
        "  headroom completion fish > ~/.config/fish/completions/headroom.fish");
}

} // namespace headroom::app
