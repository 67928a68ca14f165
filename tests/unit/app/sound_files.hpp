// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/app/audio_file.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numbers>
#include <sndfile.h>
#include <string>
#include <unistd.h>
#include <vector>

/// Helpers for tests that work on sound files.
namespace sound_files {

/// A folder of its own for one test, removed with everything in it.
class Folder {
  public:
    Folder() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "headroom-test-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;

    std::filesystem::path operator/(const std::string &name) const { return path_ / name; }
    const std::filesystem::path &path() const { return path_; }
    std::size_t entries() const {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(path_), {}));
    }

  private:
    std::filesystem::path path_;
};

inline std::vector<float> sine(double frequency_hz, double peak_lin, int rate_hz,
                               std::size_t frames) {
    std::vector<float> out(frames);
    for (std::size_t i = 0; i < frames; ++i)
        out[i] = static_cast<float>(
            peak_lin * std::sin(2.0 * std::numbers::pi * frequency_hz * static_cast<double>(i) /
                                static_cast<double>(rate_hz)));
    return out;
}

inline std::vector<float> interleaved(const headroom::app::AudioChannels &channels) {
    std::vector<float> out;
    for (std::size_t i = 0; i < channels.front().size(); ++i)
        for (const auto &channel : channels)
            out.push_back(channel[i]);
    return out;
}

/// Writes with libsndfile itself, in any of its formats. False where it knows no such format.
inline bool write(const std::filesystem::path &file, int format, int rate_hz,
                  const headroom::app::AudioChannels &channels) {
    SF_INFO info{};
    info.samplerate = rate_hz;
    info.channels = static_cast<int>(channels.size());
    info.format = format;
    if (sf_format_check(&info) == 0)
        return false;
    SNDFILE *sound = sf_open(file.c_str(), SFM_WRITE, &info);
    if (sound == nullptr)
        return false;
    const auto frames = static_cast<sf_count_t>(channels.front().size());
    const bool complete = sf_writef_float(sound, interleaved(channels).data(), frames) == frames;
    sf_close(sound);
    return complete;
}

inline void write_wav(const std::filesystem::path &file, int rate_hz,
                      const headroom::app::AudioChannels &channels) {
    REQUIRE(write(file, SF_FORMAT_WAV | SF_FORMAT_FLOAT, rate_hz, channels));
}

/// 2 s of a sine above 0 dBFS; makes the folder too.
inline void write_loud(const std::filesystem::path &file, std::size_t channels = 2) {
    std::filesystem::create_directories(file.parent_path());
    write_wav(file, 48000, headroom::app::AudioChannels(channels, sine(997.0, 1.5, 48000, 96000)));
}

inline std::string bytes(const std::filesystem::path &file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace sound_files
