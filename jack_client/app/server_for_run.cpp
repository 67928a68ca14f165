// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/server_for_run.hpp"

#include "jack_client/app/root_user.hpp"
#include "jack_client/app/service.hpp"
#include "jack_client/jack/pipewire_launcher.hpp"
#include "jack_client/jack/server.hpp"

namespace headroom::app {

Result<std::unique_ptr<jack::SpawnedServer>> server_for_run(const ServerWanted &wanted) {
    if (jack::server_is_running(wanted.name))
        return nullptr;
    if (jack::needs_pw_jack(wanted.name)) {
        say("only PipeWire runs here: starting again through pw-jack");
        wanted.console->drain();
        return tl::unexpected(jack::restart_under_pw_jack(wanted.argv));
    }
    if (wanted.is_session)
        return failure("no JACK server answers", "start one, then open the session again");
    if (!wanted.name.empty())
        return failure("no JACK server \"" + wanted.name + "\" answers",
                       "start it, or leave --server out");
    if (is_service()) // nobody watches a demo
        return failure("neither a JACK server nor PipeWire runs",
                       "start one; the service tries again by itself");
    if (auto why = sound_is_of_another_user()) // a demo would not help
        return tl::unexpected(std::move(*why));
    auto server = jack::SpawnedServer::start({});
    if (server)
        say("no JACK server runs: starting a silent one (" + (*server)->name() +
            ", dummy driver) with a demo programme");
    return server;
}

} // namespace headroom::app
