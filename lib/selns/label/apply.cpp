#include "selns/label/apply.hpp"

#include "selns/base/text.hpp"
#include "selns/label/hard_link.hpp"
#include "selns/tree/ostree.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

namespace selns::label {

namespace {

constexpr std::uint64_t progress_step = 512;

void record(Findings& findings, Finding finding) {
    findings.total += finding.files;
    if (findings.shown.size() < Findings::most_shown)
        findings.shown.push_back(std::move(finding));
}

// The third field of a context; all of it when it has none.
std::string type_of(const std::string& context) {
    const auto fields = split(context, ':');
    return fields.size() > 2 ? std::string(fields[2]) : context;
}

bool is_mounted_over(std::string_view path) {
    constexpr std::array<std::string_view, 6> places = {"/proc", "/sys",     "/dev",
                                                        "/run",  "/sysroot", tree::ostree_mark};
    return std::any_of(places.begin(), places.end(), [&](std::string_view place) {
        return path.starts_with(place) &&
               (path.size() == place.size() || path[place.size()] == '/');
    });
}

class Labeller {
  public:
    Labeller(tree::Tree& tree, const Matcher& matcher, const Validator& valid)
        : tree_(tree), matcher_(matcher), valid_(valid) {}

    void visit(const std::string& path, tree::InodeId id) {
        const auto& inode = tree_.inode(id);
        Named named{path, matcher_.find(path, type_bits(inode.type))};
        if (inode.type != tree::FileType::directory && tree_.links(id) > 1)
            linked(id).push_back(std::move(named));
        else
            decide(id, named);
    }

    Report finish() {
        for (const auto& [id, names] : links_)
            decide_link(id, names);
        for (auto& finding : invalid_)
            record(report_.invalid, std::move(finding));
        return std::move(report_);
    }

  private:
    std::vector<Named>& linked(tree::InodeId id) {
        const auto [found, added] = link_index_.try_emplace(id, links_.size());
        if (added)
            links_.emplace_back(id, std::vector<Named>());
        return links_[found->second].second;
    }

    void decide_link(tree::InodeId id, const std::vector<Named>& names) {
        const auto [chosen, other] = choose_link(names);
        if (chosen == nullptr) {
            // <<none>> says more than nothing at all.
            const auto said = std::ranges::find_if(
                names, [](const Named& named) { return named.specification != nullptr; });
            return decide(id, said == names.end() ? names.front() : *said);
        }
        decide(id, *chosen);
        if (other != nullptr)
            record(report_.hardlink,
                   {chosen->path, chosen->specification->context, chosen->specification->at, 1,
                    other->path, other->specification->context});
    }

    void decide(tree::InodeId id, const Named& named) {
        auto& inode = tree_.inode(id);
        ++report_.inodes;
        if (named.has_context())
            inode.context = named.specification->context;
        if (inode.context.empty())
            return unlabelled(named);
        if (is_valid(inode.context)) {
            ++report_.labelled;
            ++report_.types[type_of(inode.context)];
            return;
        }
        invalid(named, inode.context);
        inode.context.clear();
    }

    void unlabelled(const Named& named) {
        const auto* specification = named.specification;
        auto& findings = is_mounted_over(named.path) ? report_.mounted_over
                         : specification == nullptr  ? report_.unmatched
                                                     : report_.none;
        record(findings,
               {named.path, {}, specification ? specification->at : Location(), 1, {}, {}});
    }

    // One finding for each specification (or label of old): one line can spoil a whole subtree.
    void invalid(const Named& named, const std::string& context) {
        const auto at = named.has_context() ? named.specification->at : Location();
        const auto [found, added] =
            invalid_index_.try_emplace({at.str(), context}, invalid_.size());
        if (added)
            invalid_.push_back({named.path, context, at, 1, {}, {}});
        else
            ++invalid_[found->second].files;
    }

    bool is_valid(const std::string& context) {
        const auto found = validity_.find(context);
        if (found != validity_.end())
            return found->second;
        return validity_.emplace(context, valid_(context)).first->second;
    }

    tree::Tree& tree_;
    const Matcher& matcher_;
    const Validator& valid_;
    Report report_;
    std::unordered_map<std::string, bool> validity_;
    // Inodes with several names wait until all of them are known; in the order of the walk.
    std::unordered_map<tree::InodeId, std::size_t> link_index_;
    std::vector<std::pair<tree::InodeId, std::vector<Named>>> links_;
    std::map<std::pair<std::string, std::string>, std::size_t> invalid_index_;
    std::vector<Finding> invalid_;
};

} // namespace

Report apply(tree::Tree& tree, const Matcher& matcher, const Validator& valid,
             const std::function<void(std::uint64_t)>& progress) {
    Labeller labeller(tree, matcher, valid);
    std::uint64_t done = 0;
    tree.walk([&](const std::string& path, tree::InodeId id, bool) {
        labeller.visit(path, id);
        if (++done % progress_step == 0 && progress)
            progress(done);
    });
    auto report = labeller.finish();
    if (progress)
        progress(done);
    return report;
}

} // namespace selns::label
