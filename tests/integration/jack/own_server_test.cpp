// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/player_client.hpp"
#include "jack_client/jack/server.hpp"
#include "jack_client/jack/spawned_server.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/jack_server.hpp"
#include "tests/support/signal_clients.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <jack/jack.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace headroom;
using namespace headroom::test;

namespace {

/// The links of a port as another program sees them.
std::string links_of(const std::string &server_name, const std::string &port) {
    return run_program({"jack_lsp", "-s", server_name, "-c", port}).standard_output;
}

/// For the life of this object the variable has another value.
class ChangedVariable {
  public:
    ChangedVariable(const char *name, const char *value) : name_(name), old_(std::getenv(name)) {
        setenv(name, value, 1);
    }
    ~ChangedVariable() { setenv(name_, old_.c_str(), 1); }

  private:
    const char *name_;
    std::string old_;
};

/// The only process that this thread has started.
pid_t only_child() {
    std::ifstream children("/proc/thread-self/children");
    pid_t child = 0;
    children >> child;
    return child;
}

/// Another program that has spawned a server and keeps it until it is killed.
class Keeper {
  public:
    Keeper() {
        int pipe_ends[2];
        REQUIRE(pipe(pipe_ends) == 0);
        program_ = fork();
        if (program_ == 0) {
            const auto server = jack::SpawnedServer::start({});
            if (!server)
                _exit(1);
            Kept kept{.jackd = only_child(), .name = {}};
            (*server)->name().copy(kept.name, sizeof kept.name - 1);
            [[maybe_unused]] const auto written = write(pipe_ends[1], &kept, sizeof kept);
            pause();
            _exit(0);
        }
        close(pipe_ends[1]);
        REQUIRE(read(pipe_ends[0], &kept_, sizeof kept_) == sizeof kept_);
        close(pipe_ends[0]);
        REQUIRE(kept_.jackd > 0);
    }

    pid_t jackd() const { return kept_.jackd; }
    std::string name() const { return kept_.name; }
    void kill_program() const {
        kill(program_, SIGKILL);
        waitpid(program_, nullptr, 0);
    }

  private:
    struct Kept {
        pid_t jackd;
        char name[64];
    } kept_{};
    pid_t program_ = 0;
};

/// Never ends: each frame differs from its neighbours, and the last one leads to the first.
Audio saw(std::size_t frames) {
    std::vector<float> ramp(frames);
    for (std::size_t i = 0; i < frames; ++i)
        ramp[i] = static_cast<float>(i + 1) / static_cast<float>(frames);
    return {ramp, ramp};
}

} // namespace

TEST_CASE("A spawned server has the rate and period asked for, and ends with its owner") {
    std::string name;
    {
        const auto server =
            jack::SpawnedServer::start({.sample_rate_hz = 44100, .period_frames = 128});
        INFO((server ? "started" : server.error().text()));
        REQUIRE(server);
        name = (*server)->name();
        CHECK((*server)->is_alive());
        REQUIRE(jack::server_is_running(name));
        const auto client = jack::Client::open("observer", name);
        REQUIRE(client);
        CHECK(jack_get_sample_rate((*client)->get()) == 44100);
        CHECK(jack_get_buffer_size((*client)->get()) == 128);
    }
    CHECK_FALSE(jack_server_answers(name));
}

TEST_CASE("Two spawned servers have names of their own") {
    const auto first = jack::SpawnedServer::start({});
    const auto second = jack::SpawnedServer::start({});
    REQUIRE(first);
    REQUIRE(second);
    CHECK((*first)->name() != (*second)->name());
    CHECK((*first)->is_alive());
}

TEST_CASE("A spawned server that dies is seen") {
    const auto server = jack::SpawnedServer::start({});
    INFO((server ? "started" : server.error().text()));
    REQUIRE(server);
    const pid_t jackd = only_child();
    REQUIRE(jackd > 0);
    pollfd end{.fd = (*server)->end_fd(), .events = POLLIN};
    CHECK(poll(&end, 1, 0) == 0);
    kill(jackd, SIGKILL);
    CHECK(poll(&end, 1, 5000) == 1);
    CHECK(eventually([&] { return !(*server)->is_alive(); }));
}

TEST_CASE("A spawned server ends when the program that spawned it is killed") {
    const Keeper keeper;
    CHECK(jack_server_answers(keeper.name()));
    keeper.kill_program();
    CHECK(eventually([&] { return !jack_server_answers(keeper.name()); }));
}

TEST_CASE("A server that is left over for a while after a kill does not hinder the next") {
    const Keeper keeper;
    kill(keeper.jackd(), SIGSTOP);
    keeper.kill_program();
    {
        const auto server = jack::SpawnedServer::start({});
        INFO((server ? "started" : server.error().text()));
        CHECK(server);
    }
    kill(keeper.jackd(), SIGKILL);
}

