#include "selns/log/memo.hpp"

#include <algorithm>
#include <utility>

namespace selns::log {

namespace {

constexpr std::size_t fewest_slots = std::size_t{1} << 8U;
constexpr std::size_t most_slots = std::size_t{1} << 16U;

} // namespace

std::size_t Memo::slot_of(const Slot& slot) const {
    return (slot.low ^ slot.high) & (slots_.size() - 1);
}

void Memo::fetch(const TextKey& key) const {
    if (!slots_.empty())
        __builtin_prefetch(&slots_[slot_of({key.low, key.high})]);
}

const Memo::Meaning* Memo::find(const TextKey& key) const {
    if (slots_.empty() || key.size == 0)
        return nullptr;
    const std::size_t last = slots_.size() - 1;
    for (std::size_t at = slot_of({key.low, key.high}); slots_[at].size != 0;
         at = (at + 1) & last) {
        const Slot& slot = slots_[at];
        if (slot.low == key.low && slot.high == key.high && slot.size == key.size)
            return &slot.meaning;
    }
    return nullptr;
}

void Memo::remember(const TextKey& key, Meaning meaning) {
    if (key.size == 0)
        return;
    if (count_ >= slots_.size() - slots_.size() / 4)
        make_room();
    put({key.low, key.high, key.size, meaning});
    ++count_;
}

void Memo::make_room() {
    if (slots_.size() == most_slots) {
        slots_.assign(most_slots, {});
        count_ = 0;
        return;
    }
    const std::vector<Slot> before =
        std::exchange(slots_, std::vector<Slot>(std::max(fewest_slots, 4 * slots_.size())));
    for (const Slot& slot : before)
        if (slot.size != 0)
            put(slot);
}

void Memo::put(const Slot& slot) {
    std::size_t at = slot_of(slot);
    while (slots_[at].size != 0)
        at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
}

} // namespace selns::log
