// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/audio_file.hpp"
#include "tests/unit/app/sound_files.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <limits>
#include <set>
#include <sys/resource.h>

using namespace headroom;
using namespace headroom::app;
using sound_files::Folder;
using sound_files::sine;

namespace {

constexpr double kFaithful_db = -12.0; ///< of lossy and 8-bit encodings

/// Power of what differs, relative to the reference.
double error_db(const std::vector<float> &reference, const std::vector<float> &actual,
                std::size_t delay = 0) {
    double error = 0.0;
    double power = 0.0;
    for (std::size_t i = 0; i + delay < std::min(actual.size(), reference.size()); ++i) {
        const double difference =
            static_cast<double>(actual[i + delay]) - static_cast<double>(reference[i]);
        error += difference * difference;
        power += static_cast<double>(reference[i]) * static_cast<double>(reference[i]);
    }
    return 10.0 * std::log10(error / power + 1e-20);
}

/// Codecs may delay: the error at the best of all delays.
double best_error_db(const std::vector<float> &reference, const std::vector<float> &actual) {
    double best = error_db(reference, actual);
    for (std::size_t delay = 1; delay < 1300 && best > kFaithful_db; ++delay)
        best = std::min(best, error_db(reference, actual, delay));
    return best;
}

struct Encoding {
    int format;
    std::string name;
};

std::vector<Encoding> encodings(int count_command, int list_command) {
    int count = 0;
    sf_command(nullptr, count_command, &count, sizeof count);
    std::vector<Encoding> out;
    for (int i = 0; i < count; ++i) {
        SF_FORMAT_INFO info{};
        info.format = i;
        sf_command(nullptr, list_command, &info, sizeof info);
        out.push_back({info.format, info.name});
    }
    return out;
}

/// Worst error that a faithful reader of the encoding may show on a sine at half of full scale.
double allowed_error_db(int subtype) {
    switch (subtype) {
    case SF_FORMAT_FLOAT:
    case SF_FORMAT_DOUBLE:
    case SF_FORMAT_PCM_24:
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_ALAC_24:
    case SF_FORMAT_ALAC_32:
        return -120.0;
    case SF_FORMAT_PCM_16:
    case SF_FORMAT_ALAC_16:
    case SF_FORMAT_ALAC_20:
    case SF_FORMAT_DPCM_16:
    case SF_FORMAT_DWVW_16:
    case SF_FORMAT_DWVW_24:
        return -80.0;
    default:
        return kFaithful_db;
    }
}

/// Formats that cannot express every sample rate.
bool has_rates_of_its_own(int major) {
    return major == SF_FORMAT_HTK || major == SF_FORMAT_VOC || major == SF_FORMAT_WVE ||
           major == SF_FORMAT_XI;
}

std::string error_text(const std::filesystem::path &file, int rate_hz = 0) {
    const auto data = read_audio_file(file, rate_hz);
    REQUIRE_FALSE(data.has_value());
    return data.error().text();
}

} // namespace

TEST_CASE("Every format that libsndfile writes and recognises is read") {
    const Folder folder;
    constexpr std::size_t kFrames = 6000; // whole blocks, of which SDS may hold no part
    std::set<int> majors;
    int tried = 0;
    for (const Encoding &major : encodings(SFC_GET_FORMAT_MAJOR_COUNT, SFC_GET_FORMAT_MAJOR)) {
        // Files without a header, and the one whose header is a resource fork.
        if (major.format == SF_FORMAT_RAW || major.format == SF_FORMAT_SD2)
            continue;
        for (const Encoding &sub :
             encodings(SFC_GET_FORMAT_SUBTYPE_COUNT, SFC_GET_FORMAT_SUBTYPE)) {
            for (const auto &[rate_hz, channels] :
                 {std::pair{48000, 2}, std::pair{48000, 1}, std::pair{8000, 1}}) {
                const auto file = folder / "sound";
                const AudioChannels written(static_cast<std::size_t>(channels),
                                            sine(441.0, 0.5, rate_hz, kFrames));
                if (!sound_files::write(file, major.format | sub.format, rate_hz, written))
                    continue;
                CAPTURE(major.name, sub.name, rate_hz, channels);
                const auto read = read_audio_file(file);
                INFO((read ? "" : read.error().text()));
                REQUIRE(read.has_value());
                if (!has_rates_of_its_own(major.format))
                    CHECK(read->sample_rate_hz == rate_hz);
                REQUIRE(read->channels.size() == written.size());
                const double allowed_db = allowed_error_db(sub.format);
                for (const auto &channel : read->channels) {
                    CHECK(channel.size() >= kFrames);
                    CHECK(best_error_db(written.front(), channel) < allowed_db);
                }
                majors.insert(major.format);
                ++tried;
            }
        }
    }
    for (const int required : {SF_FORMAT_WAV, SF_FORMAT_WAVEX, SF_FORMAT_RF64, SF_FORMAT_AIFF,
                               SF_FORMAT_FLAC, SF_FORMAT_OGG, SF_FORMAT_CAF, SF_FORMAT_W64})
        CHECK(majors.count(required) == 1);
    CHECK(tried > 50);
}

