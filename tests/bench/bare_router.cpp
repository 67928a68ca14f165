// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/bare_router.hpp"

#include "tests/support/signal_clients.hpp"

#include <algorithm>
#include <jack/jack.h>
#include <stdexcept>

namespace headroom::bench {
namespace {

constexpr float kGain = 0.25f;

std::unique_ptr<jack::Client> open(const std::string &name, const std::string &server_name) {
    auto client = jack::Client::open(name, server_name);
    if (!client)
        throw std::runtime_error(client.error().text());
    return std::move(*client);
}

void activate(const jack::Client &client) {
    if (jack_activate(client.get()) != 0)
        throw std::runtime_error("the server does not activate " + client.name());
}

std::string playback(const std::string &sink, std::size_t channel) {
    return sink + ":playback_" + std::to_string(channel + 1);
}

} // namespace

BareRouter::BareRouter(const std::string &server_name, const std::string &sink, Acts acts)
    : sink_(sink), bus_(open("bare", server_name)), graph_(open("bare-graph", server_name)) {
    for (std::size_t channel = 0; channel < kChannels; ++channel) {
        const std::string number = std::to_string(channel + 1);
        inputs_[channel] = jack_port_register(bus_->get(), ("in_" + number).c_str(),
                                              JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
        outputs_[channel] = jack_port_register(bus_->get(), ("out_" + number).c_str(),
                                               JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
    }
    jack_set_process_callback(
        bus_->get(),
        [](jack_nframes_t frames, void *self) {
            static_cast<BareRouter *>(self)->process(frames);
            return 0;
        },
        this);
    activate(*bus_);
    for (std::size_t channel = 0; channel < kChannels; ++channel)
        test::link_ports(graph_->get(), jack_port_name(outputs_[channel]), playback(sink, channel));
    if (acts == Acts::on_links)
        jack_set_port_connect_callback(
            graph_->get(),
            [](jack_port_id_t from, jack_port_id_t to, int linked, void *self) {
                if (linked)
                    static_cast<BareRouter *>(self)->tell({from, to});
            },
            this);
    else
        jack_set_port_registration_callback(
            graph_->get(),
            [](jack_port_id_t port, int added, void *self) {
                if (added)
                    static_cast<BareRouter *>(self)->tell({port, port});
            },
            this);
    activate(*graph_);
    worker_ = std::thread([this] { work(); });
}

BareRouter::~BareRouter() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
    }
    changed_.notify_one();
    worker_.join();
}

void BareRouter::process(jack_nframes_t frames) noexcept {
    for (std::size_t channel = 0; channel < kChannels; ++channel) {
        const auto *in = static_cast<const float *>(jack_port_get_buffer(inputs_[channel], frames));
        auto *out = static_cast<float *>(jack_port_get_buffer(outputs_[channel], frames));
        std::transform(in, in + frames, out, [](float sample) { return kGain * sample; });
    }
}

void BareRouter::tell(Told told) {
    {
        const std::lock_guard lock(mutex_);
        told_.push(told);
    }
    changed_.notify_one();
}

void BareRouter::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return ended_ || !told_.empty(); });
        if (ended_)
            return;
        const Told told = told_.front();
        told_.pop();
        lock.unlock();
        act(told);
        lock.lock();
    }
}

void BareRouter::act(Told told) {
    jack_client_t *graph = graph_->get();
    const jack_port_t *source = jack_port_by_id(graph, told.from);
    if (!source || !(jack_port_flags(source) & JackPortIsOutput) ||
        jack_port_is_mine(bus_->get(), source))
        return;
    const std::string from = jack_port_name(source);
    for (std::size_t channel = 0; channel < kChannels; ++channel) {
        const char *input = jack_port_name(inputs_[channel]);
        if (told.from == told.to) {
            if (from.ends_with("_" + std::to_string(channel + 1)))
                jack_connect(graph, from.c_str(), input);
        } else if (const jack_port_t *sink = jack_port_by_id(graph, told.to);
                   sink && jack_port_name(sink) == playback(sink_, channel)) {
            jack_disconnect(graph, from.c_str(), jack_port_name(sink));
            jack_connect(graph, from.c_str(), input);
        }
    }
}

} // namespace headroom::bench
