#include "selns/base/text.hpp"
#include "selns/denials/guard.hpp"
#include "selns/denials/names.hpp"
#include "selns/denials/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace selns::denials {

namespace {

constexpr std::string_view unlabeled_type = "unlabeled_t";
constexpr std::string_view default_type = "default_t"; // of paths that no specification knows
constexpr std::string_view ioctl = "ioctl";

Judgement finding(Verdict verdict, std::string reason, std::string advice) {
    return {verdict, {}, {}, std::move(reason), std::move(advice)};
}

std::string obstacle_words(const std::vector<selinux::Obstacle>& obstacles) {
    std::vector<std::string> texts;
    for (const selinux::Obstacle& obstacle : obstacles)
        texts.push_back(obstacle.text);
    return join(texts, ", ");
}

std::string remedy_words(const std::vector<selinux::Obstacle>& obstacles) {
    std::vector<std::string> remedies;
    for (const selinux::Obstacle& obstacle : obstacles)
        if (!obstacle.remedy.empty() &&
            std::ranges::find(remedies, obstacle.remedy) == remedies.end())
            remedies.push_back(obstacle.remedy);
    return remedies.empty() ? std::string("nothing in a recipe satisfies it")
                            : "it wants " + join(remedies, " and ");
}

class Judge {
  public:
    Judge(const Policy& policy, const Preferences& preferences,
          const std::set<std::string>& declared, const Denial& denial)
        : policy_(policy), preferences_(preferences), declared_(declared), denial_(denial),
          source_(context_type(denial.scontext)), target_(context_type(denial.tcontext)) {}

    std::vector<Judgement> run() {
        if (denial_.kind != DenialKind::access) {
            add(about_transition(), std::string(transition_word()));
            return std::move(result_);
        }
        if (const auto found = about_names()) {
            for (const std::string& permission : denial_.permissions)
                add(tolerated(permission).value_or(*found), permission);
            return std::move(result_);
        }
        judge_permissions();
        return std::move(result_);
    }

  private:
    // ---- what holds for all permissions alike

    std::optional<Judgement> about_names() const {
        if (const auto found = about_labels())
            return found;
        for (const std::string& type : {source_, target_})
            if (!is_name(type) || !exists(type))
                return finding(Verdict::unknown_type, "type " + type, {});
        if (!is_name(denial_.tclass) || !policy_.has_class(denial_.tclass))
            return finding(Verdict::unknown_class, "class " + denial_.tclass, {});
        return {};
    }

    std::optional<Judgement> about_labels() const {
        for (const auto& [printed, real] : {std::pair(denial_.printed_source, denial_.scontext),
                                            std::pair(denial_.printed_target, denial_.tcontext)})
            if (!printed.empty())
                return finding(Verdict::mislabelled,
                               real + " was not valid in the policy that denied it",
                               policy_.valid_context(real)
                                   ? "it is in this image's: the denial is an older policy's, or "
                                     "another namespace's"
                                   : relabel_advice());
        for (const std::string& type : {source_, target_})
            if (type == unlabeled_type)
                return finding(Verdict::mislabelled, type, relabel_advice());
        if (target_ == default_type)
            return finding(Verdict::mislabelled, target_,
                           "add a file context for it to selinux.file_contexts");
        return {};
    }

    std::string relabel_advice() const {
        return denial_.expected.empty() ? "relabel it"
                                        : "relabel it: its file context says " + denial_.expected;
    }

    // A context with a type of the local module means nothing to the base policy.
    std::optional<Judgement> about_contexts() const {
        for (const auto& [type, context] :
             {std::pair(source_, denial_.scontext), std::pair(target_, denial_.tcontext)})
            if (policy_.has_type(type) && !policy_.valid_context(context))
                return finding(Verdict::invalid_context, context, {});
        return {};
    }

    bool exists(const std::string& type) const {
        return policy_.has_type(type) || declared_.contains(type);
    }

    // ---- one permission