TEST_CASE("What is written as WAV comes back bit for bit") {
    const Folder folder;
    for (const int channels : {1, 2, 3, 4, 5, 6, 7, 8}) {
        CAPTURE(channels);
        AudioChannels sound;
        for (int c = 0; c < channels; ++c)
            sound.push_back(sine(100.0 + 50.0 * c, 4.0, 44100, 3000));
        sound_files::write_wav(folder / "in.wav", 44100, sound);
        const auto layout = read_audio_file(folder / "in.wav")->layout;
        auto writer = AudioWriter::create(folder / "out.wav", 44100, layout, 3000);
        REQUIRE(writer.has_value());
        CHECK_FALSE(std::filesystem::exists(folder / "out.wav"));
        REQUIRE(writer->write(sound_files::interleaved(sound)).has_value());
        REQUIRE(writer->commit().has_value());
        const auto read = read_audio_file(folder / "out.wav");
        std::filesystem::remove(folder / "out.wav");
        REQUIRE(read.has_value());
        CHECK(read->sample_rate_hz == 44100);
        CHECK(read->layout == layout);
        CHECK(read->channels == sound);
    }
}

TEST_CASE("FLAC is written with 24 bits and clips instead of wrapping") {
    const Folder folder;
    AudioChannels sound(2, sine(440.0, 0.5, 48000, 3000));
    sound[0][100] = 1.5f;
    sound[0][101] = -1.5f;
    auto writer = AudioWriter::create(folder / "OUT.FLAC", 48000, *find_layout("stereo"), 3000);
    REQUIRE(writer.has_value());
    REQUIRE(writer->write(sound_files::interleaved(sound)).has_value());
    REQUIRE(writer->commit().has_value());
    const auto read = read_audio_file(folder / "OUT.FLAC");
    REQUIRE(read.has_value());
    CHECK(read->channels[0][100] == Approx(1.0).margin(1e-6));
    CHECK(read->channels[0][101] == Approx(-1.0).margin(1e-6));
    CHECK(error_db(sound[1], read->channels[1]) < -130.0);
}

TEST_CASE("A WAV file whose length is not known is large-file safe, one that is small is plain") {
    const Folder folder;
    const std::vector<float> sound = sine(440.0, 0.5, 48000, 2000);
    for (const auto &[expected, tag] : {std::pair{std::uint64_t{2000}, SF_FORMAT_WAV},
                                        std::pair{std::uint64_t{1} << 31, SF_FORMAT_RF64}}) {
        auto writer = AudioWriter::create(folder / "out.wav", 48000, {Channel::mono}, expected);
        REQUIRE(writer.has_value());
        REQUIRE(writer->write(sound).has_value());
        REQUIRE(writer->commit().has_value());
        SF_INFO info{};
        SNDFILE *file = sf_open((folder / "out.wav").c_str(), SFM_READ, &info);
        REQUIRE(file != nullptr);
        sf_close(file);
        // Downgraded on closing, because it turned out small: readable as WAV by everyone.
        CHECK(sound_files::bytes(folder / "out.wav").substr(0, 4) == "RIFF");
        CHECK(info.frames == 2000);
        CHECK((info.format & SF_FORMAT_TYPEMASK) ==
              (tag == SF_FORMAT_WAV ? SF_FORMAT_WAV : SF_FORMAT_WAVEX));
    }
}

