// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/session.hpp"

#include "config/folders.hpp"
#include "config/session_folder.hpp"
#include "jack_client/control/event_loop.hpp"
#include "osc/local_user.hpp"

namespace headroom::app {

namespace {

using osc::nsm::ErrorCode;
using osc::nsm::Refusal;
using osc::nsm::SessionClient;

constexpr const char *kCapabilities = ":dirty:switch:progress:message:";
constexpr std::chrono::milliseconds kAnswerTime{3000};

/// A port that is free for UDP and for TCP.
std::shared_ptr<osc::UdpSocket> bind_port(std::uint16_t port) {
    constexpr int kTries = 16;
    for (int tries = 0; tries < kTries; ++tries) {
        auto socket =
            osc::UdpSocket::bind(*osc::Endpoint::parse("127.0.0.1", tries == 0 ? port : 0));
        if (socket && osc::TcpListener::bind(socket->local()))
            return std::make_shared<osc::UdpSocket>(std::move(*socket));
    }
    return nullptr;
}

tl::unexpected<Refusal> refusal(ErrorCode code, const Diagnostic &why) {
    return tl::unexpected<Refusal>({code, why.text()});
}

} // namespace

std::unique_ptr<SessionClient>
announce_to_session_manager(std::uint16_t osc_port, const std::string &program, const Say &say) {
    const std::string url = environment("NSM_URL", "");
    if (url.empty())
        return nullptr;
    auto socket = bind_port(osc_port);
    if (!socket) {
        say("no OSC port is free; running outside the session");
        return nullptr;
    }
    const std::string executable = std::filesystem::path(program).filename();
    auto client =
        SessionClient::announce(url, {"headroom", kCapabilities, executable}, std::move(socket),
                                [](const osc::Endpoint &from) {
                                    return osc::every_socket_owner(from) == osc::SocketOwner::own;
                                });
    if (!client) {
        say("no session manager: " + client.error() + "; running outside the session");
        return nullptr;
    }
    return std::move(*client);
}

tl::expected<Home, Refusal> open_project(const osc::nsm::Project &project,
                                         const std::string &profile_for_new) {
    const std::filesystem::path folder = project.path;
    if (!has_session(folder)) {
        const auto profile =
            find_profile(profile_for_new.empty() ? kDefaultProfile : profile_for_new);
        if (!profile)
            return refusal(ErrorCode::general, profile.error());
        if (const auto made = save_session(folder, *profile); !made)
            return refusal(ErrorCode::create_failed, made.error());
    }
    auto profile = load_session(folder);
    if (!profile)
        return refusal(ErrorCode::bad_project, profile.error());
    return Home{std::move(*profile), session_overlay(folder), project.client_id, folder,
                "saved in the session"};
}

Result<Home> own_home(const HomeOptions &options) {
    std::filesystem::path overlay_file;
    if (!options.no_overlay) {
        const auto folder = state_folder();
        if (!folder)
            return tl::unexpected(folder.error());
        overlay_file = *folder / "overlay";
    }
    std::string reason = "asked for with --profile";
    std::string wanted = options.profile;
    if (wanted.empty()) {
        reason = "chosen last at run time";
        wanted = Overlay(overlay_file, Overlay::Saving::on_request).chosen_profile();
    }
    auto profile = find_profile(wanted.empty() ? kDefaultProfile : wanted);
    if (!profile && options.profile.empty() && !wanted.empty()) {
        options.say("the profile chosen last cannot be used: " + profile.error().text() +
                    "; the profile " + kDefaultProfile + " is in use instead");
        reason = "the default, as " + wanted + ", chosen last, cannot be used";
        profile = find_profile(kDefaultProfile);
    } else if (wanted.empty()) {
        reason = "the default, as none was chosen";
    }
    if (!profile)
        return tl::unexpected(profile.error());
    return Home{.profile = std::move(*profile),
                .overlay_file = std::move(overlay_file),
                .profile_reason = std::move(reason)};
}

Result<std::optional<Home>> managed_home(SessionClient &manager, Signals &signals,
                                         const HomeOptions &options, bool may_go_alone) {
    control::EventLoop loop{std::initializer_list<int>{}};
    Result<std::optional<Home>> home = std::nullopt;
    const auto open = [&](const osc::nsm::Project &project) {
        auto opened = open_project(project, options.profile);
        if (!opened) {
            options.say(opened.error().text);
            return manager.refuse_open(opened.error());
        }
        home = std::move(*opened);
        loop.stop();
    };
    const auto go_alone = [&](const std::string &why) {
        options.say(why + "; running outside the session");
        home = own_home(options);
        loop.stop();
    };
    manager.set_requests({.open = open, .save = {}});
    const auto wishes = loop.on_readable(signals.fd(), [&] {
        if (signals.take() == Signals::Wish::end) // there is no profile yet to read again
            loop.stop();
    });
    const auto answers = loop.on_readable(manager.socket()->fd(), [&] {
        manager.read();
        if (may_go_alone && manager.standing() == SessionClient::Standing::refused)
            go_alone("the session manager refuses: " + manager.answer());
    });
    control::EventLoop::Watch patience;
    if (may_go_alone)
        patience = loop.on_timer(kAnswerTime, [&] {
            if (manager.standing() == SessionClient::Standing::announced)
                go_alone("no session manager answers at " + environment("NSM_URL", ""));
            return std::chrono::milliseconds(-1);
        });
    loop.run();
    manager.set_requests({});
    return home;
}

} // namespace headroom::app
