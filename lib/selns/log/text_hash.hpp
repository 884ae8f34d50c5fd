#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace selns::log {

// Stands for a text of at most some hundred bytes.
struct TextKey {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::uint32_t size = 0; // 0: too long, stands for nothing
    // Where the inode's number was left out; whoever remembers a key makes sure that it was
    // one, and not a part of a quoted name. Null where there is none.
    const char* inode = nullptr;
};

// 128 bits of hash in place of a text: the comparison of bytes that are not in the processor's
// cache was a third of the time. The hash is NH (of UMAC) with keys of its own in each object:
// whatever the texts are, two of a length collide with a probability of 2^-64, and then one record
// more is counted for a denial that is in the log. Safe to use from several threads.
class TextHash {
  public:
    TextHash();
    // Of all of them; where one ends and the next begins counts. They are not all empty.
    using Texts = std::array<std::string_view, 8>;
    TextKey key_of(const Texts& texts) const;
    // Of a record's body ("avc: denied ..."): most records of a log repeat others but for the
    // numbers of process and inode, which nobody asks for, so that these are left out. KEY is as
    // made before.
    void key_of_body(std::string_view body, TextKey& key) const;
    TextKey key_of_body(std::string_view body) const {
        TextKey key;
        key_of_body(body, key);
        return key;
    }

  private:
    std::vector<std::uint64_t> secret_;
};

} // namespace selns::log
