#include "selns/base/text.hpp"
#include "selns/log/names.hpp"
#include "selns/verdict/guard.hpp"
#include "selns/verdict/judgement.hpp"
#include "selns/verdict/verdict.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace selns::verdict {

namespace {

// Whether the source of access to TCLASS is who sent a packet, not a process.
bool is_of_network(std::string_view tclass) {
    static constexpr std::array<std::string_view, 5> classes = {"association", "netif", "node",
                                                                "packet", "peer"};
    return std::ranges::find(classes, tclass) != classes.end();
}

// Judges denials about one access, which differ in their permissions and ioctl commands only.
class Judge {
  public:
    // DENIALS are at least one.
    Judge(const Policy& policy, const Preferences& preferences,
          const std::set<std::string>& declared, std::span<const log::Denial> denials)
        : policy_(policy), preferences_(preferences), declared_(declared), access_(denials.front()),
          source_(log::context_type(access_.scontext)),
          target_(log::context_type(access_.tcontext)) {
        if (access_.kind != log::DenialKind::access)
            return;
        about_all_ = about_names();
        if (!about_all_)
            ask_policy(denials);
    }

    std::vector<Judgement> run(const log::Denial& denial) {
        result_.clear();
        if (access_.kind != log::DenialKind::access)
            result_.push_back(judge_transition(policy_, declared_, access_));
        else if (about_all_)
            for (const std::string& permission : denial.permissions)
                add(marked(left_alone(permission).value_or(*about_all_), hides(permission)),
                    permission);
        else
            judge_permissions(denial);
        return std::move(result_);
    }

  private:
    // ---- what holds for all permissions alike

    std::optional<Judgement> about_names() const {
        if (auto found = about_labels())
            return found;
        for (const std::string* type : {&source_, &target_})
            if (!log::is_name(*type) || !exists(*type))
                return finding(Verdict::unknown_type, "type " + *type, {});
        if (!log::is_name(access_.tclass) || !policy_.has_class(access_.tclass))
            return finding(Verdict::unknown_class, "class " + access_.tclass, {});
        return {};
    }

    std::optional<Judgement> about_labels() const {
        auto found = wrong_label();
        if (found)
            found->acceptable = false; // a rule would be about whatever else is wrong
        return found;
    }

    std::optional<Judgement> wrong_label() const {
        if (!access_.printed_source.empty())
            return about_raw(access_.scontext);
        if (!access_.printed_target.empty())
            return about_raw(access_.tcontext);
        const std::string_view unlabeled = policy_.unlabeled_type();
        if (source_ == unlabeled && !access_.foreign_source && !is_of_network(access_.tclass))
            return finding(Verdict::mislabelled, source_, relabel_advice());
        if (target_ == unlabeled && !access_.foreign_target && can_be_relabelled())
            return finding(Verdict::mislabelled, target_, relabel_advice());
        if (target_ == policy_.file_contexts().default_type())
            return finding(Verdict::mislabelled, target_,
                           access_.expected.empty() ? add_file_context : relabel_advice());
        return {};
    }

    // A pipe is labelled by who made it, but may have a name on a disk.
    bool can_be_relabelled() const {
        return has_own_label(access_.tclass) || access_.tclass == "fifo_file";
    }

    Judgement about_raw(const std::string& context) const {
        if (log::context_type(context).empty())
            return finding(Verdict::unknown_type,
                           context + ", of another SELinux namespace, which has no policy", {});
        return finding(Verdict::mislabelled,
                       context + " was not valid in the policy that denied it",
                       policy_.valid_context(context)
                           ? "it is in this image's: the denial is an older policy's, or "
                             "another namespace's"
                           : relabel_advice());
    }

    std::string relabel_advice() const {
        return access_.expected.empty() ? "relabel it"
                                        : "relabel it: its file context says " + access_.expected;
    }

    // A context with a type of the local module means nothing to the base policy.
    std::optional<Judgement> about_contexts() const {
        if (policy_.has_type(source_) && !policy_.valid_context(access_.scontext))
            return finding(Verdict::invalid_context, access_.scontext, {});
        if (policy_.has_type(target_) && !policy_.valid_context(access_.tcontext))
            return finding(Verdict::invalid_context, access_.tcontext, {});
        return {};
    }

    bool exists(const std::string& type) const {
        return policy_.has_type(type) || declared_.contains(type);
    }

    // ---- what the policy says about all permissions that any of the denials has

    void ask_policy(std::span<const log::Denial> denials) {
        for (const log::Denial& denial : denials)
            for (const std::string& permission : denial.permissions)
                if (!is_known(permission) && log::is_name(permission) &&
                    policy_.has_permission(access_.tclass, permission))
                    known_.push_back(permission);
        if (known_.empty())
            return;
        guards_.emplace(policy_, source_, target_, access_.tclass);
        about_known_ = about_contexts();
        // What the base policy does not know, it neither allows nor forbids.
        if (about_known_ || !policy_.has_type(source_) || !policy_.has_type(target_))
            return decisions_.resize(known_.size());
        decisions_ = policy_.decide(access_.scontext, access_.tcontext, access_.tclass, known_);
        extended_rules_ =
            is_known(ioctl) && policy_.has_extended_rules(source_, target_, access_.tclass);
    }