    void judge_permissions() {
        std::vector<std::string> known;
        for (const std::string& permission : denial_.permissions)
            if (is_name(permission) && policy_.has_permission(denial_.tclass, permission))
                known.push_back(permission);
            else
                add(finding(Verdict::unknown_permission,
                            "permission " + permission + " of class " + denial_.tclass, {}),
                    permission);
        if (known.empty())
            return;
        if (const auto found = about_contexts()) {
            for (const std::string& permission : known)
                add(*found, permission);
            return;
        }
        // What the base policy does not know, it neither allows nor forbids.
        std::vector<selinux::Decision> decisions(known.size());
        if (policy_.has_type(source_) && policy_.has_type(target_))
            decisions = policy_.decide(denial_.scontext, denial_.tcontext, denial_.tclass, known);
        for (std::size_t i = 0; i < known.size(); ++i)
            judge_permission(known[i], decisions[i]);
    }

    void judge_permission(const std::string& permission, const selinux::Decision& decision) {
        if (permission == ioctl && !denial_.commands.empty() && has_extended_rules())
            judge_commands(decision);
        else if (decision.allowed() && permission == ioctl && has_extended_rules())
            add(finding(Verdict::unknown_permission,
                        "the record does not tell which ioctl command it was", {}),
                permission);
        else if (decision.allowed())
            add(finding(Verdict::already_allowed, {}, {}), permission);
        else
            add(open_question(permission, decision), permission, commands_asked_for(permission));
    }

    bool has_extended_rules() const {
        return policy_.has_type(source_) && policy_.has_type(target_) &&
               policy_.has_extended_rules(source_, target_, denial_.tclass);
    }

    // Where allowxperm rules decide, each command is a question of its own.
    void judge_commands(const selinux::Decision& decision) {
        Commands allowed;
        Commands denied;
        for (const std::uint16_t command : denial_.commands)
            (decision.allowed() &&
                     policy_.command_allowed(source_, target_, denial_.tclass, command)
                 ? allowed
                 : denied)
                .insert(command);
        const std::string name(ioctl);
        if (!allowed.empty())
            add(finding(Verdict::already_allowed, {}, {}), name, allowed);
        if (!denied.empty())
            add(open_question(name, decision), name, denied);
    }

    std::optional<Commands> commands_asked_for(const std::string& permission) const {
        if (permission != ioctl || !preferences_.extended || denial_.commands.empty() ||
            denial_.ioctl_without_command)
            return {};
        return denial_.commands;
    }

    // Neither unknown nor allowed.
    Judgement open_question(const std::string& permission,
                            const selinux::Decision& decision) const {
        if (auto found = tolerated(permission))
            return *std::move(found);
        const bool accepted = matches(preferences_.accept, permission) != nullptr;
        if (!denial_.expected.empty() && !accepted)
            return finding(Verdict::mislabelled, target_, relabel_advice());
        if (!decision.obstacles.empty())
            return finding(Verdict::constraint, obstacle_words(decision.obstacles),
                           remedy_words(decision.obstacles));
        if (decision.dontaudit && !accepted)
            return finding(Verdict::dontaudit, {}, {});
        if (!decision.booleans.empty() && !accepted)
            return about_booleans(decision.booleans);
        if (const auto rule = policy_.neverallow(source_, target_, denial_.tclass, permission))
            return finding(Verdict::neverallow, *rule, "give the domain another way to do it");
        if (const auto why = guarded(permission); why && !accepted)
            return finding(Verdict::guarded, *why, {});
        return finding(Verdict::allow, {}, {});
    }

    static Judgement about_booleans(const std::vector<selinux::BooleanSetting>& booleans) {
        std::vector<std::string> settings;
        for (const selinux::BooleanSetting& boolean : booleans)
            settings.push_back(boolean.name + ": " + (boolean.value ? "true" : "false"));
        const std::string text = join(settings, ", ");
        return finding(Verdict::boolean, text, "selinux.booleans: { " + text + " }");
    }

    const AccessPattern* matches(const std::vector<AccessPattern>& patterns,
                                 const std::string& permission) const {
        for (const AccessPattern& pattern : patterns)
            if (pattern.matches(policy_, source_, target_, denial_.tclass, permission))
                return &pattern;
        return nullptr;
    }

