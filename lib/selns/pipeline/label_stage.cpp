#include "selns/pipeline/label_stage.hpp"

#include "selns/base/text.hpp"
#include "selns/label/apply.hpp"

#include <fmt/format.h>

namespace selns::pipeline {

LabelResult label_tree(tree::Tree& rootfs, const recipe::Recipe& recipe, const Context& context) {
    progress::Step step(context.sink, "label", "every file, by the image's own file contexts");
    const policy::Place place = policy::find_policy(rootfs, recipe.selinux.policy);
    const std::string image = rootfs.read(place.policy).value_or("");
    const auto db = selinux::PolicyDb::read(image, place.policy);
    const label::Matcher matcher(
        label::read_specifications(rootfs, place.config + "/contexts", place.split_contexts));
    const std::uint64_t total = rootfs.size();
    const label::Validator valid = [&db](const std::string& label) {
        return db.valid_context(label);
    };
    const label::Report report = label::apply(rootfs, matcher, valid, [&](std::uint64_t done) {
        step.advance(done, total, "files");
        context.interrupt.check();
    });
    LabelResult result;
    result.table = container::label_table(matcher, valid);
    result.warnings = label::enforce(report, recipe.selinux.label);
    for (const std::string& warning : result.warnings)
        context.sink.warning(warning);
    result.facts = image_facts(
        rootfs, place, recipe.selinux.mode == recipe::Mode::enforcing ? "enforcing" : "permissive",
        db);
    result.facts.name = recipe.name;
    result.facts.findings = {{"unmatched", report.unmatched.total},
                             {"none", report.none.total},
                             {"mounted over", report.mounted_over.total},
                             {"invalid", report.invalid.total},
                             {"hard link", report.hardlink.total}};
    step.finish(fmt::format("{} files, {} types", human_count(report.labelled),
                            result.facts.label_types.size()));
    return result;
}

} // namespace selns::pipeline
