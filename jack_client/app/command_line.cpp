// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/command_line.hpp"

#include "config/suggestion.hpp"
#include "jack_client/app/text_format.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <memory>
#include <netdb.h>
#include <sys/socket.h>
#include <utility>

namespace headroom::app {

namespace {

using Words = std::vector<std::string>;

constexpr const char *kChoices = "choices"; ///< name of the validator
constexpr const char *kBetweenChoices = "|";
constexpr double kYear_s = 365.0 * 24.0 * 3600.0;

/// Those that help lists.
Words names_of_commands(const CLI::App &command) {
    Words out;
    for (const CLI::App *each :
         command.get_subcommands([](const CLI::App *sub) { return !sub->get_group().empty(); }))
        out.push_back(each->get_name());
    return out;
}

Words names_of_options(const CLI::App &command) {
    Words out;
    for (const CLI::Option *option :
         command.get_options([](const CLI::Option *each) { return !each->get_group().empty(); }))
        for (const std::string &name : option->get_lnames())
            out.push_back("--" + name);
    return out;
}

const CLI::App *command_named(const CLI::App &parent, const std::string &name) {
    const auto found =
        parent.get_subcommands([&](const CLI::App *sub) { return sub->get_name() == name; });
    return found.empty() ? nullptr : found.front();
}

std::string with_suggestion(std::string message, const std::string &word, const Words &known) {
    const std::string meant = did_you_mean(word, known);
    return message + (meant.empty() ? "" : ", " + meant);
}

/// What is known of the words: how far they name commands.
struct Reading {
    const CLI::App *command;
    std::string name{};  ///< with the commands above it, "profile new"; may be empty
    std::string stray{}; ///< what follows where a command is needed; may be empty
    std::string unknown_option{};
};

Reading read(const CLI::App &program, const Words &words) {
    Reading out{&program};
    const CLI::Option *takes = nullptr;
    for (const std::string &word : words) {
        if (std::exchange(takes, nullptr) != nullptr)
            continue;
        if (word == "--")
            break;
        if (word.size() > 1 && word.starts_with('-') && word.find_first_of("0123456789.", 1) != 1) {
            const std::string name = word.substr(0, word.find('='));
            const CLI::Option *option = out.command->get_option_no_throw(name);
            if (option == nullptr && name.starts_with("--") && out.unknown_option.empty())
                out.unknown_option = name;
            if (option != nullptr && option->get_items_expected_max() > 0 && name == word)
                takes = option;
        } else if (const CLI::App *sub = command_named(*out.command, word)) {
            out.command = sub;
            out.name += (out.name.empty() ? "" : " ") + word;
        } else if (out.command->get_require_subcommand_min() > 0) {
            out.stray = word;
            break;
        }
    }
    return out;
}

} // namespace

void add_help_command(CLI::App &program) {
    const auto words = std::make_shared<Words>();
    CLI::App *help = program.add_subcommand("help", "Show what a command does, with examples");
    help->add_option("command", *words, "The command; without it all are listed")
        ->option_text("COMMAND");
    help->footer("Example:\n  headroom help render");
    help->callback([words, &program] {
        const CLI::App *command = &program;
        std::string above;
        for (const std::string &word : *words) {
            const CLI::App *below = command_named(*command, word);
            if (below == nullptr)
                throw CLI::ExtrasError(with_suggestion("there is no command \"" + word + "\"", word,
                                                       names_of_commands(*command)),
                                       CLI::ExitCodes::ExtrasError);
            above += (above.empty() ? "" : " ") + command->get_name();
            command = below;
        }
        // The parser would describe "help" itself in place of the program.
        std::cout << (command == &program ? program.get_formatter()->make_help(
                                                &program, "headroom", CLI::AppFormatMode::Normal)
                                          : command->help(above));
    });
}

std::string explain_mistake(const CLI::App &program, const CLI::ParseError &error,
                            const Words &words) {
    const Reading reading = read(program, words);
    const std::string name = reading.name.empty() ? "headroom" : reading.name;
    const std::string more =
        " (headroom " + reading.name + (reading.name.empty() ? "" : " ") + "--help)";
    if (!reading.stray.empty())
        return with_suggestion("there is no command \"" + reading.name +
                                   (reading.name.empty() ? "" : " ") + reading.stray + "\"",
                               reading.stray, names_of_commands(*reading.command)) +
               more;
    if (!reading.unknown_option.empty())
        return with_suggestion(name + " has no option " + reading.unknown_option,
                               reading.unknown_option, names_of_options(*reading.command)) +
               more;
    if (reading.command->get_require_subcommand_min() > 0)
        return name + " needs a command: " + enumeration(names_of_commands(*reading.command)) +
               more;
    return name + ": " + error.what() + more;
}

CLI::Validator one_of(Words choices) {
    const std::string all = enumeration(choices);
    std::string listed;
    for (const std::string &choice : choices)
        listed += (listed.empty() ? "" : kBetweenChoices) + choice;
    return CLI::Validator(
        [choices = std::move(choices), all](const std::string &word) {
            const bool is_known = std::find(choices.begin(), choices.end(), word) != choices.end();
            return is_known ? std::string()
                            : with_suggestion("\"" + word + "\" is none of " + all, word, choices);
        },
        listed, kChoices);
}

Words choices_of(const CLI::Option &option) {
    std::string listed;
    try {
        // Only a non-const option gives its validators.
        listed = const_cast<CLI::Option &>(option).get_validator(kChoices)->get_description();
    } catch (const CLI::OptionNotFound &) {
        return {};
    }
    return CLI::detail::split(listed, kBetweenChoices[0]);
}

CLI::Validator host_address() {
    CLI::Validator out;
    out.description("HOST").operation([](std::string &host) {
        const addrinfo wanted{.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
        addrinfo *found = nullptr;
        if (const int error = ::getaddrinfo(host.c_str(), nullptr, &wanted, &found))
            return "there is no host \"" + host + "\": " + ::gai_strerror(error);
        // IPv4 first: headroom listens there unless it was told otherwise.
        const addrinfo *best = found;
        for (const addrinfo *each = found; each != nullptr; each = each->ai_next)
            if (each->ai_family == AF_INET && best->ai_family != AF_INET)
                best = each;
        std::array<char, NI_MAXHOST> text{};
        ::getnameinfo(best->ai_addr, best->ai_addrlen, text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST);
        ::freeaddrinfo(found);
        host = text.data();
        return std::string();
    });
    return out;
}

CLI::Validator seconds_from(double shortest) {
    return CLI::Validator(
        [shortest](const std::string &word) {
            double seconds = 0.0;
            if (CLI::detail::lexical_cast(word, seconds) && seconds >= shortest &&
                seconds <= kYear_s)
                return std::string();
            return format("\"%s\" is not a time in seconds from %g to %.0f (a year)", word.c_str(),
                          shortest, kYear_s);
        },
        "SECONDS");
}

} // namespace headroom::app
