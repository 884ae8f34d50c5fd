#pragma once

#include "selns/module/merge.hpp"
#include "selns/query/base_policy.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace selns::query {

struct DenialLogs {
    std::vector<std::filesystem::path> files;    // "-" is standard input
    bool journal = false;                        // and this host's journal
    std::optional<log::Milliseconds> since = {}; // put over the recipe's, like the next
    std::optional<log::Mark> since_last = {};
    std::optional<log::Milliseconds> until = {};
    bool trust = false; // see log::ReadOptions; so is the recipe's word
};

struct DenialsRequest {
    PolicyChoice policy;
    DenialLogs logs;
    std::filesystem::path module; // empty: the recipe's, or none (explain)
    bool extended = false;        // allowxperm rules for the ioctl commands seen
    bool complete = false;        // with the usual companions of what is allowed
};

struct Explained {
    verdict::Judged judged;
    log::Denials denials;
    std::vector<std::string> unknown; // "neverallow rules", when the policy does not tell
    std::vector<std::string> lacking; // names in the guard list that the policy does not have
};

// What becomes of each denial, and why. Nothing is written.
Explained explain_denials(const DenialsRequest& request, const Context& context);

struct Merged {
    std::filesystem::path module;
    module::MergeResult result;
    std::string before; // the module's text
    std::string after;
    bool written = false;
    std::vector<std::string> unknown; // this and the next as above
    std::vector<std::string> lacking;

    bool changes_rules() const { return result.changes_module(); }
};

// Merges what the verdicts allow into the module's file. Held against other runs meanwhile.
Merged merge_denials(const DenialsRequest& request, bool dry_run, const Context& context);

struct Pruned {
    std::filesystem::path module;
    std::vector<module::RuleRemoval> removals;
    bool written = false;
};

// Drops the rules that the base policy has come to allow. MODULE as in DenialsRequest, but there
// must be one.
Pruned prune_module(const std::filesystem::path& module, const PolicyChoice& policy, bool dry_run,
                    const Context& context);

struct Imported {
    std::filesystem::path module;
    module::Import import;
    bool written = false;
};

// Takes over what OTHERS (.te, .cil, .pp, also compressed) say, all or nothing. They are judged
// together as hand-written modules are, by POLICY, or by names alone when that chooses none; what
// is said against them are warnings.
Imported import_modules(const std::filesystem::path& module,
                        const std::vector<std::filesystem::path>& others,
                        const PolicyChoice& policy, bool dry_run, const Context& context);

} // namespace selns::query
