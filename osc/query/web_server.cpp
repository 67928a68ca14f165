// SPDX-License-Identifier: GPL-3.0-or-later
#include "osc/query/web_server.hpp"

#include "osc/places.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <libwebsockets.h>
#include <map>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace headroom::osc {

namespace {

constexpr unsigned kHeaderBytes = 2048;                            // of an answer
constexpr unsigned kFileDescriptors = 4 * WebServer::kConnections; // some are leaving
constexpr int kEnd = -1;                                           // from a callback

/// Something to write, with the room in front that libwebsockets writes its header to.
struct Frame {
    lws_write_protocol kind;
    std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(LWS_PRE);

    Frame(lws_write_protocol of, std::span<const std::uint8_t> content) : kind(of) {
        bytes.insert(bytes.end(), content.begin(), content.end());
    }
    Frame(lws_write_protocol of, std::string_view text)
        : Frame(of, {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()}) {}

    bool write(lws *wsi) {
        return lws_write(wsi, bytes.data() + LWS_PRE, bytes.size() - LWS_PRE, kind) >= 0;
    }
};

std::string header(lws *wsi, lws_token_indexes which) {
    const int length = lws_hdr_total_length(wsi, which);
    if (length <= 0)
        return "";
    std::string out(static_cast<std::size_t>(length) + 1, '\0');
    const int copied = lws_hdr_copy(wsi, out.data(), length + 1, which);
    out.resize(static_cast<std::size_t>(std::max(copied, 0)));
    return out;
}

std::string local_ip(lws *wsi) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    std::array<char, NI_MAXHOST> text{};
    if (::getsockname(lws_get_socket_fd(wsi), reinterpret_cast<sockaddr *>(&address), &size) != 0 ||
        ::getnameinfo(reinterpret_cast<const sockaddr *>(&address), size, text.data(), text.size(),
                      nullptr, 0, NI_NUMERICHOST) != 0)
        return "";
    return text.data();
}

/// Answers 403 and why.
bool write_refusal(lws *wsi, const std::string &why) {
    std::array<unsigned char, LWS_PRE + kHeaderBytes> buffer{};
    unsigned char *const start = buffer.data() + LWS_PRE;
    unsigned char *at = start;
    unsigned char *const end = buffer.data() + buffer.size() - 1;
    const std::string body = why + "\n";
    return lws_add_http_common_headers(wsi, HTTP_STATUS_FORBIDDEN, "text/plain; charset=utf-8",
                                       body.size(), &at, end) == 0 &&
           lws_finalize_write_http_header(wsi, start, &at, end) == 0 &&
           Frame(LWS_WRITE_HTTP_FINAL, body).write(wsi);
}

} // namespace

struct WebServer::Impl {
    struct Connection {
        Impl *owner;
        std::string host;
        std::string refusal; ///< whatever it asks for
        std::uint64_t number;
        int socket;      ///< which libwebsockets closes
        TimePoint heard; ///< or was seen to read
        lws *wsi = nullptr;
        bool is_websocket = false;
        bool is_broken = false;
        std::vector<std::uint8_t> received; ///< of a message that is not complete
        std::deque<Frame> unsent;
        std::size_t unsent_bytes = 0;
    };

    Handler handler;
    Origins origins;
    control::EventLoop &loop;
    lws_retry_bo_t idle_policy{};
    lws_context *context = nullptr;
    std::map<std::uint64_t, Connection> connections;

    Impl(control::EventLoop &on, Handler what, Origins who)
        : handler(std::move(what)), origins(std::move(who)), loop(on) {}

    /// Closes what is open once the loop goes round, so this has to stay until the loop has ended.
    static void end(const std::shared_ptr<Impl> &impl) {
        impl->handler = {[](auto, auto, auto) {
                             return Answer{503, ""};
                         },
                         [](auto, auto) {}, [](auto, auto) {}, [] {}, [](auto) {}};
        lws_context_destroy(impl->context);
        impl->loop.on_closed([impl] {
            if constexpr (LWS_LIBRARY_VERSION_NUMBER < 4'002'000)
                lws_context_destroy(impl->context); // and is freed; later ones free it before
        });
    }

    void make_room() {
        std::vector<Place> open;
        for (const auto &[number, known] : connections)
            if (!known.is_broken)
                open.push_back({number, known.host, known.refusal.empty(), known.heard});
        if (open.size() < kConnections)
            return;
        Connection &oldest = connections.at(gives_way(open));
        oldest.is_broken = true;
        ::shutdown(oldest.socket, SHUT_RDWR);
    }

    static int callback(lws *wsi, lws_callback_reasons reason, void *, void *in, size_t size) {
        auto *connection = static_cast<Connection *>(lws_get_opaque_user_data(wsi));
        if (connection == nullptr)
            return 0;
        return connection->owner->take(*connection, wsi, reason, in, size);
    }

