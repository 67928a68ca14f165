// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/demo_programme.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <utility>

namespace headroom::app {

namespace {

constexpr double kBar_s = 2.0; ///< 120 beats a minute, four to the bar
constexpr double kBeat_s = kBar_s / 4.0;
constexpr double kHighest = 0.45; ///< of the sample rate: partials above are left out

double lin(double db) {
    return std::pow(10.0, db / 20.0);
}

/// Equal-tempered, 69 is A4.
double note_hz(int note) {
    return 440.0 * std::exp2((note - 69) / 12.0);
}

/// How the level of a sound moves: smooth rise and fall, and a decay in between.
struct Envelope {
    double seconds;
    double attack_s;
    double release_s;
    double decay_s = 1e9; ///< time constant
};

/// The stereo programme in the making. Sounds that reach over the end go on at the start, so that
/// the loop has no seam.
class Canvas {
  public:
    explicit Canvas(double rate_hz)
        : rate_hz_(rate_hz),
          frames_(static_cast<std::size_t>(std::llround(kDemoSeconds * rate_hz))),
          channels_(2, std::vector<float>(frames_)) {}

    /// Harmonics of a note, the first at frequency_hz. pan: -1 left .. 1 right, equal power.
    void add_tone(double start_s, const Envelope &envelope, double frequency_hz,
                  std::span<const double> levels_lin, double pan) {
        // A rotating vector for each: one rotation a frame instead of one std::sin.
        struct Partial {
            double cosine, sine, x, y;
        };
        std::vector<Partial> partials;
        for (std::size_t h = 0; h < levels_lin.size(); ++h) {
            const double harmonic_hz = static_cast<double>(h + 1) * frequency_hz;
            const double angle = 2.0 * std::numbers::pi * harmonic_hz / rate_hz_;
            if (harmonic_hz < kHighest * rate_hz_)
                partials.push_back({std::cos(angle), std::sin(angle), levels_lin[h], 0.0});
        }
        add(start_s, envelope, pan, [&](double) {
            double sum = 0.0;
            for (Partial &p : partials) {
                const double x = p.x * p.cosine - p.y * p.sine;
                p.y = p.x * p.sine + p.y * p.cosine;
                p.x = x;
                sum += p.y;
            }
            return sum;
        });
    }

    /// A sine that falls from one frequency to another: a drum.
    void add_drum(double start_s, const Envelope &envelope, double from_hz, double to_hz,
                  double level_lin) {
        double phase = 0.0;
        add(start_s, envelope, 0.0, [&](double t) {
            phase += (to_hz + (from_hz - to_hz) * std::exp(-t / 0.03)) / rate_hz_;
            return level_lin * std::sin(2.0 * std::numbers::pi * phase);
        });
    }

    /// Noise of the same bandwidth at every rate: a fixed sequence at 16 kHz, interpolated.
    void add_noise(double start_s, const Envelope &envelope, double level_lin, double pan) {
        constexpr double kNoiseRate_hz = 16000.0;
        std::int64_t at = -1;
        double previous = 0.0;
        double next = 0.0;
        add(start_s, envelope, pan, [&](double t) {
            const double position = t * kNoiseRate_hz;
            for (; at < static_cast<std::int64_t>(position); ++at) {
                previous = next;
                next = random();
            }
            const double part = position - std::floor(position);
            return level_lin * (previous + (next - previous) * part);
        });
    }

    std::vector<std::vector<float>> take() { return std::move(channels_); }

  private:
    template <class Source>
    void add(double start_s, const Envelope &envelope, double pan, Source source) {
        const double angle = (pan + 1.0) * std::numbers::pi / 4.0;
        const double left = std::cos(angle);
        const double right = std::sin(angle);
        const auto count = static_cast<std::size_t>(envelope.seconds * rate_hz_);
        const double decay = std::exp(-1.0 / (envelope.decay_s * rate_hz_));
        double level = 1.0;
        auto at = static_cast<std::size_t>(std::llround(start_s * rate_hz_)) % frames_;
        for (std::size_t i = 0; i < count; ++i) {
            const double t = static_cast<double>(i) / rate_hz_;
            const double edge = std::clamp(
                std::min(t / envelope.attack_s, (envelope.seconds - t) / envelope.release_s), 0.0,
                1.0);
            const double value = level * edge * edge * (3.0 - 2.0 * edge) * source(t);
            channels_[0][at] += static_cast<float>(left * value);
            channels_[1][at] += static_cast<float>(right * value);
            level *= decay;
            at = at + 1 == frames_ ? 0 : at + 1;
        }
    }

