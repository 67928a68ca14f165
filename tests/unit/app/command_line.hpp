// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/app/commands.hpp"
#include "tests/unit/app/sound_files.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <unistd.h>

namespace command_line {

struct Outcome {
    int exit_code = 0;
    std::string output; ///< what went to stdout
    std::string errors; ///< what went to stderr
};

/// Catches what goes to a standard stream while it lives.
class Capture {
  public:
    Capture(int descriptor, std::filesystem::path file)
        : descriptor_(descriptor), file_(std::move(file)), saved_(::dup(descriptor)) {
        flush();
        std::FILE *to = std::fopen(file_.c_str(), "wb");
        REQUIRE(to != nullptr);
        ::dup2(::fileno(to), descriptor_);
        std::fclose(to);
    }
    ~Capture() { restore(); }
    Capture(const Capture &) = delete;
    Capture &operator=(const Capture &) = delete;

    std::string take() {
        restore();
        return sound_files::bytes(file_);
    }

  private:
    static void flush() {
        std::cout.flush();
        std::cerr.flush();
        std::fflush(nullptr);
    }
    void restore() {
        if (saved_ < 0)
            return;
        flush();
        ::dup2(saved_, descriptor_);
        ::close(saved_);
        saved_ = -1;
    }

    int descriptor_;
    std::filesystem::path file_;
    int saved_;
};

/// Runs one subcommand as main() would.
template <class AddCommand>
Outcome run(AddCommand add_command, std::vector<std::string> arguments) {
    const sound_files::Folder folder;
    Capture output(STDOUT_FILENO, folder / "stdout");
    Capture errors(STDERR_FILENO, folder / "stderr");
    CLI::App app("test");
    app.require_subcommand(1);
    Outcome outcome;
    add_command(app, outcome.exit_code);
    std::reverse(arguments.begin(), arguments.end());
    try {
        app.parse(arguments);
    } catch (const CLI::ParseError &error) {
        outcome.exit_code = app.exit(error) == 0 ? 0 : 2;
    }
    outcome.output = output.take();
    outcome.errors = errors.take();
    return outcome;
}

inline Outcome render_cli(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "render");
    return run(headroom::app::add_render_command, std::move(arguments));
}

inline bool mentions(const std::string &text, const std::string &part) {
    CAPTURE(text, part);
    CHECK(text.find(part) != std::string::npos);
    return text.find(part) != std::string::npos;
}

} // namespace command_line
