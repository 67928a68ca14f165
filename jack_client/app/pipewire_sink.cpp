// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/pipewire_sink.hpp"

#include "config/embedded_files.hpp"
#include "config/folders.hpp"
#include "config/text_file.hpp"
#include "jack_client/app/pipewire_dump.hpp"
#include "jack_client/app/tool.hpp"
#include "jack_client/graph/sink_host.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <thread>

namespace headroom::app {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto kSinkPatience = 5s;

/// How long the sink of a run that has just ended may take to go.
constexpr auto kSinkLeavingTime = 1s;
constexpr const char *kDefaultKey = "default.configured.audio.sink";

fs::path drop_in_file() {
    return user_folder("XDG_CONFIG_HOME", ".config") / "pipewire" / "pipewire.conf.d" /
           "50-headroom-nullsink.conf";
}

/// Holds the former default while ours is set. Whoever finds it there leaves it, so that a crash
/// does not make our own sink the former default.
fs::path former_default_file() {
    return user_folder("XDG_STATE_HOME", ".local/state") / "headroom" / "former-default-sink";
}

constexpr std::size_t kMostBytes = 65536;

/// Empty without the file.
std::string text_in(const fs::path &file) {
    return file.is_absolute() ? read_text(file, kMostBytes).value_or("") : std::string();
}

Result<void> keep(const fs::path &file, std::string_view text, Access access) {
    if (!file.is_absolute())
        return failure("there is no home folder", "set HOME to an absolute path");
    return write_text(file, text, access);
}

/// What of PipeWire's objects matters here.
struct PipeWireState {
    PipeWireTraits traits;
    std::vector<int> sink_ids; ///< of nodes with our name
    bool is_of_a_run = false;  ///< they end with the run that made them
    bool is_smart = false;     ///< they stand before the default sink
    bool has_ports = false;
    bool has_metadata = false;   ///< a session manager runs
    std::string configured_sink; ///< node name of the user's default; empty for none
};

/// A property that PipeWire shows as a word or as a truth value.
bool is_true(const nlohmann::json &properties, const char *key) {
    const auto found = properties.find(key);
    return found != properties.end() && (*found == true || *found == "true");
}

/// "1.4.2" is at least {1, 0}; what is no version is not.
bool is_at_least(const std::string &version, std::pair<int, int> wanted) {
    std::pair<int, int> found{-1, 0};
    char dot = 0;
    std::istringstream(version) >> found.first >> dot >> found.second;
    return found >= wanted;
}

Result<PipeWireState> read_pipewire() {
    const auto objects = pipewire_objects();
    if (!objects)
        return tl::unexpected(objects.error());
    PipeWireState state;
    for (const nlohmann::json &object : *objects) {
        const nlohmann::json info = object.value("info", nlohmann::json::object());
        const nlohmann::json props = properties_of(object);
        if (text_of(object, "type") == "PipeWire:Interface:Core")
            state.traits.version = text_of(info, "version");
        if (is_true(props, "wireplumber.daemon"))
            state.traits.wireplumber_version = text_of(props, "application.version");
        if (text_of(props, "node.name") == graph::kHeadroomSinkNode &&
            text_of(props, "media.class") == "Audio/Sink") {
            state.sink_ids.push_back(object.at("id").get<int>());
            state.is_of_a_run = !is_true(props, "object.linger");
            state.is_smart = is_true(props, "filter.smart");
            state.has_ports = state.has_ports || info.value("n-input-ports", 0) > 0;
        }
        if (text_of(object.value("props", nlohmann::json::object()), "metadata.name") != "default")
            continue;
        state.has_metadata = true;
        for (const nlohmann::json &entry : object.value("metadata", nlohmann::json::array()))
            if (text_of(entry, "key") == kDefaultKey && entry.contains("value"))
                state.configured_sink = text_of(entry["value"], "name");
    }
    state.traits.has_installed_sink = !state.sink_ids.empty() && !state.is_of_a_run;
    return state;
}

/// The arguments of the drop-in's node, on one line as pw-cli takes them.
std::string sink_properties(bool lingers, const std::string &more = {}) {
    std::string properties;
    bool inside = false;
    std::istringstream lines{std::string(embedded_nullsink_conf())};
    for (std::string line; std::getline(lines, line);) {
        const auto begin = line.find_first_not_of(" \t");
        if (begin == std::string::npos || line[begin] == '#')
            continue;
        if (inside && line[begin] == '}')
            break;
        const bool is_linger = line.find("object.linger") != std::string::npos;
        if (inside && (lingers || !is_linger))
            properties += " " + line.substr(begin);
        inside = inside || line.find("args = {") != std::string::npos;
    }
    return "{" + properties + more + " }";
}

/// Has the session manager put the sink before the default one, which it never becomes itself.
constexpr const char *kSmart = " priority.session = -1 node.link-group = headroom "
                               "filter.smart = true filter.smart.name = headroom";

/// From the bus to wherever the session manager links the other end. Both ends work in the same
/// cycle, so that this adds no delay.
std::string load_way_out(const ChannelLayout &channels) {
    std::string position;
    for (const Channel channel : channels)
        position += " " + std::string(symbol(channel));
    const auto called = [](const std::string &name) {
        return " node.name = " + name + " node.description = " + name + " media.name = Headroom";
    };
    return "load-module libpipewire-module-loopback { audio.position = [" + position +
           " ] capture.props = {" + called(graph::kHeadroomReturn) +
           " node.autoconnect = false } playback.props = {" + called(graph::kHeadroomOut) +
           " node.link-group = headroom state.restore-props = false "
           "state.restore-target = false } }";
}

/// Reads until the condition holds; what to say where it does not in time.
Result<PipeWireState> wait_until(bool (*holds)(const PipeWireState &),
                                 const tl::unexpected<Diagnostic> &otherwise,
                                 std::chrono::milliseconds patience = kSinkPatience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        auto state = read_pipewire();
        if (!state || holds(*state))
            return state;
        if (std::chrono::steady_clock::now() >= deadline)
            return otherwise;
        std::this_thread::sleep_for(50ms);
    }
}

