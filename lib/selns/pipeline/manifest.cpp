#include "selns/pipeline/manifest.hpp"

#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/kernel/build.hpp"

#include <nlohmann/json.hpp>

#include <set>

#ifndef SELNS_VERSION
#error "SELNS_VERSION comes from the build"
#endif

namespace selns::pipeline {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t manifest_limit = 64U << 20U; // bytes
// Large images have some ten thousand packages and labels.
constexpr std::size_t most_values = 2'000'000;

// Names come from archives: what is no UTF-8 must not make the manifest fail.
std::string dump(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json packages_json(const std::optional<std::vector<bootstrap::Package>>& packages) {
    if (!packages)
        return nullptr;
    Json list = Json::array();
    for (const auto& package : *packages)
        list.push_back({{"name", package.name},
                        {"version", package.version},
                        {"architecture", package.architecture}});
    return list;
}

Json modules_json(const std::vector<policy::InstalledModule>& modules) {
    Json list = Json::array();
    for (const auto& module : modules)
        list.push_back({{"name", module.name},
                        {"priority", module.priority},
                        {"language", module.language},
                        {"enabled", module.enabled}});
    return list;
}

Json policy_json(const ImageFacts& image) {
    return {{"type", image.place.type},
            {"mode", image.mode},
            {"version", image.policy_version},
            {"mls", image.mls},
            {"handle_unknown", image.handle_unknown},
            {"file", image.place.policy},
            {"sha256", image.policy_sha256}};
}

Json labels_json(const ImageFacts& image) {
    return {{"inodes", image.inodes},
            {"by_type", Json(image.label_types)},
            {"findings", Json(image.findings)}};
}

Json denials_json(const module::MergeResult& result) {
    Json verdicts = Json::object();
    for (const auto& [verdict, count] : result.judged.counts)
        verdicts[std::string(verdict::name_of(verdict))] = count.unique;
    return {{"records", result.denials.records},
            {"malformed", result.denials.malformed.count},
            {"verdicts", verdicts},
            {"refused", refusals(result)}};
}

Json local_module_json(const BuildFacts& build) {
    Json rules = Json::array();
    for (const auto& [triple, grant] : build.policy.merged.rules())
        rules.push_back(module::to_text(triple, grant, module::Format::cil));
    Json json{{"name", local_module_name(build.recipe)}, {"rules", rules}};
    if (const auto& denials = build.policy.denials) {
        json["added"] = added_rules(*denials);
        json["denials"] = denials_json(*denials);
    }
    return json;
}

// Inputs are named as the recipe sees them, so that a manifest is the same wherever the
// repository lies.
Json inputs_json(const BuildFacts& build) {
    Json list = Json::array();
    const auto folder = build.recipe.file.parent_path();
    for (const InputFile& input : build.inputs)
        if (input.path != build.recipe.file)
            list.push_back({{"path", input.path.lexically_relative(folder).string()},
                            {"sha256", input.sha256}});
    return list;
}

Json artifacts_json(const Outputs& outputs) {
    Json list = Json::array();
    for (const auto& pending : outputs.pending())
        list.push_back({{"kind", pending.kind},
                        {"file", pending.path.filename().string()},
                        {"size", pending.size},
                        {"sha256", pending.sha256}});
    return list;
}

Json booleans_json(const recipe::Recipe& recipe) {
    Json booleans = Json::object();
    for (const auto& [name, value] : recipe.selinux.booleans)
        booleans[name] = value.value;
    return booleans;
}

Json file_contexts_json(const recipe::Recipe& recipe) {
    Json list = Json::array();
    for (const auto& entry : recipe.selinux.file_contexts)
        list.push_back(entry.value);
    return list;
}

Json head(const std::string& name) {
    return {{"schema", 1},
            {"name", name},
            {"generator", {{"name", "selns-build"}, {"version", SELNS_VERSION}}}};
}

} // namespace

std::string image_manifest(const ImageFacts& image) {
    Json json = head(image.name);
    json["packages"] = packages_json(image.packages);
    json["policy"] = policy_json(image);
    json["policy"]["modules"] = modules_json(image.modules);
    json["labels"] = labels_json(image);
    return dump(json);
}

std::string build_manifest(const ImageFacts& image, const BuildFacts& build) {
    Json json = head(image.name);
    json["hostname"] = build.recipe.hostname;
    json["fingerprint"] = build.fingerprint;
    json["epoch"] = utc_time(build.epoch.seconds);
    json["recipe"] = {{"file", build.recipe.file.filename().string()},
                      {"sha256", build.inputs.front().sha256}};
    json["inputs"] = inputs_json(build);
    json["tools"] = build.tools;
    json["bootstrap"] = {{"distribution", build.recipe.from.key},
                         {"release", recipe::name_of(build.recipe.from)},
                         {"key", build.archive.key},
                         {"generation", build.archive.generation}};
    if (!build.bootstrap_config.empty())
        json["bootstrap"]["config"] = Json::parse(build.bootstrap_config);
    json["packages"] = packages_json(image.packages);
    json["policy"] = policy_json(image);
    if (build.policy.base_sha256)
        json["policy"]["base_sha256"] = *build.policy.base_sha256;
    json["policy"]["modules"] = modules_json(image.modules);
    json["policy"]["booleans"] = booleans_json(build.recipe);
    json["policy"]["file_contexts"] = file_contexts_json(build.recipe);
    json["local_module"] = local_module_json(build);
    if (const auto& module = build.policy.container_module)
        json["container_module"] = {{"name", container::PolicyModule::name},
                                    {"statements", module->statements}};
    json["labels"] = labels_json(image);
    const recipe::Launch& launch = build.recipe.launch;
    json["launch"] = {{"mode", launch.mode == recipe::LaunchMode::vm ? "vm" : "namespace"},
                      {"selinux_namespace", launch.own_namespace ? "required" : "auto"}};
    json["kernel"] = {{"name", launch.kernel}};
    if (build.kernel) {
        json["kernel"]["version"] = build.kernel->version;
        json["kernel"]["source"] = build.kernel->source;
        json["kernel"]["bundle_sha256"] = kernel::identity_of(*build.kernel);
    }
    json["artifacts"] = artifacts_json(build.outputs);
    return dump(json);
}

Manifest read_manifest(const std::filesystem::path& file) {
    std::string text = read_file(file, manifest_limit);
    json::Value value = parse_manifest(text, file.string());
    return {std::move(text), std::move(value)};
}

json::Value parse_manifest(const std::string& text, const std::string& file) {
    try {
        json::Value manifest =
            json::parse(text, file, {.bytes = manifest_limit, .values = most_values});
        const json::Value schema = manifest.at("schema");
        if (schema.number() > 1)
            throw Error(ErrorKind::invalid_input, "it is of a newer selns-build")
                .at({file})
                .hint("use a selns-build that is as new as the one that made it");
        if (schema.number() != 1)
            schema.refuse("1, the form that this selns-build knows");
        if (const auto packages = manifest.find("packages"))
            packages->list();
        return manifest;
    } catch (Error& error) {
        if (error.hint().empty())
            error.hint("it is no manifest of selns-build's");
        throw;
    }
}

ImageFacts image_facts(const tree::Tree& rootfs, const policy::Place& place,
                       const std::string& mode, const selinux::PolicyDb& db) {
    ImageFacts facts;
    facts.packages = bootstrap::packages(rootfs);
    if (facts.packages->empty() && bootstrap::has_rpm_database(rootfs))
        facts.packages.reset();
    facts.place = place;
    facts.mode = mode;
    facts.policy_sha256 = sha256(rootfs.read(place.policy).value_or(""));
    facts.policy_version = db.version();
    facts.mls = db.mls();
    facts.handle_unknown = db.handle_unknown();
    facts.modules = policy::installed_modules(rootfs, place);
    rootfs.walk([&](const std::string&, tree::InodeId id, bool first) {
        if (!first)
            return;
        ++facts.inodes;
        const std::string& context = rootfs.inode(id).context;
        const auto fields = split(context, ':');
        ++facts.label_types[context.empty()     ? std::string("(none)")
                            : fields.size() > 2 ? std::string(fields[2])
                                                : context];
    });
    return facts;
}

std::vector<std::string> refusals(const module::MergeResult& result) {
    std::vector<std::string> lines;
    std::set<std::string> seen;
    for (const verdict::Finding& finding : result.judged.findings)
        if (verdict::is_refusal(finding.verdict) && seen.insert(finding.reason).second)
            lines.push_back(finding.reason + " (" + std::string(name_of(finding.verdict)) +
                            "), first in " + finding.at.str());
    return lines;
}

std::vector<std::string> added_rules(const module::MergeResult& result) {
    std::vector<std::string> rules;
    for (const module::RuleChange& change : result.changes)
        rules.push_back(module::to_cil(change.triple, change.added));
    rules.insert(rules.end(), result.silenced.begin(), result.silenced.end());
    return rules;
}

} // namespace selns::pipeline
