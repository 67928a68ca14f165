// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <filesystem>

namespace headroom::app {

/// A file in the making: it has no name until commit(), so that a program that fails or is killed
/// leaves nothing behind. Where the file system knows no unnamed files it has a hidden name beside
/// the final one, removed by the destructor. Not real-time safe.
class OutputFile {
  public:
    static Result<OutputFile> create(const std::filesystem::path &file);
    ~OutputFile();
    OutputFile(OutputFile &&other) noexcept;
    OutputFile &operator=(OutputFile &&) = delete;

    /// Open for reading and writing; closed with this object.
    int descriptor() const { return descriptor_; }
    const std::filesystem::path &path() const { return path_; }

    /// Gives the file its name, in place of one that has it already, in one step.
    Result<void> commit();

  private:
    OutputFile(std::filesystem::path file, std::filesystem::path hidden);

    std::filesystem::path path_;
    std::filesystem::path hidden_;
    int descriptor_ = -1;
    bool has_hidden_name_ = false;
};

} // namespace headroom::app