TEST_CASE("The bytes of a WAV file depend on its samples alone") {
    const Folder folder;
    for (const char *name : {"a.wav", "b.wav"}) {
        auto writer = AudioWriter::create(folder / name, 48000, *find_layout("5.1"), 600);
        REQUIRE(writer->write(std::vector<float>(3600, 0.25f)).has_value());
        REQUIRE(writer->commit().has_value());
    }
    CHECK(sound_files::bytes(folder / "a.wav") == sound_files::bytes(folder / "b.wav"));
    CHECK(sound_files::bytes(folder / "a.wav").find("PEAK") == std::string::npos);
}

TEST_CASE("Without commit nothing appears, and what was there stays") {
    const Folder folder;
    sound_files::write_wav(folder / "out.wav", 48000, {sine(440.0, 0.5, 48000, 100)});
    const std::string before = sound_files::bytes(folder / "out.wav");
    {
        auto writer = AudioWriter::create(folder / "out.wav", 48000, {Channel::mono}, 0);
        REQUIRE(writer.has_value());
        REQUIRE(writer->write(std::vector<float>(100000, 0.5f)).has_value());
    }
    CHECK(sound_files::bytes(folder / "out.wav") == before);
    CHECK(folder.entries() == 1);
}

TEST_CASE("A full disk is a failure that leaves nothing behind") {
    const Folder folder;
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit small = before;
    small.rlim_cur = 65536;
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    std::string error;
    {
        auto writer = AudioWriter::create(folder / "out.wav", 48000, {Channel::mono}, 0);
        Result<void> done = writer->write(std::vector<float>(100000, 0.5f));
        if (done)
            done = writer->commit();
        if (!done)
            error = done.error().text();
    }
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    CHECK(error.find("out.wav: cannot be written") != std::string::npos);
    CHECK(folder.entries() == 0);
}

TEST_CASE("Resampling keeps length, alignment and the signal") {
    const Folder folder;
    for (const auto &[from_hz, to_hz] :
         {std::pair{44100, 48000}, std::pair{48000, 44100}, std::pair{48000, 96000},
          std::pair{96000, 44100}, std::pair{8000, 48000}}) {
        CAPTURE(from_hz, to_hz);
        const std::size_t frames = static_cast<std::size_t>(from_hz) / 2 + 17;
        sound_files::write_wav(folder / "in.wav", from_hz,
                               {sine(997.0, 0.5, from_hz, frames), std::vector<float>(frames)});
        const auto read = read_audio_file(folder / "in.wav", to_hz);
        REQUIRE(read.has_value());
        CHECK(read->sample_rate_hz == to_hz);
        const auto expected = static_cast<std::size_t>(
            std::llround(static_cast<double>(frames) * static_cast<double>(to_hz) /
                         static_cast<double>(from_hz)));
        REQUIRE(read->channels[0].size() == expected);
        CHECK(AudioReader::open(folder / "in.wav", to_hz)->expected_frames() == expected);
        const std::vector<float> ideal = sine(997.0, 0.5, to_hz, expected);
        const auto middle = [](const std::vector<float> &x) {
            return std::vector<float>(x.begin() + 2000, x.end() - 2000);
        };
        CHECK(error_db(middle(ideal), middle(read->channels[0])) < -120.0);
        CHECK(std::all_of(read->channels[1].begin(), read->channels[1].end(),
                          [](float x) { return x == 0.0f; }));
    }
}

