// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/app/monitor_model.hpp"

#include <optional>
#include <string>
#include <vector>

namespace headroom::app {

/// Binds a control of a hardware controller from the monitor: a list of addresses that the person
/// narrows by typing, and the wait for the control that is moved. What is learned, and when a wait
/// is over, the running program says.
class MonitorLearning {
  public:
    using TimePoint = MonitorModel::TimePoint;

    struct Line {
        std::string address;
        std::string meaning; ///< empty where the address says it
    };

    /// Starts anew, with what belongs to the application and the bus with these indices first.
    void open(const MonitorModel &model, std::size_t application, std::size_t bus);

    void type(char character);
    void erase();
    void choose(int step);
    const std::string &typed() const { return typed_; }
    /// What has every typed word in it.
    const std::vector<Line> &found() const { return found_; }
    std::size_t chosen() const { return chosen_; }

    /// Waits for a control for the chosen address, or for what is typed where nothing is found.
    void start();
    bool is_waiting() const { return !wanted_.empty(); }
    const std::string &wanted() const { return wanted_; }
    /// What ends the wait, to be sent.
    osc::Message stop();

    /// What is to be sent now.
    std::optional<osc::Message> ask(TimePoint now);
    /// What the program has answered; returns what came of it once the wait is over.
    std::optional<std::string> take(const MonitorModel::LearnAnswer &answer);

  private:
    void narrow();
    std::string end();

    std::vector<Line> all_;
    std::vector<Line> found_;
    std::string typed_;
    std::size_t chosen_ = 0;
    std::string wanted_;
    std::string waiting_; ///< as the program calls what is wanted; empty until it has answered
    TimePoint ask_at_{};
};

} // namespace headroom::app
