#include "selns/log/text_hash.hpp"

#include "selns/log/scan.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <random>
#include <tuple>

namespace selns::log {

namespace {

constexpr std::size_t longest_text = 1024;
constexpr std::size_t word = word_size;
// Several texts and their sizes; each of them can end within a pair of words. The three parts of a
// body are fewer.
constexpr std::size_t most_parts = std::tuple_size_v<TextHash::Texts> + 1;
constexpr std::size_t secret_words = longest_text / word + most_parts * 2;

__extension__ using Wide = unsigned __int128;

// The sum of the products of neighbouring words, each with a secret one added to it.
class Sum {
  public:
    explicit Sum(const std::uint64_t* secret) : secret_(secret) {}

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

    void give(TextKey& key) const {
        key.low = static_cast<std::uint64_t>(sum_);
        key.high = static_cast<std::uint64_t>(sum_ >> 64U);
    }

  private:
    void add_pair(const char* bytes) {
        sum_ +=
            static_cast<Wide>(word_at(bytes) + secret_[0]) * (word_at(bytes + word) + secret_[1]);
        secret_ += 2;
    }

    const std::uint64_t* secret_;
    Wide sum_ = 0;
};

// How many decimal digits TEXT begins with. Numbers of processes and inodes have any length, so
// that a loop over them would mostly be predicted wrongly: eight bytes at a time.
std::size_t count_digits(std::string_view text) {
    std::size_t digits = 0;
    for (; text.size() - digits >= word; digits += word)
        if (const Digits read(word_at(text.data() + digits)); read.others != 0)
            return digits + read.count();
    while (digits < text.size() && is_digit(text[digits]))
        ++digits;
    return digits;
}

// Where the process's number begins in "avc:  denied  { read } for  pid=1 ...", else 0.
std::size_t find_process(std::string_view body) {
    const std::size_t close = body.find('}');
    if (close == std::string_view::npos)
        return 0;
    const std::string_view rest = body.substr(close);
    constexpr std::string_view usual = "} for  pid=";
    constexpr std::string_view other = "} for pid=";
    return begins_with(rest, usual)   ? close + usual.size()
           : begins_with(rest, other) ? close + other.size()
                                      : 0;
}

// Where the inode's number begins, else 0.
std::size_t find_inode(std::string_view body) {
    constexpr std::string_view key = " ino=";
    for (std::size_t at = body.find('='); at != std::string_view::npos; at = body.find('=', at + 1))
        if (at + 1 >= key.size() && begins_with(body.substr(at + 1 - key.size()), key))
            return at + 1;
    return 0;
}

} // namespace

TextHash::TextHash() {
    std::random_device random;
    secret_.resize(secret_words);
    for (std::uint64_t& value : secret_)
        value = std::uint64_t{random()} << 32U | random();
}

TextKey TextHash::key_of(const Texts& texts) const {
    TextKey key;
    std::array<std::uint16_t, std::tuple_size_v<Texts>> sizes{};
    std::size_t size = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        size += texts[i].size();
        if (size > longest_text)
            return key;
        sizes[i] = static_cast<std::uint16_t>(texts[i].size());
    }
    Sum sum(secret_.data());
    const auto bytes = std::bit_cast<std::array<char, sizeof(sizes)>>(sizes);
    sum.add({bytes.data(), bytes.size()});
    for (const std::string_view text : texts)
        if (!text.empty())
            sum.add(text);
    key.size = static_cast<std::uint32_t>(size);
    sum.give(key);
    return key;
}

void TextHash::key_of_body(std::string_view body, TextKey& key) const {
    if (body.size() > longest_text)
        return;
    Sum sum(secret_.data());
    if (const std::size_t process = find_process(body); process > 0) {
        sum.add(body.substr(0, process));
        key.size = static_cast<std::uint32_t>(process);
        body.remove_prefix(process + count_digits(body.substr(process)));
    }
    if (const std::size_t inode = find_inode(body); inode > 0) {
        sum.add(body.substr(0, inode));
        key.size += static_cast<std::uint32_t>(inode);
        key.inode = body.data() + inode;
        body.remove_prefix(inode + count_digits(body.substr(inode)));
    }
    sum.add(body);
    key.size += static_cast<std::uint32_t>(body.size());
    sum.give(key);
}

} // namespace selns::log
