#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::log {

// Where denials of one kind were seen: a few of the programs and objects, for whoever reviews the
// rule. It stays small, and is the same in whatever order, and however often, it was gathered:
// the smallest names are kept, and merging is a set union before that.
struct Seen {
    static constexpr std::size_t most = 3;      // of each
    static constexpr std::size_t longest = 120; // bytes of a name; more are cut, with "..."

    std::optional<std::int64_t> first; // seconds since 1970
    std::vector<std::string> programs; // comm or exe; any bytes; sorted, each once
    std::vector<std::string> objects;  // path, else name; the same

    // What a date of four digits can say; other times are not kept.
    static bool is_time(std::int64_t seconds);

    void add_time(std::int64_t seconds);
    void add_program(std::string_view name);
    // A process's number in a path below /proc is not kept: it differs from boot to boot.
    void add_object(std::string_view name);
    void merge(const Seen& other);
    auto operator<=>(const Seen&) const = default;
};

} // namespace selns::log