TEST_CASE("Without jackd the diagnostic says what to install") {
    const ChangedVariable path("PATH", "/nonexistent");
    const auto server = jack::SpawnedServer::start({});
    REQUIRE_FALSE(server);
    CHECK(server.error().text() ==
          "jackd cannot be started: No such file or directory (install the package jackd2)");
}

TEST_CASE("What jackd has to say about its options is in the diagnostic") {
    const auto server = jack::SpawnedServer::start({.sample_rate_hz = -1, .period_frames = -5});
    REQUIRE_FALSE(server);
    CHECK(server.error().message.find("jackd") != std::string::npos);
    CHECK(server.error().message.size() > 30);
}

TEST_CASE("A player connects itself where it may, and not on our own server") {
    SECTION("a server that lets it") {
        JackServer server;
        const auto player = jack::PlayerClient::start("demo", server.name(), saw(100));
        REQUIRE(player);
        CHECK(links_of(server.name(), "demo:out_1").find("system:playback_1") != std::string::npos);
        CHECK(links_of(server.name(), "demo:out_2").find("system:playback_2") != std::string::npos);
    }
    SECTION("a server that does not") {
        const auto server = jack::SpawnedServer::start({});
        INFO((server ? "started" : server.error().text()));
        REQUIRE(server);
        const auto player = jack::PlayerClient::start("demo", (*server)->name(), saw(100));
        REQUIRE(player);
        CHECK(links_of((*server)->name(), "demo:out_1") == "demo:out_1\n");
    }
}

TEST_CASE("A player has to have something to play") {
    CHECK_FALSE(jack::PlayerClient::start("demo", "no-such-server", {}));
    CHECK_FALSE(jack::PlayerClient::start("demo", "no-such-server", {{}}));
    CHECK_FALSE(jack::PlayerClient::start("demo", "no-such-server", {{1.0f}, {1.0f, 2.0f}}));
    CHECK_FALSE(jack::PlayerClient::start("demo", "no-such-server", saw(100)));
}

TEST_CASE("A player loops without a gap") {
    constexpr std::size_t kLoopFrames = 1000; // not a multiple of the period
    JackServer server({.synchronous = true});
    const auto player = jack::PlayerClient::start("demo", server.name(), saw(kLoopFrames));
    REQUIRE(player);
    const auto recorder = jack::Client::open("recorder", server.name());
    REQUIRE(recorder);

    struct Recording {
        jack_port_t *port;
        std::vector<float> frames;
        std::atomic<bool> full{false};
    } recording{.port = jack_port_register((*recorder)->get(), "in", JACK_DEFAULT_AUDIO_TYPE,
                                           JackPortIsInput, 0),
                .frames = {}};
    recording.frames.reserve(48000);
    jack_set_process_callback((*recorder)->get(),
                              [](jack_nframes_t count, void *self) {
                                  auto &to = *static_cast<Recording *>(self);
                                  if (to.frames.size() + count > to.frames.capacity()) {
                                      to.full = true;
                                      return 0;
                                  }
                                  const auto *input = static_cast<const float *>(
                                      jack_port_get_buffer(to.port, count));
                                  to.frames.insert(to.frames.end(), input, input + count);
                                  return 0;
                              },
                              &recording);
    REQUIRE(jack_activate((*recorder)->get()) == 0);
    link_ports((*recorder)->get(), "demo:out_1", "recorder:in");
    REQUIRE(eventually([&] { return recording.full.load(); }));
    jack_deactivate((*recorder)->get());

    const std::vector<float> loop = saw(kLoopFrames).front();
    const auto &heard = recording.frames;
    const auto first = std::find_if(heard.begin(), heard.end(), [](float x) { return x > 0.0f; });
    const auto offset =
        static_cast<std::size_t>(std::find(loop.begin(), loop.end(), *first) - loop.begin());
    std::size_t wrong = 0;
    for (auto at = first; at != heard.end(); ++at)
        wrong += *at != loop[(offset + static_cast<std::size_t>(at - first)) % kLoopFrames];
    CHECK(heard.end() - first > 40000);
    CHECK(wrong == 0);
}

TEST_CASE("A player comes back with its server") {
    JackServer server;
    const auto player = jack::PlayerClient::start("demo", server.name(), saw(100));
    REQUIRE(player);
    for (const bool killed : {false, true}) {
        CAPTURE(killed);
        if (killed)
            server.kill();
        else
            server.terminate();
        server.start();
        CHECK(eventually([&] {
            return links_of(server.name(), "demo:out_1").find("system:playback_1") !=
                   std::string::npos;
        }));
    }
}
