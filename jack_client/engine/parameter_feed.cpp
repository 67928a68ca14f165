// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/parameter_feed.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <utility>

namespace headroom::engine {

namespace {

/// Batches on their way from which on they are looked through for what is superseded: more than
/// come between two callbacks of a server that runs.
constexpr std::uint64_t kManyBatches = 256;

/// Commands of one key replace each other.
std::array<int, 4> key_of(const Command &command) {
    using enum Command::Kind;
    const int kind = static_cast<int>(command.kind);
    if (command.kind == set_strip_value)
        return {kind, command.strip_index, command.parameter.index, 0};
    if (command.kind == set_value)
        return {kind, command.bus, command.parameter.index, 0};
    return {kind, command.bus, 0, 0};
}

bool may_be_superseded(const Command &command) {
    return command.frame == 0 && command.kind != Command::Kind::open_strip &&
           command.kind != Command::Kind::close_strip;
}

} // namespace

ParameterFeed::ParameterFeed(Returns &returns) : returns_(returns), compact_above_(kManyBatches) {}

ParameterFeed::~ParameterFeed() {
    for (Batch *batch = sent_.exchange(nullptr); batch != nullptr;)
        delete std::exchange(batch, batch->before);
}

void ParameterFeed::send(std::vector<Command> commands,
                         const std::function<void(const Command &)> &superseded) {
    if (commands.empty())
        return;
    std::vector<Item> items;
    items.reserve(commands.size());
    for (const Command &command : commands)
        items.push_back({.command = command, .order = order_++});
    push(std::move(items));
    const auto on_their_way = [this] {
        return batches_ - received_.load(std::memory_order_relaxed);
    };
    if (on_their_way() <= compact_above_)
        return;
    compact(superseded);
    compact_above_ = std::max(kManyBatches, 2 * on_their_way());
}

void ParameterFeed::push(std::vector<Item> items) {
    auto batch = std::make_unique<Batch>();
    batch->items = std::move(items);
    batch->left = batch->items.size();
    for (Item &item : batch->items)
        item.batch = batch.get();
    ++batches_;
    Batch *const sent = batch.release();
    publish(sent, sent);
}

/// The batches from `newest` to `oldest` are one list already. Both sides also acquire and release:
/// a batch that misses a callback's receive() sees what that callback wrote before (StreamClock).
void ParameterFeed::publish(Batch *newest, Batch *oldest) noexcept {
    oldest->before = sent_.load(std::memory_order_relaxed);
    while (!sent_.compare_exchange_weak(oldest->before, newest, std::memory_order_acq_rel,
                                        std::memory_order_relaxed)) {
    }
}

/// Takes everything back that is on its way, and sends it again without what is superseded.
void ParameterFeed::compact(const std::function<void(const Command &)> &superseded) {
    std::vector<Item> kept;
    Batch *timed = nullptr;
    Batch *oldest_timed = nullptr;
    std::set<std::array<int, 4>> seen;
    for (Batch *batch = sent_.exchange(nullptr, std::memory_order_acquire); batch != nullptr;) {
        Batch *const before = batch->before;
        if (batch->items.front().command.frame != 0) {
            batch->before = nullptr;
            (timed == nullptr ? timed : oldest_timed->before) = batch;
            oldest_timed = batch;
            batch = before;
            continue;
        }
        for (auto item = batch->items.rbegin(); item != batch->items.rend(); ++item)
            if (may_be_superseded(item->command) && !seen.insert(key_of(item->command)).second)
                superseded(item->command);
            else
                kept.push_back({.command = item->command, .order = item->order});
        --batches_;
        delete std::exchange(batch, before);
    }
    if (timed != nullptr)
        publish(timed, oldest_timed);
    std::reverse(kept.begin(), kept.end());
    if (!kept.empty())
        push(std::move(kept));
}

void ParameterFeed::receive(std::uint64_t now) noexcept {
    // Newest first, as they come; turned round, almost all go to the end of the line.
    Batch *batch = sent_.exchange(nullptr, std::memory_order_acq_rel);
    Batch *oldest = nullptr;
    std::uint64_t count = 0;
    while (batch != nullptr) {
        Batch *const before = std::exchange(batch->before, oldest);
        oldest = batch;
        batch = before;
        ++count;
    }
    received_.fetch_add(count, std::memory_order_relaxed);
    for (; oldest != nullptr; oldest = oldest->before)
        for (Item &item : oldest->items) {
            // What is late holds now, after everything that was due before.
            item.command.frame = std::max(item.command.frame, now);
            if (line_ == nullptr) {
                line_ = line_end_ = &item;
            } else if (later(item, *line_end_)) {
                line_end_->sibling = &item;
                line_end_ = &item;
            } else {
                heap_ = merged(heap_, &item);
            }
        }
}

bool ParameterFeed::take(std::uint64_t now, Command &command) noexcept {
    Item *const item = earliest();
    if (item == nullptr || item->command.frame > now)
        return false;
    if (item == line_)
        line_ = item->sibling;
    else
        heap_ = without_root(item);
    command = item->command;
    if (--item->batch->left == 0)
        returns_.push(item->batch);
    return true;
}

std::uint64_t ParameterFeed::next_frame() const noexcept {
    const Item *const item = earliest();
    return item == nullptr ? kNever : item->command.frame;
}

ParameterFeed::Item *ParameterFeed::earliest() const noexcept {
    if (line_ == nullptr || heap_ == nullptr)
        return line_ != nullptr ? line_ : heap_;
    return later(*line_, *heap_) ? heap_ : line_;
}

bool ParameterFeed::later(const Item &a, const Item &b) noexcept {
    return a.command.frame != b.command.frame ? a.command.frame > b.command.frame
                                              : a.order > b.order;
}

/// A pairing heap: each item is earlier than its children, which are a list of siblings.
ParameterFeed::Item *ParameterFeed::merged(Item *a, Item *b) noexcept {
    if (a == nullptr || b == nullptr)
        return a != nullptr ? a : b;
    if (later(*a, *b))
        std::swap(a, b);
    b->sibling = a->child;
    a->child = b;
    return a;
}

ParameterFeed::Item *ParameterFeed::without_root(Item *root) noexcept {
    Item *pairs = nullptr;
    for (Item *item = root->child; item != nullptr;) {
        Item *const first = item;
        Item *const second = first->sibling;
        item = second != nullptr ? std::exchange(second->sibling, nullptr) : nullptr;
        first->sibling = nullptr;
        Item *const pair = merged(first, second);
        pair->sibling = pairs;
        pairs = pair;
    }
    Item *all = nullptr;
    while (pairs != nullptr) {
        Item *const next = std::exchange(pairs->sibling, nullptr);
        all = merged(all, pairs);
        pairs = next;
    }
    return all;
}

} // namespace headroom::engine
