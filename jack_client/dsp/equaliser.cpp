// SPDX-License-Identifier: MPL-2.0
#include "jack_client/dsp/equaliser.hpp"

#include "jack_client/dsp/biquad.hpp"
#include "jack_client/dsp/matched_filters.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace headroom::dsp {

namespace {

/// Two channels, filtered by the same instructions.
using Pair = double __attribute__((vector_size(16)));

constexpr std::size_t kPeriod = kGridFrames;
constexpr double kJourney_s = 0.020;
constexpr std::size_t kSections = 14; ///< two for the low cut and for each band

/// Butterworth's poles of second and of fourth order.
constexpr double kButterworth_q = 0.70710678118654752;
constexpr double kGentleHalf_q = 0.54119610014619698;
constexpr double kResonantHalf_q = 1.3065629648763766;

/// Whether a filter of gain 1 at DC does less than 0.001 dB.
bool is_neutral(const SvfCoefficients &c) noexcept {
    constexpr double kNothing = 1e-4;
    return std::fabs(c.high - 1.0) < kNothing && std::fabs(c.band - c.k) < kNothing * c.k;
}

/// One frame of the filter as a matrix: new state and output from state and input.
struct Update {
    explicit Update(const SvfCoefficients &c) noexcept {
        const double d = 1.0 / (1.0 + c.g * (c.g + c.k));
        const double gd = c.g * d;
        const double ggd = c.g * gd;
        const double band = c.band - c.k * c.high;
        const double low = c.low - c.high;
        first_first = 2.0 * d - 1.0;
        cross = 2.0 * gd;
        second_second = 1.0 - 2.0 * ggd;
        second_in = 2.0 * ggd;
        out_first = band * d + low * gd;
        out_second = low * (1.0 - ggd) - band * gd;
        out_in = c.high + band * gd + low * ggd;
    }
    double first_first, cross, second_second, second_in;
    double out_first, out_second, out_in;
};

/// Charge of the two integrators.
struct Memory {
    Pair first{};
    Pair second{};

    bool is_at_rest() const noexcept { return is_spent(first) && is_spent(second); }

    Pair process(const Update &u, Pair in) noexcept {
        const Pair out = u.out_in * in + u.out_first * first + u.out_second * second;
        const Pair in_first = u.cross * in;
        const Pair in_second = u.second_in * in;
        const Pair next = (u.first_first * first - u.cross * second) + in_first;
        second = (u.cross * first + u.second_second * second) + in_second;
        first = next;
        return out;
    }
};

/// A filter of the series that is on its way, has arrived, or rests.
class Section {
  public:
    explicit Section(std::size_t pairs) : memories_(pairs) {}

    bool is_resting() const noexcept { return rests_; }

    bool has_faded() const noexcept {
        return frame_ >= frames_ && std::all_of(memories_.begin(), memories_.end(),
                                                [](const Memory &m) { return m.is_at_rest(); });
    }

    /// wanted: nullptr for no filter. frames: length of the journey, whole grid periods; 0 jumps.
    void head_for(const SvfCoefficients *wanted, int frames) noexcept {
        if (wanted == nullptr && leaves_ && frames > 0)
            return;
        leaves_ = wanted == nullptr;
        goal_ = wanted != nullptr ? *wanted : neutral(now_);
        if (std::exchange(rests_, false))
            now_ = neutral(goal_);
        start_ = now_;
        frame_ = 0;
        frames_ = frames;
        arrive_if_there();
    }

    /// At the end of a grid period.
    void arrive_if_there() noexcept {
        if (frame_ < frames_)
            return;
        now_ = goal_;
        rests_ = leaves_;
        if (rests_)
            forget();
    }

    /// audio: for each pair of channels one row of kPeriod frames.
    void process(Pair *audio, std::size_t frames) noexcept {
        if (frame_ < frames_)
            process_on_the_way(audio, frames);
        else
            process_settled(audio, frames);
    }

    void forget() noexcept { std::fill(memories_.begin(), memories_.end(), Memory{}); }

  private:
    /// The same poles without effect on the signal.
    static SvfCoefficients neutral(const SvfCoefficients &c) noexcept {
        return {.g = c.g, .k = c.k, .high = 1.0, .band = c.k, .low = 1.0};
    }

    static SvfCoefficients between(const SvfCoefficients &a, const SvfCoefficients &b,
                                   double share) noexcept {
        return {.g = a.g + share * (b.g - a.g),
                .k = a.k + share * (b.k - a.k),
                .high = a.high + share * (b.high - a.high),
                .band = a.band + share * (b.band - a.band),
                .low = a.low + share * (b.low - a.low)};
    }

    void process_settled(Pair *audio, std::size_t frames) noexcept {
        const Update update(now_);
        for (std::size_t p = 0; p < memories_.size(); ++p) {
            Memory memory = memories_[p];
            Pair *row = audio + p * kPeriod;
            for (std::size_t i = 0; i < frames; ++i)
                row[i] = memory.process(update, row[i]);
            memories_[p] = memory;
        }
    }

    void process_on_the_way(Pair *audio, std::size_t frames) noexcept {
        for (std::size_t i = 0; i < frames; ++i) {
            const double t = static_cast<double>(++frame_) / frames_;
            now_ = between(start_, goal_, t * t * (3.0 - 2.0 * t));
            const Update update(now_);
            for (std::size_t p = 0; p < memories_.size(); ++p)
                audio[p * kPeriod + i] = memories_[p].process(update, audio[p * kPeriod + i]);
        }
    }

