// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the dispatcher does with time: stamps, bundles for later, and what became of them.
#include "osc/dispatcher.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace headroom::osc {

namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::string_view kSentAddress = "/headroom/sent";
constexpr std::string_view kOnceAddress = "/headroom/once";

/// How long after the time of a frame the engine may be past it, and how long it may take a
/// stream that stands still to go on.
constexpr milliseconds kAfterFrame{1};
constexpr milliseconds kStandstill{100};

/// Bounded so that differences of any two fit.
nanoseconds to_stamp(double nanoseconds_count) {
    constexpr double kMost = 4e18;
    return nanoseconds(std::llround(std::clamp(nanoseconds_count, -kMost, kMost)));
}

tl::expected<nanoseconds, Refusal> read_stamp(std::span<const Argument> arguments) {
    if (arguments.size() != 1)
        return refusal(ErrorCode::wrong_arity, "expected one time of sending");
    if (const auto *tag = std::get_if<TimeTag>(&arguments.front()))
        return ntp_between(0, tag->ntp);
    if (const auto *seconds = std::get_if<double>(&arguments.front()))
        return to_stamp(*seconds * 1e9);
    if (const auto *ms = std::get_if<std::int32_t>(&arguments.front()))
        return milliseconds(*ms);
    if (const auto *ms = std::get_if<std::int64_t>(&arguments.front()))
        return to_stamp(static_cast<double>(*ms) * 1e6);
    return refusal(ErrorCode::wrong_type,
                   "expected the time of sending: a time tag (t), seconds (d), milliseconds (i h)");
}

} // namespace

/// A bundle that the surface has taken.
struct Dispatcher::Landing {
    TimedBundle bundle;
    std::uint64_t frame;
    std::vector<Item> items;
    std::vector<Operation> commands;
    AnswersByPeer answers;
};

tl::expected<bool, Refusal>
Dispatcher::take_front(const Peer &peer, std::span<Packet::Element> &elements, TimePoint now) {
    const auto is_first = [&](std::string_view address) {
        return !elements.empty() && elements.front().message.address == address;
    };
    if (is_first(kSentAddress)) {
        const auto stamp = read_stamp(elements.front().message.arguments);
        if (!stamp)
            return tl::unexpected(stamp.error());
        sent_ = peer_times_.sent(peer, *stamp, now);
        elements = elements.subspan(1);
    }
    if (!is_first(kOnceAddress))
        return true;
    const Message &once = elements.front().message;
    if (once.arguments.size() != 1)
        return refusal(ErrorCode::wrong_arity, "expected the number of the packet");
    const auto *number = std::get_if<std::int32_t>(&once.arguments.front());
    if (number == nullptr)
        return refusal(ErrorCode::wrong_type,
                       "expected the number of the packet as an integer (i)");
    answer(peer, once);
    elements = elements.subspan(1);
    return once_.take(peer, *number, now);
}

Dispatcher::Plan Dispatcher::plan_front(const Peer &, const Message &message, TimePoint) {
    return refusal(ErrorCode::malformed,
                   message.address + " has to be the first message of its packet");
}

Dispatcher::Plan Dispatcher::plan_clock(const Peer &peer, const Message &message, TimePoint now) {
    if (message.arguments.empty())
        return refusal(ErrorCode::wrong_arity, "expected the time of your clock as a time tag (t)");
    if (!std::holds_alternative<TimeTag>(message.arguments.front()))
        return refusal(ErrorCode::wrong_type, "expected the time of your clock as a time tag (t)");
    return [this, peer, now, asked = message.arguments.front()] {
        peer_times_.uses_our_clock(peer, now);
        answer(peer, ClockReading{asked, now});
    };
}

bool Dispatcher::is_stale(const Entry &entry) const {
    return entry.role < Role::toggle && !is_handing_over_ && sent_ < newest_[entry.item];
}

std::optional<engine::StreamTime> Dispatcher::running_stream() const {
    const auto stream = surface_.stream_time();
    return stream && stream->is_running(now_) ? stream : std::nullopt;
}

TimePoint Dispatcher::due(const Peer &peer, TimeTag tag) const {
    return peer_times_.uses_our_clock(peer) ? clock_.due_on_own(tag) : clock_.due(tag);
}

double Dispatcher::margin_ms(TimePoint due) const {
    if (const auto stream = running_stream())
        return stream->margin_ms(stream->frame_at(due));
    return std::chrono::duration<double, std::milli>(due - now_).count();
}

tl::expected<void, Refusal> Dispatcher::check_room(const Peer &peer,
                                                   std::span<const TimedBundle> bundles) const {
    std::size_t count = 0;
    for (const TimedBundle &bundle : bundles) {
        count += bundle.messages.empty() ? 0 : 1;
        if (bundle.due - now_ > TimedBundles::kHorizon)
            return refusal(ErrorCode::too_early,
                           "a bundle may be due at most " +
                               std::to_string(TimedBundles::kHorizon.count()) + " s ahead");
    }
    if (count > timed_.room(peer))
        return refusal(ErrorCode::too_many,
                       "too many bundles are waiting for their time; send this one later");
    return {};
}