    void forget(std::uint64_t number) {
        if (connections.erase(number) != 0)
            handler.gone(number);
    }

    /// 0, or kEnd for the connection.
    int take(Connection &connection, lws *wsi, lws_callback_reasons reason, void *in, size_t size) {
        connection.heard = loop.now();
        switch (reason) {
        case LWS_CALLBACK_HTTP:
            return answer(connection, wsi,
                          {static_cast<const char *>(in),
                           size == 0 ? 0 : std::strlen(static_cast<const char *>(in))});
        case LWS_CALLBACK_HTTP_WRITEABLE:
            return write_body(connection, wsi);
        case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: {
            constexpr int kIsAnswered = 1;
            const std::string why = refusal(connection, wsi);
            return why.empty() ? 0 : write_refusal(wsi, why) ? kIsAnswered : kEnd;
        }
        case LWS_CALLBACK_ESTABLISHED:
            connection.wsi = wsi;
            connection.is_websocket = true;
            handler.opened();
            return 0;
        case LWS_CALLBACK_RECEIVE:
            return receive(connection, wsi, {static_cast<const std::uint8_t *>(in), size});
        case LWS_CALLBACK_SERVER_WRITEABLE:
            return write_frame(connection, wsi);
        case LWS_CALLBACK_WSI_DESTROY:
            forget(connection.number);
            return 0;
        default:
            return 0;
        }
    }

    std::string refusal(const Connection &connection, lws *wsi) const {
        if (!connection.refusal.empty())
            return connection.refusal;
        return origins.refusal({header(wsi, WSI_TOKEN_ORIGIN), header(wsi, WSI_TOKEN_HOST),
                                header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION),
                                header(wsi, WSI_TOKEN_HTTP_URI_ARGS), local_ip(wsi)});
    }

    int answer(Connection &connection, lws *wsi, std::string_view path) {
        if (const std::string why = refusal(connection, wsi); !why.empty())
            return write_refusal(wsi, why) && connection.refusal.empty() &&
                           lws_http_transaction_completed(wsi) == 0
                       ? 0
                       : kEnd; // who may never ask keeps no place
        Answer found{405, ""};
        if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0)
            found = handler.get(path, Origins::without_token(header(wsi, WSI_TOKEN_HTTP_URI_ARGS)),
                                local_ip(wsi));
        std::array<unsigned char, LWS_PRE + kHeaderBytes> buffer{};
        unsigned char *const start = buffer.data() + LWS_PRE;
        unsigned char *at = start;
        unsigned char *const end = buffer.data() + buffer.size() - 1;
        if (lws_add_http_common_headers(wsi, static_cast<unsigned>(found.status),
                                        "application/json", found.json.size(), &at, end) != 0)
            return kEnd;
        if (const std::string origin = header(wsi, WSI_TOKEN_ORIGIN);
            !origin.empty() &&
            lws_add_http_header_by_name(
                wsi, reinterpret_cast<const unsigned char *>("access-control-allow-origin:"),
                reinterpret_cast<const unsigned char *>(origin.data()),
                static_cast<int>(origin.size()), &at, end) != 0)
            return kEnd;
        if (lws_finalize_write_http_header(wsi, start, &at, end) != 0)
            return kEnd;
        if (found.json.empty())
            return lws_http_transaction_completed(wsi) == 0 ? 0 : kEnd;
        connection.unsent.emplace_back(LWS_WRITE_HTTP_FINAL, found.json);
        lws_callback_on_writable(wsi);
        return 0;
    }

    /// False where the client has stopped to read, and ends.
    static bool queue(Connection &to, Frame frame) {
        if (to.unsent_bytes + frame.bytes.size() > kUnsentBytes) {
            to.is_broken = true;
        } else {
            to.unsent_bytes += frame.bytes.size();
            to.unsent.push_back(std::move(frame));
        }
        lws_callback_on_writable(to.wsi);
        return !to.is_broken;
    }

    static int write_body(Connection &connection, lws *wsi) {
        if (connection.unsent.empty())
            return 0;
        auto body = std::move(connection.unsent.front());
        connection.unsent.pop_front();
        if (!body.write(wsi))
            return kEnd;
        return lws_http_transaction_completed(wsi) == 0 ? 0 : kEnd;
    }

    int receive(Connection &connection, lws *wsi, std::span<const std::uint8_t> bytes) {
        if (connection.is_broken ||
            connection.received.size() + bytes.size() > WebServer::kMessageBytes)
            return kEnd;
        connection.received.insert(connection.received.end(), bytes.begin(), bytes.end());
        if (lws_is_final_fragment(wsi) == 0)
            return 0;
        const auto message = std::exchange(connection.received, {});
        if (lws_frame_is_binary(wsi) != 0)
            handler.binary(connection.number, message);
        else
            handler.text(connection.number,
                         {reinterpret_cast<const char *>(message.data()), message.size()});
        return connection.is_broken ? kEnd : 0;
    }

    static int write_frame(Connection &connection, lws *wsi) {
        if (connection.is_broken)
            return kEnd;
        if (connection.unsent.empty())
            return 0;
        auto frame = std::move(connection.unsent.front());
        connection.unsent.pop_front();
        connection.unsent_bytes -= frame.bytes.size();
        if (!frame.write(wsi))
            return kEnd;
        if (!connection.unsent.empty())
            lws_callback_on_writable(wsi);
        return 0;
    }
};

