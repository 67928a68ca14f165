// SPDX-License-Identifier: GPL-3.0-or-later
//
// How the dispatcher takes in packets, checks each as a whole and carries it out.
#include "osc/dispatcher.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace headroom::osc {

namespace {

constexpr std::string_view kErrorReply = "/headroom/error";

/// Whether the bytes begin with the keep-alive that only a headroom sends: one with a number.
bool begins_with_keep_alive(std::span<const std::uint8_t> bytes) {
    constexpr std::string_view kBundle("#bundle\0", 8);
    constexpr std::size_t kToFirstElement = 20;
    constexpr std::string_view kKeepAlive("/headroom/alive\0,i\0\0", 20);
    std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    if (text.starts_with(kBundle) && text.size() > kToFirstElement)
        text.remove_prefix(kToFirstElement);
    return text.starts_with(kKeepAlive);
}

} // namespace

/// An answer is never taken for a request: who has sent a keep-alive of late is a headroom, and so
/// is this one itself, or else an echo; between two of them each would confirm to the other for
/// ever.
bool Dispatcher::is_answer(const Peer &peer, std::span<const std::uint8_t> bytes, TimePoint now) {
    constexpr std::size_t kMost = 256;
    if (begins_with_keep_alive(bytes)) {
        std::erase_if(answering_, [&](const auto &known) { return known.second <= now; });
        if (answering_.size() < kMost || answering_.contains(peer))
            answering_.insert_or_assign(peer, now + kAnswersOnly);
        return true;
    }
    if (answering_.empty())
        return false;
    const auto known = answering_.find(peer);
    return known != answering_.end() && now < known->second;
}

void Dispatcher::handle(const Peer &peer, std::span<const std::uint8_t> bytes, TimePoint now) {
    if (!peer.may_ask) {
        note_time(now);
        forget(peer); // who had the endpoint before may have subscribed
        refuse(peer, "", {ErrorCode::forbidden, local_refusal()}, now);
        return;
    }
    if (is_answer(peer, bytes, now))
        return;
    note_time(now);
    subscriptions_.renew(peer, now);
    if (const auto redirect = redirects_.find(peer); redirect != redirects_.end()) {
        if (now - redirect->second.heard < Subscriptions::kLease)
            redirect->second.heard = now;
        else
            redirects_.erase(redirect);
    }
    if (inbox_of_.contains(peer) || !set_number(peer, bytes))
        enqueue(peer, bytes, now);
}

bool Dispatcher::is_full(const Peer &peer, std::size_t bytes) const {
    const auto known = inbox_of_.find(peer);
    return waiting_bytes_ + bytes > kWaitingBytesInAll ||
           (known != inbox_of_.end() && known->second->bytes + bytes > kWaitingBytes);
}

void Dispatcher::enqueue(const Peer &peer, std::span<const std::uint8_t> bytes, TimePoint now) {
    if (is_full(peer, bytes.size())) {
        refuse(peer, "", {ErrorCode::too_many, "too many packets wait; this one was left out"},
               now);
        return;
    }
    auto [known, is_new] = inbox_of_.try_emplace(peer);
    if (is_new)
        known->second = inboxes_.insert(inboxes_.end(), Inbox{peer, {}, 0, {}, 0, {}});
    Inbox &inbox = *known->second;
    inbox.packets.push_back({peer, now, {bytes.begin(), bytes.end()}});
    inbox.bytes += bytes.size();
    waiting_bytes_ += bytes.size();
}

bool Dispatcher::has_room(const Peer &peer) const {
    const auto answers = answers_.find(peer);
    return answers == answers_.end() || answers->second.list.size() < kAnswersBeforeOthers;
}

/// Each peer in turn, a packet or a heavy command at a time. Who has been answered enough in this
/// turn waits for the next.
void Dispatcher::work() {
    using Stopwatch = std::chrono::steady_clock; // also when the server's clock is set by a test
    const auto end = Stopwatch::now() + kTurn;
    std::size_t waiting = 0; // in a row, that have to wait
    while (waiting < inboxes_.size() && Stopwatch::now() < end) {
        Inbox inbox = std::move(inboxes_.front());
        inboxes_.pop_front();
        inbox_of_.erase(inbox.peer);
        if (has_room(inbox.peer)) {
            waiting = 0;
            carried_out_ = inbox.peer;
            carry_on(inbox);
            if (!std::exchange(carried_out_, {})) { // the peer is gone
                waiting_bytes_ -= inbox.bytes;
                continue;
            }
        } else {
            ++waiting;
        }
        if (!inbox.packets.empty() || !inbox.steps.empty()) {
            const Peer peer = inbox.peer;
            inbox_of_.emplace(peer, inboxes_.insert(inboxes_.end(), std::move(inbox)));
        }
    }
}

