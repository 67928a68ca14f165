// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "osc/client/client.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace headroom::test {

/// The built program, `headroom run --json`, on a free OSC port; stopped with this object.
class HeadroomProcess {
  public:
    /// Returns once it listens; throws std::runtime_error with what it said otherwise. It remembers
    /// nothing of other runs, unless the environment has an XDG_STATE_HOME.
    explicit HeadroomProcess(std::vector<std::string> options,
                             const ChildProcess::Environment &environment = {});

    ~HeadroomProcess();

    std::uint16_t osc_port() const { return osc_port_; }
    osc::Client &osc() { return *client_; }
    ChildProcess &process() { return process_; }

    /// Asks for one value; NaN where nothing answers.
    double get(const std::string &path);
    /// True where the program confirms the value.
    bool set(const std::string &path, float value);
    /// A fact of `headroom status`.
    std::string status(const std::string &name);

    /// Sends SIGTERM and reads the summary; throws where it does not end well.
    nlohmann::json finish();

  private:
    TemporaryFolder state_;
    ChildProcess process_;
    std::uint16_t osc_port_ = 0;
    std::unique_ptr<osc::Client> client_;
};

/// Where the program under test is.
std::string headroom_program();

/// An environment in which the program finds no server of sound.
ChildProcess::Environment empty_machine();

} // namespace headroom::test
