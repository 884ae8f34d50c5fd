#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns {

std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
// Words between runs of blanks and tabs.
std::vector<std::string_view> split_words(std::string_view text);
// A temporary string would be gone before its parts are looked at.
template <typename Text>
requires std::same_as<Text, std::string> std::vector<std::string_view> split(Text&& text,
                                                                             char separator)
= delete;
template <typename Text>
requires std::same_as<Text, std::string> std::vector<std::string_view> split_words(Text&& text)
= delete;
std::string join(const std::vector<std::string>& parts, std::string_view separator);
// "permissive or enforcing"; "strict, warn or off"
std::string either(const std::vector<std::string>& words);

// TEXT safe to print: control characters and bytes that are not UTF-8 become \xHH, a backslash
// becomes \\. Reversible; names from archives and logs pass through it on their way out.
std::string printable(std::string_view text);

// The candidate nearest to WORD, when it is near enough to be meant (edit distance).
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

// " (did you mean X?)" or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

// "244 MiB": binary units, three significant digits.
std::string human_size(std::uint64_t bytes);
// "0.4 s", "52 s", "3 min 20 s"
std::string human_time(std::chrono::milliseconds time);
// "12,441"
std::string human_count(std::uint64_t count);

// 512M, 2G, 1.5G, 4096 as bytes (binary units K, M, G, T); nothing when it is not a size.
std::optional<std::uint64_t> parse_size(std::string_view text);

// ISO 8601 in UTC, "2026-11-01T12:00:00Z", of seconds since the epoch.
std::string utc_time(std::int64_t seconds);

} // namespace selns