WebServer::WebServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

WebServer::~WebServer() {
    Impl::end(impl_);
}

std::unique_ptr<WebServer> WebServer::start(control::EventLoop &loop, Handler handler,
                                            Origins origins, const Patience &patience) {
    static const std::array<lws_protocols, 3> protocols{
        lws_protocols{"oscquery", Impl::callback, 0, WebServer::kMessageBytes, 0, nullptr, 0},
        lws_protocols{"osc", Impl::callback, 0, WebServer::kMessageBytes, 0, nullptr, 0},
        lws_protocols{nullptr, nullptr, 0, 0, 0, nullptr, 0}};
    lws_set_log_level(0, nullptr);
    auto impl = std::make_shared<Impl>(loop, std::move(handler), std::move(origins));
    std::array<void *, 1> loops{loop.uv()};
    lws_context_creation_info info{};
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.protocols = protocols.data();
    info.gid = static_cast<gid_t>(-1);
    info.uid = static_cast<uid_t>(-1);
    info.options = LWS_SERVER_OPTION_LIBUV;
    info.foreign_loops = loops.data();
    info.fd_limit_per_thread = kFileDescriptors;
    info.timeout_secs = static_cast<unsigned>(patience.handshake.count());
    info.timeout_secs_ah_idle = static_cast<unsigned>(patience.handshake.count());
    impl->idle_policy.secs_since_valid_ping = static_cast<std::uint16_t>(patience.ping.count());
    impl->idle_policy.secs_since_valid_hangup =
        static_cast<std::uint16_t>(patience.hang_up.count());
    info.retry_and_idle_policy = &impl->idle_policy;
    info.server_string = "headroom";
    impl->context = lws_create_context(&info);
    if (impl->context == nullptr)
        return nullptr;
    return std::unique_ptr<WebServer>(new WebServer(std::move(impl)));
}

void WebServer::adopt(int socket, std::uint64_t connection, const std::string &host,
                      const std::string &refusal) {
    impl_->make_room();
    Impl::Connection &added = impl_->connections
                                  .emplace(connection, Impl::Connection{.owner = impl_.get(),
                                                                        .host = host,
                                                                        .refusal = refusal,
                                                                        .number = connection,
                                                                        .socket = socket,
                                                                        .heard = impl_->loop.now()})
                                  .first->second;
    lws_adopt_desc_t how{};
    how.vh = lws_get_vhost_by_name(impl_->context, "default");
    how.type = static_cast<lws_adoption_type>(LWS_ADOPT_HTTP | LWS_ADOPT_SOCKET);
    how.fd.sockfd = socket;
    how.opaque = &added;
    if (lws_adopt_descriptor_vhost_via_info(&how) == nullptr)
        impl_->forget(connection);
}

void WebServer::end(std::uint64_t connection) {
    if (const auto at = impl_->connections.find(connection); at != impl_->connections.end())
        ::shutdown(at->second.socket, SHUT_RDWR);
}

bool WebServer::send(std::uint64_t connection, std::span<const std::uint8_t> bytes, bool must) {
    const auto at = impl_->connections.find(connection);
    if (at == impl_->connections.end() || !at->second.is_websocket || at->second.is_broken)
        return false;
    Impl::Connection &to = at->second;
    if (!must && (to.unsent_bytes > kUpdateBytes ||
                  (to.unsent.empty() && lws_send_pipe_choked(to.wsi) != 0)))
        return false;
    return Impl::queue(to, Frame(LWS_WRITE_BINARY, bytes));
}

void WebServer::tell_all(std::string_view text) {
    for (auto &[number, to] : impl_->connections)
        if (to.is_websocket && !to.is_broken)
            Impl::queue(to, Frame(LWS_WRITE_TEXT, text));
}

bool WebServer::has_websockets() const {
    return std::any_of(impl_->connections.begin(), impl_->connections.end(),
                       [](const auto &known) { return known.second.is_websocket; });
}

} // namespace headroom::osc
