#include "selns/denials/memo.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <utility>

namespace selns::denials {

namespace {

constexpr std::size_t fewest_slots = std::size_t{1} << 8U;
constexpr std::size_t most_slots = std::size_t{1} << 16U;
constexpr std::size_t longest_text = 1024;
constexpr std::size_t word = sizeof(std::uint64_t);
// For the three parts of a body, each of which can end within a pair of words.
constexpr std::size_t secret_words = longest_text / word + std::size_t{3} * 2;

__extension__ using Wide = unsigned __int128;

std::uint64_t word_at(const char* bytes) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes, word);
    return value;
}

// The sum of the products of neighbouring words, each with a secret one added to it.
class Hash {
  public:
    explicit Hash(const std::uint64_t* secret) : secret_(secret) {}

    // The last pair of words overlaps the one before it, which says no less and is quick.
    void add(std::string_view part) {
        constexpr std::size_t pair = 2 * word;
        if (part.size() < pair) {
            std::array<char, pair> padded{};
            std::memcpy(padded.data(), part.data(), part.size());
            return add_pair(padded.data());
        }
        const char* const last = part.data() + part.size() - pair;
        for (const char* at = part.data(); at < last; at += pair)
            add_pair(at);
        add_pair(last);
    }

    Wide sum() const { return sum_; }

  private:
    void add_pair(const char* bytes) {
        sum_ +=
            static_cast<Wide>(word_at(bytes) + secret_[0]) * (word_at(bytes + word) + secret_[1]);
        secret_ += 2;
    }

    const std::uint64_t* secret_;
    Wide sum_ = 0;
};

std::size_t count_digits(std::string_view text) {
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9')
        ++digits;
    return digits;
}

// Where the process's number begins in "avc:  denied  { read } for  pid=1 ...", else 0.
std::size_t find_process(std::string_view body) {
    const std::size_t close = body.find('}');
    if (close == std::string_view::npos)
        return 0;
    const std::string_view rest = body.substr(close);
    for (const std::string_view start : {"} for  pid=", "} for pid="})
        if (rest.starts_with(start))
            return close + start.size();
    return 0;
}

// Where the inode's number begins, else 0.
std::size_t find_inode(std::string_view body) {
    constexpr std::string_view key = " ino=";
    for (std::size_t at = body.find('='); at != std::string_view::npos; at = body.find('=', at + 1))
        if (at + 1 >= key.size() && body.substr(at + 1 - key.size(), key.size()) == key)
            return at + 1;
    return 0;
}

} // namespace

Memo::Memo() {
    std::random_device random;
    secret_.resize(secret_words);
    for (std::uint64_t& value : secret_)
        value = std::uint64_t{random()} << 32U | random();
}

Memo::Key Memo::key_of(std::string_view text) const {
    Key key;
    if (text.size() > longest_text)
        return key;
    Hash hash(secret_.data());
    hash.add(text);
    key.size = static_cast<std::uint32_t>(text.size());
    key.low = static_cast<std::uint64_t>(hash.sum());
    key.high = static_cast<std::uint64_t>(hash.sum() >> 64U);
    return key;
}

Memo::Key Memo::key_of_body(std::string_view body) const {
    Key key;
    if (body.size() > longest_text)
        return key;
    Hash hash(secret_.data());
    if (const std::size_t process = find_process(body); process > 0) {
        hash.add(body.substr(0, process));
        key.size = static_cast<std::uint32_t>(process);
        body.remove_prefix(process + count_digits(body.substr(process)));
    }
    if (const std::size_t inode = find_inode(body); inode > 0) {
        hash.add(body.substr(0, inode));
        key.size += static_cast<std::uint32_t>(inode);
        key.inode = body.data() + inode;
        body.remove_prefix(inode + count_digits(body.substr(inode)));
    }
    hash.add(body);
    key.size += static_cast<std::uint32_t>(body.size());
    key.low = static_cast<std::uint64_t>(hash.sum());
    key.high = static_cast<std::uint64_t>(hash.sum() >> 64U);
    return key;
}

std::size_t Memo::slot_of(const Slot& slot) const {
    return (slot.low ^ slot.high) & (slots_.size() - 1);
}

void Memo::fetch(const Key& key) const {
    if (!slots_.empty())
        __builtin_prefetch(&slots_[slot_of({key.low, key.high})]);
}

const Memo::Meaning* Memo::find(const Key& key) const {
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

void Memo::remember(const Key& key, Meaning meaning) {
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

} // namespace selns::denials
