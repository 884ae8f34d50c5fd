#include "selns/module/review.hpp"

#include "selns/base/interrupt.hpp"
#include "selns/base/text.hpp"
#include "selns/module/rules.hpp"
#include "selns/verdict/guard.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace selns::module {

namespace {

constexpr std::string_view anything = "*";
constexpr std::size_t most_pairs = 4096; // of which each is asked about
constexpr const char* too_many =
    "names so many types that neverallow rules are not asked here; name fewer in one statement";

using Strings = std::vector<std::string>;

class Reviewer {
  public:
    Reviewer(const verdict::Policy& policy, const verdict::Preferences& preferences,
             const Given& given)
        : policy_(policy), preferences_(preferences), given_(given) {}

    std::vector<Objection> run() {
        for (const GivenAccess& access : given_.accesses)
            review_access(access);
        for (const GivenAccess& access : given_.attributes)
            review_attribute(access);
        return std::move(objections_);
    }

  private:
    // By verdict and reason: the permissions.
    using Found = std::map<std::pair<verdict::Verdict, std::string>, Permissions>;

    void review_access(const GivenAccess& access) {
        Found found;
        const Strings sources = members_of(access.sources);
        const Strings targets = members_of(access.targets);
        const bool many = sources.size() * targets.size() > most_pairs;
        for (const std::string& target : targets)
            for (const std::string& source : many ? one_of_each(sources, access, target) : sources)
                ask_guards(access, source, target == self ? source : target, found);
        if (!many)
            ask_neverallows(access, sources, targets, found);
        else if (!accepts(access))
            object(access, {verdict::Verdict::guarded, too_many},
                   {access.permissions.begin(), access.permissions.end()});
        for (const auto& [about, permissions] : found)
            object(access, about, permissions);
    }

    // Types of one meaning are guarded alike; a target's own name counts more. One that has the
    // access anyway does not stand for others.
    Strings one_of_each(const Strings& sources, const GivenAccess& access,
                        const std::string& target) {
        std::map<verdict::Meanings, std::string> chosen;
        interruption_point();
        for (const std::string& source : sources)
            if (const verdict::Meanings meanings = policy_.meanings(source);
                !chosen.contains(meanings) && !all_settled(source, target, access))
                chosen.emplace(meanings, source);
        Strings result;
        for (auto& [meanings, type] : chosen)
            result.push_back(std::move(type));
        return result;
    }

    bool all_settled(const std::string& source, const std::string& target,
                     const GivenAccess& access) const {
        return std::ranges::all_of(access.permissions, [&](const std::string& permission) {
            return settled(source, target == self ? source : target, access.tclass, permission);
        });
    }

    Strings members_of(const Strings& names) const {
        Strings result;
        for (const std::string& name : names) {
            Strings members = policy_.members(name);
            if (members.empty())
                members.push_back(name);
            result.insert(result.end(), members.begin(), members.end());
        }
        std::ranges::sort(result);
        result.erase(std::unique(result.begin(), result.end()), result.end());
        return result;
    }

    void ask_guards(const GivenAccess& access, const std::string& source, const std::string& target,
                    Found& found) const {
        const verdict::Guards guards(policy_, source, target, access.tclass);
        for (const std::string& permission : access.permissions) {
            const auto why = permission == anything ? guards.why_any() : guards.why(permission);
            if (why && !settled(source, target, access.tclass, permission))
                found[{verdict::Verdict::guarded, std::string(*why)}].insert(permission);
        }
    }

    void ask_neverallows(const GivenAccess& access, const Strings& sources, const Strings& targets,
                         Found& found) const {
        for (const std::string& source : sources)
            for (const std::string& name : targets) {
                const std::string& target = name == self ? source : name;
                if (!unchanged(source) || !unchanged(target))
                    continue;
                for (const std::string& permission : access.permissions)
                    if (const auto rule =
                            policy_.neverallow(source, target, access.tclass, permission);
                        rule && !settled(source, target, access.tclass, permission))
                        found[{verdict::Verdict::neverallow, *rule}].insert(permission);
            }
    }

    bool unchanged(const std::string& type) const {
        return policy_.has_type(type) && !given_.changed.contains(type);
    }

