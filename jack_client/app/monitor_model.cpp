// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/monitor_model.hpp"

#include "jack_client/app/remote.hpp"
#include "jack_client/app/text_format.hpp"

#include <algorithm>
#include <cmath>

namespace headroom::app {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPeakHold{2000};
constexpr milliseconds kMessageStays{15000};
constexpr float kFall_db_per_s = 20.0f;
constexpr float kSilence_db = -120.0f;

std::string_view after(std::string_view text, std::string_view prefix) {
    return text.starts_with(prefix) ? text.substr(prefix.size()) : std::string_view();
}

/// "main/limiter/ceiling" -> "main" and "limiter/ceiling".
std::pair<std::string_view, std::string_view> split(std::string_view path) {
    const auto slash = std::min(path.find('/'), path.size());
    return {path.substr(0, slash), path.substr(std::min(slash + 1, path.size()))};
}

std::optional<float> number(const osc::Message &message) {
    if (message.arguments.empty())
        return std::nullopt;
    if (const auto *value = std::get_if<float>(&message.arguments[0]))
        return std::isfinite(*value) ? std::optional(*value) : std::nullopt;
    if (const auto *value = std::get_if<std::int32_t>(&message.arguments[0]))
        return static_cast<float>(*value);
    return std::nullopt;
}

bool shows_gain(const Meter &meter) {
    return meter.unit == Unit::db;
}

/// What the engine reads where nothing is measured.
float at_rest(const Meter &meter) {
    return meter.hold == Hold::lowest || shows_gain(meter) ? 0.0f : meter.floor;
}

float stronger(float a, float b) {
    return std::fabs(a) >= std::fabs(b) ? a : b;
}

Json rounded_decibels(float value) {
    return value <= kSilence_db ? Json(nullptr)
                                : Json(std::round(static_cast<double>(value) * 100.0) / 100.0);
}

} // namespace

std::string MonitorModel::Application::strip_address() const {
    return "/headroom/strip/" + address.substr(address.rfind('/') + 1);
}

MonitorModel::Bus &MonitorModel::bus(std::string_view name) {
    const auto known = std::find_if(buses_.begin(), buses_.end(),
                                    [&](const Bus &candidate) { return candidate.name == name; });
    if (known != buses_.end())
        return *known;
    Bus &added = buses_.emplace_back();
    added.name = name;
    for (std::size_t i = 0; i < kMeterCount; ++i) {
        added.meters[i] = at_rest(meters()[i]);
        if (shows_gain(meters()[i]))
            added.history[static_cast<std::uint16_t>(i)].assign(kHistorySeconds, 0.0f);
    }
    return added;
}

void MonitorModel::take_meter(std::string_view path, float value, TimePoint now) {
    const auto [name, rest] = split(path);
    const auto id = find_meter(rest);
    if (!id)
        return;
    Bus &to = bus(name);
    to.meters[id->index] = value;
    const auto hold = [&](float &held_db, TimePoint &held_at) {
        if (value >= held_db) {
            held_db = value;
            held_at = now;
        }
    };
    if (*id == meter_id("input/true_peak"))
        hold(to.input_hold_dbtp, to.input_held_at);
    if (*id == meter_id("output/true_peak"))
        hold(to.output_hold_dbtp, to.output_held_at);
    if (const auto history = to.history.find(id->index); history != to.history.end())
        history->second.back() = stronger(value, history->second.back());
}

void MonitorModel::take_parameter(std::string_view path, float value) {
    if (path == "bypass") {
        bypass_ = value != 0.0f;
        return;
    }
    const auto [name, rest] = split(after(path, "bus/"));
    if (const auto id = find_parameter(Scope::bus, rest))
        bus(name).parameters[*id] = value;
}

void MonitorModel::take_application(const osc::Message &message) {
    if (message.address == "/headroom/route/end") {
        applications_ = std::exchange(listed_, {});
        return;
    }
    Application application{message.address, text_at(message, 2), text_at(message, 0),
                            text_at(message, 1), text_at(message, 3)};
    if (!application.name.empty())
        listed_.push_back(std::move(application));
}

void MonitorModel::take_strip(std::string_view path, float value) {
    const auto [name, what] = split(path);
    strips_[std::string(name)][std::string(what)] = value;
}

const MonitorModel::Strip &MonitorModel::strip(const Application &application) const {
    static const Strip none;
    const auto at = strips_.find(after(application.strip_address(), "/headroom/strip/"));
    return at != strips_.end() ? at->second : none;
}

std::vector<std::string> MonitorModel::routes() const {
    std::vector<std::string> out;
    for (const Bus &each : buses_)
        out.push_back(each.name);
    out.insert(out.end(), {"bypass", "ignore"});
    return out;
}

