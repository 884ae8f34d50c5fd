#include "selns/base/text.hpp"
#include "selns/label/apply.hpp"

#include <fmt/format.h>

namespace selns::label {

namespace {

std::string files(std::uint64_t count) {
    return count == 1 ? "1 file" : human_count(count) + " files";
}

std::string at(const Location& place) {
    return place.known() ? place.str() + ": " : std::string();
}

std::string describe_unmatched(const Finding& finding) {
    return fmt::format("{}: no specification matches", printable(finding.path));
}

std::string describe_none(const Finding& finding) {
    return fmt::format("{}: <<none>> ({})", printable(finding.path), finding.at.str());
}

std::string describe_invalid(const Finding& finding) {
    return fmt::format(
        "{}{} ({}{})", at(finding.at), printable(finding.context), printable(finding.path),
        finding.files > 1 ? fmt::format(" and {} more", human_count(finding.files - 1))
                          : std::string());
}

std::string describe_hardlink(const Finding& finding) {
    return fmt::format("{} ({}, taken) and {} ({})", printable(finding.path),
                       printable(finding.context), printable(finding.other_path),
                       printable(finding.other_context));
}

// One kind of finding and how to speak of it.
struct Kind {
    const Findings& findings;
    recipe::Severity severity;
    std::string title; // follows "3 files"
    std::string (*describe)(const Finding&);
    std::string advice;
};

std::vector<Kind> kinds_of(const Report& report, const recipe::LabelPolicy& policy) {
    return {
        {report.unmatched, policy.unmatched, "without a label: no specification matches",
         describe_unmatched,
         "give them one in selinux.file_contexts, or set selinux.label: { unmatched: warn }"},
        {report.none, policy.unmatched, "without a label: the specification says <<none>>",
         describe_none,
         "remove them from the image, give them a label in selinux.file_contexts, or set "
         "selinux.label: { unmatched: warn }"},
        {report.invalid, policy.invalid, "whose context the image's policy does not define",
         describe_invalid,
         "correct the specification, add the module that defines the type to selinux.modules, or "
         "set selinux.label: { invalid: warn }"},
        {report.hardlink, policy.hardlink, "with two names (hard links) that ask for two contexts",
         describe_hardlink,
         "give both names one context in selinux.file_contexts, or set "
         "selinux.label: { hardlink: warn }"},
    };
}

std::string text_of(const Kind& kind) {
    std::string text = fmt::format("{} {}", files(kind.findings.total), kind.title);
    std::uint64_t shown = 0;
    for (const auto& finding : kind.findings.shown) {
        text += "\n  " + kind.describe(finding);
        shown += finding.files;
    }
    if (shown < kind.findings.total)
        text += fmt::format("\n  and {} more", human_count(kind.findings.total - shown));
    return text;
}

} // namespace

std::vector<std::string> enforce(const Report& report, const recipe::LabelPolicy& policy) {
    std::vector<std::string> strict, advice, warnings;
    for (const auto& kind : kinds_of(report, policy)) {
        if (kind.findings.total == 0)
            continue;
        if (kind.severity == recipe::Severity::warn)
            warnings.push_back(text_of(kind));
        if (kind.severity == recipe::Severity::strict) {
            strict.push_back(text_of(kind));
            advice.push_back(kind.advice);
        }
    }
    if (!strict.empty())
        throw Error(ErrorKind::invalid_input, join(strict, "\n")).hint(join(advice, "\n"));
    return warnings;
}

} // namespace selns::label
