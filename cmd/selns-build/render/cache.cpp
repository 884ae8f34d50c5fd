#include "selns-build/render/cache.hpp"

#include "selns-build/render/layout.hpp"
#include "selns/base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

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

} // namespace

std::string cache_text(const std::filesystem::path& root, const std::vector<cache::Entry>& entries,
                       const Look& look) {
    Sum all;
    std::map<std::string, Sum> kinds;
    int owner_width = 0;
    for (const cache::Entry& entry : entries) {
        all.add(entry);
        kinds[entry.record.kind].add(entry);
        owner_width = std::max(owner_width, columns(on_screen(entry.record.owner)));
    }
    owner_width = std::min(owner_width, 40);
    Sheet sheet(look, 0);
    std::string kind;
    for (const cache::Entry& entry : entries) {
        if (entry.record.kind != kind) {
            kind = entry.record.kind;
            sheet.line(paint(look, Tone::bold, kind) + fmt::format("  {}, {}",
                                                                   entries_of(kinds[kind].entries),
                                                                   human_size(kinds[kind].bytes)));
        }
        sheet.line(
            fmt::format("  {}  {:>10}  used {}", pad(on_screen(entry.record.owner), owner_width),
                        human_size(cache::size_of(entry)), utc_time(cache::last_used(entry))));
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