TEST_CASE("Resampled frames do not depend on how they are asked for") {
    const Folder folder;
    sound_files::write_wav(folder / "in.wav", 44100, {sine(997.0, 0.5, 44100, 20011)});
    const auto whole = read_audio_file(folder / "in.wav", 48000);
    REQUIRE(whole.has_value());
    for (const std::size_t piece : {1, 7, 333, 8192, 100000}) {
        auto reader = AudioReader::open(folder / "in.wav", 48000);
        std::vector<float> all;
        std::vector<float> part(piece);
        for (std::size_t got = piece; got == piece;) {
            const auto count = reader->read(part);
            REQUIRE(count.has_value());
            got = *count;
            all.insert(all.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
        }
        CHECK(all == whole->channels[0]);
    }
}

TEST_CASE("NaN and infinity are delivered, and do not spread when resampled") {
    const Folder folder;
    std::vector<float> sound = sine(440.0, 0.5, 44100, 20000);
    sound[5000] = std::numeric_limits<float>::quiet_NaN();
    sound[5001] = std::numeric_limits<float>::infinity();
    sound_files::write_wav(folder / "in.wav", 44100, {sound});
    const auto read = read_audio_file(folder / "in.wav");
    CHECK(std::isnan(read->channels[0][5000]));
    CHECK(std::isinf(read->channels[0][5001]));
    const auto resampled = read_audio_file(folder / "in.wav", 48000);
    CHECK(std::all_of(resampled->channels[0].begin(), resampled->channels[0].end(),
                      [](float x) { return std::fabs(x) < 1.0f; }));
}

TEST_CASE("Files that are no sound say so") {
    const Folder folder;
    CHECK(error_text(folder / "none.wav") == (folder / "none.wav").string() + ": no such file");
    CHECK(error_text(folder.path()).find("is a folder") != std::string::npos);
    std::ofstream(folder / "empty.wav").close();
    CHECK(error_text(folder / "empty.wav").find("the file is empty") != std::string::npos);
    std::ofstream(folder / "text.wav") << "It is a long way to the top.\n";
    CHECK(error_text(folder / "text.wav").find("cannot be read as sound") != std::string::npos);
    sound_files::write_wav(folder / "short.wav", 48000, {{}});
    CHECK(error_text(folder / "short.wav").find("holds no audio") != std::string::npos);
    sound_files::write_wav(folder / "many.wav", 48000, AudioChannels(9, {0.5f, 0.5f}));
    CHECK(error_text(folder / "many.wav").find("9 channels, 8 is the most") != std::string::npos);
    sound_files::write_wav(folder / "slow.wav", 100, {{0.5f, 0.5f}});
    CHECK(error_text(folder / "slow.wav").find("sample rate of 100 Hz") != std::string::npos);
    CHECK(error_text(folder / "slow.wav", 48000).find("cannot be resampled") != std::string::npos);
}

TEST_CASE("A truncated WAV gives what is there, a damaged FLAC is a failure") {
    const Folder folder;
    const std::vector<float> sound = sine(440.0, 0.5, 48000, 96000);
    sound_files::write_wav(folder / "cut.wav", 48000, {sound});
    std::filesystem::resize_file(folder / "cut.wav", 100000);
    const auto read = read_audio_file(folder / "cut.wav");
    REQUIRE(read.has_value());
    REQUIRE(read->channels[0].size() > 24000);
    CHECK(std::equal(read->channels[0].begin(), read->channels[0].end(), sound.begin()));
    std::filesystem::resize_file(folder / "cut.wav", 20);
    CHECK(error_text(folder / "cut.wav").find("cannot be read as sound") != std::string::npos);

    REQUIRE(
        sound_files::write(folder / "cut.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 48000, {sound}));
    std::filesystem::resize_file(folder / "cut.flac",
                                 std::filesystem::file_size(folder / "cut.flac") / 2);
    CHECK(error_text(folder / "cut.flac").find("is damaged after") != std::string::npos);
    CHECK(error_text(folder / "cut.flac", 44100).find("is damaged after") != std::string::npos);
}

TEST_CASE("Names that cannot be written are refused with what can be done") {
    const Folder folder;
    const auto refusal = [](const std::filesystem::path &file) {
        const auto writer = AudioWriter::create(file, 48000, {Channel::mono}, 0);
        REQUIRE_FALSE(writer.has_value());
        return writer.error().text();
    };
    CHECK(refusal(folder / "out.mp3").find("use .wav for 32-bit float or .flac for 24 bits") !=
          std::string::npos);
    CHECK(refusal(folder / "out").find("no format is known") != std::string::npos);
    CHECK(refusal(folder / "no/such/folder/out.wav").find("cannot be written") !=
          std::string::npos);
    std::filesystem::create_directory(folder / "folder.wav");
    CHECK(refusal(folder / "folder.wav").find("is not a regular file") != std::string::npos);
}