void Dispatcher::carry_on(Inbox &inbox) {
    if (inbox.steps.empty()) {
        const Waiting packet = std::move(inbox.packets.front());
        inbox.packets.pop_front();
        inbox.bytes -= packet.bytes.size();
        waiting_bytes_ -= packet.bytes.size();
        note_time(packet.came);
        inbox.steps = check(packet.peer, packet.bytes, packet.came);
        inbox.sent = sent_;
        const auto last_set = std::find_if(inbox.steps.rbegin(), inbox.steps.rend(),
                                           [](const Step &step) { return step.sets; });
        inbox.together = static_cast<std::size_t>(inbox.steps.rend() - last_set);
    }
    sent_ = inbox.sent;
    while (!inbox.steps.empty() && carried_out_) {
        if (inbox.together > 0)
            --inbox.together;
        else if (!has_room(inbox.peer))
            return;
        const Step step = std::move(inbox.steps.front());
        inbox.steps.pop_front();
        if (step.command != nullptr) {
            write_now(); // what was set before it is there when it acts
            listed_.clear();
        }
        step.run();
        if (step.command != nullptr && step.command->cost == Cost::heavy)
            return;
    }
}

/// What a packet is made of; nothing if any of it cannot be done, which is answered.
std::deque<Dispatcher::Step> Dispatcher::check(const Peer &peer,
                                               std::span<const std::uint8_t> bytes, TimePoint now) {
    steps_ = addresses_.steps();
    auto packet = decode(bytes);
    if (!packet) {
        refuse(peer, packet.error().address, {ErrorCode::malformed, packet.error().text}, now);
        return {};
    }
    std::span<Packet::Element> elements(packet->elements);
    const auto is_new = take_front(peer, elements, now);
    if (!is_new)
        refuse(peer, elements.front().message.address, is_new.error(), now);
    if (!is_new.value_or(false))
        return {};
    std::deque<Step> steps;
    std::vector<TimedBundle> bundles; // by their time; the late ones are empty
    TimeTag tag;                      // of the last of them
    int heavy = 0;
    for (std::size_t i = 0; i < elements.size(); ++i) {
        Packet::Element &element = elements[i];
        before_ = elements.first(i);
        if (element.message.address == kErrorReply)
            continue; // an answer to an error would go round for ever
        const CommandInfo *command = find_command(element.message.address);
        const bool acts =
            command != nullptr &&
            (element.message.arguments.empty() ? command->bare : command->given) == Effect::acts;
        const Entry *entry = addresses_.find(element.message.address);
        const bool sets = command == nullptr && (!element.message.arguments.empty() ||
                                                 entry == nullptr || entry->role >= Role::toggle);
        heavy += acts && command->cost == Cost::heavy ? 1 : 0;
        auto operation = heavy > kHeavyPerPacket
                             ? refusal(ErrorCode::too_many,
                                       "a packet holds at most " + std::to_string(kHeavyPerPacket) +
                                           " commands that take long, such as /headroom/profile; "
                                           "send the others in further packets")
                             : plan(peer, element.message, now);
        if (!operation) {
            refuse(peer, element.message.address, operation.error(), now);
            return {};
        }
        if (element.time.ntp <= TimeTag{}.ntp) {
            steps.push_back({std::move(*operation), acts ? command : nullptr, sets});
            continue;
        }
        if (std::exchange(tag, element.time) != element.time || bundles.empty()) {
            const TimePoint when = due(peer, element.time);
            bundles.push_back({peer, when, margin_ms(when), {}});
        }
        if (bundles.back().margin_ms >= 0.0)
            bundles.back().messages.push_back(std::move(element.message));
        else
            steps.push_back({[this, when = bundles.back().due, run = std::move(*operation)] {
                                 const TimePoint sent =
                                     std::exchange(sent_, std::clamp(when, sent_, now_));
                                 run();
                                 sent_ = sent;
                             },
                             acts ? command : nullptr, sets});
    }
    if (auto room = check_room(peer, bundles); !room) {
        refuse(peer, elements.back().message.address, room.error(), now);
        return {};
    }
    for (TimedBundle &bundle : bundles)
        steps.push_back({[this, bundle]() mutable { take_in(std::move(bundle)); }, nullptr, false});
    return steps;
    // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks): loses sight of a moved std::function
}

void Dispatcher::write_now() {
    if (written_.empty())
        return;
    is_writing_ = true;
    if (const auto applied = surface_.write(take_writes()); !applied)
        write_error_ = applied.error().text();
    is_writing_ = false;
}

} // namespace headroom::osc
