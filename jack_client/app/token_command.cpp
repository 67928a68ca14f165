// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/commands.hpp"
#include "osc/query/token.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

namespace headroom::app {

void add_token_command(CLI::App &app, int &exit_code) {
    auto is_new = std::make_shared<bool>(false);
    CLI::App *command = app.add_subcommand(
        "token", "Show the word that lets a web page from elsewhere speak to headroom");
    command->add_flag("--new", *is_new, "Replace it; the old one is void at once");
    command->footer("The page adds it to the address: http://127.0.0.1:9140/?token=...\n"
                    "Example:\n"
                    "  headroom token");
    command->callback([is_new, &exit_code] {
        const auto token = *is_new ? osc::new_web_token() : osc::web_token();
        if (token)
            std::cout << *token << "\n";
        else
            std::cerr << "headroom: " << token.error().text() << "\n";
        exit_code = token ? 0 : 1;
    });
}

} // namespace headroom::app
