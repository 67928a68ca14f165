// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/stream_placer.hpp"

#include "jack_client/graph/sink_host.hpp"

#include <algorithm>

namespace headroom::graph {

namespace {

using namespace std::chrono_literals;

/// How long the session manager may take to move a stream.
constexpr auto kMoveTime = 1500ms;
constexpr int kMaxMoves = 2;

/// Between attempts after that: it may have been too busy.
constexpr auto kGivenUpTime = 10000ms;

/// target: the sink that we had it placed at; empty for none.
bool is_there(const StreamPlacer::Stream &stream, const StreamPlacer::Place &place,
              const std::string &target) {
    const std::string &only = !place.ours.empty()   ? place.ours
                              : place.must_be_there ? place.real_sink
                                                    : std::string();
    if (!only.empty())
        return stream.playing_to == std::set<std::string>{only};
    // Where we placed it while its sink was another one, it does not stay.
    const bool is_placed = !target.empty() && stream.playing_to == std::set<std::string>{target};
    if (is_placed && !place.real_sink.empty() && target != place.real_sink)
        return false;
    return !stream.playing_to.empty() &&
           std::none_of(stream.playing_to.begin(), stream.playing_to.end(), is_headroom_sink);
}

} // namespace

std::string StreamPlacer::place(const Stream &stream, const Place &place,
                                const std::string &untargeted_sink) {
    const bool inside = !place.ours.empty();
    const auto [found, is_new] = states_.try_emplace(stream.name, State{.ours = place.ours});
    State &state = found->second;
    if (state.ours != place.ours && !(state.left_to_user && inside && !state.ours.empty()))
        state = State{.ours = place.ours, .target = state.target};
    state.port = stream.port;
    state.home = place.home;
    if (is_there(stream, place, state.target)) {
        state.arrived = true;
        state.is_lost = false;
        state.given_up = false;
        state.attempts = 0;
        return {};
    }
    const std::string &target = inside ? place.ours : place.real_sink;
    // A stream whose sink has ended is where the session manager rescued it to.
    if (!inside && (state.target != target || state.is_lost))
        state.arrived = false;
    // A stream without a target follows the default; only that brings it here by nobody's hand.
    const bool follows_default = inside && state.target.empty() && untargeted_sink != kHeadroomSink;
    if (state.arrived && stream.settled && !stream.playing_to.empty() && !follows_default)
        state.left_to_user = true;
    // Nothing is known to be wrong with a stream that is not linked yet, but one that should stay
    // outside is told so before it is heard.
    const bool waits_for_link = stream.playing_to.empty() && (inside || state.target == target);
    if (state.left_to_user || waits_for_link || target.empty())
        return {};
    if (graph_.now() >= state.wait_until) {
        state.given_up = state.attempts >= kMaxMoves;
        state.attempts = std::min(state.attempts + 1, kMaxMoves);
        state.wait_until = graph_.now() + (state.given_up ? kGivenUpTime : kMoveTime);
        if (graph_.set_target(stream.port, target) != Outcome::refused)
            state.target = target;
    }
    return state.given_up ? "PipeWire does not move it to " + target : std::string();
}

std::string StreamPlacer::target(const std::string &name) const {
    const auto found = states_.find(name);
    return found == states_.end() ? std::string() : found->second.target;
}

void StreamPlacer::sink_ended(const std::string &sink) {
    for (auto &[name, state] : states_)
        if (state.target == sink) {
            state.is_lost = true;
            state.attempts = 0;
            state.wait_until = {};
        }
}

bool StreamPlacer::left_to_user(const std::string &name) const {
    const auto found = states_.find(name);
    return found != states_.end() && found->second.left_to_user;
}

void StreamPlacer::release(const std::string &name) {
    const auto found = states_.find(name);
    if (found == states_.end())
        return;
    if (!found->second.target.empty() && !found->second.left_to_user)
        graph_.set_target(found->second.port, found->second.home);
    states_.erase(found);
}

void StreamPlacer::release_all() {
    while (!states_.empty())
        release(std::string(states_.begin()->first));
}

std::optional<TimePoint> StreamPlacer::next_look(const std::string &name) const {
    const auto found = states_.find(name);
    if (found == states_.end() || found->second.wait_until <= graph_.now())
        return std::nullopt;
    return found->second.wait_until;
}

} // namespace headroom::graph
