#pragma once

#include "selns/log/denial.hpp"
#include "selns/log/events.hpp"
#include "selns/log/memo.hpp"
#include "selns/log/select.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace selns::log {

// The different denials of logs, numbered as they come, with what is gathered of each.
class UniqueDenials {
  public:
    using Index = EventSet::Denial;
    // Stands for all that SELECTION excludes by their types.
    static constexpr Index excluded = EventSet::most_denials;

    // All of them outlive it.
    UniqueDenials(const Selection& selection, const Expected& expected, const TextHash& hash)
        : selection_(selection), expected_(expected), hash_(hash) {}
    UniqueDenials(const UniqueDenials&) = delete;
    UniqueDenials& operator=(const UniqueDenials&) = delete;

    // Denials that differ at most in what their paths should have been labelled.
    using Kin = Index;

    // What VIEW is about, whatever its path; nothing, with the reason in FAULT, when it is about
    // none.
    std::optional<Kin> find_kin(const RecordView& view, std::string_view& fault);
    // The one of KIN that VIEW is about.
    Index find(const RecordView& view, Kin kin);
    // Takes what VIEW says besides; it is added to the denial by take() at the latest.
    void gather(const RecordView& view, Index index);

    Denial& operator[](Index index) { return denials_[index]; }
    std::size_t size() const { return denials_.size(); }
    bool full() const { return std::max(denials_.size(), kin_.size()) >= excluded; }
    std::size_t bytes() const { return bytes_; } // of memory, about

    // Those of which there are records, sorted. Nothing is left behind.
    std::vector<Denial> take();

  private:
    // By what they say: two writings can mean the same.
    struct Hash {
        std::size_t operator()(const Denial* denial) const;
    };
    struct Same {
        bool operator()(const Denial* one, const Denial* two) const;
    };

    // What a record says about a denial. Hardly any denial is in the processor's cache when its
    // records come; so these wait until there are many, and are added denial by denial.
    struct Mention {
        Index denial = 0;
        bool enforced = false;
        std::uint16_t program = 0; // the lengths of its texts
        std::uint16_t object = 0;
        std::uint32_t begin = 0; // of its texts in mentioned_
    };
    static constexpr std::size_t most_mentioned = std::size_t{1} << 20U; // bytes

    struct Family {
        Record record;              // of its first denial, until there is one
        std::vector<Index> denials; // some
    };

    const Record& record_of(const Family& family) const;
    std::string_view expected_context(const RecordView& view, const Record& record);
    Index add(Family& family, std::string_view expected, std::string_view device);
    void add_mentions();
    void gather_command(const RecordView& view, Denial& denial);
    void gather_message(const RecordView& view, Denial& denial);

    const Selection& selection_;
    const Expected& expected_;
    const TextHash& hash_;
    std::deque<Denial> denials_; // they are large: they stay where they are
    std::unordered_map<const Denial*, Index, Hash, Same> by_meaning_;
    Memo by_writing_;
    std::deque<Family> kin_;
    std::vector<Mention> mentions_;
    std::string mentioned_;
    std::size_t bytes_ = 0;
    // Reused from record to record:
    std::string program_;
    std::string object_;
};

} // namespace selns::log
