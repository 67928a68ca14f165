// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/client/client.hpp"

#include <string>
#include <tl/expected.hpp>
#include <vector>

/// What people write as the path of a parameter or meter of the running program.
namespace headroom::app {

/// What a path may be for.
enum class Paths { settable, readable };

/// A path that was named, and what else of it is asked for.
struct NamedPath {
    std::string path;   ///< "bus/main/limiter/ceiling"
    std::string suffix; ///< "", "/norm", "/text", or an action: "/toggle", "/inc", "/reset"

    bool is_action() const { return suffix == "/toggle" || suffix == "/inc" || suffix == "/reset"; }
};

/// The parameters, and the meters too if they are to be read, that a text names: by a path, its
/// end ("limiter/ceiling", if there is one bus), or a pattern ("bus/*/limiter/ceiling"). Buses and
/// strips are asked for only if the text is no path in full. An address of something else, such as
/// "status/version", stands for itself.
tl::expected<std::vector<NamedPath>, std::string>
named_paths(osc::Client &client, const std::string &text, Paths wanted);

/// The one parameter that a text names; the text itself if it names none.
std::string parameter_or_text(osc::Client &client, const std::string &text);

} // namespace headroom::app
