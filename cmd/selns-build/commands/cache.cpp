#include "selns-build/render/cache.hpp"

#include "selns-build/arguments.hpp"
#include "selns-build/commands/list.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/session.hpp"

#include <ctime>
#include <limits>

namespace selns::cmd {

namespace {

struct CacheListOptions {
    bool json = false;
};

struct CacheCleanOptions {
    unsigned unused_days = 0; // 0: however long
    bool dry_run = false;
    bool json = false;
};

constexpr std::int64_t day = std::int64_t{24} * 60 * 60; // seconds

} // namespace

void declare(CLI::App& app, CacheListOptions& options) {
    app.add_flag("--json", options.json, "everything, as JSON");
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

void declare(CLI::App& app, CacheCleanOptions& options) {
    add_number(app, "--unused", options.unused_days, "DAYS",
               "only what was not used for that long");
    app.add_flag("--dry-run", options.dry_run, "remove nothing, say what would be");
    app.add_flag("--json", options.json, "the result as JSON");
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

const Subcommand cache_list_command = {
    "cache list", " [OPTION]...", "what earlier runs keep for later ones",
    "Shows what is kept of archives, policies, kernels and answers, how large it is, who\n"
    "made it and when it was used last.\n"
    "\n"
    "Example:\n"
    "  selns-build cache list\n",
    declared<CacheListOptions, declare, run>};

const Subcommand cache_clean_command = {
    "cache clean", " [OPTION]...", "remove what is kept",
    "Removes what earlier runs keep: all of it, or what was not used for some days. What\n"
    "a build needs again it makes again. Does nothing while another selns-build runs.\n"
    "\n"
    "Example:\n"
    "  selns-build cache clean --unused 30\n",
    declared<CacheCleanOptions, declare, run>};

} // namespace selns::cmd
