#pragma once

// The symbols of a kernel policy and how they are found, for the sources of this module only.

#include "selns/selinux/byte_cursor.hpp"

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace selns::selinux {

// Names point into KernelPolicy::names.
struct Symbol {
    std::string_view name;
    std::uint32_t value = 0; // from 1
    bool primary = true;     // false: an alias of the symbol that has this value
};

// Symbols of one kind by name and by value. Filled with add(), then finish() once; nothing else
// before that.
template <typename Datum>
class SymbolTable {
  public:
    void add(Datum symbol) { symbols_.push_back(std::move(symbol)); }
    void reserve(std::size_t count) { symbols_.reserve(count); }

    // COUNT is the highest value that there may be; not all have a symbol. Throws Malformed for
    // values above it, for names and values that come twice and for aliases of nothing.
    void finish(std::uint32_t count);

    // Null when there is none.
    const Datum* find(std::string_view name) const;
    const Datum* find(std::uint32_t value) const {
        return value == 0 || value > by_value_.size() || by_value_[value - 1] == 0
                   ? nullptr
                   : &symbols_[by_value_[value - 1] - 1];
    }
    // Of a value that is known to have one.
    const Datum& at(std::uint32_t value) const { return symbols_[by_value_[value - 1] - 1]; }
    std::string_view name(std::uint32_t value) const { return at(value).name; }

    std::uint32_t highest() const { return static_cast<std::uint32_t>(by_value_.size()); }
    auto begin() const { return symbols_.begin(); }
    auto end() const { return symbols_.end(); }

  private:
    // Positions are counted from 1 here; 0 means nothing.
    void index_values(std::uint32_t count);
    void index_names();
    std::size_t slot_of(std::string_view name) const;

    std::vector<Datum> symbols_;
    std::vector<std::uint32_t> by_value_;
    std::vector<std::uint32_t> by_name_; // open addressing, at most half full
};

template <typename Datum>
void SymbolTable<Datum>::finish(std::uint32_t count) {
    index_values(count);
    index_names();
}

template <typename Datum>
void SymbolTable<Datum>::index_values(std::uint32_t count) {
    by_value_.resize(count);
    std::uint32_t position = 0;
    for (const Datum& symbol : symbols_) {
        ++position;
        require(symbol.value != 0 && symbol.value <= count, "a symbol's number is out of range");
        if (!symbol.primary)
            continue;
        require(by_value_[symbol.value - 1] == 0, "two symbols have the same number");
        by_value_[symbol.value - 1] = position;
    }
    for (const Datum& symbol : symbols_)
        require(find(symbol.value) != nullptr, "an alias of nothing");
}

template <typename Datum>
void SymbolTable<Datum>::index_names() {
    by_name_.resize(std::bit_ceil(symbols_.size() * 2 + 1));
    std::uint32_t position = 0;
    for (const Datum& symbol : symbols_) {
        std::uint32_t& slot = by_name_[slot_of(symbol.name)];
        require(slot == 0, "two symbols have the same name");
        slot = ++position;
    }
}

// Where NAME is, or would be.
template <typename Datum>
std::size_t SymbolTable<Datum>::slot_of(std::string_view name) const {
    const std::size_t mask = by_name_.size() - 1;
    std::size_t at = std::hash<std::string_view>{}(name)&mask;
    while (by_name_[at] != 0 && symbols_[by_name_[at] - 1].name != name)
        at = (at + 1) & mask;
    return at;
}

template <typename Datum>
const Datum* SymbolTable<Datum>::find(std::string_view name) const {
    const std::uint32_t position = by_name_.empty() ? 0 : by_name_[slot_of(name)];
    return position == 0 ? nullptr : &symbols_[position - 1];
}

} // namespace selns::selinux
