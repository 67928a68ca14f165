// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/backend_choice.hpp"

#include "jack_client/pipewire/headroom_sink.hpp"

namespace headroom::app {

Result<BackendChoice> choose_backend(const std::string &asked, pipewire::Connection *pipewire) {
    if (asked == graph::name_of(graph::Backend::direct))
        return BackendChoice{graph::Backend::direct, "asked for"};
    if (!pipewire) {
        if (asked != "auto")
            return failure("the backend " + asked + " needs PipeWire, but the server is JACK2",
                           "use --backend direct, or leave --backend out");
        return BackendChoice{graph::Backend::direct, "JACK2: links of applications are moved"};
    }
    if (asked == graph::name_of(graph::Backend::null_sink))
        return BackendChoice{graph::Backend::null_sink, "asked for"};
    const auto traits = pipewire::traits(*pipewire);
    if (!traits)
        return tl::unexpected(traits.error());
    const std::string versions =
        "PipeWire " + traits->version +
        (traits->wireplumber_version.empty() ? ""
                                             : " with WirePlumber " + traits->wireplumber_version);
    if (asked == graph::name_of(graph::Backend::smart_filter)) {
        if (!traits->has_smart_filters())
            return failure("the backend smart-filter needs PipeWire 1.0 and WirePlumber 0.5, and "
                           "this is " +
                               versions,
                           "use --backend null-sink, or none");
        return BackendChoice{graph::Backend::smart_filter, "asked for"};
    }
    if (!traits->has_smart_filters())
        return BackendChoice{graph::Backend::null_sink,
                             versions + " has no smart filters: the Headroom Sink is the default"};
    if (traits->has_installed_sink)
        return BackendChoice{graph::Backend::null_sink, "the Headroom Sink is installed"};
    return BackendChoice{graph::Backend::smart_filter,
                         versions + " puts the Headroom Sink before the default sink"};
}

} // namespace headroom::app
