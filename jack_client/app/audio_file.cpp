// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/audio_file.hpp"

#include "config/value_text.hpp"
#include "jack_client/app/offline_output_file.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <optional>
#include <samplerate.h>
#include <sndfile.h>
#include <system_error>
#include <utility>

namespace headroom::app {

namespace {

constexpr std::size_t kFileChunkFrames = 8192;
constexpr std::uint64_t kWavLimit_bytes = 0xffff0000; ///< of 32-bit sizes, less room for headers

struct CloseFile {
    void operator()(SNDFILE *file) const { sf_close(file); }
};
using SoundFile = std::unique_ptr<SNDFILE, CloseFile>;

struct DeleteConverter {
    void operator()(SRC_STATE *converter) const { src_delete(converter); }
};
using Converter = std::unique_ptr<SRC_STATE, DeleteConverter>;

tl::unexpected<Diagnostic> file_failure(const std::filesystem::path &file, std::string message,
                                        std::string remedy = {}) {
    return tl::unexpected<Diagnostic>(Diagnostic{
        .message = std::move(message), .file = file.string(), .remedy = std::move(remedy)});
}

constexpr std::array kChannelMap{
    std::pair{SF_CHANNEL_MAP_LEFT, Channel::fl},
    std::pair{SF_CHANNEL_MAP_FRONT_LEFT, Channel::fl},
    std::pair{SF_CHANNEL_MAP_RIGHT, Channel::fr},
    std::pair{SF_CHANNEL_MAP_FRONT_RIGHT, Channel::fr},
    std::pair{SF_CHANNEL_MAP_CENTER, Channel::fc},
    std::pair{SF_CHANNEL_MAP_FRONT_CENTER, Channel::fc},
    std::pair{SF_CHANNEL_MAP_LFE, Channel::lfe},
    std::pair{SF_CHANNEL_MAP_SIDE_LEFT, Channel::sl},
    std::pair{SF_CHANNEL_MAP_SIDE_RIGHT, Channel::sr},
    std::pair{SF_CHANNEL_MAP_REAR_LEFT, Channel::rl},
    std::pair{SF_CHANNEL_MAP_REAR_RIGHT, Channel::rr},
    std::pair{SF_CHANNEL_MAP_MONO, Channel::mono},
};

/// What the channels of a file are that does not say: the order of WAV files.
ChannelLayout usual_layout(int channels) {
    using enum Channel;
    switch (channels) {
    case 1:
        return {mono};
    case 2:
        return {fl, fr};
    case 3:
        return {fl, fr, fc};
    case 4:
        return {fl, fr, rl, rr};
    case 5:
        return {fl, fr, fc, sl, sr};
    case 6:
        return *find_layout("5.1");
    case 7:
        return {fl, fr, fc, lfe, mono, sl, sr};
    default:
        return *find_layout("7.1");
    }
}

ChannelLayout layout_of(SNDFILE *file, int channels) {
    std::array<int, kMaxFileChannels> map{};
    if (channels == 1 || sf_command(file, SFC_GET_CHANNEL_MAP_INFO, map.data(),
                                    channels * static_cast<int>(sizeof(int))) != SF_TRUE)
        return usual_layout(channels);
    ChannelLayout layout;
    for (int c = 0; c < channels; ++c) {
        const auto at =
            std::find_if(kChannelMap.begin(), kChannelMap.end(), [&](const auto &entry) {
                return entry.first == map[static_cast<std::size_t>(c)];
            });
        layout.push_back(at == kChannelMap.end() ? Channel::mono : at->second);
    }
    return layout;
}

void write_layout(SNDFILE *file, const ChannelLayout &layout) {
    std::vector<int> map;
    for (const Channel channel : layout) {
        const auto at = std::find_if(kChannelMap.begin(), kChannelMap.end(),
                                     [&](const auto &entry) { return entry.second == channel; });
        map.push_back(at->first);
    }
    sf_command(file, SFC_SET_CHANNEL_MAP_INFO, map.data(),
               static_cast<int>(map.size() * sizeof(int)));
}

enum class Format { wav, flac };

std::optional<Format> format_of(const std::filesystem::path &file) {
    const std::string extension = in_lower_case(file.extension().string());
    if (extension == ".wav")
        return Format::wav;
    if (extension == ".flac")
        return Format::flac;
    return std::nullopt;
}

bool is_usable_rate(int rate_hz) {
    return rate_hz >= kMinSampleRate_hz && rate_hz <= kMaxSampleRate_hz;
}

} // namespace

// Reading ---------------------------------------------------------------------------------------

struct AudioReader::State {
    std::filesystem::path path;
    SoundFile file;
    int file_rate_hz = 0;
    int sample_rate_hz = 0;
    ChannelLayout channels;
    std::uint64_t file_frames = 0; ///< by the header; 0 where unknown

