#include "selns/base/diagnostics.hpp"
#include "selns/base/file_type.hpp"
#include "selns/label/index.hpp"
#include "selns/label/label.hpp"
#include "selns/label/parse.hpp"
#include "selns/label/substitutions.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <optional>

namespace selns::label {

namespace {

// libselinux's preparation of a path: runs of slashes are one, a trailing one is dropped.
std::string_view clean(std::string_view path, std::string& storage) {
    if (path.find("//") != std::string_view::npos) {
        storage.assign(path);
        const auto same_slash = [](char a, char b) { return a == '/' && b == '/'; };
        storage.erase(std::unique(storage.begin(), storage.end(), same_slash), storage.end());
        path = storage;
    }
    if (path.size() > 1 && path.ends_with('/'))
        path.remove_suffix(1);
    return path;
}

} // namespace

struct Matcher::Impl {
    std::vector<Specification> specifications;
    // A path that one of them changed goes through the others as well.
    std::array<Substitutions, 3> substitutions;
    std::optional<Index> index;

    // A path as the specifications are asked for it.
    class Prepared {
      public:
        Prepared(const Impl& impl, std::string_view path) : path_(clean(path, cleaned_)) {
            if (path_.empty())
                return;
            for (const auto& list : impl.substitutions)
                if (auto step = list.apply(path_)) {
                    steps_.push_back(std::move(*step)); // moves no text that path_ still needs
                    path_ = steps_.back().path;
                }
        }
        Prepared(const Prepared&) = delete;
        Prepared& operator=(const Prepared&) = delete;

        std::string_view path() const { return path_; }
        std::vector<Substitution>& steps() { return steps_; }

      private:
        std::string cleaned_;
        std::vector<Substitution> steps_;
        std::string_view path_;
    };
};

Matcher::Matcher(const Specifications& specifications) : impl_(std::make_unique<Impl>()) {
    Diagnostics problems;
    if (specifications.subs)
        impl_->substitutions[0] = Substitutions(*specifications.subs, problems);
    if (specifications.subs_dist)
        impl_->substitutions[1] = Substitutions(*specifications.subs_dist, problems);
    if (specifications.implied)
        impl_->substitutions[2] = Substitutions(*specifications.implied, problems);
    for (const auto& file : specifications.files)
        parse_specifications(file, impl_->specifications, problems);
    impl_->index.emplace(impl_->specifications, problems);
    problems.throw_if_any();
}

Matcher::~Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;

const Specification* Matcher::find(std::string_view path, std::uint32_t type) const {
    const Impl::Prepared prepared(*impl_, path);
    return prepared.path().empty() ? nullptr : impl_->index->find(prepared.path(), type & S_IFMT);
}

std::vector<const Specification*> Matcher::candidates(std::string_view path,
                                                      std::uint32_t type) const {
    const Impl::Prepared prepared(*impl_, path);
    if (prepared.path().empty())
        return {};
    return impl_->index->find_all(prepared.path(), type & S_IFMT);
}

std::vector<Substitution> Matcher::substitutions(std::string_view path) const {
    return std::move(Impl::Prepared(*impl_, path).steps());
}

const std::vector<Specification>& Matcher::specifications() const {
    return impl_->specifications;
}

std::string text_of(const Specification& specification) {
    const std::string context = specification.context.empty() ? "<<none>>" : specification.context;
    const std::string_view mark = type_mark(specification.type);
    return specification.regex + (mark.empty() ? "" : " ") + std::string(mark) + " " + context;
}

bool is_literal(const Specification& specification) {
    return analyse(specification.regex).literal;
}

} // namespace selns::label
