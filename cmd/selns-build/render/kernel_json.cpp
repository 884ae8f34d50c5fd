#include "selns-build/render/kernel.hpp"
#include "selns/base/text.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace selns::cmd {

namespace {

using Json = nlohmann::ordered_json;

Json optional_text(const std::optional<std::string>& text) {
    return text ? Json(*text) : Json();
}

struct SourceJson {
    Json operator()(const kernel::GitSource& git) const {
        return {
            {"git",
             {{"url", git.url}, {"branch", git.branch}, {"commit", optional_text(git.commit)}}}};
    }
    Json operator()(const kernel::PackageSource& source) const {
        return {{"package", source.package}, {"release", optional_text(source.release)}};
    }
    Json operator()(const kernel::SourcePackage& source) const {
        return {{"source_package", source.package}, {"release", optional_text(source.release)}};
    }
    Json operator()(const kernel::DirectorySource& source) const {
        return {{"directory", printable(source.directory.string())}};
    }
};

Json bundle_json(const kernel::Bundle& bundle) {
    return {{"name", bundle.name},
            {"version", bundle.version},
            {"source", bundle.source},
            {"directory", printable(bundle.directory.string())},
            {"modules", bundle.modules ? Json(printable(bundle.modules->string())) : Json()}};
}

std::string_view name_of(kernel::State state) {
    constexpr std::array<std::string_view, 4> names = {"no", "module", "yes", "unknown"};
    return names[static_cast<std::size_t>(state)];
}

} // namespace

std::string kernels_json(const std::vector<KernelItem>& kernels) {
    Json list = Json::array();
    for (const KernelItem& item : kernels)
        list.push_back({{"name", item.recipe.name},
                        {"about", item.recipe.about},
                        {"source", std::visit(SourceJson{}, item.recipe.source)},
                        {"provides", item.recipe.provides},
                        {"built", item.bundle ? bundle_json(*item.bundle) : Json()}});
    return list.dump(2) + "\n";
}

std::string built_json(const kernel::Built& built) {
    Json json = bundle_json(built.bundle);
    json["cached"] = built.cached;
    return json.dump() + "\n";
}

std::string examination_json(const kernel::Examination& examination) {
    Json abilities = Json::object();
    for (const kernel::Finding& finding : examination.findings)
        abilities[std::string(finding.id)] = {{"state", name_of(finding.state)},
                                              {"detail", printable(finding.detail)}};
    Json modes = Json::object();
    for (const kernel::Verdict& verdict : examination.verdicts)
        modes[kernel::name_of(verdict.mode)] = {{"works", name_of(verdict.works)},
                                                {"reasons", verdict.reasons},
                                                {"notes", verdict.notes}};
    return Json{{"what", printable(examination.what)},
                {"release", printable(examination.release)},
                {"from", printable(examination.origin)},
                {"abilities", abilities},
                {"modes", modes}}
               .dump(2) +
           "\n";
}

} // namespace selns::cmd
