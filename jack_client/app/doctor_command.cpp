// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/folders.hpp"
#include "config/text_file.hpp"
#include "jack_client/app/backend_choice.hpp"
#include "jack_client/app/commands.hpp"
#include "jack_client/app/remote.hpp"
#include "jack_client/app/root_user.hpp"
#include "jack_client/app/tool.hpp"
#include "jack_client/jack/metadata_store.hpp"
#include "jack_client/jack/pipewire_launcher.hpp"
#include "jack_client/jack/server.hpp"
#include "jack_client/pipewire/connection.hpp"
#include "jack_client/pipewire/headroom_sink.hpp"
#include "osc/local_user.hpp"
#include "osc/wire/transport.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <map>
#include <sched.h>
#include <sys/resource.h>
#include <thread>

namespace headroom::app {

namespace {

namespace fs = std::filesystem;

enum class Verdict { good, worth_knowing, bad };

struct Finding {
    std::string subject;
    Verdict verdict;
    std::string text;
    std::string remedy; ///< empty where nothing is to be done
};

using Findings = std::vector<Finding>;
using Facts = std::map<std::string, std::string>;

/// The status of the headroom that runs; empty where none does.
Facts running_headroom(const RemoteOptions &options) {
    Facts out;
    auto client = osc::Client::open(options.host, options.port);
    const auto list = client ? (*client)->list({"/headroom/status", {}})
                             : tl::unexpected(std::string("no client"));
    if (list)
        for (const osc::Message &fact : *list)
            if (!fact.arguments.empty())
                out[without_root(fact.address).substr(sizeof "status")] = fact_text(fact);
    return out;
}

Finding check_headroom(const RemoteOptions &options, const Facts &facts) {
    if (!facts.empty())
        return {"headroom", Verdict::good, "runs with profile " + facts.at("profile"), ""};
    return {"headroom", Verdict::worth_knowing,
            "none answers at " + options.host + ":" + std::to_string(options.port),
            "start one: headroom run"};
}

Finding check_port(const RemoteOptions &options, const Facts &facts) {
    const std::string port = "port " + std::to_string(options.port);
    if (!facts.empty())
        return {"OSC", Verdict::good, "headroom uses " + port, ""};
    if (const auto user = osc::other_port_owner(options.port))
        return {"OSC", Verdict::worth_knowing,
                "the user " + osc::user_name(*user) + " uses " + port +
                    ", for another headroom or another program",
                "nothing: headroom run takes a port of its own, and your commands find it"};
    const auto endpoint = osc::Endpoint::parse(options.host, options.port);
    if (!endpoint || osc::UdpSocket::bind(*endpoint))
        return {"OSC", Verdict::good, port + " is free", ""};
    return {"OSC", Verdict::bad, "another program uses " + port,
            "end it (ss -ulpn 'sport = :" + std::to_string(options.port) +
                "' shows which), or take another: headroom run --osc-port 9141"};
}

using PipeWire = Result<std::unique_ptr<pipewire::Connection>>;

Finding check_backend(const PipeWire &pipewire) {
    if (!pipewire)
        return {"backend", Verdict::bad, pipewire.error().message, pipewire.error().remedy};
    const auto choice = choose_backend("auto", pipewire->get());
    if (!choice)
        return {"backend", Verdict::bad, choice.error().message, choice.error().remedy};
    return {"backend", Verdict::good,
            std::string(graph::name_of(choice->backend)) + ": " + choice->reason, ""};
}

/// What the running headroom has to say.
Findings check_notice(const Facts &facts) {
    const auto notice = facts.find("notice");
    if (notice == facts.end() || notice->second.empty())
        return {};
    return {{"notice", Verdict::worth_knowing, notice->second,
             "headroom route list shows the notices of all applications"}};
}

/// JACK2's metadata, which all servers and clients of this user share.
Findings check_metadata() {
    if (jack::libjack_is_pipewire() || !jack::metadata_store_is_locked())
        return {};
    return {{"metadata", Verdict::bad,
             "JACK's metadata in " + jack::metadata_store().string() +
                 " is locked by a program that was killed: JACK servers and clients hang",
             jack::metadata_store_remedy()}};
}

bool has_jackd() {
    return run_tool({"which", "jackd"}).has_value();
}

/// pipewire: why there is no connection, or nullptr if it does not run.
Findings check_server(const Facts &facts, const PipeWire &pipewire) {
    if (!facts.empty())
        return {{"server", Verdict::good,
                 facts.at("server") + ", " + facts.at("sample_rate") + " Hz, " +
                     facts.at("period") + " frames",
                 ""},
                {"backend", Verdict::good, facts.at("backend") + ": " + facts.at("backend_reason"),
                 ""}};
    if (const auto hang = jack::server_hang())
        return {{"server", Verdict::bad, hang->message, hang->remedy}};
    if (jack::server_is_running())
        return {{"server", Verdict::good, jack::server_kind() + " runs", ""},
                jack::libjack_is_pipewire() ? check_backend(pipewire)
                                            : check_backend(PipeWire(nullptr))};
    if (jack::needs_pw_jack())
        return {{"server", Verdict::good, "PipeWire runs; headroom starts through pw-jack", ""},
                check_backend(pipewire)};
    return {{"server", Verdict::worth_knowing, "neither JACK nor PipeWire runs",
             has_jackd()
                 ? "start one (systemctl --user start pipewire, or jackd -d alsa); without one, "
                   "headroom starts a silent JACK server and plays a demo"
                 : "start PipeWire (systemctl --user start pipewire), or install a JACK "
                   "server: sudo apt install jackd2"}};
}

/// Whether a thread of this program may have real-time priority.
Finding check_realtime() {
    bool granted = false;
    std::thread([&] {
        const sched_param wanted{.sched_priority = 10};
        granted = ::sched_setscheduler(0, SCHED_FIFO, &wanted) == 0;
    }).join();
    if (granted)
        return {"real time", Verdict::good, "this user may use real-time priority", ""};
    if (jack::pipewire_is_running())
        return {"real time", Verdict::worth_knowing,
                "this user may not use real-time priority; PipeWire may get it from RealtimeKit",
                "if it crackles: install rtkit, or see the next line"};
    return {"real time", Verdict::bad, "this user may not use real-time priority: expect dropouts",
            "sudo apt install jackd2 && sudo dpkg-reconfigure -p high jackd2 && sudo usermod -aG "
            "audio $USER, then log in again"};
}

Finding check_memory() {
    constexpr rlim_t kEnough = 64u << 20;
    rlimit limit{};
    ::getrlimit(RLIMIT_MEMLOCK, &limit);
    if (limit.rlim_cur == RLIM_INFINITY)
        return {"memory lock", Verdict::good, "unlimited", ""};
    const std::string size = std::to_string(limit.rlim_cur >> 10) + " KiB";
    if (limit.rlim_cur >= kEnough)
        return {"memory lock", Verdict::good, size, ""};
    return {"memory lock", Verdict::worth_knowing, "only " + size + " may be locked",
            "add the line \"@audio - memlock unlimited\" to /etc/security/limits.d/audio.conf, "
            "then log in again"};
}

Findings check_pipewire(const PipeWire &pipewire) {
    if (!jack::pipewire_is_running())
        return {};
    Findings out;
    if (!run_tool({"which", "pw-jack"}))
        out.push_back({"PipeWire", Verdict::bad, "pw-jack is not installed",
                       "sudo apt install pipewire-jack"});
    if (!pipewire) {
        out.push_back(
            {"PipeWire", Verdict::bad, pipewire.error().message, pipewire.error().remedy});
        return out;
    }
    const bool has_sink = pipewire::has_headroom_sink((*pipewire)->registry());
    out.push_back({"sink", has_sink ? Verdict::good : Verdict::worth_knowing,
                   has_sink ? "the Headroom Sink exists"
                            : "there is no Headroom Sink; headroom run makes one until it ends",
                   has_sink ? "" : "to have it at every start of PipeWire: headroom sink install"});
    return out;
}

/// Programs that want to be in the same place, by the names of their processes.
Findings check_conflicts() {
    static constexpr std::array<std::string_view, 3> kRivals{"easyeffects", "pulseeffects",
                                                             "jamesdsp"};
    Findings out;
    std::error_code error;
    for (fs::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
        const std::string id = it->path().filename();
        if (id.find_first_not_of("0123456789") != std::string::npos)
            continue;
        std::ifstream stream(it->path() / "comm");
        std::string name;
        std::getline(stream, name);
        const auto rival = std::find(kRivals.begin(), kRivals.end(), name);
        if (rival != kRivals.end())
            out.push_back({"conflicts", Verdict::worth_knowing,
                           name + " runs too: the sound would go through both",
                           "end it, or exclude applications in its settings"});
    }
    if (out.empty())
        out.push_back({"conflicts", Verdict::good,
                       "no other sound processor, such as EasyEffects, runs", ""});
    return out;
}

Finding check_state() {
    const auto place = state_folder();
    if (!place)
        return {"state", Verdict::bad, place.error().message, place.error().remedy};
    const fs::path &folder = *place;
    const fs::path probe = folder / ".doctor";
    std::error_code error;
    const bool written = write_text(probe, "x", Access::owner).has_value();
    fs::remove(probe, error);
    if (written)
        return {"state", Verdict::good, "changes are kept in " + folder.string(), ""};
    fs::path there = fs::absolute(folder, error); // as much of the path as exists
    while (!fs::exists(there, error) && there != there.parent_path())
        there = there.parent_path();
    const std::string what = there == folder ? " cannot be written" : " cannot be made";
    return {"state", Verdict::bad, folder.string() + what + ": changes are lost at the end",
            "make " + there.string() + " yours: sudo chown $(id -u) " + there.string() +
                (there == folder ? "" : "; then: mkdir -p " + folder.string())};
}

Findings check_user() {
    if (!is_root())
        return {};
    if (const auto why = sound_is_of_another_user())
        return {{"user", Verdict::bad, why->message, why->remedy}};
    return {{"user", Verdict::worth_knowing, "headroom need not run as root",
             "start it as the user who plays the sound"}};
}

const char *word(Verdict verdict) {
    switch (verdict) {
    case Verdict::good:
        return "ok";
    case Verdict::worth_knowing:
        return "note";
    case Verdict::bad:
        return "BAD";
    }
    return "";
}

int doctor(const RemoteOptions &options) {
    const Facts facts = running_headroom(options);
    Findings all{check_headroom(options, facts), check_port(options, facts)};
    const auto add = [&](const Findings &more) { all.insert(all.end(), more.begin(), more.end()); };
    add(check_user());
    const Findings metadata = check_metadata();
    add(metadata);
    const PipeWire pipewire =
        jack::pipewire_is_running() ? pipewire::Connection::open() : PipeWire(nullptr);
    if (metadata.empty()) // a client would hang
        add(check_server(facts, pipewire));
    add(check_notice(facts));
    add({check_realtime(), check_memory()});
    add(check_pipewire(pipewire));
    add(check_conflicts());
    add({check_state()});

    bool is_well = true;
    Json array = Json::array();
    for (const Finding &each : all) {
        is_well = is_well && each.verdict != Verdict::bad;
        array.push_back({{"subject", each.subject},
                         {"verdict", word(each.verdict)},
                         {"text", each.text},
                         {"remedy", each.remedy}});
        if (options.json)
            continue;
        std::printf("%-5s %-12s %s\n", word(each.verdict), each.subject.c_str(), each.text.c_str());
        if (!each.remedy.empty())
            std::printf("                   -> %s\n", each.remedy.c_str());
    }
    if (options.json)
        std::cout << printed(array);
    return is_well ? 0 : 1;
}

} // namespace

void add_doctor_command(CLI::App &app, int &exit_code) {
    const auto [command, options] = add_remote_command(
        app, "doctor", "Check the system: what is wrong, and what to do", exit_code, doctor);
    command->footer("The exit status is 1 if something is BAD.\nExample:\n  headroom doctor");
}

} // namespace headroom::app
