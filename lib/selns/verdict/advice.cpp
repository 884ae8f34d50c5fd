#include "selns/verdict/advice.hpp"

#include "selns/base/text.hpp"
#include "selns/verdict/own_type.hpp"
#include "selns/verdict/user_contexts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace selns::verdict {

namespace {

constexpr const char* dac_override = "dac_override";
constexpr const char* dac_read_search = "dac_read_search";

void append_advice(Finding& finding, const std::string& text) {
    if (!text.empty())
        finding.advice += (finding.advice.empty() ? "" : "; ") + text;
}

// The advice that names all of a finding's permissions.
std::string accept_line(const Finding& finding) {
    const Triple& triple = finding.triple;
    const std::vector<std::string> names(finding.permissions.begin(), finding.permissions.end());
    return fmt::format("if it has to be: selinux.denials.accept: [\"{} {}:{} {}\"]", triple.source,
                       triple.target, triple.tclass,
                       names.size() == 1 ? names[0] : "{ " + join(names, " ") + " }");
}

// What makes programs do without memory that is written and run. Each is the manual's own word.
struct WithoutCode {
    std::string_view program; // what its name begins with
    std::string_view option;
};
constexpr std::array<WithoutCode, 15> without_code = {
    {{"php", "php.ini: pcre.jit=0 and opcache.jit=off"},
     {"httpd", "with mod_php, php.ini: pcre.jit=0 and opcache.jit=off"},
     {"apache2", "with mod_php, php.ini: pcre.jit=0 and opcache.jit=off"},
     {"postgres", "postgresql.conf: jit = off"},
     {"nginx", "nginx.conf: pcre_jit off"},
     {"node", "node --jitless"},
     {"mongod", "mongod.conf: security.javascriptEnabled: false"},
     {"luajit", "luajit -joff"},
     {"pypy", "pypy --jit off"},
     {"ruby", "ruby without --jit and --yjit"},
     {"qemu-system", "QEMU with -accel kvm: only tcg makes code"},
     {"gjs", "GJS_DISABLE_JIT=1 in its environment"},
     {"gnome-shell", "GJS_DISABLE_JIT=1 in its environment"},
     {"rspamd", "rspamd's options: disable_pcre_jit = true"},
     {"chrom", "--js-flags=--jitless"}}};

std::string program_option(const Finding& finding) {
    std::string options;
    for (const std::string& program : finding.seen.programs) {
        const std::string_view name =
            std::string_view(program).substr(program.rfind('/') + 1); // npos + 1 is 0
        for (const WithoutCode& each : without_code)
            if (name.starts_with(each.program) && options.find(each.option) == std::string::npos)
                options += (options.empty() ? "" : ", ") + std::string(each.option);
    }
    return options;
}

// How a program does without what it was denied.
std::string avoidance(const Finding& finding) {
    const Permissions& names = finding.permissions;
    std::string text;
    if (names.contains("execmem") || names.contains("execheap"))
        if (const std::string option = program_option(finding); !option.empty())
            text = "the program does without it by an option: " + option;
    if (names.contains("execstack"))
        text += (text.empty() ? "" : "; ") + std::string("a library or program is marked to need "
                                                         "it, mostly by mistake: patchelf "
                                                         "--clear-execstack FILE");
    if (names.contains("execmod"))
        text += (text.empty() ? "" : "; ") + std::string("the library has text relocations: build "
                                                         "it with -fPIC");
    return text;
}

// The kernel asks for dac_read_search first wherever that is enough, since version 4.13.
std::string about_dac_override(const Finding& finding, const std::vector<Finding>& findings,
                               const Policy& policy) {
    const Triple& triple = finding.triple;
    if (triple.target != self || !finding.permissions.contains(dac_override))
        return {};
    const std::string better = "an owner or a mode that lets it in (chown, chmod) is better";
    if (policy.has_type(triple.source) && policy.has_permission(triple.tclass, dac_read_search) &&
        policy.rule_allows(triple.source, triple.source, triple.tclass, dac_read_search))
        return "it writes, since it has dac_read_search: " + better;
    const bool asked_first = std::ranges::any_of(findings, [&](const Finding& other) {
        return other.triple == triple && other.permissions.contains(dac_read_search);
    });
    const std::string line = fmt::format("selinux.denials.accept: [\"{} self:{} {}\"]",
                                         triple.source, triple.tclass, dac_read_search);
    return (asked_first ? "dac_read_search would do where it only reads, and was asked for first: "
                        : "where it only reads or looks into directories, dac_read_search would "
                          "do: ") +
           line + "; " + better;
}

void advise_on_constraint(Finding& finding, std::span<const log::Denial> denials,
                          const Policy& policy) {
    const label::Matcher* matcher = policy.file_contexts().matcher();
    if (matcher == nullptr)
        return;
    UserContexts contexts = user_contexts(finding, denials, *matcher);
    if (contexts.there)
        append_advice(finding, "the file contexts have that user already: the log is older, or the "
                               "object was not relabelled");
    finding.file_contexts = std::move(contexts.lines);
}

} // namespace

void add_advice(std::vector<Finding>& findings, std::span<const log::Denial> denials,
                const Policy& policy) {
    const OwnTypes own_types(findings, denials, policy);
    for (Finding& finding : findings) {
        const bool hidden = finding.verdict == Verdict::dontaudit;
        const bool refused = finding.verdict == Verdict::guarded;
        if (finding.verdict == Verdict::constraint)
            advise_on_constraint(finding, denials, policy);
        if (refused || hidden || finding.verdict == Verdict::boolean ||
            finding.verdict == Verdict::allow) {
            append_advice(finding, avoidance(finding));
            append_advice(finding, about_dac_override(finding, findings, policy));
        }
        if (refused || hidden)
            append_advice(finding, accept_line(finding));
        own_types.offer(finding);
    }
}

} // namespace selns::verdict
