// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/monitor_learning.hpp"

#include "config/midi_map.hpp"
#include "jack_client/app/remote.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace headroom::app {

namespace {

using std::chrono::milliseconds;

/// Between two questions whether a control has moved, and until the wait is asked for again.
constexpr milliseconds kLookAgain{200};
constexpr milliseconds kWaitAgain{1000};

bool has_words(const std::string &address, const std::string &typed) {
    std::istringstream words(typed);
    for (std::string word; words >> word;)
        if (address.find(word) == std::string::npos)
            return false;
    return true;
}

} // namespace

void MonitorLearning::open(const MonitorModel &model, std::size_t application, std::size_t bus) {
    *this = {};
    const auto add = [&](const std::string &address, std::string_view meaning = {}) {
        all_.push_back({address, std::string(meaning)});
    };
    const auto add_all = [&](std::span<const Parameter> table, Scope scope,
                             const std::string &prefix) {
        for (const Parameter &each : table)
            if (each.scope == scope)
                add(prefix + std::string(each.path), each.documentation);
    };
    if (const auto &applications = model.applications(); application < applications.size()) {
        const MonitorModel::Application &chosen = applications[application];
        if (!model.strip(chosen).empty())
            add_all(strip_parameters(), Scope::strip, without_root(chosen.strip_address()) + "/");
        for (const std::string &route : model.routes())
            add(without_root(chosen.address) + "/" + route, "Another press takes it back.");
    }
    const auto &buses = model.buses();
    for (std::size_t i = 0; i < buses.size(); ++i)
        add_all(parameters(), Scope::bus, "bus/" + buses[(bus + i) % buses.size()].name + "/");
    add_all(parameters(), Scope::global, "");
    for (const std::string &profile : model.profiles())
        add("profile/" + profile);
    add("bank/next", "The next strips on controllers that show some of them.");
    add("bank/previous");
    narrow();
}

void MonitorLearning::narrow() {
    found_.clear();
    std::copy_if(all_.begin(), all_.end(), std::back_inserter(found_),
                 [&](const Line &line) { return has_words(line.address, typed_); });
    chosen_ = 0;
}

void MonitorLearning::type(char character) {
    typed_ += character;
    narrow();
}

void MonitorLearning::erase() {
    if (!typed_.empty())
        typed_.pop_back();
    narrow();
}

void MonitorLearning::choose(int step) {
    if (step < 0)
        chosen_ -= std::min<std::size_t>(chosen_, 1);
    else if (chosen_ + 1 < found_.size())
        ++chosen_;
}

void MonitorLearning::start() {
    wanted_ = found_.empty() ? typed_ : found_[chosen_].address;
    waiting_.clear();
    ask_at_ = {};
}

osc::Message MonitorLearning::stop() {
    end();
    return {kLearnAddress, {std::string("stop")}};
}

std::string MonitorLearning::end() {
    waiting_.clear();
    return std::exchange(wanted_, {});
}

std::optional<osc::Message> MonitorLearning::ask(TimePoint now) {
    if (!is_waiting() || now < ask_at_)
        return std::nullopt;
    ask_at_ = now + (waiting_.empty() ? kWaitAgain : kLookAgain);
    if (waiting_.empty())
        return osc::Message{kLearnAddress, {wanted_}};
    return osc::Message{kLearnAddress, {}};
}

std::optional<std::string> MonitorLearning::take(const MonitorModel::LearnAnswer &answer) {
    if (!is_waiting())
        return std::nullopt;
    if (!answer.refusal.empty())
        return end() + ": " + answer.refusal;
    if (waiting_.empty() || answer.address == waiting_) {
        if (waiting_.empty())
            ask_at_ = {};
        waiting_ = answer.address;
        return std::nullopt;
    }
    if (!answer.address.empty())
        return end() + " waits no longer: a control for " + answer.address + " is wanted now";
    if (const auto binding = midi_binding_from_yaml(answer.learned); binding)
        return end() + " is bound to " + binding->text();
    return "no control was moved for " + end();
}

} // namespace headroom::app