    Converter converter; ///< empty where the file is read at its own rate
    std::vector<float> chunk;
    std::uint64_t frames_read = 0;      ///< from the file
    std::uint64_t frames_delivered = 0; ///< by the converter
    bool at_end = false;                ///< of the file
    bool damaged = false;

    double ratio() const {
        return static_cast<double>(sample_rate_hz) / static_cast<double>(file_rate_hz);
    }
    std::uint64_t resampled(std::uint64_t frames) const {
        return static_cast<std::uint64_t>(std::llround(static_cast<double>(frames) * ratio()));
    }

    std::size_t read_file(float *interleaved, std::size_t frames) {
        const sf_count_t got =
            sf_readf_float(file.get(), interleaved, static_cast<sf_count_t>(frames));
        const auto count = static_cast<std::size_t>(std::max<sf_count_t>(got, 0));
        frames_read += count;
        at_end = count < frames;
        damaged = at_end && sf_error(file.get()) != SF_ERR_NO_ERROR;
        return count;
    }

    /// src_callback_t: the converter asks for more of the file.
    static long feed(void *self, float **data) {
        auto &state = *static_cast<State *>(self);
        if (state.at_end)
            return 0;
        const std::size_t frames = state.read_file(state.chunk.data(), kFileChunkFrames);
        for (float &sample : state.chunk)
            sample = std::isfinite(sample) ? sample : 0.0f;
        *data = state.chunk.data();
        return static_cast<long>(frames);
    }

    /// The converter's output, cut or padded to the length that the file has at the new rate.
    std::size_t convert(float *interleaved, std::size_t frames) {
        std::size_t count = 0;
        while (count < frames) {
            const long got =
                src_callback_read(converter.get(), ratio(), static_cast<long>(frames - count),
                                  interleaved + count * channels.size());
            if (got <= 0)
                break;
            count += static_cast<std::size_t>(got);
        }
        if (at_end) {
            const std::uint64_t rest = resampled(frames_read) - frames_delivered;
            const std::size_t due = static_cast<std::size_t>(std::min<std::uint64_t>(rest, frames));
            if (count < due)
                std::fill(interleaved + count * channels.size(),
                          interleaved + due * channels.size(), 0.0f);
            count = due;
        }
        frames_delivered += count;
        return count;
    }
};

AudioReader::AudioReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
AudioReader::~AudioReader() = default;
AudioReader::AudioReader(AudioReader &&) noexcept = default;
AudioReader &AudioReader::operator=(AudioReader &&) noexcept = default;

Result<AudioReader> AudioReader::open(const std::filesystem::path &file, int rate_hz) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (!std::filesystem::exists(status))
        return file_failure(file, status.type() == std::filesystem::file_type::not_found
                                      ? "no such file"
                                      : error.message());
    if (std::filesystem::is_directory(status))
        return file_failure(file, "is a folder, not a sound file");
    if (std::filesystem::is_regular_file(status) && std::filesystem::file_size(file, error) == 0 &&
        !error)
        return file_failure(file, "the file is empty");

    SF_INFO info{};
    SoundFile sound(sf_open(file.c_str(), SFM_READ, &info));
    if (!sound)
        return file_failure(file, std::string("cannot be read as sound: ") + sf_strerror(nullptr),
                            "WAV, AIFF, FLAC, Ogg Vorbis, Opus and MP3 are read");
    if (info.frames <= 0)
        return file_failure(file, "holds no audio");
    if (info.channels > kMaxFileChannels)
        return file_failure(file, "has " + std::to_string(info.channels) + " channels, " +
                                      std::to_string(kMaxFileChannels) + " is the most");

    auto state = std::make_unique<State>();
    state->path = file;
    state->file_rate_hz = info.samplerate;
    state->sample_rate_hz = rate_hz == 0 ? info.samplerate : rate_hz;
    if (!is_usable_rate(state->sample_rate_hz))
        return file_failure(file, "a sample rate of " + std::to_string(state->sample_rate_hz) +
                                      " Hz is outside " + std::to_string(kMinSampleRate_hz) +
                                      " to " + std::to_string(kMaxSampleRate_hz) + " Hz");
    state->channels = layout_of(sound.get(), info.channels);
    // Streams whose end cannot be found report the largest number there is.
    if (info.frames < SF_COUNT_MAX)
        state->file_frames = static_cast<std::uint64_t>(info.frames);
    state->file = std::move(sound);

    if (state->sample_rate_hz != state->file_rate_hz) {
        if (src_is_valid_ratio(state->ratio()) == 0)
            return file_failure(file, "cannot be resampled from " +
                                          std::to_string(state->file_rate_hz) + " Hz");
        int code = 0;
        state->chunk.resize(kFileChunkFrames * state->channels.size());
        state->converter.reset(src_callback_new(State::feed, SRC_SINC_BEST_QUALITY, info.channels,
                                                &code, state.get()));
        if (!state->converter)
            return file_failure(file, src_strerror(code));
    }
    return AudioReader(std::move(state));
}

