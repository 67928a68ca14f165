// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/pipewire_session.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace headroom::test {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

fs::path private_folder() {
    std::string name = (fs::temp_directory_path() / "headroom-pw-XXXXXX").string();
    if (!mkdtemp(name.data()))
        throw std::runtime_error("cannot make a folder like " + name);
    return name;
}

/// Another PipeWire, unpacked beside the system by `./dev test --pipewire-new`, or the
/// system.
fs::path unpacked_root() {
    const char *root = std::getenv("HEADROOM_PIPEWIRE_ROOT"); // NOLINT(concurrency-mt-unsafe)
    return root ? root : "/";
}

fs::path libraries() {
    for (const auto &entry : fs::directory_iterator(unpacked_root() / "usr/lib"))
        if (fs::exists(entry.path() / "pipewire-0.3"))
            return entry.path();
    throw std::runtime_error("there is no PipeWire in " + unpacked_root().string());
}

/// Has every program of the session use that PipeWire.
void use_unpacked(ChildProcess::Environment &environment) {
    const fs::path root = unpacked_root();
    const fs::path configuration = fs::path(environment["XDG_CONFIG_HOME"]) / "pipewire";
    // As the user's own, so that drop-ins hold.
    fs::create_directories(configuration);
    for (const auto &file : fs::directory_iterator(root / "usr/share/pipewire"))
        if (file.path().extension() == ".conf")
            fs::copy_file(file.path(), configuration / file.path().filename());
    const std::string wireplumber = (root / "usr/share/wireplumber").string();
    // Programs are looked for in the test's own.
    static const std::string path = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe)
    // NOLINTNEXTLINE(concurrency-mt-unsafe)
    setenv("PATH", ((root / "usr/bin").string() + ":" + path).c_str(), 1);
    environment["LD_LIBRARY_PATH"] = libraries().string();
    environment["PIPEWIRE_MODULE_DIR"] = (libraries() / "pipewire-0.3").string();
    environment["SPA_PLUGIN_DIR"] = (libraries() / "spa-0.2").string();
    environment["WIREPLUMBER_MODULE_DIR"] = (libraries() / "wireplumber-0.5").string();
    environment["WIREPLUMBER_CONFIG_DIR"] = wireplumber;
    environment["WIREPLUMBER_DATA_DIR"] = wireplumber;
}

/// Where PipeWire keeps its libjack: what pw-jack puts into the library path.
fs::path pipewire_libjack() {
    for (const auto &entry : fs::directory_iterator(unpacked_root() / "usr/lib"))
        if (fs::path folder = entry.path() / "pipewire-0.3" / "jack";
            fs::exists(folder / "libjack.so.0"))
            return folder;
    throw std::runtime_error("PipeWire's libjack is not installed");
}

} // namespace

PipeWireSession::PipeWireSession() : folder_(private_folder()) {
    const auto inside = [&](const char *name) {
        fs::create_directories(folder_ / name);
        return (folder_ / name).string();
    };
    environment_ = {{"HOME", inside("home")},
                    {"XDG_RUNTIME_DIR", folder_.string()},
                    {"XDG_CONFIG_HOME", inside("home/.config")},
                    {"XDG_STATE_HOME", inside("home/.local/state")},
                    {"XDG_CACHE_HOME", inside("home/.cache")},
                    {"DBUS_SESSION_BUS_ADDRESS", "unix:path=" + (folder_ / "bus").string()},
                    {"PIPEWIRE_RUNTIME_DIR", folder_.string()},
                    {"PIPEWIRE_REMOTE", "pipewire-0"},
                    {"JACK_DEFAULT_SERVER", folder_.filename().string()},
                    {"PULSE_RUNTIME_PATH", (folder_ / "pulse").string()},
                    {"PULSE_SERVER", "unix:" + (folder_ / "pulse" / "native").string()}};
    if (unpacked_root() != "/")
        use_unpacked(environment_);
    start({"dbus-daemon", "--session", "--nofork", "--nopidfile",
           "--address=" + environment_["DBUS_SESSION_BUS_ADDRESS"]});
    wait_for_socket(folder_ / "bus");
    start_pipewire();
}

