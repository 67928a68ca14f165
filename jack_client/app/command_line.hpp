// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

/// What the parser of the command line leaves to us: mistakes in words that people understand.
namespace headroom::app {

/// "headroom help COMMAND" is "headroom COMMAND --help". Add it after every other command.
void add_help_command(CLI::App &program);

/// Why the parser refuses these words (without the name of the program), with the nearest command
/// or option when one was mistyped.
std::string explain_mistake(const CLI::App &program, const CLI::ParseError &error,
                            const std::vector<std::string> &words);

/// Accepts one of these words; the refusal names them all.
CLI::Validator one_of(std::vector<std::string> choices);
/// The words that one_of() has given to an option; empty for any other.
std::vector<std::string> choices_of(const CLI::Option &option);

/// Accepts the name or address of a host, and replaces a name by its address.
CLI::Validator host_address();

/// Accepts a time in seconds, from `shortest` to a year.
CLI::Validator seconds_from(double shortest);

} // namespace headroom::app
