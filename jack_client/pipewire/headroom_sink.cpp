// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/pipewire/headroom_sink.hpp"

#include "config/embedded_files.hpp"
#include "config/folders.hpp"
#include "config/text_file.hpp"
#include "jack_client/graph/sink_host.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>

namespace headroom::pipewire {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto kSinkPatience = 5s;

/// How long the sink of a run that has just ended may take to go.
constexpr auto kSinkLeavingTime = 1s;
/// How long the session manager may take to set the default.
constexpr auto kDefaultTime = 2s;
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
struct State {
    Traits traits;
    std::vector<std::uint32_t> sinks; ///< nodes with our name
    bool is_of_a_run = false;         ///< they end with the run that made them
    bool has_ports = false;
    bool has_metadata = false;   ///< a session manager runs
    std::string configured_sink; ///< node name of the user's default; empty for none
};

/// "1.4.2" is at least {1, 0}; what is no version is not.
bool is_at_least(const std::string &version, std::pair<int, int> wanted) {
    std::pair<int, int> found{-1, 0};
    char dot = 0;
    std::istringstream(version) >> found.first >> dot >> found.second;
    return found >= wanted;
}

/// The name in {"name": "speakers"}; empty if there is none.
std::string name_in(std::string_view value) {
    const auto json = nlohmann::json::parse(value, nullptr, false);
    return json.is_object() && json.contains("name") && json["name"].is_string()
               ? json["name"].get<std::string>()
               : std::string();
}

State read(const Registry &registry) {
    State state;
    for (const auto &[id, object] : registry.objects()) {
        if (object.kind == Kind::core)
            state.traits.version = object.property("core.version");
        if (object.kind == Kind::client && object.has("wireplumber.daemon"))
            state.traits.wireplumber_version = object.property("application.version");
        if (object.kind != Kind::node || object.property("node.name") != graph::kHeadroomSinkNode ||
            object.property("media.class") != "Audio/Sink")
            continue;
        state.sinks.push_back(id);
        if (object.is_complete)
            (object.has("object.linger") ? state.traits.has_installed_sink : state.is_of_a_run) =
                true;
        state.has_ports = state.has_ports || !std::set<std::string_view>{"", "0"}.contains(
                                                 object.property("n-input-ports"));
    }
    state.has_metadata = registry.has_metadata();
    state.configured_sink = name_in(registry.metadata(0, kDefaultKey));
    return state;
}

/// The arguments of the drop-in's node.
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
std::string way_out_arguments(const ChannelLayout &channels) {
    std::string position;
    for (const Channel channel : channels)
        position += " " + std::string(symbol(channel));
    const auto called = [](const std::string &name) {
        return " node.name = " + name + " node.description = " + name + " media.name = Headroom";
    };
    return "{ audio.position = [" + position + " ] capture.props = {" +
           called(graph::kHeadroomReturn) + " node.autoconnect = false } playback.props = {" +
           called(graph::kHeadroomOut) +
           " node.link-group = headroom state.restore-props = false "
           "state.restore-target = false } }";
}

/// Reads until the condition holds; what to say if it does not in time.
Result<State> wait_until(Connection &pipewire, bool (*holds)(const State &),
                         const tl::unexpected<Diagnostic> &otherwise,
                         std::chrono::milliseconds patience = kSinkPatience) {
    if (!pipewire.wait_until([&] { return holds(read(pipewire.registry())); }, patience))
        return otherwise;
    return read(pipewire.registry());
}

tl::unexpected<Diagnostic> no_session_manager() {
    return failure("no session manager runs", "start WirePlumber in your session");
}

tl::unexpected<Diagnostic> no_sink() {
    return failure("PipeWire did not make the sink");
}

/// At login it comes up after PipeWire, about when we do.
Result<State> wait_for_session_manager(Connection &pipewire) {
    return wait_until(
        pipewire, [](const State &state) { return state.has_metadata; }, no_session_manager());
}

void set_default(Connection &pipewire, const std::string &node_name) {
    pipewire.set_metadata(0, kDefaultKey, "Spa:String:JSON",
                          node_name.empty()
                              ? std::nullopt
                              : std::optional(nlohmann::json{{"name", node_name}}.dump()));
}

/// The session manager has carried out what was asked for.
void wait_for_default(Connection &pipewire, const std::string &node_name) {
    pipewire.wait_until([&] { return read(pipewire.registry()).configured_sink == node_name; },
                        kDefaultTime);
}

/// Makes our sink the default and remembers the former. Returns whether anything changed.
Result<bool> take_default(Connection &pipewire) {
    const State state = read(pipewire.registry());
    if (!state.has_metadata)
        return no_session_manager();
    if (state.configured_sink == graph::kHeadroomSinkNode)
        return false;
    if (const auto written = keep(former_default_file(), state.configured_sink, Access::owner);
        !written)
        return tl::unexpected(written.error());
    set_default(pipewire, graph::kHeadroomSinkNode);
    return true;
}

/// Gives the default back, unless the user has chosen another since.
bool give_default_back(Connection &pipewire) {
    const std::string former = text_in(former_default_file());
    std::error_code error;
    fs::remove(former_default_file(), error);
    if (read(pipewire.registry()).configured_sink != graph::kHeadroomSinkNode)
        return false;
    set_default(pipewire, former);
    wait_for_default(pipewire, former);
    return true;
}

} // namespace

