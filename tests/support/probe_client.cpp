// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/probe_client.hpp"

#include "tests/support/wait.hpp"

#include <algorithm>
#include <atomic>
#include <jack/jack.h>
#include <stdexcept>

namespace headroom::test {

struct ProbeClient::Impl {
    jack_client_t *client = nullptr;
    std::string name;
    std::vector<jack_port_t *> outputs;
    std::vector<jack_port_t *> inputs;
    Channels audio; ///< written before `playing` is set, read-only afterwards
    std::uint32_t start_frame = 0;
    std::atomic<bool> playing{false};
    Channels recording;
    std::uint32_t first_frame = 0;
    std::atomic<std::size_t> recorded{0};
    std::atomic<int> xruns{0};

    static int process(jack_nframes_t frames, void *self) {
        static_cast<Impl *>(self)->cycle(frames);
        return 0;
    }

    void cycle(jack_nframes_t frames) {
        const std::uint32_t now = jack_last_frame_time(client);
        const bool play = playing.load(std::memory_order_acquire);
        for (std::size_t c = 0; c < outputs.size(); ++c) {
            auto *out = static_cast<float *>(jack_port_get_buffer(outputs[c], frames));
            for (jack_nframes_t i = 0; i < frames; ++i) {
                const std::int32_t at = static_cast<std::int32_t>(now + i - start_frame);
                const bool inside =
                    play && at >= 0 && static_cast<std::size_t>(at) < audio[c].size();
                out[i] = inside ? audio[c][static_cast<std::size_t>(at)] : 0.0f;
            }
        }
        // By frame number: a cycle that the server left out stays silent and moves nothing.
        if (recorded.load(std::memory_order_relaxed) == 0)
            first_frame = now;
        const std::size_t at = now - first_frame;
        if (recording.empty() || at + frames > recording[0].size())
            return;
        for (std::size_t c = 0; c < inputs.size(); ++c) {
            const auto *in = static_cast<const float *>(jack_port_get_buffer(inputs[c], frames));
            std::copy_n(in, frames, recording[c].begin() + static_cast<std::ptrdiff_t>(at));
        }
        recorded.store(at + frames, std::memory_order_release);
    }
};

ProbeClient::ProbeClient(const std::string &server_name, const std::string &client_name,
                         int outputs, int inputs, std::size_t max_frames)
    : impl_(std::make_unique<Impl>()) {
    jack_status_t status{};
    impl_->client = jack_client_open(
        client_name.c_str(), static_cast<jack_options_t>(JackNoStartServer | JackServerName),
        &status, server_name.c_str());
    if (impl_->client == nullptr)
        throw std::runtime_error("cannot open the probe client");
    impl_->name = jack_get_client_name(impl_->client);
    const auto add = [&](const char *prefix, int index, unsigned long flags) {
        return jack_port_register(impl_->client, (prefix + std::to_string(index + 1)).c_str(),
                                  JACK_DEFAULT_AUDIO_TYPE, flags, 0);
    };
    for (int i = 0; i < outputs; ++i)
        impl_->outputs.push_back(add("play_", i, JackPortIsOutput));
    for (int i = 0; i < inputs; ++i)
        impl_->inputs.push_back(add("record_", i, JackPortIsInput));
    impl_->recording.assign(static_cast<std::size_t>(inputs), std::vector<float>(max_frames));
    jack_set_process_callback(impl_->client, &Impl::process, impl_.get());
    jack_set_xrun_callback(
        impl_->client,
        [](void *self) {
            ++static_cast<Impl *>(self)->xruns;
            return 0;
        },
        impl_.get());
    if (jack_activate(impl_->client) != 0)
        throw std::runtime_error("cannot activate the probe client");
}

ProbeClient::~ProbeClient() {
    jack_client_close(impl_->client);
}

const std::string &ProbeClient::name() const {
    return impl_->name;
}

std::uint32_t ProbeClient::frame_now() const {
    return jack_frame_time(impl_->client);
}

std::uint32_t ProbeClient::frame_ahead() const {
    return jack_frame_time(impl_->client) + 8 * jack_get_buffer_size(impl_->client);
}

void ProbeClient::play(Channels audio, std::uint32_t start_frame) {
    impl_->audio = std::move(audio);
    impl_->audio.resize(impl_->outputs.size());
    impl_->start_frame = start_frame;
    impl_->playing.store(true, std::memory_order_release);
}

void ProbeClient::ask_to_connect(const std::string &from, const std::string &to) {
    jack_connect(impl_->client, from.c_str(), to.c_str());
}

bool ProbeClient::connect(const std::string &from, const std::string &to) {
    ask_to_connect(from, to);
    return eventually([&] {
        const auto links = connections(from);
        return std::find(links.begin(), links.end(), to) != links.end();
    });
}

bool ProbeClient::disconnect(const std::string &from, const std::string &to) {
    jack_disconnect(impl_->client, from.c_str(), to.c_str());
    return eventually([&] {
        const auto links = connections(from);
        return std::find(links.begin(), links.end(), to) == links.end();
    });
}

std::vector<std::string> ProbeClient::connections(const std::string &port) const {
    std::vector<std::string> out;
    jack_port_t *known = jack_port_by_name(impl_->client, port.c_str());
    const char **links = known ? jack_port_get_all_connections(impl_->client, known) : nullptr;
    for (std::size_t i = 0; links != nullptr && links[i] != nullptr; ++i)
        out.emplace_back(links[i]);
    if (links != nullptr)
        jack_free(links);
    return out;
}

void ProbeClient::set_freewheel(bool on) {
    jack_set_freewheel(impl_->client, on ? 1 : 0);
}

std::size_t ProbeClient::frames_recorded() const {
    return impl_->recorded.load(std::memory_order_acquire);
}

int ProbeClient::xruns() const {
    return impl_->xruns.load();
}

Channels ProbeClient::recorded(std::uint32_t from, std::size_t frames) const {
    eventually([&] {
        return frames_recorded() > 0 && frames_recorded() >= from - impl_->first_frame + frames;
    });
    const std::size_t start = from - impl_->first_frame;
    if (frames_recorded() < start + frames)
        throw std::runtime_error("the probe has not recorded that far");
    Channels out;
    for (const auto &channel : impl_->recording)
        out.emplace_back(channel.begin() + static_cast<std::ptrdiff_t>(start),
                         channel.begin() + static_cast<std::ptrdiff_t>(start + frames));
    return out;
}

std::uint32_t ProbeClient::reported_latency_frames(int input) const {
    jack_latency_range_t range{};
    jack_port_get_latency_range(impl_->inputs[static_cast<std::size_t>(input)], JackCaptureLatency,
                                &range);
    return range.max;
}

} // namespace headroom::test