    bool rests_ = true;
    bool leaves_ = true; ///< rests after the journey
    SvfCoefficients now_;
    SvfCoefficients goal_;
    SvfCoefficients start_; ///< of the journey
    int frame_ = 0;         ///< of the journey
    int frames_ = 0;        ///< length of the journey
    std::vector<Memory> memories_;
};

} // namespace

/// Everything that changes while the equaliser runs: the sections, each with its filter and memory.
struct Equaliser::State {
    State(double rate_hz, int channel_count)
        : designs(rate_hz),
          journey_frames(kGridFrames *
                         static_cast<int>(std::ceil(kJourney_s * rate_hz / kGridFrames))),
          channels(static_cast<std::size_t>(channel_count)),
          sections(kSections, Section((channels + 1) / 2)),
          audio((channels + 1) / 2 * kPeriod) {}

    void start_period() noexcept;
    void head_for_settings(bool at_once) noexcept;
    void process(AudioBlock block) noexcept;

    MatchedFilters designs;
    int journey_frames;
    std::size_t channels;
    Settings settings;
    Settings applied;
    bool started = false; ///< before that, settings hold at once
    bool changed = false; ///< settings are others than those applied
    std::vector<Section> sections;
    bool all_rest = true;
    std::vector<Pair> audio; ///< one row of kPeriod frames for each pair of channels
    int grid_position = 0;
};

void Equaliser::State::start_period() noexcept {
    if (started && all_rest && !changed)
        return;
    for (Section &section : sections)
        section.arrive_if_there();
    if (!started || changed)
        head_for_settings(!started);
    started = true;
    changed = false;
    all_rest = std::all_of(sections.begin(), sections.end(),
                           [](const Section &section) { return section.is_resting(); });
}

void Equaliser::State::head_for_settings(bool at_once) noexcept {
    const int frames = at_once ? 0 : journey_frames;
    Section *section = sections.data();
    const auto cut = [&](bool on, double q) {
        const SvfCoefficients filter =
            designs.high_pass(static_cast<double>(settings.low_cut.frequency_hz), q);
        (section++)->head_for(on ? &filter : nullptr, frames);
    };
    const auto band = [&](const Band &wanted, const Band &had, auto design) {
        Section *own = section;
        section += 2;
        if (!at_once && wanted == had)
            return;
        const BandFilters filters =
            design(static_cast<double>(wanted.frequency_hz), static_cast<double>(wanted.gain_db),
                   static_cast<double>(wanted.q));
        const bool on = wanted.on && wanted.gain_db != 0.0f;
        own[0].head_for(on ? &filters[0] : nullptr, frames);
        own[1].head_for(on && !is_neutral(filters[1]) ? &filters[1] : nullptr, frames);
    };
    if (at_once || !(settings.low_cut == applied.low_cut)) {
        const bool steep = settings.low_cut.slope == Slope::db_24;
        cut(settings.low_cut.on, steep ? kGentleHalf_q : kButterworth_q);
        cut(settings.low_cut.on && steep, kResonantHalf_q);
    } else {
        section += 2;
    }
    // Lambdas, not pointers: each call can be followed to its end.
    band(settings.low_shelf, applied.low_shelf,
         [this](auto... values) { return designs.low_shelf(values...); });
    for (std::size_t i = 0; i < settings.bells.size(); ++i)
        band(settings.bells[i], applied.bells[i],
             [this](auto... values) { return designs.bell(values...); });
    band(settings.high_shelf, applied.high_shelf,
         [this](auto... values) { return designs.high_shelf(values...); });
    applied = settings;
}

void Equaliser::State::process(AudioBlock block) noexcept {
    if (grid_position == 0)
        start_period();
    grid_position = (grid_position + block.frames) % kGridFrames;
    if (all_rest)
        return;
    const auto frames = static_cast<std::size_t>(block.frames);
    for (std::size_t c = 0; c < channels; c += 2) {
        const float *left = block.channels[c];
        const float *right = block.channels[std::min(c + 1, channels - 1)];
        for (std::size_t i = 0; i < frames; ++i)
            audio[c / 2 * kPeriod + i] =
                Pair{static_cast<double>(left[i]), static_cast<double>(right[i])};
    }
    for (Section &section : sections)
        if (!section.is_resting())
            section.process(audio.data(), frames);
    for (std::size_t c = 0; c < channels; ++c)
        for (std::size_t i = 0; i < frames; ++i)
            // A sum, because what fades away is a zero of either sign.
            block.channels[c][i] = static_cast<float>(audio[c / 2 * kPeriod + i][c % 2]) + 0.0f;
}

Equaliser::Equaliser(double sample_rate_hz, int channels)
    : state_(std::make_unique<State>(sample_rate_hz, channels)) {}
Equaliser::~Equaliser() = default;
Equaliser::Equaliser(Equaliser &&) noexcept = default;
Equaliser &Equaliser::operator=(Equaliser &&) noexcept = default;

void Equaliser::set(const Settings &settings) noexcept {
    state_->settings = settings;
    state_->changed = !(settings == state_->applied);
}

void Equaliser::process(AudioBlock block) noexcept {
    state_->process(block);
}

bool Equaliser::is_working() const noexcept {
    return !state_->started || state_->changed || !state_->all_rest;
}

bool Equaliser::is_at_rest() const noexcept {
    return std::all_of(state_->sections.begin(), state_->sections.end(),
                       [](const Section &s) { return s.is_resting() || s.has_faded(); });
}

void Equaliser::reset() noexcept {
    for (Section &section : state_->sections)
        section.forget();
    state_->started = false;
    state_->grid_position = 0;
}

} // namespace headroom::dsp
