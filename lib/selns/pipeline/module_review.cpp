#include "selns/pipeline/module_review.hpp"

#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/pipeline/module_source.hpp"
#include "selns/policy/backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace selns::pipeline {

namespace {

constexpr std::size_t most_warnings = 50;

// The text was made from FILE, and nobody has seen it.
module::Given without_lines(module::Given given) {
    for (auto* list : {&given.accesses, &given.attributes})
        for (module::GivenAccess& access : *list)
            access.at = {access.at.file, 0, 0};
    return given;
}

module::Given given_by_package(const std::string& package, const std::string& file,
                               const Context& context) {
    return without_lines(
        module::given_by_cil(policy::package_to_cil(package, file, context.interrupt), file));
}

std::vector<module::Given> given_by_local(const std::filesystem::path& file) {
    if (file.empty() || !std::filesystem::exists(file))
        return {};
    return {given_by(read_file(file, module_limit), module::format_of(file), file.string())};
}

} // namespace

module::Given given_by(const policy::Module& module, const Context& context) {
    if (module.language == "pp")
        return given_by_package(module.content, module.at.file, context);
    return given_by(module.content,
                    module.language == "te" ? module::Format::te : module::Format::cil,
                    module.at.file);
}

module::Given given_by(const std::string& text, module::Format format, const std::string& file) {
    return format == module::Format::te ? module::given_by_te(text, file)
                                        : module::given_by_cil(text, file);
}

std::vector<module::Objection> review_all(std::vector<module::Given> all,
                                          const verdict::Policy& policy,
                                          const verdict::Preferences& preferences) {
    module::Given together;
    for (module::Given& given : all) {
        std::move(given.accesses.begin(), given.accesses.end(),
                  std::back_inserter(together.accesses));
        std::move(given.attributes.begin(), given.attributes.end(),
                  std::back_inserter(together.attributes));
        together.changed.merge(given.changed);
    }
    return module::review(policy, preferences, together);
}

std::vector<module::Objection> review_local(const std::filesystem::path& module,
                                            const verdict::Policy& policy,
                                            const verdict::Preferences& preferences) {
    return review_all(given_by_local(module), policy, preferences);
}

std::vector<module::Objection> review_modules(const std::vector<policy::Module>& modules,
                                              const std::filesystem::path& local,
                                              const verdict::Policy& policy,
                                              const verdict::Preferences& preferences,
                                              const Context& context) {
    std::vector<module::Given> all = given_by_local(local);
    for (const policy::Module& module : modules)
        all.push_back(given_by(module, context));
    return review_all(std::move(all), policy, preferences);
}

std::string text_of(const module::Objection& objection) {
    const bool is_rule = objection.access.find(':') != std::string::npos;
    const std::string accept =
        is_rule ? objection.access
                : objection.access.substr(0, objection.access.find(' ')) + " *:* *";
    return fmt::format("{}: {}; if it has to be: selinux.denials.accept: [\"{}\"]",
                       printable(objection.access), printable(objection.why), printable(accept));
}

void warn_of(const std::vector<module::Objection>& objections, progress::Sink& sink) {
    for (std::size_t i = 0; i < std::min(objections.size(), most_warnings); ++i)
        sink.warning(objections[i].at.str() + ": " + text_of(objections[i]));
    if (objections.size() > most_warnings)
        sink.warning(human_count(objections.size() - most_warnings) +
                     " more statements of modules that no log would have opened");
}

} // namespace selns::pipeline
