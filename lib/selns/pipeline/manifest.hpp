#pragma once

#include "selns/bootstrap/bootstrap.hpp"
#include "selns/json/json.hpp"
#include "selns/kernel/bundle.hpp"
#include "selns/label/apply.hpp"
#include "selns/pipeline/inputs.hpp"
#include "selns/pipeline/outputs.hpp"
#include "selns/pipeline/policy_stage.hpp"
#include "selns/policy/place.hpp"
#include "selns/selinux/policydb.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace selns::pipeline {

// What a manifest's file is called behind the recipe's name.
inline constexpr const char* manifest_suffix = ".manifest.json";

// What a manifest says of a root file system by itself.
struct ImageFacts {
    std::string name;
    // Sorted by name; nothing when they are not known.
    std::optional<std::vector<bootstrap::Package>> packages;
    policy::Place place;
    std::string mode; // "permissive", "enforcing"
    std::string policy_sha256;
    unsigned policy_version = 0;
    bool mls = false;
    std::string handle_unknown;
    std::vector<policy::InstalledModule> modules;
    std::uint64_t inodes = 0;
    std::map<std::string, std::uint64_t> label_types;
    std::map<std::string, std::uint64_t> findings; // kind: files
};

// What it says of the build that made it.
struct BuildFacts {
    const recipe::Recipe& recipe;
    std::string fingerprint;
    tree::Timestamp epoch;
    std::map<std::string, std::string> tools; // what they say of their versions
    const std::vector<InputFile>& inputs;
    const bootstrap::Archive& archive;
    std::string bootstrap_config; // RootSource::config()
    const PolicyResult& policy;
    const Outputs& outputs;
    const std::optional<kernel::Bundle>& kernel; // the one beside the images
};

// Both are JSON texts with the same keys in the same order; documented in README's manual.
std::string image_manifest(const ImageFacts& image);
std::string build_manifest(const ImageFacts& image, const BuildFacts& build);

struct Manifest {
    std::string text;
    json::Value value;
};

// The manifest in FILE, which may be anybody's: an invalid_input Error unless it is one of a form
// that is known.
Manifest read_manifest(const std::filesystem::path& file);
// The same of a TEXT, which errors call FILE.
json::Value parse_manifest(const std::string& text, const std::string& file);

// The facts of a labelled tree, but for its name.
ImageFacts image_facts(const tree::Tree& rootfs, const policy::Place& place,
                       const std::string& mode, const selinux::PolicyDb& db);

// "refused: foo_t (unknown type), first in web.log:12", one line for each name.
std::vector<std::string> refusals(const module::MergeResult& result);

// The rules that the logs added to the local module: allow rules as CIL, then the dontaudit rules
// of what is silenced, as the module has them.
std::vector<std::string> added_rules(const module::MergeResult& result);

} // namespace selns::pipeline