Result<PipeWireState> wait_for_sink() {
    return wait_until([](const PipeWireState &state) { return state.has_ports; },
                      failure("PipeWire did not make the sink"));
}

tl::unexpected<Diagnostic> no_session_manager() {
    return failure("no session manager runs", "start WirePlumber in your session");
}

/// At login it comes up after PipeWire, about when we do.
Result<PipeWireState> wait_for_session_manager() {
    return wait_until([](const PipeWireState &state) { return state.has_metadata; },
                      no_session_manager());
}

Result<void> set_default(const std::string &node_name) {
    const auto done =
        node_name.empty()
            ? run_tool({"pw-metadata", "-d", "0", kDefaultKey})
            : run_tool({"pw-metadata", "0", kDefaultKey, nlohmann::json{{"name", node_name}}.dump(),
                        "Spa:String:JSON"});
    if (!done)
        return tl::unexpected(done.error());
    return {};
}

/// Makes our sink the default and remembers the former. Returns whether anything changed.
Result<bool> take_default(const PipeWireState &state) {
    if (!state.has_metadata)
        return no_session_manager();
    if (state.configured_sink == graph::kHeadroomSinkNode)
        return false;
    if (const auto written = keep(former_default_file(), state.configured_sink, Access::owner);
        !written)
        return tl::unexpected(written.error());
    if (const auto set = set_default(graph::kHeadroomSinkNode); !set)
        return tl::unexpected(set.error());
    return true;
}

/// Gives the default back, unless the user has chosen another since.
Result<bool> give_default_back(const PipeWireState &state) {
    const std::string former = text_in(former_default_file());
    std::error_code error;
    fs::remove(former_default_file(), error);
    if (state.configured_sink != graph::kHeadroomSinkNode)
        return false;
    if (const auto set = set_default(former); !set)
        return tl::unexpected(set.error());
    return true;
}

} // namespace

Result<SinkChange> install_sink() {
    SinkChange change{.drop_in = drop_in_file()};
    if (text_in(change.drop_in) != embedded_nullsink_conf()) {
        if (const auto written = keep(change.drop_in, embedded_nullsink_conf(), Access::everyone);
            !written)
            return tl::unexpected(written.error());
        change.drop_in_changed = true;
    }
    change.pipewire_is_running = read_pipewire().has_value();
    if (!change.pipewire_is_running)
        return change;
    auto state = wait_for_session_manager();
    if (!state)
        return tl::unexpected(state.error());
    change.is_of_a_run = state->is_of_a_run;
    change.default_sink = state->configured_sink;
    if (change.is_of_a_run)
        return change; // a second sink of that name would be in its way
    if (state->sink_ids.empty()) {
        const auto made = run_tool({"pw-cli", "create-node", "adapter", sink_properties(true)});
        if (!made)
            return tl::unexpected(made.error());
        change.sink_changed = true;
    }
    state = wait_for_sink();
    if (!state)
        return tl::unexpected(state.error());
    const auto taken = take_default(*state);
    if (!taken)
        return tl::unexpected(taken.error());
    change.default_changed = *taken;
    change.default_sink = graph::kHeadroomSinkNode;
    return change;
}

