// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/player_client.hpp"

#include "jack_client/jack/client.hpp"
#include "jack_client/jack/port_names.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <jack/jack.h>
#include <mutex>
#include <thread>

namespace headroom::jack {
namespace {

/// How often the server is looked after: it may have gone, or be back.
constexpr std::chrono::milliseconds kCheckInterval{100};

} // namespace

struct PlayerClient::Impl {
    std::string client_name;
    std::string server_name;
    std::vector<std::vector<float>> audio;
    std::vector<jack_port_t *> ports;
    std::size_t position_frames = 0; ///< process thread

    std::mutex mutex;
    std::condition_variable changed;
    bool stopping = false;
    std::thread supervisor;

    std::unique_ptr<Client> client; ///< last, since its callbacks use the others

    Result<void> play();
    void connect_to_playback() const;
    void process(std::size_t frames) noexcept;
    void supervise();
};

void PlayerClient::Impl::process(std::size_t frames) noexcept {
    const std::size_t length = audio.front().size();
    std::size_t position = position_frames;
    for (std::size_t channel = 0; channel < ports.size(); ++channel) {
        auto *output = static_cast<float *>(
            jack_port_get_buffer(ports[channel], static_cast<jack_nframes_t>(frames)));
        position = position_frames;
        for (std::size_t done = 0; done < frames;) {
            const std::size_t count = std::min(frames - done, length - position);
            std::copy_n(audio[channel].begin() + static_cast<std::ptrdiff_t>(position), count,
                        output + done);
            done += count;
            position = (position + count) % length;
        }
    }
    position_frames = position;
}

Result<void> PlayerClient::Impl::play() {
    auto opened = Client::open(client_name, server_name);
    if (!opened)
        return tl::unexpected(opened.error());
    std::unique_ptr<Client> candidate = std::move(*opened);
    ports.clear();
    for (std::size_t channel = 1; channel <= audio.size(); ++channel) {
        ports.push_back(jack_port_register(candidate->get(),
                                           ("out_" + std::to_string(channel)).c_str(),
                                           JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0));
        if (!ports.back())
            return failure("the JACK server refused a port of '" + client_name + "'");
    }
    jack_set_process_callback(
        candidate->get(),
        [](jack_nframes_t frames, void *self) {
            static_cast<Impl *>(self)->process(frames);
            return 0;
        },
        this);
    if (jack_activate(candidate->get()) != 0)
        return failure("the JACK server did not activate the client '" + client_name + "'");
    client = std::move(candidate);
    connect_to_playback();
    return {};
}

/// As applications do, without caring whether the server lets them.
void PlayerClient::Impl::connect_to_playback() const {
    const auto playback = taken_names(jack_get_ports(
        client->get(), nullptr, JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput | JackPortIsPhysical));
    for (std::size_t i = 0; i < std::min(ports.size(), playback.size()); ++i)
        jack_connect(client->get(), jack_port_name(ports[i]), playback[i].c_str());
}

void PlayerClient::Impl::supervise() {
    std::unique_lock lock(mutex);
    while (!changed.wait_for(lock, kCheckInterval, [this] { return stopping; })) {
        if (client && client->server_lost())
            client.reset();
        else if (!client)
            static_cast<void>(play());
    }
}

PlayerClient::PlayerClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<PlayerClient>> PlayerClient::start(const std::string &client_name,
                                                          const std::string &server_name,
                                                          std::vector<std::vector<float>> audio) {
    if (audio.empty() || audio.front().empty() ||
        std::any_of(audio.begin(), audio.end(), [&](const std::vector<float> &channel) {
            return channel.size() != audio.front().size();
        }))
        return failure("there is nothing to play");
    auto impl = std::make_unique<Impl>();
    impl->client_name = client_name;
    impl->server_name = server_name;
    impl->audio = std::move(audio);
    if (auto playing = impl->play(); !playing)
        return tl::unexpected(playing.error());
    impl->supervisor = std::thread([state = impl.get()] { state->supervise(); });
    return std::unique_ptr<PlayerClient>(new PlayerClient(std::move(impl)));
}

PlayerClient::~PlayerClient() {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
    }
    impl_->changed.notify_all();
    impl_->supervisor.join();
}

} // namespace headroom::jack
