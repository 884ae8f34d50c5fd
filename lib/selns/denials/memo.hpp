#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace selns::denials {

// Remembers what some texts were found to mean. When it is full it forgets all.
//
// It keeps 128 bits of hash in place of a text: the comparison of bytes that are not in the
// processor's cache was a third of the time. The hash is NH (of UMAC) with keys of its own in
// each object: whatever the texts are, two of a length collide with a probability of 2^-64, and
// then one record more is counted for a denial that is in the log.
class Memo {
  public:
    using Meaning = std::uint32_t;

    struct Key {
        std::uint64_t low = 0;
        std::uint64_t high = 0;
        std::uint32_t size = 0; // 0: too long to be remembered
        // Where the inode's number was left out; whoever remembers a key makes sure that it was
        // one, and not a part of a quoted name. Null where there is none.
        const char* inode = nullptr;
    };

    Memo();
    Key key_of(std::string_view text) const;
    // Of a record's body ("avc: denied ..."): most records of a log repeat others but for the
    // numbers of process and inode, which nobody asks for, so that these are left out.
    Key key_of_body(std::string_view body) const;
    // Memory that find() will want is on its way after it.
    void fetch(const Key& key) const;
    // Null when it is not known (any more).
    const Meaning* find(const Key& key) const;
    void remember(const Key& key, Meaning meaning);

  private:
    struct Slot {
        std::uint64_t low = 0;
        std::uint64_t high = 0;
        std::uint32_t size = 0; // 0: free
        Meaning meaning = 0;
    };

    std::size_t slot_of(const Slot& slot) const;
    void put(const Slot& slot);
    void make_room();

    std::vector<std::uint64_t> secret_;
    std::vector<Slot> slots_; // none or a power of two of them
    std::size_t count_ = 0;
};

} // namespace selns::denials