    bool is_known(std::string_view permission) const {
        return std::ranges::find(known_, permission) != known_.end();
    }

    // ---- one permission

    void judge_permissions(const log::Denial& denial) {
        opened_for_ = guarded_beside_open(denial);
        for (const std::string& permission : denial.permissions) {
            const auto known = std::ranges::find(known_, permission);
            if (known == known_.end())
                add(finding(Verdict::unknown_permission,
                            "permission " + permission + " of class " + access_.tclass, {}),
                    permission);
            else if (about_known_)
                add(*about_known_, permission);
            else
                judge_permission(denial, permission,
                                 decisions_[static_cast<std::size_t>(known - known_.begin())]);
        }
    }

    void judge_permission(const log::Denial& denial, const std::string& permission,
                          const selinux::Decision& decision) {
        if (permission == ioctl && !denial.commands.empty() && extended_rules_)
            judge_commands(denial, decision);
        else if (decision.allowed() && permission == ioctl && extended_rules_)
            add(finding(Verdict::unknown_command,
                        "the record does not tell which ioctl command it was", {}),
                permission);
        else if (decision.allowed() && permission == log::nlmsg &&
                 policy_.has_message_rules(source_, target_, access_.tclass))
            add(about_messages(denial), permission);
        else if (decision.allowed())
            add(finding(Verdict::already_allowed, {}, {}), permission);
        else
            add(open_question(permission, decision), permission,
                commands_asked_for(denial, permission));
    }

    // Where allowxperm rules decide about netlink messages, an allow rule gives nothing more. The
    // local module has no such rules, which take a newer libsepol than most hosts have.
    Judgement about_messages(const log::Denial& denial) const {
        if (denial.messages.empty())
            return finding(Verdict::unknown_command,
                           "the record does not tell which netlink message it was", {});
        Commands denied;
        for (const std::uint16_t type : denial.messages)
            if (!policy_.message_allowed(source_, target_, access_.tclass, type))
                denied.insert(type);
        if (denied.empty())
            return finding(Verdict::already_allowed, {}, {});
        std::string types;
        for (const std::uint16_t type : denied)
            types += (types.empty() ? "" : " ") + std::to_string(type);
        return finding(Verdict::constraint,
                       "allowxperm rules for nlmsg leave out the message types " + types,
                       "it wants (allowx " + source_ + " " + target_ + " (nlmsg " + access_.tclass +
                           " (" + types + "))) in a module of selinux.modules (libsepol 3.8)");
    }

    // Where allowxperm rules decide, each command is a question of its own.
    void judge_commands(const log::Denial& denial, const selinux::Decision& decision) {
        Commands allowed;
        Commands denied;
        for (const std::uint16_t command : denial.commands)
            (decision.allowed() &&
                     policy_.command_allowed(source_, target_, access_.tclass, command)
                 ? allowed
                 : denied)
                .insert(command);
        const std::string name(ioctl);
        if (!allowed.empty())
            add(finding(Verdict::already_allowed, {}, {}), name, allowed);
        if (!denied.empty())
            add(open_question(name, decision), name, denied);
    }

    std::optional<Commands> commands_asked_for(const log::Denial& denial,
                                               const std::string& permission) const {
        if (permission != ioctl || !preferences_.extended || denial.commands.empty() ||
            denial.ioctl_without_command)
            return {};
        return denial.commands;
    }

    // Neither unknown nor allowed.
    Judgement open_question(const std::string& permission,
                            const selinux::Decision& decision) const {
        const bool hidden =
            decision.dontaudit || matches(preferences_.hidden, permission) != nullptr;
        return marked(cause_of(permission, decision, hidden), hidden);
    }

    Judgement cause_of(const std::string& permission, const selinux::Decision& decision,
                       bool hidden) const {
        if (auto found = left_alone(permission))
            return *std::move(found);
        const bool accepted = matches(preferences_.accept, permission) != nullptr;
        if (!access_.expected.empty() && !accepted &&
            !policy_.labelled_by_file_system(target_, access_.tclass, access_.device))
            return finding(Verdict::mislabelled, target_, relabel_advice());
        if (!decision.obstacles.empty())
            return obstructed(decision.obstacles);
        if (hidden && !accepted)
            return finding(Verdict::dontaudit, {}, {});
        if (!decision.booleans.empty() && !accepted)
            return about_booleans(decision.booleans);
        if (const auto rule = policy_.neverallow(source_, target_, access_.tclass, permission))
            return finding(Verdict::neverallow, *rule, "give the domain another way to do it");
        if (const auto why = guarded(permission); why && !accepted)
            return finding(Verdict::guarded, *why, {});
        return finding(Verdict::allow, {}, {});
    }

    static Judgement marked(Judgement judgement, bool hidden) {
        judgement.hidden = hidden;
        return judgement;
    }