void Dispatcher::take_in(TimedBundle bundle) {
    if (!bundle.messages.empty()) {
        timed_.add(std::move(bundle));
        return;
    }
    const auto stream = running_stream();
    peer_times_.landed(bundle.peer, bundle.margin_ms, stream ? stream->open_frame : 0, now_);
}

bool Dispatcher::is_command(const std::string &address) {
    return commands().contains(address) || address.starts_with(kRoutePrefix) ||
           address.starts_with(kStatusPrefix);
}

void Dispatcher::hand_over_due() {
    const auto stream = running_stream();
    for (TimedBundle &bundle :
         timed_.take(now_ + (stream ? hand_over_time(*stream) : nanoseconds(0))))
        hand_over(std::move(bundle), stream);
}

void Dispatcher::hand_over(TimedBundle bundle, const std::optional<engine::StreamTime> &stream) {
    Landing landing{.bundle = std::move(bundle), .frame = 0};
    TimedBundle &what = landing.bundle;
    is_handing_over_ = true;
    for (const Message &message : what.messages) {
        auto operation = plan(what.peer, message, now_);
        if (!operation)
            refuse(what.peer, message.address, operation.error(), now_);
        else if (is_command(message.address))
            landing.commands.push_back(std::move(*operation));
        else
            (*operation)();
    }
    is_handing_over_ = false;
    what.messages.clear();
    landing.items = written_;
    const std::vector<control::ParameterWrite> writes = take_writes();
    landing.answers = std::exchange(answers_, {});
    for (std::size_t i = 0; i < writes.size(); ++i) {
        Coming &coming = coming_[landing.items[i]];
        coming.value = clamped(parameter(writes[i].target.id), writes[i].value);
        ++coming.bundles;
    }
    if (stream) {
        landing.frame = stream->frame_at(what.due);
        if (const double margin_ms = stream->margin_ms(landing.frame); margin_ms < 0.0)
            what.margin_ms = margin_ms;
    }
    coming_frames_.insert(landing.frame);
    auto shared = std::make_shared<Landing>(std::move(landing));
    const auto land_it = [this, shared, life = std::weak_ptr(life_)] {
        if (!life.expired())
            land(std::move(*shared));
    };
    if (stream) {
        if (surface_.write_at(shared->frame, writes, land_it))
            return;
    } else {
        (void)surface_.write(writes);
    }
    land_it();
}

void Dispatcher::land(Landing landing) {
    for (const Item item : landing.items) {
        newest_[item] = std::max(newest_[item], std::min(landing.bundle.due, now_));
        const auto coming = coming_.find(item);
        if (--coming->second.bundles == 0)
            coming_.erase(coming);
    }
    coming_frames_.erase(coming_frames_.find(landing.frame));
    timed_.release(landing.bundle.peer);
    peer_times_.landed(landing.bundle.peer, landing.bundle.margin_ms, landing.frame, now_);
    send_answers(landing.answers, std::nullopt);
    for (const Operation &command : landing.commands)
        command();
    finish_turn(now_);
    wake_();
}

nanoseconds Dispatcher::hand_over_time(const engine::StreamTime &stream) {
    return kHandOver + (stream.time_of(stream.open_frame) - stream.time);
}

std::optional<TimePoint> Dispatcher::next_due() const {
    const auto stream = running_stream();
    std::optional<TimePoint> next = timed_.next_due();
    if (next && stream)
        *next -= hand_over_time(*stream);
    if (coming_frames_.empty())
        return next;
    const TimePoint landing =
        stream ? std::max(stream->time_of(*coming_frames_.begin()), now_) + kAfterFrame
               : now_ + kStandstill;
    return std::min(next.value_or(landing), landing);
}

std::optional<TimePoint> Dispatcher::flush(TimePoint now) {
    note_time(now);
    surface_.settle();
    hand_over_due();
    std::optional<TimePoint> next = subscriptions_.flush(now);
    const auto report = peer_times_.report(now, [this](const Peer &peer, const Message &message) {
        send(peer, encode(message), Delivery::answer);
    });
    for (const auto &other : {report, next_due()})
        if (other)
            next = std::min(next.value_or(*other), *other);
    return next;
}

void Dispatcher::forget(const Peer &peer) {
    subscriptions_.forget(peer);
    peer_times_.forget(peer);
    once_.forget(peer);
    answering_.erase(peer);
    if (carried_out_ == peer)
        carried_out_.reset();
    if (const auto inbox = inbox_of_.extract(peer)) {
        waiting_bytes_ -= inbox.mapped()->bytes;
        inboxes_.erase(inbox.mapped());
    }
}

} // namespace headroom::osc
