// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/registry.hpp"
#include "osc/wire/packet.hpp"

#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headroom::app {

/// What the monitor knows of the running program, gathered from its messages alone.
class MonitorModel {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    static constexpr std::size_t kHistorySeconds = 30;
    /// Without a message for this long what is shown is old.
    static constexpr std::chrono::milliseconds kStale{1500};

    struct Bus {
        std::string name;
        std::array<float, kMeterCount> meters{};
        ParameterValues parameters;
        float input_hold_dbtp = -120.0f; ///< true peak, held for a while
        float output_hold_dbtp = -120.0f;
        /// The strongest value of each second, the newest last; only of meters that show gain.
        std::map<std::uint16_t, std::deque<float>> history;
        TimePoint input_held_at{};
        TimePoint output_held_at{};

        float operator[](MeterId id) const { return meters[id.index]; }
        float operator[](ParameterId id) const { return parameters[id]; }
    };

    /// What is told about an application's strip: "trim", "mute", "momentary", "rider_gain", ...
    using Strip = std::map<std::string, float, std::less<>>;

    struct Application {
        std::string address; ///< "/headroom/route/..."
        std::string name;
        std::string route;
        std::string rule;
        std::string notice;

        std::string strip_address() const;
    };

    /// What the program says about learning a control.
    struct LearnAnswer {
        std::string address; ///< that waits for a control; empty where none does
        std::string learned; ///< last, as a line of a map
        std::string refusal; ///< why nothing waits
    };

    /// Takes in one message, whatever it is.
    void take(const osc::Message &message, TimePoint now);
    /// Lets the held peaks fall and the history move on.
    void pass(TimePoint now);

    const std::vector<Bus> &buses() const { return buses_; }
    const std::vector<Application> &applications() const { return applications_; }
    /// Empty where it has none.
    const Strip &strip(const Application &application) const;
    /// All that an application may have: every bus, bypass and ignore.
    std::vector<std::string> routes() const;
    const std::vector<std::string> &profiles() const { return profiles_; }
    bool bypass() const { return bypass_; }
    /// A fact of the status as text; empty where it is not known.
    std::string fact(const std::string &name) const;
    /// The newest notice or error; empty after a while.
    const std::string &message() const { return message_; }
    void say(const std::string &text, TimePoint now);

    bool is_stale(TimePoint now) const { return now - heard_at_ >= kStale; }
    bool has_been_heard() const { return heard_at_ != TimePoint{}; }
    /// True once after the program has come back as another run.
    bool take_restart();
    /// The newest, once.
    std::optional<LearnAnswer> take_learn_answer() {
        return std::exchange(learn_answer_, std::nullopt);
    }
    std::chrono::seconds silence(TimePoint now) const;

    /// Everything, as one object.
    nlohmann::ordered_json json(TimePoint now) const;
    /// Levels and routes in one line.
    std::string line(TimePoint now) const;

  private:
    Bus &bus(std::string_view name);
    void take_meter(std::string_view path, float value, TimePoint now);
    void take_parameter(std::string_view path, float value);
    void take_application(const osc::Message &message);
    void take_strip(std::string_view path, float value);

    std::vector<Bus> buses_;
    std::vector<Application> applications_;
    std::vector<Application> listed_;                  ///< of the answer that is coming in
    std::map<std::string, Strip, std::less<>> strips_; ///< by the last part of their addresses
    std::vector<std::string> profiles_;
    std::vector<std::string> listed_profiles_;
    std::optional<LearnAnswer> learn_answer_;
    std::map<std::string, std::string> facts_;
    std::string message_;
    TimePoint message_at_{};
    TimePoint heard_at_{};
    TimePoint passed_at_{};
    TimePoint second_at_{};
    std::int64_t epoch_ = -1;
    bool restarted_ = false;
    bool bypass_ = false;
};

} // namespace headroom::app