    std::optional<Judgement> tolerated(const std::string& permission) const {
        const AccessPattern* pattern = matches(preferences_.tolerate, permission);
        if (pattern == nullptr)
            return {};
        return finding(Verdict::tolerated, pattern->text(), {});
    }

    std::optional<std::string> guarded(const std::string& permission) const {
        for (const Guard& guard : guard_list())
            if (guard.pattern.matches(policy_, source_, target_, denial_.tclass, permission))
                return guard.why;
        if (const AccessPattern* pattern = matches(preferences_.refuse, permission))
            return "refused by the recipe: " + pattern->text();
        return {};
    }

    // ---- records of SELINUX_ERR: no allow rule is about these

    std::string_view transition_word() const {
        return denial_.kind == DenialKind::validate_transition ? "relabel" : "transition";
    }

    Judgement about_transition() const {
        for (const std::string& context :
             {denial_.scontext, denial_.tcontext, denial_.new_context}) {
            const std::string type(context_type(context));
            if (!context.empty() && !exists(type))
                return finding(Verdict::unknown_type, "type " + type, {});
        }
        if (denial_.kind == DenialKind::computed_sid)
            return about_computed();
        if (denial_.kind == DenialKind::bounded_transition)
            return finding(Verdict::constraint,
                           fmt::format("no typebounds {} {}", source_, target_),
                           fmt::format("it wants (typebounds {} {}) in a module, or a program "
                                       "without no_new_privs",
                                       source_, target_));
        return about_relabelling();
    }

    // The context that the policy's transitions give: the role may not have the type, mostly.
    Judgement about_computed() const {
        if (policy_.valid_context(denial_.new_context))
            return finding(Verdict::already_allowed, denial_.new_context, {});
        const auto parts = split(denial_.new_context, ':');
        const std::string role = parts.size() > 1 ? std::string(parts[1]) : std::string();
        return finding(Verdict::constraint, denial_.new_context + " is not a valid context",
                       fmt::format("it wants (roletype {} {}) in a module, or another user and "
                                   "role to run it",
                                   role, context_type(denial_.new_context)));
    }

    Judgement about_relabelling() const {
        for (const std::string& context : {denial_.scontext, denial_.tcontext, denial_.new_context})
            if (!policy_.valid_context(context))
                return finding(Verdict::invalid_context, context, {});
        if (!policy_.has_class(denial_.tclass))
            return finding(Verdict::unknown_class, "class " + denial_.tclass, {});
        const auto obstacles = policy_.relabel_obstacles(denial_.tcontext, denial_.new_context,
                                                         denial_.scontext, denial_.tclass);
        if (obstacles.empty())
            return finding(Verdict::already_allowed, {}, {});
        return finding(Verdict::constraint, obstacle_words(obstacles), remedy_words(obstacles));
    }

    // ----

    void add(Judgement judgement, const std::string& permission,
             std::optional<Commands> commands = {}) {
        const auto same = std::ranges::find_if(result_, [&](const Judgement& other) {
            return other.verdict == judgement.verdict && other.reason == judgement.reason &&
                   !other.commands && !commands && other.advice == judgement.advice;
        });
        if (same != result_.end()) {
            same->permissions.insert(permission);
            return;
        }
        judgement.permissions = {permission};
        judgement.commands = std::move(commands);
        result_.push_back(std::move(judgement));
    }

    const Policy& policy_;
    const Preferences& preferences_;
    const std::set<std::string>& declared_;
    const Denial& denial_;
    std::string source_;
    std::string target_;
    std::vector<Judgement> result_;
};

} // namespace

void Preferences::check(const Policy& policy) const {
    for (const auto* patterns : {&refuse, &accept, &tolerate})
        for (const AccessPattern& pattern : *patterns)
            pattern.check(policy);
}

std::vector<Judgement> judge(const Policy& policy, const Preferences& preferences,
                             const std::set<std::string>& declared, const Denial& denial) {
    return Judge(policy, preferences, declared, denial).run();
}

Triple triple_of(const Denial& denial) {
    const std::string_view source = context_type(denial.scontext);
    const std::string_view target = context_type(denial.tcontext);
    return {std::string(source), std::string(source == target ? "self" : target), denial.tclass};
}

} // namespace selns::denials
