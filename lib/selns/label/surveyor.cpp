#include "selns/label/surveyor.hpp"

#include "selns/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace selns::label {

namespace {

constexpr std::uint64_t survey_step = 1024;

// user:role, type and level of a context; a level has colons of its own.
struct Parts {
    std::string_view identity, type, level;
};
Parts parts_of(std::string_view context) {
    const std::size_t user = std::min(context.find(':'), context.size());
    const std::size_t role = std::min(context.find(':', user + 1), context.size());
    const std::size_t type = std::min(context.find(':', role + 1), context.size());
    Parts parts{context.substr(0, role), {}, {}};
    if (role < context.size())
        parts.type = context.substr(role + 1, type - role - 1);
    if (type < context.size())
        parts.level = context.substr(type + 1);
    return parts;
}

Mismatch mismatch_of(std::string_view has, std::string_view should) {
    const Parts a = parts_of(has);
    const Parts b = parts_of(should);
    if (a.type != b.type)
        return Mismatch::type;
    return a.identity != b.identity ? Mismatch::user : Mismatch::level;
}

} // namespace

std::string_view name_of(Mismatch mismatch) {
    switch (mismatch) {
    case Mismatch::missing:
        return "missing";
    case Mismatch::invalid:
        return "invalid in this policy";
    case Mismatch::type:
        return "wrong type";
    case Mismatch::user:
        return "wrong user or role";
    case Mismatch::level:
        return "wrong level";
    }
    return "";
}

Surveyor::Surveyor(const Matcher& matcher, Validator valid, Progress progress, Wanted wanted)
    : matcher_(matcher), valid_(std::move(valid)), progress_(std::move(progress)),
      wanted_(std::move(wanted)), validity_(matcher.specifications().size()),
      uses_(validity_.size()), invalid_paths_(validity_.size()) {}

const Specification* Surveyor::ask(const std::string& path, std::uint32_t type) {
    const std::uint64_t number = ++asked_;
    if (progress_ && number % survey_step == 0)
        progress_(number);
    const Specification* found = matcher_.find(path, type);
    const bool silent = found == nullptr || found->context.empty();
    const bool wanted = is_wanted(path, silent ? std::string() : found->context);
    names_ += wanted ? 1 : 0;
    if (silent) {
        silent_ += wanted ? 1 : 0;
        return nullptr;
    }
    const auto index = static_cast<std::size_t>(found - matcher_.specifications().data());
    const std::uint64_t uses = uses_[index] += wanted ? 1 : 0;
    if (is_valid(index))
        return found;
    if (!wanted)
        return nullptr;
    const std::lock_guard lock(mutex_);
    std::string& first = invalid_paths_[index];
    if (uses == 1 || first.empty() || tree::Tree::walks_before(path, first))
        first = path;
    return nullptr;
}

bool Surveyor::is_wanted(const std::string& path, const std::string& context) const {
    return !wanted_ || wanted_(path, context);
}

// Two threads may find it out at the same time, and agree.
bool Surveyor::is_valid(std::size_t specification) {
    std::atomic<char>& validity = validity_[specification];
    if (validity == unknown)
        validity = valid_(matcher_.specifications()[specification].context) ? yes : no;
    return validity == yes;
}

std::optional<Difference> Surveyor::compare(const std::string& path,
                                            const Specification& specification,
                                            const std::string& stored) const {
    if (stored == specification.context)
        return {};
    const Mismatch mismatch = stored.empty()    ? Mismatch::missing
                              : !valid_(stored) ? Mismatch::invalid
                                                : mismatch_of(stored, specification.context);
    return Difference{path, mismatch, stored, specification.context, specification.at};
}

void Surveyor::add(Difference difference) {
    if (!is_wanted(difference.path, difference.should))
        return;
    const std::lock_guard lock(mutex_);
    survey_.differences.push_back(std::move(difference));
}

void Surveyor::add_without_labels(std::string mount_point) {
    const std::lock_guard lock(mutex_);
    survey_.without_labels.push_back(std::move(mount_point));
}

const Named* Surveyor::decide(const std::vector<Named>& names) {
    const auto [chosen, other] = choose_link(names);
    const auto wanted = [&](const Named& named) {
        return is_wanted(named.path, named.specification->context);
    };
    if (other != nullptr && (wanted(*chosen) || wanted(*other)))
        survey_.conflicts.push_back({chosen->path, chosen->specification->context,
                                     chosen->specification->at, 1, other->path,
                                     other->specification->context});
    return chosen;
}

Survey Surveyor::finish() {
    survey_.names = names_;
    survey_.silent = silent_;
    const auto& specifications = matcher_.specifications();
    for (std::size_t i = 0; i < uses_.size(); ++i) {
        if (uses_[i] == 0)
            continue;
        const Specification& specification = specifications[i];
        survey_.types[std::string(parts_of(specification.context).type)] += uses_[i];
        if (validity_[i] == no)
            survey_.invalid.push_back(
                {invalid_paths_[i], specification.context, specification.at, uses_[i], {}, {}});
    }
    std::ranges::sort(survey_.differences, tree::Tree::walks_before, &Difference::path);
    std::ranges::sort(survey_.without_labels, tree::Tree::walks_before);
    std::ranges::sort(survey_.conflicts, tree::Tree::walks_before, &Finding::path);
    std::ranges::sort(survey_.invalid, [](const Finding& a, const Finding& b) {
        return std::tie(a.at.file, a.at.line) < std::tie(b.at.file, b.at.line);
    });
    return std::move(survey_);
}

void refuse_invalid(const std::vector<Finding>& invalid) {
    if (invalid.empty())
        return;
    std::vector<std::string> lines;
    for (const Finding& finding : invalid)
        lines.push_back(fmt::format(
            "{}: {} ({}{})", finding.at.str(), printable(finding.context), printable(finding.path),
            finding.files > 1 ? fmt::format(" and {} more", human_count(finding.files - 1))
                              : std::string()));
    throw Error(ErrorKind::invalid_input,
                "contexts that the policy does not define:\n  " + join(lines, "\n  "))
        .hint("correct the specification, or add the module that defines the type");
}

} // namespace selns::label
