// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/signal_clients.hpp"

#include "tests/support/wait.hpp"

#include <algorithm>
#include <jack/jack.h>
#include <random>
#include <stdexcept>

namespace headroom::test {
namespace {

std::unique_ptr<jack::Client> open_client(const char *name, const std::string &server_name) {
    auto client = jack::Client::open(name, server_name);
    if (!client)
        throw std::runtime_error(client.error().text());
    return std::move(*client);
}

std::vector<jack_port_t *> register_ports(jack_client_t *client, std::size_t count,
                                          const std::string &prefix, unsigned long flags) {
    std::vector<jack_port_t *> ports;
    ports.reserve(count);
    for (std::size_t channel = 1; channel <= count; ++channel)
        ports.push_back(jack_port_register(client, (prefix + std::to_string(channel)).c_str(),
                                           JACK_DEFAULT_AUDIO_TYPE, flags, 0));
    return ports;
}

} // namespace

SignalSource::SignalSource(const std::string &server_name, const engine::Engine &clock,
                           Audio signal)
    : clock_(clock),
      signal_(std::move(signal)),
      client_(open_client("source", server_name)),
      ports_(register_ports(handle(), signal_.size(), "out_", JackPortIsOutput)) {
    jack_set_process_callback(
        handle(),
        [](jack_nframes_t frames, void *self) {
            static_cast<SignalSource *>(self)->process(frames);
            return 0;
        },
        this);
    jack_activate(handle());
}

SignalSource::~SignalSource() {
    client_.reset();
}

std::string SignalSource::port(std::size_t channel) const {
    return jack_port_name(ports_[channel]);
}

void SignalSource::process(jack_nframes_t frames) noexcept {
    const std::uint64_t now = clock_.frames_processed();
    if (playing_ && !started_) {
        started_ = true;
        start_frame_ = now;
    }
    const std::uint64_t length = signal_.front().size();
    const std::uint64_t offset = started_ ? now - start_frame_ : length;
    const auto count = static_cast<std::ptrdiff_t>(
        std::min<std::uint64_t>(frames, length - std::min(offset, length)));
    for (std::size_t channel = 0; channel < ports_.size(); ++channel) {
        auto *output = static_cast<float *>(jack_port_get_buffer(ports_[channel], frames));
        std::fill_n(output, frames, 0.0f);
        if (count > 0)
            std::copy_n(signal_[channel].begin() + static_cast<std::ptrdiff_t>(offset), count,
                        output);
    }
    if (started_ && offset >= length)
        finished_ = true;
}

SignalRecorder::SignalRecorder(const std::string &server_name, const engine::Engine &clock,
                               std::size_t channels, std::size_t capacity_frames)
    : clock_(clock),
      client_(open_client("recorder", server_name)),
      ports_(register_ports(handle(), channels, "in_", JackPortIsInput)),
      recorded_(channels, std::vector<float>(capacity_frames)) {
    jack_set_process_callback(
        handle(),
        [](jack_nframes_t frames, void *self) {
            static_cast<SignalRecorder *>(self)->process(frames);
            return 0;
        },
        this);
    jack_activate(handle());
}

SignalRecorder::~SignalRecorder() {
    client_.reset();
}

std::string SignalRecorder::port(std::size_t channel) const {
    return jack_port_name(ports_[channel]);
}

void SignalRecorder::process(jack_nframes_t frames) noexcept {
    if (!recording_ || full_)
        return;
    const std::uint64_t end = clock_.frames_processed();
    if (count_ == 0)
        first_frame_ = end - frames;
    broken_ = broken_ || end != first_frame_ + count_ + frames;
    if (count_ + frames > recorded_.front().size()) {
        full_ = true;
        return;
    }
    for (std::size_t channel = 0; channel < ports_.size(); ++channel)
        std::copy_n(static_cast<const float *>(jack_port_get_buffer(ports_[channel], frames)),
                    frames, recorded_[channel].begin() + static_cast<std::ptrdiff_t>(count_));
    count_ += frames;
    end_frame_ = end;
}

void SignalRecorder::stop() {
    jack_deactivate(handle());
}

Audio SignalRecorder::take(std::uint64_t first, std::size_t count) {
    stop();
    if (broken_)
        throw RecordingHasGaps();
    if (first < first_frame_ || first + count > first_frame_ + count_)
        throw std::runtime_error("the recording does not reach as far");
    Audio taken;
    for (const std::vector<float> &channel : recorded_) {
        const auto begin = channel.begin() + static_cast<std::ptrdiff_t>(first - first_frame_);
        taken.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(count));
    }
    return taken;
}

Audio SignalRecorder::take_all() {
    stop();
    for (std::vector<float> &channel : recorded_)
        channel.resize(count_);
    return recorded_;
}

void link_ports(jack_client_t *client, const std::string &from, const std::string &to) {
    jack_connect(client, from.c_str(), to.c_str());
    const jack_port_t *port = jack_port_by_name(client, from.c_str());
    if (!port || !eventually([&] { return jack_port_connected_to(port, to.c_str()) != 0; },
                             std::chrono::milliseconds(2000)))
        throw std::runtime_error("cannot link " + from + " to " + to);
}

Audio noise(std::size_t channels, std::size_t frames, float peak) {
    std::minstd_rand random(1);
    Audio audio(channels, std::vector<float>(frames));
    for (std::size_t frame = 0; frame < frames; ++frame) {
        const float level = frame / 4096 % 2 == 0 ? peak : 0.1f * peak;
        for (std::vector<float> &channel : audio)
            channel[frame] = level * (static_cast<float>(random() >> 8) / 4194304.0f - 1.0f);
    }
    return audio;
}

} // namespace headroom::test
