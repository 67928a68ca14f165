// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/parameter_path.hpp"
#include "config/registry.hpp"
#include "osc/client/client.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

/// What the commands that speak to the running program have in common.
namespace headroom::app {

using Json = nlohmann::ordered_json;

/// Where learning a control is asked for, and asked after.
inline constexpr const char *kLearnAddress = "/headroom/midi/learn";

/// Where the running program listens, and how its answers are printed.
struct RemoteOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 9140;
    bool json = false;
    std::vector<std::string> words; ///< positional arguments
};

/// Adds --host and --port, which stand for the user's own headroom if neither is given. Both live
/// as long as the command.
std::pair<CLI::Option *, CLI::Option *> add_place_options(CLI::App &command, std::string &host,
                                                          std::uint16_t &port);

/// Adds a subcommand with --host, --port and --json; when it is chosen, its exit code is what the
/// work returns. The options live as long as the subcommand.
std::pair<CLI::App *, RemoteOptions *>
add_remote_command(CLI::App &app, const std::string &name, const std::string &help, int &exit_code,
                   std::function<int(const RemoteOptions &)> work);

/// What work with the running program comes to: nothing, or why it failed, for the user.
using Done = tl::expected<void, std::string>;

/// Connects, has `work` done and returns its exit code: 0. Where it fails, prints why and returns
/// 1.
int with_client(const RemoteOptions &options, const std::function<Done(osc::Client &)> &work);

/// Asks for each, named as named_paths() takes it, and prints "path value", or all as one JSON
/// object. Returns 0, or 1 if one was refused, as with_client() does.
int ask_each(const RemoteOptions &options, const std::vector<std::string> &texts);

struct Assignment {
    std::string path;
    std::string value;
};

/// "path value" or any number of "path=value"; nothing where the words are neither.
std::vector<Assignment> assignments(const std::vector<std::string> &words);

/// Sets parameters or resets them to their defaults, named as named_paths() takes it, and prints
/// what they are then. If one cannot be set, none is.
int set_each(const RemoteOptions &options, const std::vector<Assignment> &wanted);
int reset_each(const RemoteOptions &options, const std::vector<std::string> &paths);

/// The address of a path with or without "/headroom/".
std::string address_of(const std::string &path);

/// The parameter or meter of a path without root; nullptr where it is none.
const Parameter *parameter_at(std::string_view path);
const Meter *meter_at(std::string_view path);

/// A value as JSON; switches and choices as words where the path is a parameter's.
Json to_json(std::string_view path, const osc::Argument &argument);
/// A value as a person reads it, with its unit where the path is a parameter's or a meter's.
std::string to_text(std::string_view path, const osc::Argument &argument);
/// The text of an argument that is text; empty for any other, or none.
std::string text_at(const osc::Message &message, std::size_t index);
/// The items of a list: all arguments that are text and not empty.
std::vector<std::string> texts_of(const osc::Message &message);
/// A fact of the status as a person reads it, the items of a list with commas between them.
std::string fact_text(const osc::Message &fact);

/// JSON with bytes that are no UTF-8 replaced.
std::string printed(const Json &json);

} // namespace headroom::app