PipeWireSession::~PipeWireSession() {
    while (!daemons_.empty()) {
        daemons_.back()->signal(SIGTERM);
        daemons_.back()->wait(std::chrono::milliseconds(2000));
        daemons_.pop_back();
    }
    std::error_code error;
    fs::remove_all(folder_, error);
}

std::vector<std::string> PipeWireSession::backends() {
    if (fs::exists(libraries() / "wireplumber-0.5"))
        return {"null-sink", "smart-filter"};
    return {"null-sink"};
}

void PipeWireSession::start_pipewire() {
    start({"pipewire"});
    wait_for_socket(folder_ / "pipewire-0");
    start({"wireplumber"});
    start({"pipewire-pulse"});
    wait_for_socket(folder_ / "pulse" / "native");
    add_sink("speakers");
}

void PipeWireSession::stop_pipewire() {
    constexpr std::size_t kPipeWire = 1; // after D-Bus
    daemons_.at(kPipeWire)->signal(SIGKILL);
    while (daemons_.size() > kPipeWire) {
        daemons_.back()->signal(SIGTERM);
        daemons_.back()->wait();
        daemons_.pop_back();
    }
    fs::remove(folder_ / "pipewire-0");
    fs::remove(folder_ / "pulse" / "native");
}

void PipeWireSession::restart_session_manager() {
    constexpr std::size_t kSessionManager = 2; // after D-Bus and PipeWire
    auto &daemon = daemons_.at(kSessionManager);
    daemon->signal(SIGTERM);
    daemon->wait();
    daemon = std::make_unique<ChildProcess>(std::vector<std::string>{"wireplumber"}, environment_);
}

void PipeWireSession::wait_for_socket(const fs::path &socket) const {
    if (!eventually([&] { return fs::is_socket(socket); }))
        throw std::runtime_error("there is no " + socket.string() + "\n" +
                                 daemons_.back()->standard_error());
}

ChildProcess::Environment PipeWireSession::jack_environment() const {
    ChildProcess::Environment environment = environment_;
    std::string &path = environment["LD_LIBRARY_PATH"];
    path = pipewire_libjack().string() + (path.empty() ? "" : ":" + path);
    return environment;
}

void PipeWireSession::start(std::vector<std::string> arguments) {
    daemons_.push_back(std::make_unique<ChildProcess>(std::move(arguments), environment_));
}

std::string PipeWireSession::run(std::vector<std::string> arguments) const {
    const std::string name = arguments.front();
    RunResult result = run_program(std::move(arguments), environment_);
    if (result.exit_code != 0)
        throw std::runtime_error(name + " failed: " + result.standard_error);
    return std::move(result.standard_output);
}

int PipeWireSession::node_id(const std::string &name) const {
    for (const json &object : json::parse(run({"pw-dump"}))) {
        const auto pointer = json::json_pointer("/info/props/node.name");
        if (object.contains(pointer) && object[pointer] == name)
            return object["id"].get<int>();
    }
    return -1;
}

void PipeWireSession::add_sink(const std::string &name) {
    run({"pw-cli", "create-node", "adapter",
         "{ factory.name=support.null-audio-sink node.name=" + name +
             " media.class=Audio/Sink object.linger=true audio.position=[FL FR] }"});
    const auto is_known = [&] {
        return run_program({"pactl", "list", "short", "sinks"}, environment_)
                   .standard_output.find(name) != std::string::npos;
    };
    if (!eventually(is_known))
        throw std::runtime_error("the session manager does not know the sink " + name);
}

void PipeWireSession::destroy_node(const std::string &name) {
    run({"pw-cli", "destroy", std::to_string(node_id(name))});
}

} // namespace headroom::test