    // Whether a dontaudit rule is about it, for what was judged without asking the policy.
    bool hides(const std::string& permission) const {
        if (about_all_->verdict != Verdict::mislabelled ||
            !policy_.valid_context(access_.scontext) || !policy_.valid_context(access_.tcontext) ||
            !policy_.has_permission(access_.tclass, permission))
            return false;
        return matches(preferences_.hidden, permission) != nullptr ||
               policy_.decide(access_.scontext, access_.tcontext, access_.tclass, {permission})
                   .front()
                   .dontaudit;
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
            if (pattern.matches(policy_, source_, target_, access_.tclass, permission))
                return &pattern;
        return nullptr;
    }

    // What the recipe says is harmless. A rule that hides it takes names that the policy has.
    std::optional<Judgement> left_alone(const std::string& permission) const {
        if (const AccessPattern* pattern = matches(preferences_.tolerate, permission))
            return finding(Verdict::tolerated, pattern->text(), {});
        const AccessPattern* pattern = matches(preferences_.silence, permission);
        if (pattern != nullptr && exists(source_) && exists(target_) && log::is_name(permission) &&
            policy_.has_permission(access_.tclass, permission))
            return finding(Verdict::silenced, pattern->text(), {});
        return {};
    }

    // To open a file for writing is both in one record: without the other half, `open` is no rule
    // that anybody would want.
    std::optional<std::string> guarded_beside_open(const log::Denial& denial) const {
        if (!guards_ || std::ranges::find(denial.permissions, "open") == denial.permissions.end())
            return {};
        for (const std::string& permission : denial.permissions) {
            const auto known = std::ranges::find(known_, permission);
            if (known == known_.end() ||
                decisions_[static_cast<std::size_t>(known - known_.begin())].allowed())
                continue;
            if (const auto why = guards_->why(permission);
                why && matches(preferences_.accept, permission) == nullptr)
                return std::string(*why);
        }
        return {};
    }

    std::optional<std::string> guarded(const std::string& permission) const {
        if (const auto why = guards_->why(permission))
            return std::string(*why);
        if (permission == "open" && opened_for_)
            return opened_for_;
        if (const AccessPattern* pattern = matches(preferences_.refuse, permission))
            return "refused by the recipe: " + pattern->text();
        return {};
    }

    // ----

    void add(Judgement judgement, const std::string& permission,
             std::optional<Commands> commands = {}) {
        const auto same = std::ranges::find_if(result_, [&](const Judgement& other) {
            return other.verdict == judgement.verdict && other.reason == judgement.reason &&
                   !other.commands && !commands && other.advice == judgement.advice &&
                   other.hidden == judgement.hidden && other.acceptable == judgement.acceptable;
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
    const log::Denial& access_; // one of them
    std::string source_;
    std::string target_;
    std::optional<Judgement> about_all_;   // on every permission
    std::optional<Judgement> about_known_; // on those that the policy has
    std::vector<std::string> known_;
    std::vector<selinux::Decision> decisions_; // on each of these
    std::optional<Guards> guards_;             // that are about the access
    std::optional<std::string> opened_for_;    // why what comes with `open` is guarded
    bool extended_rules_ = false;
    std::vector<Judgement> result_;
};

} // namespace

void Preferences::check(const Policy& policy) const {
    for (const auto* patterns : {&refuse, &accept, &tolerate, &silence})
        for (const AccessPattern& pattern : *patterns)
            pattern.check(policy);
}

std::vector<Judgement> judge(const Policy& policy, const Preferences& preferences,
                             const std::set<std::string>& declared, const log::Denial& denial) {
    return Judge(policy, preferences, declared, {&denial, 1}).run(denial);
}

bool same_access(const log::Denial& one, const log::Denial& two) {
    const auto access_of = [](const log::Denial& denial) {
        return std::tie(denial.kind, denial.scontext, denial.tcontext, denial.new_context,
                        denial.printed_source, denial.printed_target, denial.tclass,
                        denial.expected, denial.device, denial.foreign_source,
                        denial.foreign_target);
    };
    return access_of(one) == access_of(two);
}

std::vector<std::vector<Judgement>> judge_together(const Policy& policy,
                                                   const Preferences& preferences,
                                                   const std::set<std::string>& declared,
                                                   std::span<const log::Denial> denials) {
    std::vector<std::vector<Judgement>> judgements;
    if (denials.empty())
        return judgements;
    Judge judge(policy, preferences, declared, denials);
    judgements.reserve(denials.size());
    for (const log::Denial& denial : denials)
        judgements.push_back(judge.run(denial));
    return judgements;
}

Triple triple_of(const log::Denial& denial) {
    if (denial.kind == log::DenialKind::invalid_label) // nobody is named
        return {"?", std::string(log::context_type(denial.new_context)), {}};
    const auto type_in = [](const std::string& context) {
        const std::string_view type = log::context_type(context);
        return type.empty() ? std::string_view(context) : type;
    };
    const std::string_view source = type_in(denial.scontext);
    const std::string_view target = type_in(denial.tcontext);
    return {std::string(source), std::string(source == target ? self : target), denial.tclass};
}

} // namespace selns::verdict
