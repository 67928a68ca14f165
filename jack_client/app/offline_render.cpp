// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/offline_render.hpp"

#include <algorithm>

namespace headroom::app {

namespace {

constexpr std::size_t kChunkFrames = 16384;

/// Planar sound for the engine and interleaved sound for files, of the same frames.
struct Chunk {
    Chunk(std::size_t channel_count, std::size_t frames)
        : interleaved(channel_count * frames), channels(channel_count, std::vector<float>(frames)) {
        for (auto &channel : channels)
            pointers.push_back(channel.data());
    }

    void separate(std::size_t frames) {
        for (std::size_t c = 0; c < channels.size(); ++c)
            for (std::size_t i = 0; i < frames; ++i)
                channels[c][i] = interleaved[i * channels.size() + c];
    }
    void join(std::size_t frames) {
        for (std::size_t c = 0; c < channels.size(); ++c)
            for (std::size_t i = 0; i < frames; ++i)
                interleaved[i * channels.size() + c] = channels[c][i];
    }
    void silence() {
        for (auto &channel : channels)
            std::fill(channel.begin(), channel.end(), 0.0f);
    }
    /// The channels from a frame on.
    std::vector<float *> from(std::size_t frame) const {
        std::vector<float *> out = pointers;
        for (float *&pointer : out)
            pointer += frame;
        return out;
    }

    std::vector<float> interleaved;
    std::vector<std::vector<float>> channels;
    std::vector<float *> pointers;
};

engine::ParameterChange to_change(const AutomationChange &change) {
    return {.bus =
                change.scope == Scope::global ? engine::ParameterChange::kGlobal : std::int16_t{0},
            .parameter = change.parameter,
            .value = change.value};
}

class Rendering {
  public:
    Rendering(AudioReader &input, AudioWriter &output, const RenderSettings &settings,
              const RenderObserver &observer)
        : input_(input),
          output_(output),
          block_frames_(settings.block_frames),
          changes_(settings.changes),
          observer_(observer),
          engine_({{settings.bus, input.channels(), settings.values, settings.order,
                    settings.has_sidechain ? engine::kOwnPorts : engine::kOwnInput}},
                  settings.globals, input.sample_rate_hz()),
          before_(input.sample_rate_hz(), input.channels()),
          after_(input.sample_rate_hz(), input.channels()),
          chunk_frames_((kChunkFrames + block_frames_ - 1) / block_frames_ * block_frames_),
          chunk_(input.channels().size(), chunk_frames_),
          to_drop_(static_cast<std::size_t>(engine_.latency_frames(0))) {}

    Result<RenderFigures> run() {
        RenderFigures figures{.latency_frames = engine_.latency_frames(0)};
        for (std::size_t count = chunk_frames_; count == chunk_frames_;) {
            const auto got = input_.read(chunk_.interleaved);
            if (!got)
                return tl::unexpected(got.error());
            count = *got;
            figures.frames += count;
            chunk_.separate(count);
            before_.process(chunk_.pointers.data(), count);
            if (auto done = process(count); !done)
                return tl::unexpected(done.error());
        }
        // Silence pushes out what the latency still holds back.
        for (auto rest = static_cast<std::size_t>(figures.latency_frames); rest > 0;) {
            const std::size_t count = std::min(rest, chunk_frames_);
            chunk_.silence();
            if (auto done = process(count); !done)
                return tl::unexpected(done.error());
            rest -= count;
        }
        figures.input = before_.finish();
        figures.output = after_.finish();
        return figures;
    }

  private:
    /// The chunk through the engine and, without the latency, into the file.
    Result<void> process(std::size_t frames) {
        for (std::size_t done = 0; done < frames;) {
            const std::size_t count = std::min<std::size_t>(block_frames_, frames - done);
            hand_over_changes(count);
            const std::vector<float *> block = chunk_.from(done);
            engine_.process(block.data(), block.data(), static_cast<std::uint32_t>(count));
            done += count;
            for (engine::MeterFrame meters; engine_.next_meters(meters);)
                if (observer_)
                    observer_(meters);
        }
        const std::size_t dropped = std::min(to_drop_, frames);
        to_drop_ -= dropped;
        after_.process(chunk_.from(dropped).data(), frames - dropped);
        chunk_.join(frames);
        return output_.write(std::span<const float>(chunk_.interleaved)
                                 .subspan(dropped * chunk_.channels.size(),
                                          (frames - dropped) * chunk_.channels.size()));
    }

    /// Hands over what changes within the next frames.
    void hand_over_changes(std::size_t frames) {
        const std::uint64_t now = engine_.frames_processed();
        while (next_change_ < changes_.size() && changes_[next_change_].frame < now + frames) {
            const std::uint64_t frame = changes_[next_change_].frame;
            std::vector<engine::ParameterChange> together;
            std::size_t end = next_change_;
            for (; end < changes_.size() && changes_[end].frame == frame; ++end)
                together.push_back(to_change(changes_[end]));
            engine_.apply(together, frame);
            next_change_ = end;
        }
    }

    AudioReader &input_;
    AudioWriter &output_;
    std::size_t block_frames_;
    const std::vector<AutomationChange> &changes_;
    std::size_t next_change_ = 0;
    const RenderObserver &observer_;
    engine::Engine engine_;
    ProgrammeMeter before_;
    ProgrammeMeter after_;
    std::size_t chunk_frames_; ///< a whole number of blocks
    Chunk chunk_;
    std::size_t to_drop_; ///< frames of latency still to come
};

} // namespace

Result<RenderFigures> render(AudioReader &input, AudioWriter &output,
                             const RenderSettings &settings, const RenderObserver &observer) {
    return Rendering(input, output, settings, observer).run();
}

} // namespace headroom::app