    /// -1..1, the generator of Numerical Recipes.
    double random() {
        seed_ = seed_ * 1664525U + 1013904223U;
        return static_cast<double>(seed_) / 2147483648.0 - 1.0;
    }

    double rate_hz_;
    std::size_t frames_;
    std::vector<std::vector<float>> channels_;
    std::uint32_t seed_ = 9140;
};

using Chord = std::array<int, 4>;
constexpr std::array<Chord, 4> kChords{
    Chord{57, 60, 64, 67}, // A minor 7
    Chord{53, 57, 60, 64}, // F major 7
    Chord{48, 55, 60, 64}, // C
    Chord{55, 59, 62, 65}, // G 7
};

/// Soft chord of four notes, spread over the stereo field, each note twice and slightly apart.
void add_pad(Canvas &canvas, double start_s, double seconds, const Chord &chord, double level_lin) {
    const std::array harmonics{0.25 * level_lin, 0.1 * level_lin, 0.05 * level_lin,
                               0.02 * level_lin};
    for (std::size_t n = 0; n < chord.size(); ++n)
        for (const double side : {-1.0, 1.0}) {
            const double pan = side * (0.3 + 0.2 * static_cast<double>(n));
            canvas.add_tone(start_s, {seconds, 0.25, 0.4},
                            note_hz(chord[n]) * (1.0 + 0.0015 * side), harmonics, pan);
        }
}

void add_pluck(Canvas &canvas, double start_s, int note, double level_lin, double pan) {
    for (const int harmonic : {1, 2, 3, 5})
        canvas.add_tone(start_s, {0.8, 0.002, 0.2, 0.25 / harmonic}, note_hz(note) * harmonic,
                        std::array{level_lin / harmonic}, pan);
}

void add_bass(Canvas &canvas, double start_s, int note, double level_lin) {
    canvas.add_tone(start_s, {kBeat_s, 0.008, 0.08}, note_hz(note),
                    std::array{level_lin, 0.4 * level_lin}, 0.0);
}

void add_kick(Canvas &canvas, double start_s, double level_lin) {
    canvas.add_drum(start_s, {0.4, 0.001, 0.1, 0.12}, 160.0, 48.0, level_lin);
}

void add_snare(Canvas &canvas, double start_s, double level_lin) {
    canvas.add_noise(start_s, {0.3, 0.0005, 0.1, 0.06}, level_lin, 0.1);
    canvas.add_drum(start_s, {0.2, 0.001, 0.05, 0.05}, 260.0, 180.0, 0.7 * level_lin);
}

/// One syllable of a voice that hums vowels: harmonics weighted by two formants.
void add_syllable(Canvas &canvas, double start_s, double seconds, double pitch_hz,
                  double formant_1_hz, double formant_2_hz, double level_lin) {
    const auto resonance = [](double frequency_hz, double centre_hz, double width_hz) {
        const double distance = (frequency_hz - centre_hz) / width_hz;
        return 1.0 / (1.0 + distance * distance);
    };
    canvas.add_noise(start_s - 0.04, {0.06, 0.01, 0.03}, 0.15 * level_lin, 0.0); // consonant
    std::vector<double> levels_lin;
    for (int harmonic = 1; harmonic * pitch_hz < 3500.0; ++harmonic) {
        const double frequency_hz = harmonic * pitch_hz;
        levels_lin.push_back(level_lin *
                             (resonance(frequency_hz, formant_1_hz, 120.0) +
                              0.5 * resonance(frequency_hz, formant_2_hz, 180.0) + 0.02));
    }
    canvas.add_tone(start_s, {seconds, 0.03, 0.06}, pitch_hz, levels_lin, 0.0);
}

/// Everything at once, true peaks well over full scale.
void add_chorus(Canvas &canvas, double start_s, std::span<const Chord> chords, double level_lin) {
    for (std::size_t bar = 0; bar < chords.size(); ++bar) {
        const Chord &chord = chords[bar];
        const double at_s = start_s + static_cast<double>(bar) * kBar_s;
        add_pad(canvas, at_s, kBar_s + 0.3, chord, 0.9 * level_lin);
        for (int beat = 0; beat < 4; ++beat) {
            const double beat_s = at_s + beat * kBeat_s;
            add_kick(canvas, beat_s, 0.8 * level_lin);
            add_bass(canvas, beat_s, chord[0] - 12, 0.45 * level_lin);
            if (beat % 2 == 1)
                add_snare(canvas, beat_s, 0.8 * level_lin);
            for (int half = 0; half < 2; ++half)
                add_pluck(canvas, beat_s + half * kBeat_s / 2.0,
                          chord[static_cast<std::size_t>((beat + half) % 4)] + 24, 0.22 * level_lin,
                          half == 0 ? -0.5 : 0.5);
        }
    }
}

/// Pad and a few plucks, some 25 dB under the chorus.
void add_quiet(Canvas &canvas, double start_s, std::span<const Chord> chords, double level_lin) {
    for (std::size_t bar = 0; bar < chords.size(); ++bar) {
        const double at_s = start_s + static_cast<double>(bar) * kBar_s;
        add_pad(canvas, at_s, kBar_s + 0.3, chords[bar], level_lin);
        for (int beat = 0; beat < 4; ++beat)
            add_pluck(canvas, at_s + beat * kBeat_s,
                      chords[bar][static_cast<std::size_t>(beat)] + 12, 0.4 * level_lin,
                      beat % 2 == 0 ? -0.4 : 0.4);
    }
}

/// Phrases of syllables with pauses, their level as uneven as a speaker's.
void add_speech(Canvas &canvas, double start_s, double seconds, double level_lin) {
    constexpr std::array<std::array<double, 2>, 4> kVowels_hz{
        std::array{700.0, 1200.0}, // a
        std::array{400.0, 2000.0}, // e
        std::array{300.0, 2300.0}, // i
        std::array{450.0, 850.0},  // o
    };
    constexpr std::array kStress_db{0.0, -6.0, -3.0, -10.0, -1.0, -8.0, -2.0};
    constexpr double kSyllable_s = 0.2;
    constexpr std::size_t kPhrase = 7; ///< syllables, then a pause of two
    const auto slots = static_cast<std::size_t>(seconds / kSyllable_s);
    for (std::size_t i = 0; i < slots; ++i) {
        const std::size_t in_phrase = i % (kPhrase + 2);
        if (in_phrase >= kPhrase)
            continue;
        const auto &vowel = kVowels_hz[(i * 5 + i / 3) % kVowels_hz.size()];
        const double pitch_hz = 138.0 - 5.0 * static_cast<double>(in_phrase);
        add_syllable(canvas, start_s + static_cast<double>(i) * kSyllable_s, 0.17, pitch_hz,
                     vowel[0], vowel[1], level_lin * lin(kStress_db[in_phrase]));
    }
}

/// Hard hits far above the music around them.
void add_hits(Canvas &canvas, double start_s, int beats, double level_lin) {
    for (int beat = 0; beat < beats; ++beat) {
        const double at_s = start_s + beat * kBeat_s;
        add_kick(canvas, at_s, 0.5 * level_lin);
        add_snare(canvas, at_s, level_lin);
    }
}

} // namespace

std::vector<std::vector<float>> demo_programme(double sample_rate_hz) {
    Canvas canvas(sample_rate_hz);
    const std::span<const Chord> chords(kChords);
    add_quiet(canvas, 0.0, chords.first(1), lin(-20.0));
    add_chorus(canvas, 2.0, chords.last(3).first(2), lin(-2.0));
    add_quiet(canvas, 6.0, chords, lin(-28.0));
    add_speech(canvas, 14.0, 5.6, lin(-16.0));
    add_quiet(canvas, 20.0, chords.first(2), lin(-26.0));
    add_hits(canvas, 20.0, 4, lin(3.0));
    return canvas.take();
}

} // namespace headroom::app
