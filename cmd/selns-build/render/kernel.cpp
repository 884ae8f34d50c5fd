#include "selns-build/render/kernel.hpp"

#include "selns-build/render/layout.hpp"
#include "selns/base/text.hpp"

#include <array>
#include <system_error>

namespace selns::cmd {

namespace {

constexpr int kernel_title_width = 12;
constexpr int ability_width = 35;

// One line about where a kernel comes from.
struct Describe {
    std::string operator()(const kernel::GitSource& git) const {
        return git.url + ", branch " + git.branch +
               (git.commit ? ", commit " + git.commit->substr(0, 12) : "");
    }
    std::string operator()(const kernel::PackageSource& source) const {
        return "package " + source.package + of(source.release);
    }
    std::string operator()(const kernel::SourcePackage& source) const {
        return "source package " + source.package + of(source.release);
    }
    std::string operator()(const kernel::DirectorySource& source) const {
        return "directory " + source.directory.string();
    }

  private:
    static std::string of(const std::optional<std::string>& release) {
        return release ? " of " + *release : "";
    }
};

std::string painted(kernel::State state, const std::string& text, const Look& look) {
    const Tone tone = state == kernel::State::no        ? Tone::red
                      : state == kernel::State::unknown ? Tone::yellow
                                                        : Tone::green;
    return paint(look, tone, text);
}

std::string text_of(kernel::State state) {
    constexpr std::array names = {"no", "module", "built in", "unknown"};
    return names[static_cast<std::size_t>(state)];
}

void add_finding(Sheet& sheet, const kernel::Finding& finding) {
    const std::string what(kernel::ability(finding.id).what);
    std::string line = "  " + pad(what, ability_width);
    const std::string state = text_of(finding.state);
    line += painted(finding.state, pad(state, finding.detail.empty() ? 0 : 10), sheet.look());
    if (!finding.detail.empty())
        line += on_screen(finding.detail);
    sheet.line(line);
}

void add_verdict(Sheet& sheet, const kernel::Verdict& verdict) {
    using kernel::State;
    const std::string works = verdict.works == State::yes  ? "works"
                              : verdict.works == State::no ? "cannot work"
                                                           : "cannot be told";
    const char* what = verdict.mode == kernel::Mode::vm
                           ? "as a virtual machine"
                           : "as a container in its own SELinux namespace";
    sheet.line("  " + pad(kernel::name_of(verdict.mode), kernel_title_width) +
               painted(verdict.works, works, sheet.look()) + ", " + what);
    for (const std::string& reason : verdict.reasons)
        sheet.item(on_screen(reason));
    for (const std::string& note : verdict.notes)
        sheet.row("", on_screen(note));
}

} // namespace

std::string kernels_text(const std::vector<KernelItem>& kernels, const Look& look) {
    Sheet sheet(look, kernel_title_width);
    for (const KernelItem& item : kernels) {
        if (!sheet.text().empty())
            sheet.blank();
        sheet.heading(item.recipe.name);
        sheet.row("about", item.recipe.about);
        sheet.row("source", std::visit(Describe{}, item.recipe.source));
        sheet.row("built",
                  item.bundle ? item.bundle->version + " from " + item.bundle->source : "not yet");
    }
    return sheet.text();
}

std::string built_text(const kernel::Built& built, const Look& look) {
    std::error_code ignored;
    const auto here = std::filesystem::current_path(ignored);
    Sheet sheet(look, kernel_title_width);
    sheet.line(paint(look, Tone::bold, built.bundle.name) + " " + built.bundle.version +
               (built.cached ? ", from the cache" : ""));
    sheet.row("source", built.bundle.source);
    sheet.row("bundle", path_from(built.bundle.directory, here));
    sheet.row("modules", built.bundle.modules ? path_from(*built.bundle.modules, here)
                                              : "none, all is built in");
    return sheet.text();
}

std::string examination_text(const kernel::Examination& examination, const Look& look) {
    Sheet sheet(look, kernel_title_width);
    sheet.line(paint(look, Tone::bold, on_screen(examination.what)));
    sheet.row("release", on_screen(examination.release));
    sheet.row("from", on_screen(examination.origin));
    sheet.blank();
    for (const kernel::Finding& finding : examination.findings)
        add_finding(sheet, finding);
    sheet.blank();
    for (const kernel::Verdict& verdict : examination.verdicts)
        add_verdict(sheet, verdict);
    return sheet.text();
}

} // namespace selns::cmd