void MonitorModel::take(const osc::Message &message, TimePoint now) {
    heard_at_ = now;
    const std::string_view path = after(message.address, "/headroom/");
    const auto value = number(message);
    if (path == "alive") {
        const auto *number =
            message.arguments.empty() ? nullptr : std::get_if<std::int32_t>(&message.arguments[0]);
        const std::int64_t epoch = number != nullptr ? *number : epoch_;
        if (epoch_ != -1 && epoch != epoch_) {
            restarted_ = true; // what it has may be something else now
            buses_.clear();
            strips_.clear();
        }
        epoch_ = epoch;
    } else if (path == "notice") {
        say(text_at(message, 0), now);
    } else if (path == "error" && text_at(message, 0) == kLearnAddress) {
        learn_answer_ = {.refusal = text_at(message, 2)};
    } else if (path == "error") {
        say(text_at(message, 0) + ": " + text_at(message, 2), now);
    } else if (message.address == kLearnAddress) {
        learn_answer_ = {.address = text_at(message, 0), .learned = text_at(message, 1)};
    } else if (path == "profile/list") {
        listed_profiles_.push_back(text_at(message, 0));
    } else if (path == "profile/list/end") {
        profiles_ = std::exchange(listed_profiles_, {});
    } else if (path == "profile") {
        facts_["profile"] = text_at(message, 0);
    } else if (path.starts_with("status/")) {
        if (!message.arguments.empty() && path != "status/end")
            facts_[std::string(after(path, "status/"))] = fact_text(message);
    } else if (path.starts_with("route/")) {
        take_application(message);
    } else if (path.starts_with("strip/") && value) {
        take_strip(after(path, "strip/"), *value);
    } else if (path.starts_with("meter/strip/") && value) {
        take_strip(after(path, "meter/strip/"), *value);
    } else if (path.starts_with("meter/bus/") && value) {
        take_meter(after(path, "meter/bus/"), *value, now);
    } else if (value) {
        take_parameter(path, *value);
    }
}

void MonitorModel::pass(TimePoint now) {
    const float seconds =
        std::min(std::chrono::duration<float>(now - std::exchange(passed_at_, now)).count(), 1.0f);
    const bool next_second = now - second_at_ >= std::chrono::seconds(1);
    if (next_second)
        second_at_ = now;
    for (Bus &each : buses_) {
        const auto fall = [&](float &held_db, TimePoint held_at, float value_db) {
            if (now - held_at >= kPeakHold)
                held_db = std::max(value_db, held_db - kFall_db_per_s * seconds);
        };
        fall(each.input_hold_dbtp, each.input_held_at, each[meter_id("input/true_peak")]);
        fall(each.output_hold_dbtp, each.output_held_at, each[meter_id("output/true_peak")]);
        for (auto &[index, values] : each.history)
            if (next_second) {
                values.push_back(is_stale(now) ? 0.0f : each.meters[index]);
                values.pop_front();
            }
    }
    if (now - message_at_ >= kMessageStays)
        message_.clear();
}

std::string MonitorModel::fact(const std::string &name) const {
    const auto at = facts_.find(name);
    return at != facts_.end() ? at->second : std::string();
}

void MonitorModel::say(const std::string &text, TimePoint now) {
    message_ = text;
    message_at_ = now;
}

bool MonitorModel::take_restart() {
    return std::exchange(restarted_, false);
}

std::chrono::seconds MonitorModel::silence(TimePoint now) const {
    return std::chrono::duration_cast<std::chrono::seconds>(now - heard_at_);
}

std::string MonitorModel::line(TimePoint now) const {
    std::string out = is_stale(now) ? "no headroom answers" : "";
    for (const Bus &each : buses_) {
        const auto level = [&](MeterId id) { return decibels(static_cast<double>(each[id])); };
        out += (out.empty() ? "" : "; ") + each.name + ": in " +
               level(meter_id("input/momentary")) + " LUFS " + level(meter_id("input/true_peak")) +
               " dBTP, out " + level(meter_id("output/momentary")) + " LUFS " +
               level(meter_id("output/true_peak")) + " dBTP";
    }
    for (const Application &each : applications_)
        out += "; " + each.name + " -> " + each.route;
    return out;
}

Json MonitorModel::json(TimePoint now) const {
    Json out{{"stale", is_stale(now)}, {"bypass", bypass_}, {"status", facts_}};
    out["buses"] = Json::object();
    for (const Bus &each : buses_) {
        Json &to = out["buses"][each.name];
        for (std::size_t i = 0; i < kMeterCount; ++i)
            to[std::string(meters()[i].path)] = rounded_decibels(each.meters[i]);
    }
    out["applications"] = Json::array();
    for (const Application &each : applications_) {
        Json entry{{"name", each.name},
                   {"route", each.route},
                   {"rule", each.rule},
                   {"notice", each.notice}};
        for (const auto &[name, value] : strip(each))
            entry["strip"][name] = rounded_decibels(value);
        out["applications"].push_back(std::move(entry));
    }
    return out;
}

} // namespace headroom::app