    // The policy gives it anyway, or the recipe accepts it.
    bool settled(const std::string& source, const std::string& target, const std::string& tclass,
                 const std::string& permission) const {
        if (policy_.has_type(source) && policy_.has_type(target) &&
            policy_.has_permission(tclass, permission) &&
            policy_.rule_allows(source, target, tclass, permission))
            return true;
        return accepted(source, target, tclass, permission);
    }

    bool accepted(const std::string& source, const std::string& target, const std::string& tclass,
                  const std::string& permission) const {
        return std::ranges::any_of(preferences_.accept, [&](const verdict::AccessPattern& pattern) {
            return pattern.matches(policy_, source, target, tclass, permission);
        });
    }

    void object(const GivenAccess& access, const std::pair<verdict::Verdict, std::string>& about,
                const Permissions& permissions) {
        const auto braced = [](const Strings& names) {
            return names.size() == 1 ? names[0] : "{ " + join(names, " ") + " }";
        };
        objections_.push_back({about.first,
                               braced(access.sources) + " " + braced(access.targets) + ":" +
                                   access.tclass + " " +
                                   braced({permissions.begin(), permissions.end()}),
                               about.second, access.at});
    }

    // An attribute gives all that its name stands for.
    void review_attribute(const GivenAccess& access) {
        const std::string& attribute = access.targets.front();
        const bool permissive = attribute == "permissive";
        if (!permissive && (verdict::meanings_of_name(attribute) & verdict::meaning::powers) == 0)
            return;
        const std::string why = permissive
                                    ? "the policy holds nothing back that a permissive domain does"
                                    : "gives a domain all that this attribute stands for";
        for (const std::string& type : access.sources)
            if (!policy_.has_attribute(type, attribute) && !accepts_all_of(type))
                objections_.push_back(
                    {verdict::Verdict::guarded, type + " " + attribute, why, access.at});
    }

    bool accepts(const GivenAccess& access) const {
        const auto each = [](const Strings& names, const auto& what) {
            return std::ranges::all_of(names, what);
        };
        return each(access.sources, [&](const std::string& source) {
            return each(access.targets, [&](const std::string& target) {
                return each(access.permissions, [&](const std::string& permission) {
                    return accepted(source, target, access.tclass, permission);
                });
            });
        });
    }

    bool accepts_all_of(const std::string& type) const {
        return accepted(type, std::string(anything), std::string(anything), std::string(anything));
    }

    const verdict::Policy& policy_;
    const verdict::Preferences& preferences_;
    const Given& given_;
    std::vector<Objection> objections_;
};

class UnknownPolicy final : public verdict::Policy {
  public:
    bool has_type(std::string_view) const override { return true; }
    bool is_attribute(std::string_view) const override { return false; }
    bool has_attribute(std::string_view, std::string_view) const override { return false; }
    bool has_class(std::string_view) const override { return true; }
    bool has_permission(std::string_view, std::string_view) const override { return true; }
    bool valid_context(const std::string&) const override { return true; }
    std::vector<selinux::Decision> decide(const std::string&, const std::string&,
                                          const std::string&,
                                          const std::vector<std::string>& asked) const override {
        return std::vector<selinux::Decision>(asked.size());
    }
    bool rule_allows(const std::string&, const std::string&, const std::string&,
                     const std::string&) const override {
        return false;
    }
    bool has_extended_rules(const std::string&, const std::string&,
                            const std::string&) const override {
        return false;
    }
    bool command_allowed(const std::string&, const std::string&, const std::string&,
                         std::uint16_t) const override {
        return false;
    }
    std::vector<selinux::Obstacle> relabel_obstacles(const std::string&, const std::string&,
                                                     const std::string&,
                                                     const std::string&) const override {
        return {};
    }
    std::optional<std::string> neverallow(const std::string&, const std::string&,
                                          const std::string&, const std::string&) const override {
        return {};
    }
};

} // namespace

std::vector<Objection> review(const verdict::Policy& policy,
                              const verdict::Preferences& preferences, const Given& given) {
    return Reviewer(policy, preferences, given).run();
}

const verdict::Policy& unknown_policy() {
    static const UnknownPolicy policy;
    return policy;
}

} // namespace selns::module
