#include "selns/query/denials.hpp"

#include "selns-build/arguments.hpp"
#include "selns-build/commands/list.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/render/denials.hpp"
#include "selns-build/session.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>

namespace selns::cmd {

namespace {

struct PolicyOptions {
    std::filesystem::path recipe;
    std::filesystem::path policy;
    std::vector<recipe::Override> overrides;
};

struct LogOptions {
    std::vector<std::filesystem::path> logs;
    bool journal = false;
    std::string since;
    std::string until;
    bool trust = false;
};

struct DenialsMergeOptions {
    PolicyOptions policy;
    LogOptions logs;
    std::filesystem::path module;
    bool extended = false;
    bool complete = false;
    bool dry_run = false;
    bool json = false;
    ProgressMode progress = ProgressMode::automatic;
};

struct DenialsExplainOptions {
    PolicyOptions policy;
    LogOptions logs;
    std::filesystem::path module;
    bool all = false;
    bool json = false;
    ProgressMode progress = ProgressMode::automatic;
};

struct DenialsPruneOptions {
    PolicyOptions policy;
    std::filesystem::path module;
    bool dry_run = false;
    ProgressMode progress = ProgressMode::automatic;
};

struct DenialsImportOptions {
    PolicyOptions policy;
    std::filesystem::path module;
    std::vector<std::filesystem::path> others;
    bool dry_run = false;
};

void declare_policy(CLI::App& app, PolicyOptions& options, bool needed = true) {
    add_file(app, "--recipe", options.recipe, "RECIPE",
             "judge by the policy of this recipe's image");
    add_file(app, "--policy", options.policy, "FROM",
             "judge by the policy of this root directory, archive, image, or kernel "
             "policy file");
    add_overrides(app, options.overrides);
    app.final_callback([&app, &options, needed] {
        const bool none = options.recipe.empty() && options.policy.empty();
        const bool both = !options.recipe.empty() && !options.policy.empty();
        if (both || (none && needed))
            throw usage(app, "expected either --recipe or --policy");
    });
}

void declare_logs(CLI::App& app, LogOptions& options) {
    add_paths(app, "LOG", options.logs);
    app.add_flag("--journal", options.journal, "read this host's journal, too");
    app.add_option("--since", options.since,
                   "only denials from then on: 2026-11-01, \"2026-11-01 10:00\", yesterday, "
                   "-2h; boot or policyload: from the last one in the logs")
        ->type_name("WHEN")
        ->check(filled("WHEN"));
    app.add_option("--until", options.until, "only denials before then")
        ->type_name("WHEN")
        ->check(filled("WHEN"));
    app.add_flag("--trust", options.trust,
                 "take denials for true whoever wrote them: by your word, they are");
}

std::optional<log::Milliseconds> moment(const std::string& text, const char* option) {
    if (text.empty())
        return {};
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    if (const auto moment = log::parse_moment(text, now.count()))
        return moment;
    throw Error(ErrorKind::usage, std::string(option) + ": not a point in time: \"" + text + "\"")
        .hint(std::string(log::moment_forms()));
}

// These commands end soon, and take up many small pieces of memory. What one thread frees is kept
// for the next: a third arena would be waited for less, and costs more in pages that nobody had
// touched. The first one is made of huge pages where the kernel has them: a fault for every 4 KiB
// is a tenth of the time.
void keep_memory() {
    constexpr int size = 32 << 20;
    constexpr std::uintptr_t page = std::uintptr_t{2} << 20U;
    ::mallopt(M_ARENA_MAX, 2);
    ::mallopt(M_TRIM_THRESHOLD, 2 * size);
    ::mallopt(M_MMAP_THRESHOLD, 2 * page);
    ::mallopt(M_TOP_PAD, size);
    const auto begin = (reinterpret_cast<std::uintptr_t>(::sbrk(0)) + page - 1) & ~(page - 1);
    void* volatile grown = std::malloc(page); // and by SIZE; volatile: or none of it is done
    std::free(grown);
    const auto end = reinterpret_cast<std::uintptr_t>(::sbrk(0)) & ~(page - 1);
    if (begin < end)
        ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

// What the commands of denials work with, read from their options.
class DenialWork {
  public:
    DenialWork(const PolicyOptions& policy, ProgressMode progress, Session& session)
        : setting_(progress, session) {
        keep_memory();
        if (!policy.recipe.empty())
            recipe_ = recipe::load(policy.recipe, policy.overrides);
        choice_ = {recipe_ ? &*recipe_ : nullptr, policy.policy};
    }

    const query::PolicyChoice& policy() const { return choice_; }
    const Context& context() const { return setting_.context(); }
    query::DenialsRequest request(const LogOptions& logs,
                                  const std::filesystem::path& module) const {
        const auto mark = log::parse_mark(logs.since);
        return {choice_,
                {logs.logs, logs.journal, mark ? std::nullopt : moment(logs.since, "--since"), mark,
                 moment(logs.until, "--until"), logs.trust},
                module,
                false,
                false};
    }

  private:
    Setting setting_;
    std::optional<recipe::Recipe> recipe_;
    query::PolicyChoice choice_;
};

} // namespace

void declare(CLI::App& app, DenialsMergeOptions& options) {
    declare_logs(app, options.logs);
    add_file(app, "--module", options.module, "FILE",
             "the local module (.cil or .te); by default the recipe's");
    declare_policy(app, options.policy);
    app.add_flag("--allowxperm", options.extended,
                 "name the ioctl commands that were seen, instead of allowing all");
    app.add_flag("--complete", options.complete,
                 "with each permission its usual companions (open and getattr with read, ...), "
                 "marked as not seen");
    app.add_flag("--dry-run", options.dry_run, "write nothing; status 1 when rules would change");
    app.add_flag("--json", options.json, "the result as JSON");
    add_progress(app, options.progress);
}

int run(const DenialsMergeOptions& options, Session& session) {
    const DenialWork work(options.policy, options.progress, session);
    auto request = work.request(options.logs, options.module);
    request.extended = options.extended;
    request.complete = options.complete;
    const auto& merged =
        session.keep(query::merge_denials(request, options.dry_run, work.context()));
    session.out.write(options.json ? merged_json(merged)
                                   : merged_text(merged, options.dry_run, session.out_look));
    return options.dry_run && merged.changes_rules() ? 1 : 0;
}

void declare(CLI::App& app, DenialsExplainOptions& options) {
    declare_logs(app, options.logs);
    add_file(app, "--module", options.module, "FILE",
             "the local module, whose own types count as known");
    declare_policy(app, options.policy);
    app.add_flag("--all", options.all,
                 "also what needs nothing: already allowed, tolerated, silenced");
    app.add_flag("--json", options.json, "everything, as JSON");
    add_progress(app, options.progress);
}

int run(const DenialsExplainOptions& options, Session& session) {
    const DenialWork work(options.policy, options.progress, session);
    const auto& explained = session.keep(
        query::explain_denials(work.request(options.logs, options.module), work.context()));
    session.out.write(options.json ? explained_json(explained)
                                   : explained_text(explained, options.all, session.out_look));
    return 0;
}

void declare(CLI::App& app, DenialsPruneOptions& options) {
    add_file(app, "--module", options.module, "FILE",
             "the local module (.cil or .te); by default the recipe's");
    declare_policy(app, options.policy);
    app.add_flag("--dry-run", options.dry_run, "write nothing; status 1 when rules would go");
    add_progress(app, options.progress);
}

int run(const DenialsPruneOptions& options, Session& session) {
    const DenialWork work(options.policy, options.progress, session);
    const auto pruned =
        query::prune_module(options.module, work.policy(), options.dry_run, work.context());
    session.out.write(pruned_text(pruned, options.dry_run, session.out_look));
    return options.dry_run && !pruned.removals.empty() ? 1 : 0;
}

void declare(CLI::App& app, DenialsImportOptions& options) {
    add_paths(app, "MODULE", options.others, "a module: .te, .cil or .pp")->required();
    add_file(app, "--module", options.module, "FILE",
             "the local module (.cil or .te); by default the recipe's");
    declare_policy(app, options.policy, false);
    app.add_flag("--dry-run", options.dry_run, "write nothing; status 1 when it would change");
}

int run(const DenialsImportOptions& options, Session& session) {
    const DenialWork work(options.policy, ProgressMode::automatic, session);
    const auto imported = query::import_modules(options.module, options.others, work.policy(),
                                                options.dry_run, work.context());
    session.out.write(imported_text(imported, options.dry_run, session.out_look));
    const bool changes = !imported.import.changes.empty() || !imported.import.statements.empty();
    return options.dry_run && changes ? 1 : 0;
}

const Subcommand denials_merge_command = {
    "denials merge", " [LOG...] [OPTION]...", "put denials into the local module",
    "Merges what the denials of LOGs ask for into the local module, in CIL or (by its\n"
    "name) .te: one rule for each source, target and class. Each denial is judged\n"
    "against the base policy first; only those that a rule helps, and that no guard\n"
    "refuses, become rules. Without LOG, the recipe's logs are read; - is standard\n"
    "input.\n"
    "\n"
    "Example:\n"
    "  selns-build denials merge --module selinuxns.cil --recipe web.yaml boot.log\n",
    declared<DenialsMergeOptions, declare, run>};

const Subcommand denials_explain_command = {
    "denials explain", " [LOG...] [OPTION]...", "what becomes of each denial, and why",
    "Shows the verdict on each denial of LOGs: what it means, why, and what to do.\n"
    "\n"
    "Example:\n"
    "  selns-build denials explain --policy build/web/web.ext4 --journal --since -2h\n",
    declared<DenialsExplainOptions, declare, run>};

const Subcommand denials_prune_command = {
    "denials prune", " [OPTION]...", "drop rules that the base policy has by now",
    "Drops the rules of the local module that the base policy has come to allow.\n"
    "\n"
    "Example:\n"
    "  selns-build denials prune --recipe web.yaml\n",
    declared<DenialsPruneOptions, declare, run>};

const Subcommand denials_import_command = {
    "denials import", " MODULE... [OPTION]...", "take other modules' rules over",
    "Takes the rules of MODULEs (.te, .cil or .pp, as audit2allow makes them, also\n"
    "compressed, as a policy store has them) into the local module. What else a .te says\n"
    "is compiled by checkmodule when the local module is CIL. Macros of the reference\n"
    "policy (policy_module() apart) are not expanded: make a .pp of such a module.\n"
    "\n"
    "Example:\n"
    "  selns-build denials import --module selinuxns.cil old/mymodule.pp\n",
    declared<DenialsImportOptions, declare, run>};

} // namespace selns::cmd
