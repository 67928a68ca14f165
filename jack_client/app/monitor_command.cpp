// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/command_line.hpp"
#include "jack_client/app/commands.hpp"
#include "jack_client/app/held_signals.hpp"
#include "jack_client/app/monitor_terminal.hpp"
#include "jack_client/app/remote.hpp"

#include <algorithm>
#include <clocale>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <langinfo.h>
#include <unistd.h>

// ncurses defines macros with names of everyday life.
#define NCURSES_NOMACROS
#include <curses.h>

namespace headroom::app {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kFrame{100};
constexpr milliseconds kAskAgain{1000};
constexpr float kTrimStep_db = 1.0f;
constexpr int kEscape = 27;
constexpr int kDelete = 127;

struct MonitorOptions {
    bool ascii = false;
    bool mono = false;
    double seconds = 1.0; ///< between lines of JSON
};

/// Keeps the model up to date from what the running program sends, over restarts of it.
class Listener {
  public:
    static tl::expected<Listener, std::string> open(const RemoteOptions &options) {
        auto client = osc::Client::open(options.host, options.port);
        if (!client)
            return tl::unexpected(client.error());
        return Listener(std::move(*client));
    }

    MonitorModel &model() { return model_; }
    osc::Client &client() { return *client_; }

    /// Takes in what comes until then.
    void listen(Clock::time_point until) {
        for (;;) {
            const auto now = Clock::now();
            keep_asking(now);
            const auto left = std::chrono::ceil<milliseconds>(until - now);
            if (left <= milliseconds(0))
                break;
            if (const auto message = client_->receive(left))
                model_.take(*message, Clock::now());
            else if (Clock::now() < until)
                usleep(5000); // nobody listens there, and the socket says so at once
        }
        model_.pass(Clock::now());
    }

    void ask_soon() { ask_at_ = {}; }

  private:
    explicit Listener(std::unique_ptr<osc::Client> client) : client_(std::move(client)) {}

    void keep_asking(Clock::time_point now) {
        if (now < ask_at_)
            return;
        ask_at_ = now + kAskAgain;
        if (!is_subscribed_ || model_.is_stale(now) || model_.take_restart()) {
            client_->send({"/headroom/subscribe", {std::string("/headroom"), std::int32_t{20}}});
            client_->send({"/headroom/profile/list", {}});
            is_subscribed_ = true;
        }
        // Renews the subscription too.
        for (const char *address : {"/headroom/status", "/headroom/route"})
            client_->send({address, {}});
    }

    std::unique_ptr<osc::Client> client_;
    MonitorModel model_;
    Clock::time_point ask_at_{};
    bool is_subscribed_ = false;
};

/// What the keys do.
class Keys {
  public:
    Keys(Listener &listener, MonitorLook &look) : listener_(listener), look_(look) {}

    /// False where the person wants to leave.
    bool press(int key) {
        if (look_.page == MonitorLook::Page::help) {
            look_.page = MonitorLook::Page::meters;
            return true;
        }
        if (look_.page == MonitorLook::Page::learning) {
            learn(key);
            return true;
        }
        return look_.page == MonitorLook::Page::profiles ? choose_profile(key) : act(key);
    }

    /// What is due without a key.
    void follow() {
        MonitorModel &model = listener_.model();
        if (const auto answer = model.take_learn_answer())
            if (const auto outcome = look_.learning.take(*answer)) {
                model.say(*outcome, Clock::now());
                look_.page = MonitorLook::Page::meters;
            }
        if (const auto message = look_.learning.ask(Clock::now()))
            listener_.client().send(*message);
    }

    /// Nobody waits any more for a control that moves.
    void leave() {
        if (look_.learning.is_waiting())
            listener_.client().send(look_.learning.stop());
    }

