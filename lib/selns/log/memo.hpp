#pragma once

#include "selns/log/text_hash.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace selns::log {

// Remembers what some texts were found to mean, by the keys of one TextHash. When it is full it
// forgets all.
class Memo {
  public:
    using Meaning = std::uint32_t;

    // Memory that find() will want is on its way after it.
    void fetch(const TextKey& key) const;
    // Null when it is not known (any more).
    const Meaning* find(const TextKey& key) const;
    void remember(const TextKey& key, Meaning meaning);

  private:
    struct alignas(32) Slot { // never in two lines of the cache
        std::uint64_t low = 0;
        std::uint64_t high = 0;
        std::uint32_t size = 0; // 0: free
        Meaning meaning = 0;
    };

    std::size_t slot_of(const Slot& slot) const;
    void put(const Slot& slot);
    void make_room();

    std::vector<Slot> slots_; // none or a power of two of them
    std::size_t count_ = 0;
};

} // namespace selns::log
