// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/port_table.hpp"

#include "jack_client/jack/metadata.hpp"
#include "jack_client/jack/server.hpp"

#include <algorithm>
#include <iterator>
#include <jack/jack.h>
#include <utility>

namespace headroom::jack {

namespace {

template <class T>
void fill(std::vector<T *> &buffers, const std::vector<jack_port_t *> &ports,
          jack_nframes_t frames) noexcept {
    for (std::size_t i = 0; i < ports.size(); ++i)
        buffers[i] = static_cast<float *>(jack_port_get_buffer(ports[i], frames));
}

jack_latency_range_t latency(jack_port_t *port, jack_latency_callback_mode_t mode) {
    jack_latency_range_t range{};
    jack_port_get_latency_range(port, mode, &range);
    return range;
}

} // namespace

Result<std::unique_ptr<PortTable>> PortTable::open(jack_client_t *client,
                                                   const engine::Engine &engine) {
    std::unique_ptr<PortTable> table(new PortTable(client, engine));
    // PipeWire's libjack would take a lock.
    table->asks_server_ = !libjack_is_pipewire();
    for (std::size_t i = 0; i < table->buses_.size(); ++i) {
        const auto index = static_cast<int>(i);
        auto inputs = table->add(index, "in", JackPortIsInput, 0);
        if (!inputs)
            return tl::unexpected(inputs.error());
        auto outputs = table->add(index, "out", JackPortIsOutput, 1);
        if (!outputs)
            return tl::unexpected(outputs.error());
        table->buses_[i].inputs = std::move(*inputs);
        table->buses_[i].outputs = std::move(*outputs);
    }
    set_client_icon(client, "multimedia-volume-control");
    table->publish();
    return table;
}

PortTable::~PortTable() = default;

/// nullptr where the server refuses it.
jack_port_t *PortTable::add_port(const std::string &name, unsigned long flags) {
    return jack_port_register(client_, name.c_str(), JACK_DEFAULT_AUDIO_TYPE, flags, 0);
}

/// For patchbays, one port for each channel; order is the place of their group among all.
void PortTable::describe(const Ports &ports, const std::string &group,
                         const ChannelLayout &channels, int order) const {
    for (std::size_t channel = 0; channel < ports.size(); ++channel)
        describe_port(client_, ports[channel],
                      {.pretty_name = group + " " + std::string(symbol(channels[channel])),
                       .group = group,
                       .order = order * dsp::kMaxChannels + static_cast<int>(channel)});
}

void PortTable::unregister(const Ports &ports) {
    for (jack_port_t *port : ports)
        jack_port_unregister(client_, port);
}

/// One port for each channel of the bus.
Result<PortTable::Ports> PortTable::add(int bus, const std::string &kind, unsigned long flags,
                                        int order) {
    const engine::BusSetup &setup = engine_.bus(bus);
    Ports ports;
    for (std::size_t channel = 0; channel < setup.channels.size(); ++channel) {
        const std::string name = setup.name + "_" + kind + "_" + std::to_string(channel + 1);
        jack_port_t *port = add_port(name, flags);
        if (!port) {
            unregister(ports);
            return failure("the JACK server refused a port of the bus '" + setup.name + "'",
                           "give the server more ports (jackd -p)");
        }
        ports.push_back(port);
    }
    describe(ports, setup.name + " " + kind, setup.channels, order * engine_.bus_count() + bus);
    return ports;
}

Result<void> PortTable::set_side_ports(const std::vector<SidePorts> &wanted) {
    if (wanted == side_ports_)
        return {};
    const auto want = [&](int bus, bool should, Ports &ports, const char *kind, unsigned long flags,
                          int order) -> Result<void> {
        if (!should) {
            retire(ports);
        } else if (ports.empty()) {
            auto added = add(bus, kind, flags, order);
            if (!added)
                return tl::unexpected(added.error());
            ports = std::move(*added);
        }
        return {};
    };
    Result<void> result;
    for (std::size_t i = 0; i < std::min(wanted.size(), buses_.size()) && result; ++i) {
        const auto index = static_cast<int>(i);
        Bus &bus = buses_[i];
        result = want(index, wanted[i].sidechain, bus.sidechain, "sidechain", JackPortIsInput, 2);
        if (result)
            result = want(index, wanted[i].insert, bus.sends, "send", JackPortIsOutput, 3);
        if (result)
            result = want(index, wanted[i].insert, bus.returns, "return", JackPortIsInput, 4);
        if (result)
            side_ports_[i] = wanted[i];
    }
    publish();
    return result;
}

Result<std::vector<std::string>> PortTable::add_strip(int slot, int bus,
                                                      const std::string &application,
                                                      const std::string &shown,
                                                      const ChannelLayout &channels) {
    Ports ports;
    std::vector<std::string> names;
    for (std::size_t channel = 0; channel < channels.size(); ++channel) {
        jack_port_t *port =
            add_port(application + "_" + std::to_string(channel + 1), JackPortIsInput);
        if (!port) {
            unregister(ports);
            return failure("the JACK server refused a port for " + application,
                           "give the server more ports (jackd -p)");
        }
        ports.push_back(port);
        names.emplace_back(jack_port_name(port));
    }
    strips_[static_cast<std::size_t>(slot)] = {bus, std::move(ports), channels};
    show_strip(slot, shown);
    publish();
    return names;
}

void PortTable::show_strip(int slot, const std::string &shown) {
    constexpr int kBehindBuses = 5; // kinds of ports that a bus has
    const Strip &strip = strips_[static_cast<std::size_t>(slot)];
    describe(strip.inputs, shown, strip.channels, kBehindBuses * engine_.bus_count() + slot);
}

void PortTable::remove_strip(int slot) {
    retire(strips_[static_cast<std::size_t>(slot)].inputs);
    publish();
}

void PortTable::retire(Ports &ports) {
    if (!ports.empty())
        retired_.push_back({sets_.back()->generation + 1, std::exchange(ports, {})});
}

/// Hands the ports as they are now to the process thread.
void PortTable::publish() {
    auto set = std::make_shared<Set>();
    set->generation = sets_.empty() ? 1 : sets_.back()->generation + 1;
    set->buses = buses_;
    set->strips = strips_;
    set->buffers.patches.resize(buses_.size());
    set->buffers.strips.resize(strips_.size());
    for (const Strip &strip : strips_)
        set->strip_channels.emplace_back(strip.inputs.size());
    std::size_t channels = 0;
    for (const Bus &bus : buses_) {
        channels += bus.inputs.size();
        set->sidechains.emplace_back(bus.sidechain.size());
        set->sends.emplace_back(bus.sends.size());
        set->returns.emplace_back(bus.returns.size());
    }
    set->buffers.inputs.resize(channels);
    set->buffers.outputs.resize(channels);
    newest_.store(set.get(), std::memory_order_release);
    {
        const std::lock_guard lock(mutex_);
        told_ = set;
    }
    sets_.push_back(std::move(set));
}

std::shared_ptr<const PortTable::Set> PortTable::newest_set() const {
    const std::lock_guard lock(mutex_);
    return told_;
}

void PortTable::collect(bool running) {
    const std::uint64_t used =
        running ? used_generation_.load(std::memory_order_acquire) : sets_.back()->generation;
    std::erase_if(sets_, [&](const auto &set) { return set->generation < used; });
    std::erase_if(retired_, [&](const Retired &retired) {
        if (retired.generation > used)
            return false;
        unregister(retired.ports);
        return true;
    });
}

std::vector<graph::BusPorts> PortTable::bus_ports() const {
    const auto names = [](const Ports &ports) {
        std::vector<std::string> out;
        for (const jack_port_t *port : ports)
            out.emplace_back(jack_port_name(port));
        return out;
    };
    std::vector<graph::BusPorts> out;
    for (std::size_t i = 0; i < buses_.size(); ++i) {
        const engine::BusSetup &setup = engine_.bus(static_cast<int>(i));
        out.push_back({.name = setup.name,
                       .channels = setup.channels,
                       .inputs = names(buses_[i].inputs),
                       .outputs = names(buses_[i].outputs),
                       .sends = names(buses_[i].sends),
                       .returns = names(buses_[i].returns)});
    }
    return out;
}

std::vector<std::pair<int, int>> PortTable::latencies() const {
    std::vector<std::pair<int, int>> out;
    out.reserve(static_cast<std::size_t>(engine_.bus_count()));
    for (int bus = 0; bus < engine_.bus_count(); ++bus)
        out.emplace_back(engine_.latency_frames(bus), engine_.insert_delay_frames(bus));
    return out;
}

bool PortTable::is_loop(const Bus &bus) const noexcept {
    const auto connected = [](jack_port_t *port) { return jack_port_connected(port) > 0; };
    return !bus.returns.empty() && std::all_of(bus.returns.begin(), bus.returns.end(), connected) &&
           std::any_of(bus.sends.begin(), bus.sends.end(), connected);
}

bool PortTable::loop_is_complete(int bus) const {
    return is_loop(buses_[static_cast<std::size_t>(bus)]);
}

jack_nframes_t PortTable::outside_latency_frames(int bus) const {
    const Bus &ports = buses_[static_cast<std::size_t>(bus)];
    jack_nframes_t before = 0;
    jack_nframes_t after = 0;
    for (jack_port_t *send : ports.sends)
        before = std::max(before, latency(send, JackCaptureLatency).max);
    for (jack_port_t *back : ports.returns)
        after = std::max(after, latency(back, JackCaptureLatency).max);
    return after > before ? after - before : 0;
}

/// Capture latency goes from the inputs to the outputs, playback latency the other way, and the
/// bus adds its own. Each channel passes to its own output alone. What leaves at a send is as old
/// as what came in; what comes back at a return waits for the next cycle, and then for the limiter.
void PortTable::report_latency(jack_latency_callback_mode_t mode) const {
    const std::shared_ptr<const Set> newest = newest_set();
    const Set &set = *newest;
    const auto pass = [&](jack_port_t *from, jack_port_t *to, jack_nframes_t added) {
        jack_latency_range_t range = latency(from, mode);
        range.min += added;
        range.max += added;
        jack_port_set_latency_range(to, mode, &range);
    };
    for (std::size_t i = 0; i < set.buses.size(); ++i) {
        const Bus &bus = set.buses[i];
        const auto own = static_cast<jack_nframes_t>(engine_.latency_frames(static_cast<int>(i)));
        for (std::size_t c = 0; c < bus.inputs.size(); ++c) {
            if (mode == JackCaptureLatency)
                pass(bus.inputs[c], bus.outputs[c], own);
            else
                pass(bus.outputs[c], bus.inputs[c], own);
        }
        for (std::size_t c = 0; c < bus.sends.size(); ++c)
            if (mode == JackCaptureLatency)
                pass(bus.inputs[c], bus.sends[c], 0);
        const auto insert =
            static_cast<jack_nframes_t>(engine_.insert_delay_frames(static_cast<int>(i)));
        const jack_nframes_t behind = own > insert ? own - insert : 0;
        for (std::size_t c = 0; c < bus.returns.size(); ++c)
            if (mode == JackPlaybackLatency)
                pass(bus.outputs[c], bus.returns[c], behind + jack_get_buffer_size(client_));
    }
    for (const Strip &strip : set.strips)
        for (jack_port_t *input : strip.inputs)
            pass_strip(set.buses[static_cast<std::size_t>(strip.bus)], input,
                       static_cast<jack_nframes_t>(engine_.latency_frames(strip.bus)), mode);
}

/// A strip leads to all outputs of its bus: each is as old as the oldest of what it plays.
void PortTable::pass_strip(const Bus &bus, jack_port_t *input, jack_nframes_t own,
                           jack_latency_callback_mode_t mode) {
    if (mode == JackPlaybackLatency) {
        jack_latency_range_t range = latency(bus.outputs.front(), mode);
        range.min += own;
        range.max += own;
        jack_port_set_latency_range(input, mode, &range);
        return;
    }
    if (jack_port_connected(input) == 0)
        return;
    const jack_latency_range_t heard = latency(input, mode);
    for (jack_port_t *output : bus.outputs) {
        jack_latency_range_t range = latency(output, mode);
        range.min = std::min(range.min, heard.min + own);
        range.max = std::max(range.max, heard.max + own);
        jack_port_set_latency_range(output, mode, &range);
    }
}

PortTable::Buffers &PortTable::gather(jack_nframes_t frames) noexcept {
    used_ = newest_.load(std::memory_order_acquire);
    Set &set = *used_;
    used_generation_.store(set.generation, std::memory_order_release);
    std::size_t next = 0;
    for (std::size_t i = 0; i < set.buses.size(); ++i) {
        const Bus &bus = set.buses[i];
        for (std::size_t c = 0; c < bus.inputs.size(); ++c, ++next) {
            set.buffers.inputs[next] =
                static_cast<const float *>(jack_port_get_buffer(bus.inputs[c], frames));
            set.buffers.outputs[next] =
                static_cast<float *>(jack_port_get_buffer(bus.outputs[c], frames));
        }
        fill(set.sidechains[i], bus.sidechain, frames);
        fill(set.sends[i], bus.sends, frames);
        fill(set.returns[i], bus.returns, frames);
        const bool complete = insert_delays_[i].load(std::memory_order_relaxed) > 0 &&
                              (!asks_server_ || is_loop(bus));
        set.buffers.patches[i] = {.sidechain =
                                      bus.sidechain.empty() ? nullptr : set.sidechains[i].data(),
                                  .send = bus.sends.empty() ? nullptr : set.sends[i].data(),
                                  .insert_return = complete ? set.returns[i].data() : nullptr};
    }
    for (std::size_t slot = 0; slot < set.strips.size(); ++slot) {
        const Ports &ports = set.strips[slot].inputs;
        fill(set.strip_channels[slot], ports, frames);
        set.buffers.strips[slot] = ports.empty() ? nullptr : set.strip_channels[slot].data();
    }
    return set.buffers;
}

void PortTable::silence(jack_nframes_t frames) noexcept {
    for (float *output : used_->buffers.outputs)
        std::fill_n(output, frames, 0.0f);
    for (const auto &sends : used_->sends)
        for (float *send : sends)
            std::fill_n(send, frames, 0.0f);
}

void PortTable::set_insert_delay(int bus, int delay_frames) noexcept {
    insert_delays_[static_cast<std::size_t>(bus)].store(delay_frames, std::memory_order_relaxed);
}

} // namespace headroom::jack