Result<SinkChange> install_sink(Connection *pipewire) {
    SinkChange change{.drop_in = drop_in_file()};
    if (text_in(change.drop_in) != embedded_nullsink_conf()) {
        if (const auto written = keep(change.drop_in, embedded_nullsink_conf(), Access::everyone);
            !written)
            return tl::unexpected(written.error());
        change.drop_in_changed = true;
    }
    change.pipewire_is_running = pipewire != nullptr;
    if (!change.pipewire_is_running)
        return change;
    const auto state = wait_for_session_manager(*pipewire);
    if (!state)
        return tl::unexpected(state.error());
    change.is_of_a_run = state->is_of_a_run;
    change.default_sink = state->configured_sink;
    if (change.is_of_a_run)
        return change; // a second sink of that name would be in its way
    std::unique_ptr<Connection::Owned> made;
    if (state->sinks.empty()) {
        made = pipewire->create_node(sink_properties(true));
        change.sink_changed = true;
    }
    if (const auto there = wait_until(
            *pipewire, [](const State &now) { return now.has_ports; }, no_sink());
        !there)
        return tl::unexpected(there.error());
    const auto taken = take_default(*pipewire);
    if (!taken)
        return tl::unexpected(taken.error());
    wait_for_default(*pipewire, graph::kHeadroomSinkNode);
    change.default_changed = *taken;
    change.default_sink = graph::kHeadroomSinkNode;
    return change;
}

Result<SinkChange> remove_sink(Connection *pipewire) {
    SinkChange change{.drop_in = drop_in_file()};
    std::error_code error;
    change.drop_in_changed = fs::remove(change.drop_in, error);
    if (error)
        return failure("cannot remove " + change.drop_in.string() + ": " + error.message());
    change.pipewire_is_running = pipewire != nullptr;
    if (!change.pipewire_is_running)
        return change;
    // The default first, so that streams move once.
    change.default_changed = give_default_back(*pipewire);
    for (const std::uint32_t id : read(pipewire->registry()).sinks) {
        pipewire->destroy(id);
        change.sink_changed = true;
    }
    const auto now = wait_until(
        *pipewire, [](const State &state) { return state.sinks.empty(); },
        failure("PipeWire did not remove the sink"));
    if (!now)
        return tl::unexpected(now.error());
    change.default_sink = now->configured_sink;
    return change;
}

bool Traits::has_smart_filters() const {
    return is_at_least(version, {1, 0}) && is_at_least(wireplumber_version, {0, 5});
}

Result<Traits> traits(Connection &pipewire) {
    const auto state = wait_for_session_manager(pipewire);
    if (!state)
        return tl::unexpected(state.error());
    return state->traits;
}

