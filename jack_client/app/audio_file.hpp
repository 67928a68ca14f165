// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/channels.hpp"
#include "config/diagnostic.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// Sound files of every format that libsndfile reads; written as float WAV or 24-bit FLAC. Nothing
/// here is real-time safe.
namespace headroom::app {

/// One vector of samples for each channel, all of the same length.
using AudioChannels = std::vector<std::vector<float>>;

inline constexpr int kMaxFileChannels = 8;
inline constexpr int kMinSampleRate_hz = 8000;
inline constexpr int kMaxSampleRate_hz = 384000;

/// Reads a file from its start to its end in bounded memory, at its own rate or resampled.
class AudioReader {
  public:
    /// rate_hz: 0 for the file's own rate; any other is reached with libsamplerate's best sinc
    /// interpolator, which keeps the alignment: frame n of the file is at n * rate_hz / file rate.
    /// NaN and infinite samples are delivered as they stand, but count as silence when resampled.
    static Result<AudioReader> open(const std::filesystem::path &file, int rate_hz = 0);
    ~AudioReader();
    AudioReader(AudioReader &&) noexcept;
    AudioReader &operator=(AudioReader &&) noexcept;

    int sample_rate_hz() const; ///< of what read() delivers
    const ChannelLayout &channels() const;
    /// What read() will deliver in all, if the file keeps its header's promise; 0 where unknown.
    std::uint64_t expected_frames() const;

    /// Fills whole frames, interleaved, and returns how many; fewer than there is room for only at
    /// the end. A damaged file is a failure.
    Result<std::size_t> read(std::span<float> interleaved);

  private:
    struct State;
    explicit AudioReader(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Writes a file that appears under its name only when commit() has succeeded.
class AudioWriter {
  public:
    /// The format follows the extension. expected_frames: 0 where unknown; a WAV file that may
    /// exceed 4 GB becomes RF64. An existing file stays as it is until commit().
    static Result<AudioWriter> create(const std::filesystem::path &file, int sample_rate_hz,
                                      const ChannelLayout &channels, std::uint64_t expected_frames);
    /// Without commit(), leaves nothing behind.
    ~AudioWriter();
    AudioWriter(AudioWriter &&) noexcept;
    AudioWriter &operator=(AudioWriter &&) noexcept;

    /// Whole frames. FLAC keeps -1..1 and clips what is beyond.
    Result<void> write(std::span<const float> interleaved);
    Result<void> commit();

  private:
    struct State;
    explicit AudioWriter(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Fails where AudioWriter knows no format for the file's extension, and says which it knows.
Result<void> check_writable_format(const std::filesystem::path &file);

/// A whole file in memory.
struct AudioData {
    int sample_rate_hz = 0;
    ChannelLayout layout;
    AudioChannels channels;
};

/// As AudioReader reads it.
Result<AudioData> read_audio_file(const std::filesystem::path &file, int rate_hz = 0);

} // namespace headroom::app
