#include "selns-build/render/cache.hpp"

#include "selns-build/render/layout.hpp"
#include "selns/base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace selns::cmd {

namespace {

struct Sum {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;

    void add(const cache::Entry& entry) {
        ++entries;
        bytes += cache::size_of(entry);
    }
};

std::string entries_of(std::uint64_t count) {
    return count == 1 ? "1 entry" : human_count(count) + " entries";
}

// Entries of one kind and owner: of many, the newest is what a person looks for.
struct Row {
    std::string kind;
    std::string owner;
    Sum sum;
    std::int64_t last_used = 0;
};

std::vector<Row> rows_of(const std::vector<cache::Entry>& entries) {
    std::vector<Row> rows;
    std::map<std::pair<std::string, std::string>, std::size_t> places;
    for (const cache::Entry& entry : entries) {
        const auto [found, fresh] =
            places.try_emplace({entry.record.kind, entry.record.owner}, rows.size());
        if (fresh)
            rows.push_back({entry.record.kind, on_screen(entry.record.owner), {}, 0});
        Row& row = rows[found->second];
        row.sum.add(entry);
        row.last_used = std::max(row.last_used, cache::last_used(entry));
    }
    for (Row& row : rows)
        if (trim(row.owner).empty())
            row.owner = "(for all)";
    return rows;
}

// Columns for the owners, so that a line fits; where none is cut, most of them do.
int owner_width(const std::vector<Row>& rows, const Look& look) {
    constexpr int others = 2 + 2 + 10 + 2 + 21 + 13; // of size, time and number, and between
    int width = 0;
    for (const Row& row : rows)
        width = std::max(width, columns(row.owner));
    return std::clamp(width, 0, std::max(20, look.width - others));
}

// "2026-11-01 12:00"
std::string minute_of(std::int64_t seconds) {
    std::string text = utc_time(seconds).substr(0, 16);
    std::ranges::replace(text, 'T', ' ');
    return text;
}

} // namespace

std::string cache_text(const std::filesystem::path& root, const std::vector<cache::Entry>& entries,
                       const Look& look) {
    Sum all;
    std::map<std::string, Sum> kinds;
    for (const cache::Entry& entry : entries) {
        all.add(entry);
        kinds[entry.record.kind].add(entry);
    }
    const std::vector<Row> rows = rows_of(entries);
    const int width = owner_width(rows, look);
    Sheet sheet(look, 0);
    std::string kind;
    for (const Row& row : rows) {
        if (row.kind != kind) {
            kind = row.kind;
            sheet.line(paint(look, Tone::bold, kind) + fmt::format("  {}, {}",
                                                                   entries_of(kinds[kind].entries),
                                                                   human_size(kinds[kind].bytes)));
        }
        const std::string owner = look.terminal ? fit(row.owner, width, look) : row.owner;
        const std::string number = row.sum.entries > 1 ? ", " + entries_of(row.sum.entries) : "";
        sheet.line(fmt::format("  {}  {:>10}  used {}{}", pad(owner, width),
                               human_size(row.sum.bytes), minute_of(row.last_used), number));
    }
    if (!entries.empty())
        sheet.blank();
    sheet.line(fmt::format("{} in {}, {}", entries_of(all.entries), on_screen(root.string()),
                           human_size(all.bytes)));
    return sheet.text();
}

std::string cache_json(const std::filesystem::path& root,
                       const std::vector<cache::Entry>& entries) {
    using Json = nlohmann::ordered_json;
    Json list = Json::array();
    for (const cache::Entry& entry : entries)
        list.push_back({{"kind", entry.record.kind},
                        {"key", entry.record.key},
                        {"owner", printable(entry.record.owner)},
                        {"bytes", cache::size_of(entry)},
                        {"created", entry.record.created},
                        {"last_used", cache::last_used(entry)}});
    return Json({{"directory", printable(root.string())}, {"entries", list}}).dump(2) + "\n";
}

std::string cleaned_text(const std::filesystem::path& root, const cache::Store::Cleaned& cleaned,
                         bool dry_run) {
    return fmt::format("{} {} from {}, {}\n", dry_run ? "would remove" : "removed",
                       entries_of(cleaned.entries), on_screen(root.string()),
                       human_size(cleaned.bytes));
}

std::string cleaned_json(const std::filesystem::path& root, const cache::Store::Cleaned& cleaned) {
    return nlohmann::ordered_json({{"directory", printable(root.string())},
                                   {"entries", cleaned.entries},
                                   {"bytes", cleaned.bytes}})
               .dump(2) +
           "\n";
}

} // namespace selns::cmd
