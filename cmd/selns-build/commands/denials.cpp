#include "selns/pipeline/denials.hpp"

#include "selns-build/commands/commands.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/declaration.hpp"
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

void declare_policy(Declaration& declaration, PolicyOptions& options, bool needed = true) {
    declaration.option(options.recipe, "--recipe", "RECIPE",
                       "judge by the policy of this recipe's image");
    declaration.option(options.policy, "--policy", "FROM",
                       "judge by the policy of this root directory, archive, image, or kernel "
                       "policy file");
    declaration.overrides(options.overrides);
    declaration.check([&declaration, &options, needed] {
        const bool none = options.recipe.empty() && options.policy.empty();
        const bool both = !options.recipe.empty() && !options.policy.empty();
        if (both || (none && needed))
            throw declaration.usage("expected either --recipe or --policy");
    });
}

void declare_logs(Declaration& declaration, LogOptions& options) {
    declaration.paths(options.logs, "LOG");
    declaration.flag(options.journal, "--journal", "read this host's journal, too");
    declaration.option(options.since, "--since", "WHEN",
                       "only denials from then on: 2026-11-01, \"2026-11-01 10:00\", yesterday, "
                       "-2h");
    declaration.option(options.until, "--until", "WHEN", "only denials before then");
}

std::optional<denials::Milliseconds> moment(const std::string& text, const char* option) {
    if (text.empty())
        return {};
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    if (const auto moment = denials::parse_moment(text, now.count()))
        return moment;
    throw Error(ErrorKind::usage, std::string(option) + ": not a point in time: \"" + text + "\"")
        .hint(std::string(denials::moment_forms()));
}

// These commands end soon, and take up many small pieces of memory. What one thread frees is kept
// for the next; there are never more than two at a time, so that neither waits for the other. The
// first arena is made of huge pages where the kernel has them: a fault for every 4 KiB is a tenth
// of the time.
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

    const pipeline::PolicyChoice& policy() const { return choice_; }
    const pipeline::Context& context() const { return setting_.context(); }
    pipeline::DenialsRequest request(const LogOptions& logs,
                                     const std::filesystem::path& module) const {
        return {
            choice_,
            {logs.logs, logs.journal, moment(logs.since, "--since"), moment(logs.until, "--until")},
            module,
            false};
    }

  private:
    Setting setting_;
    std::optional<recipe::Recipe> recipe_;
    pipeline::PolicyChoice choice_;
};

} // namespace

void declare(Declaration& declaration, DenialsMergeOptions& options) {
    declare_logs(declaration, options.logs);
    declaration.option(options.module, "--module", "FILE",
                       "the local module (.cil or .te); by default the recipe's");
    declare_policy(declaration, options.policy);
    declaration.flag(options.extended, "--allowxperm",
                     "name the ioctl commands that were seen, instead of allowing all");
    declaration.flag(options.dry_run, "--dry-run",
                     "write nothing; status 1 when rules would change");
    declaration.flag(options.json, "--json", "the result as JSON");
    declaration.progress(options.progress);
}

int run(const DenialsMergeOptions& options, Session& session) {
    const DenialWork work(options.policy, options.progress, session);
    auto request = work.request(options.logs, options.module);
    request.extended = options.extended;
    const auto& merged =
        session.keep(pipeline::merge_denials(request, options.dry_run, work.context()));
    session.out.write(options.json ? merged_json(merged)
                                   : merged_text(merged, options.dry_run, session.out_look));
    return options.dry_run && merged.changes_rules() ? 1 : 0;
}

void declare(Declaration& declaration, DenialsExplainOptions& options) {
    declare_logs(declaration, options.logs);
    declaration.option(options.module, "--module", "FILE",
                       "the local module, whose own types count as known");
    declare_policy(declaration, options.policy);
    declaration.flag(options.all, "--all", "also what needs nothing: already allowed, tolerated");
    declaration.flag(options.json, "--json", "everything, as JSON");
    declaration.progress(options.progress);
}

int run(const DenialsExplainOptions& options, Session& session) {
    const DenialWork work(options.policy, options.progress, session);
    const auto& explained = session.keep(
        pipeline::explain_denials(work.request(options.logs, options.module), work.context()));
    session.out.write(options.json ? explained_json(explained)
                                   : explained_text(explained, options.all, session.out_look));
    return 0;
}

void declare(Declaration& declaration, DenialsPruneOptions& options) {
    declaration.option(options.module, "--module", "FILE", "the local module (.cil or .te)");
    declare_policy(declaration, options.policy);
    declaration.flag(options.dry_run, "--dry-run", "write nothing; status 1 when rules would go");
    declaration.progress(options.progress);
    declaration.check([&] {
        if (options.module.empty())
            throw declaration.usage("expected --module FILE");
    });
}

int run(const DenialsPruneOptions& options, Session& session) {
    const DenialWork work(options.policy, options.progress, session);
    const auto pruned =
        pipeline::prune_module(options.module, work.policy(), options.dry_run, work.context());
    session.out.write(pruned_text(pruned, options.dry_run, session.out_look));
    return options.dry_run && !pruned.removals.empty() ? 1 : 0;
}

void declare(Declaration& declaration, DenialsImportOptions& options) {
    declaration.path(options.other, "MODULE", "a module: .te, .cil or .pp");
    declaration.option(options.module, "--module", "FILE", "the local module (.cil or .te)");
    declare_policy(declaration, options.policy, false);
    declaration.flag(options.dry_run, "--dry-run", "write nothing; status 1 when it would change");
    declaration.check([&] {
        if (options.module.empty())
            throw declaration.usage("expected --module FILE");
    });
}

int run(const DenialsImportOptions& options, Session& session) {
    const DenialWork work(options.policy, ProgressMode::automatic, session);
    const auto imported = pipeline::import_module(options.module, options.other, work.policy(),
                                                  options.dry_run, work.context());
    session.out.write(imported_text(imported, options.dry_run, session.out_look));
    const bool changes = !imported.import.changes.empty() || !imported.import.statements.empty();
    return options.dry_run && changes ? 1 : 0;
}

} // namespace selns::cmd
