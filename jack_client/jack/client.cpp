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
#include <mutex>
#include <optional>
#include <random>
#include <semaphore>
#include <thread>
#include <utility>
#include <vector>

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
std::atomic<bool> is_in_libjack{false}; ///< an opening, which frees clients of a lost server

jack_client_t *open_once(const std::string &name, const std::string &server_name,
                         jack_status_t &status) {
    status = {};
    if (server_name.empty())
        return jack_client_open(name.c_str(), JackNoStartServer, &status);
    return jack_client_open(name.c_str(),
                            static_cast<jack_options_t>(JackNoStartServer | JackServerName),
                            &status, server_name.c_str());
}

/// Whether the server still serves the client. A server that goes before libjack has a function to
/// call for that is never reported.
bool is_served(jack_client_t *client) {
    if (libjack_is_pipewire())
        return true;
    char *const id = jack_get_uuid_for_client_name(client, jack_get_client_name(client));
    jack_free(id);
    return id != nullptr;
}

} // namespace

struct Client::Impl {
    jack_client_t *client = nullptr;
    std::atomic<bool> lost{false};
    std::atomic<Clock::time_point> lost_at{};
    bool may_be_freed = false; ///< by libjack, as it opened another client when the server went

    static Result<bool> open_in_time(const std::shared_ptr<Impl> &impl, const std::string &name,
                                     const std::string &server_name, jack_status_t &status);
    void unregister_ports() const;
    void lose_server();
    void set_on_server_lost(std::function<void()> function);

  private:
    void open(const std::string &name, const std::string &server_name, jack_status_t &status);

    std::mutex mutex_;
    std::function<void()> on_server_lost_; ///< guarded by mutex_
};

/// The client is null if libjack refuses it, or if the server goes at once.
void Client::Impl::open(const std::string &name, const std::string &server_name,
                        jack_status_t &status) {
    client = open_once(name, server_name, status);
    is_in_libjack = false;
    if (client == nullptr)
        return;
    // PipeWire calls the variant with a reason only since 0.3.71; JACK2 calls it alone.
    jack_on_shutdown(
        client, [](void *self) { static_cast<Impl *>(self)->lose_server(); }, this);
    jack_on_info_shutdown(
        client,
        [](jack_status_t, const char *, void *self) { static_cast<Impl *>(self)->lose_server(); },
        this);
    if (is_served(client))
        return;
    std::this_thread::sleep_for(kCloseDelay);
    jack_client_close(client);
    client = nullptr;
    status = static_cast<jack_status_t>(JackFailure | JackServerFailed);
}

void Client::Impl::lose_server() {
    std::function<void()> function;
    {
        const std::lock_guard lock(mutex_);
        if (lost)
            return;
        lost_at = Clock::now();
        ++lost_clients; // before the look at is_in_libjack: an opening sees one or is seen
        may_be_freed = is_in_libjack;
        lost = true;
        function = on_server_lost_;
    }
    if (function)
        function();
}

/// It is called at once if the server has gone already.
void Client::Impl::set_on_server_lost(std::function<void()> function) {
    bool is_lost = false;
    {
        const std::lock_guard lock(mutex_);
        on_server_lost_ = function;
        is_lost = lost;
    }
    if (is_lost && function)
        function();
}

/// As open(), on a thread that is left behind if it takes longer than kOpenTime: libjack
/// waits without end for a server that hangs, or for its store of metadata if a client was killed
/// while it held that. Where a server has gone, the next opening frees all clients that were on it,
/// closed or not; so they have to be closed first. Returns false, without opening, while one is
/// not.
Result<bool> Client::Impl::open_in_time(const std::shared_ptr<Impl> &impl, const std::string &name,
                                        const std::string &server_name, jack_status_t &status) {
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
    std::packaged_task<std::optional<jack_status_t>()> task([=] {
        std::optional<jack_status_t> opened;
        is_in_libjack = true;
        if (lost_clients == 0)
            impl->open(name, server_name, opened.emplace());
        is_in_libjack = false;
        if (late->exchange(true)) { // nobody waits for it any more
            if (jack_client_t *const unwanted = std::exchange(impl->client, nullptr))
                jack_client_close(unwanted);
            is_given_up = false;
        }
        if (impl->client == nullptr && impl->lost)
            --lost_clients;
        opening_turn.release();
        return opened;
    });
    auto result = task.get_future();
    std::thread(std::move(task)).detach();
    if (result.wait_for(kOpenTime) != std::future_status::ready) {
        is_given_up = true;
        if (!late->exchange(true))
            return too_late();
        is_given_up = false;
    }
    const auto opened = result.get();
    status = opened.value_or(jack_status_t{});
    return opened.has_value();
}

namespace {

/// Clients that libjack has freed, or will when it opens the next one.
void leave_to_libjack(std::shared_ptr<void> client) {
    static std::mutex mutex;
    static std::vector<std::shared_ptr<void>> clients;
    const std::lock_guard lock(mutex);
    clients.push_back(std::move(client));
}

} // namespace

bool Client::is_waiting() {
    return is_given_up;
}

Client::Client(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Client>> Client::open(const std::string &name,
                                             const std::string &server_name,
                                             std::function<void()> on_server_lost) {
    silence_libjack();
    mend_metadata_store();

    jack_status_t status{};
    auto impl = std::make_shared<Impl>();
    std::random_device random;
    for (int attempt = 0; attempt < kTries && impl->client == nullptr; ++attempt) {
        if (attempt > 0) {
            std::this_thread::sleep_for(kShortestPause +
                                        std::chrono::milliseconds(random() % kRandomPause_ms));
            impl = std::make_shared<Impl>();
        }
        const auto opened = Impl::open_in_time(impl, name, server_name, status);
        if (!opened)
            return tl::unexpected(opened.error());
        if (!*opened)
            return failure("the connection to the lost JACK server is still being closed");
        if (!(status & JackServerError))
            break;
    }
    if (impl->client == nullptr)
        return status & JackServerFailed
                   ? failure("no JACK server answers" +
                                 (server_name.empty() ? "" : " under the name " + server_name),
                             "start one, or use pw-jack if PipeWire runs")
                   : failure("the JACK server refused the client '" + name + "'");
    impl->set_on_server_lost(std::move(on_server_lost));
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
    if (impl_->lost && impl_->may_be_freed && !libjack_is_pipewire()) {
        impl_->set_on_server_lost({});
        leave_to_libjack(impl_);
    } else {
        jack_client_close(impl_->client);
    }
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
