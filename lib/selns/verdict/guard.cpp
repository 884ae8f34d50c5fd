#include "selns/verdict/guard.hpp"

#include "selns/base/text.hpp"
#include "selns/verdict/guard_list.hpp"
#include "selns/verdict/policy.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace selns::verdict {

namespace {

using When = Guard::When;

constexpr std::string_view every = "*"; // stands for all types

bool has_word(std::string_view words, std::string_view wanted) {
    for (std::size_t at = words.find(wanted); at != std::string_view::npos;
         at = words.find(wanted, at + 1)) {
        const std::size_t end = at + wanted.size();
        if ((at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' '))
            return true;
    }
    return false;
}

// Every different access asks, so the list is cut up once.
const std::vector<const Guard*>& guards_of(std::string_view tclass) {
    static const auto by_class = [] {
        std::unordered_map<std::string_view, std::vector<const Guard*>> guards;
        for (const Guard& guard : guard_list())
            for (const std::string_view name : split_words(guard.classes))
                guards[name].push_back(&guard);
        return guards;
    }();
    static const std::vector<const Guard*> none;
    const auto found = by_class.find(tclass);
    return found == by_class.end() ? none : found->second;
}

// One question to all guards.
class Question {
  public:
    Question(const Policy& policy, const std::string& source, const std::string& target)
        : policy_(policy), source_name_(source), target_name_(target),
          source_(source == every ? 0 : policy.meanings(source)),
          target_(target == every ? ~Meanings{0} : policy.meanings(target)) {}

    bool concerns(const Guard& guard) const {
        switch (guard.when) {
        case When::always:
            return true;
        case When::unless_trusted:
            return !trusted();
        case When::unless_administrator:
            return !trusted() && !may(source_name_, "capability", "sys_admin");
        case When::on_object:
            return (target_ & guard.meanings) != 0 && !trusted() &&
                   !may(target_name_, "file", "write");
        case When::on_secret:
            return (target_ & guard.meanings) != 0 && !trusted();
        case When::on_other:
            return source_name_ != target_name_ && (target_ & guard.meanings) != 0 && !trusted();
        case When::on_stronger:
            return source_name_ != target_name_ && !trusted() &&
                   (target_ & ~source_ & guard.meanings) != 0;
        case When::by_strong:
            return (source_ & guard.meanings) != 0 && (target_ & meaning::program) == 0;
        case When::by_any:
            return (target_ & (meaning::program | meaning::entry)) == 0;
        }
        return true;
    }

  private:
    bool trusted() const { return (source_ & meaning::changes_policy) != 0; }

    bool may(const std::string& target, const std::string& tclass,
             const std::string& permission) const {
        return policy_.has_type(source_name_) && policy_.has_type(target) &&
               policy_.has_permission(tclass, permission) &&
               policy_.rule_allows(source_name_, target, tclass, permission);
    }

    const Policy& policy_;
    const std::string& source_name_;
    const std::string& target_name_;
    Meanings source_;
    Meanings target_;
};

} // namespace

Guards::Guards(const Policy& policy, const std::string& source, const std::string& target,
               std::string_view tclass) {
    const Question question(policy, source, target);
    for (const Guard* guard : guards_of(tclass))
        if (question.concerns(*guard))
            guards_.push_back(guard);
}

std::optional<std::string_view> Guards::why(std::string_view permission) const {
    for (const Guard* guard : guards_)
        if (guard->permissions == "*" || has_word(guard->permissions, permission))
            return guard->why;
    return {};
}

std::optional<std::string_view> Guards::why_any() const {
    return guards_.empty() ? std::nullopt : std::optional(guards_.front()->why);
}

} // namespace selns::verdict
