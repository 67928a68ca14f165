// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/peer.hpp"

#include <dlfcn.h>
#include <ladspa.h>
#include <stdexcept>
#include <string_view>

namespace headroom::bench {

namespace {

class LadspaPeer final : public Peer {
  public:
    LadspaPeer(const std::string &where, const Settings &settings, double sample_rate_hz) {
        const auto colon = where.rfind(':');
        find(where.substr(0, colon), where.substr(colon + 1));
        handle_ = plugin_->instantiate(plugin_, static_cast<unsigned long>(sample_rate_hz));
        controls_.assign(plugin_->PortCount, 0.0f);
        for (unsigned long i = 0; i < plugin_->PortCount; ++i)
            connect(i, settings);
        if (inputs_.size() != 2 || outputs_.size() != 2)
            throw std::runtime_error(where + " is not stereo");
        if (plugin_->activate != nullptr)
            plugin_->activate(handle_);
    }
    ~LadspaPeer() override {
        plugin_->cleanup(handle_);
        dlclose(library_);
    }
    void process(const float *const inputs[2], float *const outputs[2], unsigned frames) override {
        for (std::size_t c = 0; c < 2; ++c) {
            plugin_->connect_port(handle_, inputs_[c], const_cast<float *>(inputs[c]));
            plugin_->connect_port(handle_, outputs_[c], outputs[c]);
        }
        plugin_->run(handle_, frames);
    }
    int latency_frames() override { return latency_ ? static_cast<int>(*latency_) : -1; }

  private:
    void find(const std::string &file, const std::string &label) {
        library_ = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (library_ == nullptr)
            throw std::runtime_error(dlerror());
        const auto describe =
            reinterpret_cast<LADSPA_Descriptor_Function>(dlsym(library_, "ladspa_descriptor"));
        for (unsigned long i = 0; (plugin_ = describe(i)) != nullptr; ++i)
            if (label == plugin_->Label)
                return;
        throw std::runtime_error(file + " has no " + label);
    }
    void connect(unsigned long port, const Settings &settings) {
        const LADSPA_PortDescriptor kind = plugin_->PortDescriptors[port];
        const std::string_view name = plugin_->PortNames[port];
        if (LADSPA_IS_PORT_AUDIO(kind)) {
            (LADSPA_IS_PORT_INPUT(kind) ? inputs_ : outputs_).push_back(port);
            return;
        }
        plugin_->connect_port(handle_, port, &controls_[port]);
        if (LADSPA_IS_PORT_OUTPUT(kind) && name == "latency")
            latency_ = &controls_[port];
        for (const auto &[beginning, value] : settings)
            if (name.starts_with(beginning))
                controls_[port] = value;
    }

    void *library_ = nullptr;
    const LADSPA_Descriptor *plugin_ = nullptr;
    LADSPA_Handle handle_ = nullptr;
    std::vector<float> controls_;
    std::vector<unsigned long> inputs_;
    std::vector<unsigned long> outputs_;
    const float *latency_ = nullptr;
};

} // namespace

std::unique_ptr<Peer> make_ladspa_peer(const std::string &where, const Settings &settings,
                                       double sample_rate_hz) {
    return std::make_unique<LadspaPeer>(where, settings, sample_rate_hz);
}

} // namespace headroom::bench
