// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/client.hpp"

#include "jack_client/jack/metadata_store.hpp"
#include "jack_client/jack/port_names.hpp"
#include "jack_client/jack/server.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <jack/jack.h>
#include <memory>
#include <optional>
#include <random>
#include <semaphore>
#include <thread>
#include <tuple>
#include <utility>

namespace headroom::jack {
namespace {

using Clock = std::chrono::steady_clock;

/// jack_client_close() aborts or hangs sooner after the server has gone.
constexpr std::chrono::milliseconds kCloseDelay{100};

/// JACK2 names a client's own socket without the server: where two clients of one name open on two
/// servers at the same moment, each may take the other's away, and both fail.
constexpr int kTries = 6;
constexpr int kRandomPause_ms = 50;
/// In which the clients on a server that has gone are told of it.
constexpr std::chrono::milliseconds kShortestPause{20};

/// How long a server may take to open a client; on a busy machine it has taken a second.
constexpr std::chrono::seconds kOpenTime{8};

/// Open clients of this process whose server has gone.
std::atomic<int> lost_clients{0};

/// libjack opens one client at a time. What was given up keeps its turn until libjack comes back.
std::binary_semaphore opening_turn{1};
std::atomic<bool> is_given_up{false};

jack_client_t *open_once(const std::string &name, const std::string &server_name,
                         jack_status_t &status) {
    status = {};
    if (server_name.empty())
        return jack_client_open(name.c_str(), JackNoStartServer, &status);
    return jack_client_open(name.c_str(),
                            static_cast<jack_options_t>(JackNoStartServer | JackServerName),
                            &status, server_name.c_str());
}

struct Opened {
    jack_client_t *client = nullptr;
    jack_status_t status{};
    bool is_refused = false; ///< clients of a lost server are still to be closed
};

/// As open_once(), on a thread that is left behind if it takes longer than kOpenTime: libjack waits
/// without end for a server that hangs, or for its store of metadata if a client was killed while
/// it held that. Where a server has gone, the next opening frees all clients that were on it,
/// closed or not; so they have to be closed first.
Result<Opened> open_in_time(const std::string &name, const std::string &server_name) {
    if (is_given_up)
        return failure("the JACK library is still waiting for a server that hangs");
    const auto too_late = [] {
        return failure("the JACK library has not opened a client in " +
                           std::to_string(kOpenTime.count()) + " s",
                       "the server hangs, or a program was killed while it had locked JACK's "
                       "metadata: " +
                           metadata_store_remedy());
    };
    if (!opening_turn.try_acquire_for(kOpenTime))
        return too_late();
    auto late = std::make_shared<std::atomic<bool>>(false);
    std::packaged_task<Opened()> task([=] {
        Opened opened;
        opened.is_refused = lost_clients > 0;
        if (!opened.is_refused)
            opened.client = open_once(name, server_name, opened.status);
        if (late->exchange(true)) { // nobody waits for it any more
            if (opened.client != nullptr)
                jack_client_close(opened.client);
            is_given_up = false;
        }
        opening_turn.release();
        return opened;
    });
    std::future<Opened> result = task.get_future();
    std::thread(std::move(task)).detach();
    if (result.wait_for(kOpenTime) != std::future_status::ready) {
        is_given_up = true;
        if (!late->exchange(true))
            return too_late();
        is_given_up = false;
    }
    return result.get();
}

} // namespace

struct Client::Impl {
    jack_client_t *client = nullptr;
    std::atomic<bool> losing{false};
    std::atomic<bool> lost{false};
    std::atomic<Clock::time_point> lost_at{};
    std::function<void()> on_server_lost;

    void unregister_ports() const;
    void lose_server() {
        if (losing.exchange(true))
            return;
        lost_at = Clock::now();
        ++lost_clients;
        lost = true;
        if (on_server_lost)
            on_server_lost();
    }
};

bool Client::is_waiting() {
    return is_given_up;
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Client>> Client::open(const std::string &name,
                                             const std::string &server_name,
                                             std::function<void()> on_server_lost) {
    silence_libjack();
    mend_metadata_store();

    jack_status_t status{};
    jack_client_t *client = nullptr;
    std::random_device random;
    for (int attempt = 0; attempt < kTries && client == nullptr; ++attempt) {
        if (attempt > 0)
            std::this_thread::sleep_for(kShortestPause +
                                        std::chrono::milliseconds(random() % kRandomPause_ms));
        const auto opened = open_in_time(name, server_name);
        if (!opened)
            return tl::unexpected(opened.error());
        if (opened->is_refused)
            return failure("the connection to the lost JACK server is still being closed");
        std::tie(client, status) = std::pair(opened->client, opened->status);
        if (!(status & JackServerError))
            break;
    }
    if (!client)
        return status & JackServerFailed
                   ? failure("no JACK server answers" +
                                 (server_name.empty() ? "" : " under the name " + server_name),
                             "start one, or use pw-jack if PipeWire runs")
                   : failure("the JACK server refused the client '" + name + "'");

    auto impl = std::make_unique<Impl>();
    impl->client = client;
    impl->on_server_lost = std::move(on_server_lost);
    // PipeWire calls the variant with a reason only since 0.3.71; JACK2 calls it alone.
    jack_on_shutdown(
        client, [](void *self) { static_cast<Impl *>(self)->lose_server(); }, impl.get());
    jack_on_info_shutdown(
        client,
        [](jack_status_t, const char *, void *self) { static_cast<Impl *>(self)->lose_server(); },
        impl.get());
    return std::unique_ptr<Client>(new Client(std::move(impl)));
}

/// PipeWire 1.4.2 frees the buffers of ports twice where it closes a client whose server has gone,
/// but not those of ports that have gone before.
void Client::Impl::unregister_ports() const {
    for (const std::string &name : taken_names(jack_get_ports(client, nullptr, nullptr, 0)))
        if (jack_port_t *port = jack_port_by_name(client, name.c_str());
            port && jack_port_is_mine(client, port))
            jack_port_unregister(client, port);
}

Client::~Client() {
    if (impl_->lost)
        std::this_thread::sleep_until(impl_->lost_at.load() + kCloseDelay);
    if (impl_->lost && libjack_is_pipewire())
        impl_->unregister_ports();
    jack_client_close(impl_->client);
    if (impl_->lost)
        --lost_clients;
}

jack_client_t *Client::get() const {
    return impl_->client;
}

std::string Client::name() const {
    return jack_get_client_name(impl_->client);
}

bool Client::server_lost() const {
    return impl_->lost;
}

void silence_libjack() {
    jack_set_error_function([](const char *) {});
    jack_set_info_function([](const char *) {});
}

} // namespace headroom::jack
