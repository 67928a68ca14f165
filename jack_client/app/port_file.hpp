// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"
#include "osc/wire/transport.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

namespace headroom::app {

/// Tells the user's other programs at which OSC port headroom listens: the file "port" of the
/// runtime folder, for as long as this lives. The file is locked meanwhile, so that one that a
/// crash has left behind is known as such. Of several headrooms of a user the first has it.
class PortFile {
  public:
    /// nullptr if another headroom of this user has it.
    static Result<std::unique_ptr<PortFile>> write(std::uint16_t port);
    ~PortFile();
    PortFile(const PortFile &) = delete;
    PortFile &operator=(const PortFile &) = delete;

  private:
    PortFile(std::filesystem::path file, osc::FileDescriptor lock)
        : file_(std::move(file)), lock_(std::move(lock)) {}

    std::filesystem::path file_;
    osc::FileDescriptor lock_;
};

/// The port that a running headroom of this user has told; nothing if none runs.
std::optional<std::uint16_t> told_port();

/// Where to look for the user's headroom if he does not say: told_port(), else the usual port.
std::uint16_t port_of_own_headroom();

} // namespace headroom::app