  private:
    bool act(int key) {
        const std::size_t count = listener_.model().applications().size();
        switch (key) {
        case 'q':
            return false;
        case '?':
        case 'h':
            look_.page = MonitorLook::Page::help;
            break;
        case 'p':
            look_.page = MonitorLook::Page::profiles;
            listener_.client().send({"/headroom/profile/list", {}});
            break;
        case 'l':
            look_.page = MonitorLook::Page::learning;
            look_.learning.open(listener_.model(), look_.application, look_.bus);
            break;
        case 'b':
            listener_.client().send({"/headroom/bypass/toggle", {}});
            break;
        case 'a':
            switch_all("bypass/matched", parameter_id("bypass/matched"));
            break;
        case 'd':
            switch_all("listen", parameter_id("listen"));
            break;
        case 'r':
            listener_.client().send({"/headroom/meters/reset", {}});
            listener_.model().say("integrated loudness and maxima are reset", Clock::now());
            break;
        case '\t':
            look_.bus += 1;
            break;
        case KEY_UP:
            look_.application = look_.application > 0 ? look_.application - 1 : 0;
            break;
        case KEY_DOWN:
            look_.application = std::min(look_.application + 1, count > 0 ? count - 1 : 0);
            break;
        case KEY_LEFT:
            move_application(-1);
            break;
        case KEY_RIGHT:
            move_application(1);
            break;
        case 'u':
            give_back_to_rules();
            break;
        case '+':
        case '=':
            strip("trim/inc", kTrimStep_db);
            break;
        case '-':
            strip("trim/inc", -kTrimStep_db);
            break;
        case 'm':
            strip("mute/toggle", 1.0f);
            break;
        case 's':
            strip("solo/toggle", 1.0f);
            break;
        default:
            break;
        }
        return true;
    }

    /// In every bus, to what it is not in the one that is shown first.
    void switch_all(const char *path, ParameterId id) {
        const auto &buses = listener_.model().buses();
        if (buses.empty())
            return;
        const float now = buses[look_.bus % buses.size()][id];
        listener_.client().send(
            {std::string("/headroom/bus/*/") + path, {now == 0.0f ? 1.0f : 0.0f}});
    }

    bool choose_profile(int key) {
        const auto &profiles = listener_.model().profiles();
        if (key == KEY_UP) {
            look_.profile = look_.profile > 0 ? look_.profile - 1 : 0;
        } else if (key == KEY_DOWN) {
            look_.profile = std::min(look_.profile + 1, profiles.empty() ? 0 : profiles.size() - 1);
        } else {
            if ((key == '\n' || key == KEY_ENTER) && look_.profile < profiles.size())
                listener_.client().send({"/headroom/profile", {profiles[look_.profile]}});
            look_.page = MonitorLook::Page::meters;
        }
        return true;
    }

    void learn(int key) {
        MonitorLearning &learning = look_.learning;
        if (learning.is_waiting()) {
            if (key == kEscape) {
                listener_.client().send(learning.stop());
                look_.page = MonitorLook::Page::meters;
            }
        } else if (key == kEscape) {
            look_.page = MonitorLook::Page::meters;
        } else if (key == KEY_UP || key == KEY_DOWN) {
            learning.choose(key == KEY_UP ? -1 : 1);
        } else if (key == '\n' || key == KEY_ENTER) {
            learning.start();
        } else if (key == KEY_BACKSPACE || key == kDelete || key == '\b') {
            learning.erase();
        } else if (key >= ' ' && key < kDelete) {
            learning.type(static_cast<char>(key));
        }
    }

    const MonitorModel::Application *chosen() const {
        const auto &all = listener_.model().applications();
        return all.empty() ? nullptr : &all[std::min(look_.application, all.size() - 1)];
    }

    /// To the next or the former of all buses, bypass and ignore.
    void move_application(int step) {
        const auto *application = chosen();
        if (application == nullptr)
            return;
        const std::vector<std::string> routes = listener_.model().routes();
        const auto at = std::find(routes.begin(), routes.end(), application->route);
        const auto index = at == routes.end() ? 0 : at - routes.begin();
        const auto count = static_cast<std::ptrdiff_t>(routes.size());
        const auto next = static_cast<std::size_t>((index + step + count) % count);
        listener_.client().send({application->address, {routes[next]}});
        listener_.ask_soon();
    }

