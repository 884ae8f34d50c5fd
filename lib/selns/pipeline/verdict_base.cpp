#include "selns/pipeline/verdict_base.hpp"

#include "selns/base/error.hpp"
#include "selns/label/apply.hpp"
#include "selns/log/names.hpp"

#include <sys/stat.h>

#include <string_view>
#include <utility>

namespace selns::pipeline {

namespace {

// Of regular files, and of directories with what is in them.
std::vector<verdict::LabelledPath> labelled_paths(const label::Matcher* matcher) {
    std::vector<verdict::LabelledPath> paths;
    if (matcher == nullptr)
        return paths;
    for (const label::Specification& specification : matcher->specifications())
        if (specification.type == 0 || specification.type == S_IFREG)
            paths.push_back({specification.regex, log::context_type(specification.context)});
    return paths;
}

selinux::Decisions decisions_of(const selinux::PolicyDb& db, const std::string& name) {
    try {
        return selinux::Decisions(db);
    } catch (Error& error) {
        error.at({name});
        throw;
    }
}

} // namespace

VerdictBase::VerdictBase(const tree::Tree& rootfs, const policy::Place& place,
                         std::optional<std::string> neverallows)
    : VerdictBase(
          rootfs.read(place.policy).value_or(""), place.policy, std::move(neverallows),
          label::read_specifications(rootfs, place.config + "/contexts", place.split_contexts)) {}

VerdictBase::VerdictBase(std::string image, std::string name)
    : VerdictBase(std::move(image), std::move(name), std::nullopt, std::nullopt) {}

VerdictBase::VerdictBase(std::string image, std::string name,
                         std::optional<std::string> neverallows,
                         std::optional<label::Specifications> specifications) {
    if (specifications)
        matcher_ = std::async(std::launch::async, [read = *std::move(specifications)] {
            return std::make_unique<const label::Matcher>(read);
        });
    // Reading logs waits for file contexts, and only judging for the policy.
    opened_ =
        std::async(std::launch::async, [image = std::move(image), name = std::move(name),
                                        neverallows = std::move(neverallows), matcher = matcher_] {
            return std::make_unique<const Opened>(image, name, neverallows, matcher);
        });
}

VerdictBase::Opened::Opened(const std::string& image, const std::string& name,
                            const std::optional<std::string>& neverallow_text,
                            const FutureMatcher& matcher)
    : neverallows(neverallow_text
                      ? std::optional(policy::Neverallows::parse(*neverallow_text, "neverallow"))
                      : std::nullopt),
      db(selinux::PolicyDb::read(image, name)),
      meanings(std::async(std::launch::async,
                          [&db = db, matcher] {
                              return verdict::TypeMeanings(
                                  db,
                                  labelled_paths(matcher.valid() ? matcher.get().get() : nullptr));
                          })),
      decisions(decisions_of(db, name)),
      policy(db, decisions, neverallows ? &*neverallows : nullptr, meanings.get(),
             matcher.valid() ? verdict::FileContexts(*matcher.get()) : verdict::FileContexts()) {}

const VerdictBase::Opened& VerdictBase::opened() const {
    if (matcher_.valid())
        matcher_.get();
    return *opened_.get();
}

log::Expected VerdictBase::expected() const {
    if (!matcher_.valid())
        return {};
    return [this](std::string_view path, std::string_view tclass) -> std::string_view {
        const std::uint32_t type = verdict::mode_of(tclass);
        const label::Specification* found = type == 0 ? nullptr : matcher_.get()->find(path, type);
        return found == nullptr || verdict::is_catch_all(*found) ? std::string_view()
                                                                 : found->context;
    };
}

std::vector<std::string> VerdictBase::unknown() const {
    std::vector<std::string> names;
    if (!opened().neverallows)
        names.emplace_back("neverallow rules");
    if (!matcher_.valid())
        names.emplace_back("file contexts");
    return names;
}

void VerdictBase::warn_of_unknown(progress::Sink& sink) const {
    if (const auto& rules = opened().neverallows)
        for (const std::string& rule : rules->unknown())
            sink.warning("a neverallow rule is not understood and not checked: " + rule);
}

} // namespace selns::pipeline