struct SinkForRun::Impl {
    Connection &pipewire;
    graph::Backend backend;
    ChannelLayout channels;
    std::unique_ptr<Connection::Owned> sink{};
    std::unique_ptr<Connection::Owned> way_out{}; ///< of Backend::smart_filter
    std::uint64_t made_in = 0; ///< generation of the connection in which all was there

    bool is_smart() const { return backend == graph::Backend::smart_filter; }
    Result<bool> make();
};

/// The next step towards the sink, as far as PipeWire has come. Returns whether all is there.
Result<bool> SinkForRun::Impl::make() {
    const std::uint64_t generation = pipewire.generation();
    const State state = read(pipewire.registry());
    if (generation == 0 || generation == made_in)
        return generation != 0;
    if (!state.has_metadata)
        return false;
    if (!sink || sink->has_ended()) {
        sink.reset();
        if (is_smart() && state.traits.has_installed_sink)
            return failure(
                "the backend smart-filter cannot be used while a Headroom Sink is installed",
                "run 'headroom sink remove', or use the backend null-sink");
        if (state.sinks.empty())
            sink = pipewire.create_node(sink_properties(false, is_smart() ? kSmart : ""));
        else
            made_in = generation; // not ours to make
        return made_in == generation;
    }
    if (!state.has_ports)
        return false;
    if (is_smart())
        way_out = pipewire.load_module("libpipewire-module-loopback", way_out_arguments(channels));
    else if (const auto taken = take_default(pipewire); !taken)
        return tl::unexpected(taken.error());
    made_in = generation;
    return true;
}

SinkForRun::SinkForRun(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<SinkForRun>> SinkForRun::ensure(Connection &pipewire, graph::Backend backend,
                                                       const ChannelLayout &channels) {
    const auto state = wait_for_session_manager(pipewire);
    if (!state)
        return tl::unexpected(state.error());
    if (state->is_of_a_run) // else another headroom uses it
        (void)pipewire.wait_until([&] { return !read(pipewire.registry()).is_of_a_run; },
                                  kSinkLeavingTime);
    const ChannelLayout ways = channels == ChannelLayout{Channel::mono}
                                   ? ChannelLayout{Channel::fl, Channel::fr}
                                   : channels;
    std::unique_ptr<SinkForRun> sink(new SinkForRun(
        std::make_unique<Impl>(Impl{.pipewire = pipewire, .backend = backend, .channels = ways})));
    Result<bool> made = false;
    (void)pipewire.wait_until(
        [&] {
            made = sink->impl_->make();
            return !made || *made;
        },
        kSinkPatience);
    if (!made)
        return tl::unexpected(made.error());
    if (!*made)
        return no_sink();
    return sink;
}

void SinkForRun::follow() {
    (void)impl_->make(); // after the next change again
}

SinkForRun::~SinkForRun() {
    if (!is_temporary() || impl_->is_smart())
        return;
    std::error_code error;
    if (fs::exists(drop_in_file(), error))
        return; // installed meanwhile: PipeWire's next start makes it again, as the default
    (void)give_default_back(impl_->pipewire);
}

bool SinkForRun::is_temporary() const {
    return impl_->sink != nullptr;
}

bool has_headroom_sink(const Registry &registry) {
    return !read(registry).sinks.empty();
}

bool headroom_sink_is_outdated(const Registry &registry) {
    for (const std::uint32_t id : read(registry).sinks)
        if (registry.objects().at(id).has("monitor.channel-volumes"))
            return true;
    return false;
}

std::vector<std::string> names_of_former_default(const Registry &registry) {
    const std::string former = text_in(former_default_file());
    std::vector<std::string> names;
    if (former.empty())
        return names;
    for (const auto &[id, object] : registry.objects())
        if (object.property("node.name") == former)
            for (const char *key : {"node.description", "node.nick", "node.name"})
                if (const std::string name(object.property(key)); !name.empty())
                    names.push_back(name);
    return names;
}

} // namespace headroom::pipewire
