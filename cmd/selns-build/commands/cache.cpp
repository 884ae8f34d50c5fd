#include "selns-build/render/cache.hpp"

#include "selns-build/commands/commands.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/declaration.hpp"
#include "selns-build/session.hpp"

#include <ctime>
#include <limits>

namespace selns::cmd {

namespace {

constexpr std::int64_t day = std::int64_t{24} * 60 * 60; // seconds

} // namespace

void declare(Declaration& declaration, CacheListOptions& options) {
    declaration.flag(options.json, "--json", "everything, as JSON");
}

int run(const CacheListOptions& options, Session& session) {
    const Setting setting(ProgressMode::none, session);
    const cache::Store& store = setting.context().cache;
    std::vector<cache::Entry> entries;
    for (const std::string& kind : store.kinds())
        for (cache::Entry& entry : store.entries(kind))
            entries.push_back(std::move(entry));
    session.out.write(options.json ? cache_json(store.root(), entries)
                                   : cache_text(store.root(), entries, session.out_look));
    return 0;
}

void declare(Declaration& declaration, CacheCleanOptions& options) {
    declaration.option(options.unused_days, "--unused", "DAYS",
                       "only what was not used for that long");
    declaration.flag(options.dry_run, "--dry-run", "remove nothing, say what would be");
    declaration.flag(options.json, "--json", "the result as JSON");
}

int run(const CacheCleanOptions& options, Session& session) {
    const Setting setting(ProgressMode::none, session);
    const std::int64_t before = options.unused_days == 0
                                    ? std::numeric_limits<std::int64_t>::max()
                                    : std::time(nullptr) - day * options.unused_days;
    const cache::Store& store = setting.context().cache;
    const auto cleaned = store.clean(before, options.dry_run);
    session.out.write(options.json ? cleaned_json(store.root(), cleaned)
                                   : cleaned_text(store.root(), cleaned, options.dry_run));
    return 0;
}

} // namespace selns::cmd