int AudioReader::sample_rate_hz() const {
    return state_->sample_rate_hz;
}
const ChannelLayout &AudioReader::channels() const {
    return state_->channels;
}
std::uint64_t AudioReader::expected_frames() const {
    return state_->resampled(state_->file_frames);
}

Result<std::size_t> AudioReader::read(std::span<float> interleaved) {
    const std::size_t frames = interleaved.size() / state_->channels.size();
    const std::size_t count = state_->converter ? state_->convert(interleaved.data(), frames)
                                                : state_->read_file(interleaved.data(), frames);
    if (state_->damaged)
        return file_failure(state_->path, "is damaged after " +
                                              std::to_string(state_->frames_read) +
                                              " frames: " + sf_strerror(state_->file.get()));
    if (state_->at_end && state_->frames_read == 0)
        return file_failure(state_->path, "holds no audio");
    return count;
}

Result<AudioData> read_audio_file(const std::filesystem::path &file, int rate_hz) {
    auto reader = AudioReader::open(file, rate_hz);
    if (!reader)
        return tl::unexpected(reader.error());
    const std::size_t channels = reader->channels().size();
    AudioData data{.sample_rate_hz = reader->sample_rate_hz(), .layout = reader->channels()};
    data.channels.resize(channels);
    std::vector<float> chunk(kFileChunkFrames * channels);
    for (;;) {
        const auto count = reader->read(chunk);
        if (!count)
            return tl::unexpected(count.error());
        for (std::size_t c = 0; c < channels; ++c)
            for (std::size_t i = 0; i < *count; ++i)
                data.channels[c].push_back(chunk[i * channels + c]);
        if (*count < kFileChunkFrames)
            return data;
    }
}

// Writing ---------------------------------------------------------------------------------------

struct AudioWriter::State {
    OutputFile output; ///< outlives the sound file written through it
    SoundFile file;
    std::size_t channels;
};

AudioWriter::AudioWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
AudioWriter::~AudioWriter() = default;
AudioWriter::AudioWriter(AudioWriter &&) noexcept = default;
AudioWriter &AudioWriter::operator=(AudioWriter &&) noexcept = default;

Result<void> check_writable_format(const std::filesystem::path &file) {
    if (!format_of(file))
        return file_failure(
            file, "no format is known for the extension \"" + file.extension().string() + "\"",
            "use .wav for 32-bit float or .flac for 24 bits");
    return {};
}

Result<AudioWriter> AudioWriter::create(const std::filesystem::path &file, int sample_rate_hz,
                                        const ChannelLayout &channels,
                                        std::uint64_t expected_frames) {
    if (auto known = check_writable_format(file); !known)
        return tl::unexpected(known.error());
    auto output = OutputFile::create(file);
    if (!output)
        return tl::unexpected(output.error());

    const std::uint64_t bytes = expected_frames * channels.size() * sizeof(float);
    const bool may_be_huge = expected_frames == 0 || bytes > kWavLimit_bytes;
    SF_INFO info{};
    info.samplerate = sample_rate_hz;
    info.channels = static_cast<int>(channels.size());
    if (format_of(file) == Format::flac)
        info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_24;
    else if (may_be_huge)
        info.format = SF_FORMAT_RF64 | SF_FORMAT_FLOAT;
    else
        info.format = (channels.size() > 2 ? SF_FORMAT_WAVEX : SF_FORMAT_WAV) | SF_FORMAT_FLOAT;
    SoundFile sound(sf_open_fd(output->descriptor(), SFM_WRITE, &info, SF_FALSE));
    if (!sound)
        return file_failure(file, std::string("cannot be written: ") + sf_strerror(nullptr));
    // A PEAK chunk would hold the time of day, and two renders would differ.
    sf_command(sound.get(), SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);
    sf_command(sound.get(), SFC_RF64_AUTO_DOWNGRADE, nullptr, SF_TRUE);
    sf_command(sound.get(), SFC_SET_CLIPPING, nullptr, SF_TRUE);
    if (channels.size() > 2)
        write_layout(sound.get(), channels);
    return AudioWriter(
        std::make_unique<State>(State{std::move(*output), std::move(sound), channels.size()}));
}

Result<void> AudioWriter::write(std::span<const float> interleaved) {
    const auto frames = static_cast<sf_count_t>(interleaved.size() / state_->channels);
    if (sf_writef_float(state_->file.get(), interleaved.data(), frames) != frames)
        return file_failure(state_->output.path(),
                            std::string("cannot be written: ") + sf_strerror(state_->file.get()));
    return {};
}

Result<void> AudioWriter::commit() {
    if (const int error = sf_close(state_->file.release()); error != SF_ERR_NO_ERROR)
        return file_failure(state_->output.path(),
                            std::string("cannot be written: ") + sf_error_number(error));
    return state_->output.commit();
}

} // namespace headroom::app
