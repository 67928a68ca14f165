// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/commands.hpp"
#include "jack_client/app/parameter_listing.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

namespace headroom::app {

namespace {

struct Options {
    bool json = false;
    bool schema = false;
    bool man = false;
    bool man_osc = false;
    bool man_commands = false;
    std::string filter;
};

int list_parameters(const Options &options) {
    if (options.schema) {
        std::cout << profile_schema().dump(2) << "\n";
        return 0;
    }
    if (options.man) {
        std::cout << parameter_manual();
        return 0;
    }
    if (options.man_osc) {
        std::cout << address_manual();
        return 0;
    }
    if (options.man_commands) {
        std::cout << command_manual();
        return 0;
    }
    const std::string table = parameter_table(options.filter);
    if (options.json)
        std::cout << parameter_json(options.filter).dump(2) << "\n";
    else
        std::cout << table;
    if (!table.empty())
        return 0;
    std::cerr << "headroom: no parameter or meter contains \"" << options.filter
              << "\" in its path\n";
    return 1;
}

} // namespace

void add_params_command(CLI::App &app, int &exit_code) {
    auto *command = app.add_subcommand(
        "params", "List every parameter and meter: range, unit, default and meaning");
    const auto options = std::make_shared<Options>();
    command->add_option("FILTER", options->filter, "Only those whose path contains this");
    auto *json = command->add_flag("--json", options->json, "Print everything known as JSON");
    auto *schema = command->add_flag("--schema", options->schema,
                                     "Print the JSON Schema of profiles, for editors");
    auto *man = command->add_flag("--man", options->man, "")->group("");
    auto *man_osc = command->add_flag("--man-osc", options->man_osc, "")->group("");
    auto *man_commands = command->add_flag("--man-commands", options->man_commands, "")->group("");
    man_commands->excludes(man)->excludes(man_osc)->excludes(json)->excludes(schema);
    schema->excludes(json)->excludes(man)->excludes(man_osc);
    json->excludes(man)->excludes(man_osc);
    man->excludes(man_osc);
    command->footer("Examples:\n"
                    "  headroom params limiter\n"
                    "  headroom params --json > parameters.json\n"
                    "  headroom params --schema > headroom-profile.schema.json\n");
    command->callback([options, &exit_code] { exit_code = list_parameters(*options); });
}

} // namespace headroom::app