Result<SinkChange> remove_sink() {
    SinkChange change{.drop_in = drop_in_file()};
    std::error_code error;
    change.drop_in_changed = fs::remove(change.drop_in, error);
    if (error)
        return failure("cannot remove " + change.drop_in.string() + ": " + error.message());
    const auto state = read_pipewire();
    if (!state) {
        change.pipewire_is_running = false;
        return change;
    }
    // The default first, so that streams move once.
    const auto given_back = give_default_back(*state);
    if (!given_back)
        return tl::unexpected(given_back.error());
    change.default_changed = *given_back;
    for (const int id : state->sink_ids) {
        if (const auto gone = run_tool({"pw-cli", "destroy", std::to_string(id)}); !gone)
            return tl::unexpected(gone.error());
        change.sink_changed = true;
    }
    const auto now = read_pipewire();
    if (now && !now->sink_ids.empty())
        return failure("PipeWire did not remove the sink");
    change.default_sink = now ? now->configured_sink : "";
    return change;
}

bool PipeWireTraits::has_smart_filters() const {
    return is_at_least(version, {1, 0}) && is_at_least(wireplumber_version, {0, 5});
}

Result<PipeWireTraits> pipewire_traits() {
    const auto state = wait_for_session_manager();
    if (!state)
        return tl::unexpected(state.error());
    return state->traits;
}

struct SinkForRun::Impl {
    graph::Backend backend;
    ChannelLayout channels;
    std::optional<FedTool> owner{}; ///< pw-cli; the sink lives as long as it
};

SinkForRun::SinkForRun(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<SinkForRun>> SinkForRun::ensure(graph::Backend backend,
                                                       const ChannelLayout &channels) {
    if (const auto state = wait_for_session_manager(); !state)
        return tl::unexpected(state.error());
    const ChannelLayout ways = channels == ChannelLayout{Channel::mono}
                                   ? ChannelLayout{Channel::fl, Channel::fr}
                                   : channels;
    std::unique_ptr<SinkForRun> sink(
        new SinkForRun(std::make_unique<Impl>(Impl{.backend = backend, .channels = ways})));
    if (const auto made = sink->renew(); !made)
        return tl::unexpected(made.error());
    return sink;
}

Result<void> SinkForRun::renew() {
    auto state = read_pipewire();
    if (!state)
        return tl::unexpected(state.error());
    if (state->is_of_a_run && !impl_->owner)
        if (const auto gone = wait_until([](const PipeWireState &now) { return !now.is_of_a_run; },
                                         failure("another headroom uses it"), kSinkLeavingTime))
            state = gone;
    const bool is_smart = impl_->backend == graph::Backend::smart_filter;
    if (is_smart && state->traits.has_installed_sink)
        return failure("the backend smart-filter cannot be used while a Headroom Sink is installed",
                       "run 'headroom sink remove', or use the backend null-sink");
    if (!state->sink_ids.empty())
        return {};
    if (!state->has_metadata)
        return no_session_manager();
    impl_->owner.reset();
    auto owner = FedTool::start({"pw-cli"});
    if (!owner)
        return tl::unexpected(owner.error());
    if (const auto asked = owner->write_line("create-node adapter " +
                                             sink_properties(false, is_smart ? kSmart : ""));
        !asked)
        return tl::unexpected(asked.error());
    state = wait_for_sink();
    if (!state)
        return tl::unexpected(state.error());
    impl_->owner.emplace(std::move(*owner));
    if (is_smart)
        return impl_->owner->write_line(load_way_out(impl_->channels));
    if (const auto taken = take_default(*state); !taken)
        return tl::unexpected(taken.error());
    return {};
}

SinkForRun::~SinkForRun() {
    if (!impl_->owner || impl_->backend == graph::Backend::smart_filter)
        return;
    std::error_code error;
    if (fs::exists(drop_in_file(), error))
        return; // installed meanwhile: PipeWire's next start makes it again, as the default
    if (const auto state = read_pipewire())
        (void)give_default_back(*state);
}

bool SinkForRun::is_temporary() const {
    return impl_->owner.has_value();
}

std::vector<std::string> SinkForRun::names_of_former_default() {
    const std::string former = text_in(former_default_file());
    if (former.empty())
        return {};
    const auto objects = pipewire_objects();
    std::vector<std::string> names;
    for (const nlohmann::json &object : objects ? *objects : nlohmann::json::array()) {
        const nlohmann::json props = properties_of(object);
        if (text_of(props, "node.name") != former)
            continue;
        for (const char *key : {"node.description", "node.nick", "node.name"})
            if (const std::string name = text_of(props, key); !name.empty())
                names.push_back(name);
    }
    return names;
}

} // namespace headroom::app
