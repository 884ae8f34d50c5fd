#include "selns/base/text.hpp"
#include "selns/policy/context_origin.hpp"
#include "selns/query/label_base.hpp"
#include "selns/query/labels.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

namespace selns::query {

namespace {

std::string_view kind_word(std::uint32_t bits) {
    const auto type = file_type(bits);
    return type ? name_of(*type) : "not there: as any kind of file";
}

// Where PATH leads when there is a symlink before its last name; nothing when there is none, or no
// such directory.
std::optional<std::string> real_path(const LabelBase& base, const std::string& path) {
    const auto [directory, name] = tree::split_path(path);
    std::string real;
    if (base.disk()) {
        const auto found = base.disk()->real_path(directory);
        if (!found)
            return {};
        const auto below = found->lexically_relative(*base.disk()->real_path("/"));
        real = normal_path(below.string());
    } else {
        if (!base.tree().find(directory))
            return {};
        real = base.tree().real_path(directory);
    }
    return real == directory ? std::optional<std::string>() : tree::join_path(real, name);
}

// What there is at a path; no symlink is followed.
struct Found {
    std::uint32_t type = 0; // 0: nothing
    std::optional<std::string> stored;
};

Found look(const LabelBase& base, const std::string& path) {
    if (base.disk()) {
        const auto file = base.disk()->look(path);
        return file ? Found{file->mode & S_IFMT, label::read_label(*base.disk(), path)} : Found{};
    }
    const auto id = base.tree().find(path, false);
    if (!id)
        return {};
    const tree::Inode& inode = base.tree().inode(*id);
    return {type_bits(inode.type), inode.context};
}

std::string why_beaten(const label::Specification& winner, const label::Specification& beaten) {
    if (label::is_literal(winner) && !label::is_literal(beaten))
        return "an exact path wins over a pattern";
    return winner.at.file == beaten.at.file ? "a later line wins" : "a later file wins";
}

// Looked for when the first specification asks.
class Origins {
  public:
    Origins(const LabelBase& base, const cache::Store* store) : base_(base), store_(store) {}
    const policy::ContextOrigins& get() {
        if (!origins_)
            origins_.emplace(base_.tree(), base_.place(), store_);
        return *origins_;
    }

  private:
    const LabelBase& base_;
    const cache::Store* store_;
    std::optional<policy::ContextOrigins> origins_;
};

// Who wrote a specification.
std::string origin_of(const LabelBase& base, Origins& origins,
                      const label::Specification& specification) {
    if (specification.at.file.ends_with(".local"))
        return "semanage fcontext (selinux.file_contexts in a recipe)";
    if (specification.at.file.ends_with(".homedirs"))
        return "the accounts of the image, by a template of the policy";
    if (!policy::has_store(base.tree(), base.place()))
        return {};
    const auto module = origins.get().find(specification.regex, specification.type);
    return module ? fmt::format("module {}, priority {}", module->name, module->priority)
                  : std::string();
}

LabelExplanation explain(const LabelBase& base, Origins& origins, const std::string& path) {
    LabelExplanation result;
    result.path = path;
    result.real_path = real_path(base, path).value_or("");
    const bool linked = !result.real_path.empty();
    const Found found = linked ? Found() : look(base, path);
    result.kind = linked ? "leads through a symlink: as any kind of file" : kind_word(found.type);
    result.stored = found.stored;
    for (const label::Substitution& step : base.matcher().substitutions(path))
        result.substitution = fmt::format("{} ({})", step.path, step.at.str());
    const auto candidates = base.matcher().candidates(path, found.type);
    for (const label::Specification* candidate : candidates)
        result.specifications.push_back({text_of(*candidate), candidate->at,
                                         candidate == candidates.front()
                                             ? std::string()
                                             : why_beaten(*candidates.front(), *candidate)});
    if (!candidates.empty()) {
        result.context = candidates.front()->context;
        result.module = origin_of(base, origins, *candidates.front());
    }
    return result;
}

} // namespace

std::vector<LabelExplanation> explain_labels(const std::filesystem::path& what,
                                             const std::vector<std::string>& paths,
                                             const cache::Store* store,
                                             const Interrupt& interrupt) {
    const LabelBase base(what, store, true);
    Origins origins(base, store);
    std::vector<LabelExplanation> result;
    for (const std::string& path : paths) {
        interrupt.check();
        result.push_back(explain(base, origins, normal_path(path)));
    }
    return result;
}

} // namespace selns::query