    void give_back_to_rules() {
        const auto *application = chosen();
        if (application == nullptr)
            return;
        listener_.client().send({application->address, {std::string("unset")}});
        listener_.ask_soon();
    }

    void strip(const char *what, float value) {
        const auto *application = chosen();
        if (application == nullptr)
            return;
        if (listener_.model().strip(*application).empty())
            listener_.model().say(application->name + " has no strip: add strip: on to its rule",
                                  Clock::now());
        else
            listener_.client().send({application->strip_address() + "/" + what, {value}});
    }

    Listener &listener_;
    MonitorLook &look_;
};

/// What a screen would show, a line each second.
int write_plain_lines(Listener &listener) {
    while (std::cout) {
        listener.listen(Clock::now() + std::chrono::seconds(1));
        std::cout << listener.model().line(Clock::now()) << std::endl;
    }
    return 0;
}

int show_screen(Listener &listener, const RemoteOptions &remote, const MonitorOptions &options) {
    if (isatty(STDOUT_FILENO) == 0 || isatty(STDIN_FILENO) == 0) {
        std::cerr << "headroom monitor: there is no terminal (--json writes lines instead)\n";
        return 1;
    }
    // Only characters: numbers keep their points.
    std::setlocale(LC_CTYPE, ""); // NOLINT(concurrency-mt-unsafe): no thread runs
    MonitorLook look;
    look.server = remote.host + ":" + std::to_string(remote.port);
    look.utf8 = !options.ascii &&
                std::string_view(nl_langinfo(CODESET)) == "UTF-8"; // NOLINT(concurrency-mt-unsafe)
    const HeldSignals signals; // what is being learned is taken back before the end
    const auto terminal = Terminal::open(options.mono);
    if (!terminal)
        return write_plain_lines(listener);
    Keys keys(listener, look);
    for (bool stays = true; stays;) {
        terminal->show(monitor_screen(listener.model(), look, Clock::now(), terminal->columns(),
                                      terminal->rows()));
        listener.listen(Clock::now() + kFrame);
        for (int key = terminal->key(); key != ERR && stays; key = terminal->key())
            stays = key == KEY_RESIZE || keys.press(key);
        stays = stays && !signals.came_within(milliseconds(0));
        keys.follow();
    }
    keys.leave();
    return 0;
}

int write_lines(Listener &listener, const MonitorOptions &options) {
    const milliseconds pause(static_cast<std::int64_t>(options.seconds * 1000.0));
    while (std::cout) {
        listener.listen(Clock::now() + pause);
        std::cout << listener.model()
                         .json(Clock::now())
                         .dump(-1, ' ', false, Json::error_handler_t::replace)
                  << std::endl;
    }
    return 0;
}

int monitor(const RemoteOptions &remote, const MonitorOptions &options) {
    auto listener = Listener::open(remote);
    if (!listener) {
        std::cerr << "headroom: " << listener.error() << "\n";
        return 1;
    }
    return remote.json ? write_lines(*listener, options) : show_screen(*listener, remote, options);
}

} // namespace

void add_monitor_command(CLI::App &app, int &exit_code) {
    auto options = std::make_shared<MonitorOptions>();
    const auto [command, remote] = add_remote_command(
        app, "monitor", "Watch and control the running headroom in a terminal", exit_code,
        [options](const RemoteOptions &r) { return monitor(r, *options); });
    command->add_flag("--ascii", options->ascii, "Draw with ASCII characters only");
    command->add_flag("--mono", options->mono, "Draw without colours, as NO_COLOR does");
    command
        ->add_option("--interval", options->seconds, "Seconds between the lines that --json writes")
        ->check(seconds_from(0.05))
        ->capture_default_str();
    command->footer("? shows the keys. If headroom restarts, the monitor reconnects.\n"
                    "Examples:\n"
                    "  headroom monitor\n"
                    "  headroom monitor --json --interval 0.1 | jq .buses.main");
}

} // namespace headroom::app
