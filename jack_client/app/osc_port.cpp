// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/osc_port.hpp"

#include "jack_client/app/service.hpp"
#include "osc/local_user.hpp"

#include <array>
#include <climits>
#include <tuple>
#include <unistd.h>

namespace headroom::app {

namespace {

std::string host_name() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    return ::gethostname(name.data(), name.size()) == 0 ? name.data() : "this machine";
}

/// What the profile says and what the options add.
Result<OscSettings> network_settings(OscSettings settings, const OscPort::Options &options) {
    settings.listen.insert(settings.listen.end(), options.listen.begin(), options.listen.end());
    for (const auto &[option, texts, networks] :
         {std::tuple("--allow ", &options.allow, &settings.allow),
          std::tuple("--write ", &options.write, &settings.write)})
        for (const std::string &text : *texts) {
            const auto network = Network::parse(text);
            if (!network)
                return failure(
                    option + text + " is no network",
                    "give one such as 192.168.1.0/24, or an address such as 192.168.1.10");
            networks->push_back(*network);
        }
    if (!settings.listen.empty() && settings.allow.empty() && settings.write.empty() &&
        settings.peers.empty())
        return failure("nobody is allowed to speak to " + settings.listen.front(),
                       "say who is, for instance --write 192.168.1.0/24");
    return settings;
}

} // namespace

Result<std::unique_ptr<OscPort>> OscPort::open(control::EventLoop &loop, const Options &options,
                                               const OscSettings &settings,
                                               control::ControlSurface &surface,
                                               std::function<void()> exchange) {
    const auto network = network_settings(settings, options);
    if (!network)
        return tl::unexpected(network.error());
    std::unique_ptr<OscPort> port(new OscPort(options));
    port->listen_ = network->listen;
    const auto serve = [&](std::uint16_t number) {
        return osc::Server::open(loop,
                                 {.port = number,
                                  .network = *network,
                                  .notice =
                                      [&surface](const std::string &text) {
                                          say_notice(text);
                                          surface.notify(text);
                                      },
                                  .exchange = exchange,
                                  .socket = options.socket,
                                  .take_aside = options.take_aside},
                                 surface);
    };
    const std::uint16_t usual = osc::ServerOptions().port;
    auto server = serve(options.number.value_or(usual));
    if (!server && !options.number)
        if (const auto other = osc::other_port_owner(usual)) {
            server = serve(0);
            if (server)
                say_notice("the user " + osc::user_name(*other) + " has the usual OSC port, " +
                           std::to_string(usual) + ": this headroom takes port " +
                           std::to_string((*server)->port()) + ", and your commands find it there");
        }
    if (!server)
        return tl::unexpected(server.error());
    port->server_ = std::move(*server);
    for (const Diagnostic &mistake : port->server_->mistakes())
        say_notice(mistake.text());
    if (auto file = PortFile::write(port->number()))
        port->file_ = std::move(*file);
    else
        say_notice(file.error().text());
    if (!options.no_query) {
        auto query = osc::QueryServer::open(loop, *port->server_, surface, "headroom");
        if (query)
            port->query_ = std::move(*query);
        else
            say(query.error().text());
    }
    if (!options.no_announce)
        port->announcer_ = osc::Announcer::start(loop, {.name = "headroom on " + host_name(),
                                                        .port = port->number(),
                                                        .is_query = port->query_ != nullptr,
                                                        .is_loopback = network->listen.empty()});
    return port;
}

std::string OscPort::text() const {
    std::string out = "127.0.0.1:" + std::to_string(number());
    for (const std::string &address : listen_)
        out += " and " + address;
    return out;
}

std::vector<std::string> OscPort::adopt(const OscSettings &settings) {
    const auto network = network_settings(settings, options_);
    if (!network)
        return {network.error().text() + "; who may speak OSC stays as it was"};
    std::vector<std::string> out;
    for (const Diagnostic &mistake : server_->adopt(*network))
        out.push_back(mistake.text());
    if (network->listen != listen_)
        out.emplace_back(
            "osc: listen: other addresses are listened on when headroom starts the next time");
    return out;
}

} // namespace headroom::app
