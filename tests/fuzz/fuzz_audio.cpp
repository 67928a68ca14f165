// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/audio_file.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace headroom;

/// A sound file with any header: it is refused, or gives as many channels as it says, all of one
/// length. The first byte chooses the extension.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size == 0)
        return 0;
    static constexpr const char *kNames[] = {"in.wav", "in.flac", "in.ogg", "in.mp3", "in.aiff"};
    const auto file = fuzz::scratch_folder() / kNames[data[0] % std::size(kNames)];
    fuzz::write_file(file, {data + 1, size - 1});
    if (const auto audio = app::read_audio_file(file)) {
        fuzz::require(audio->sample_rate_hz > 0 && !audio->channels.empty());
        for (const auto &channel : audio->channels)
            fuzz::require(channel.size() == audio->channels.front().size());
    }
    return 0;
}
