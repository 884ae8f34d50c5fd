#pragma once

#include "selns/base/context.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/cache/store.hpp"
#include "selns/process/process.hpp"
#include "selns/progress/progress.hpp"
#include "selns/recipe/recipe.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace selns::pipeline {

struct Options {
    std::filesystem::path output; // the directory; made when it is missing
    bool update = false;          // write the merged local module back to the recipe's
    bool locked = false;          // fail when the logs would change it
    bool refresh = false;         // ask the package sources for newer packages
    bool kernel = true;           // leave the kernel's bundle beside the images, if it was built
    bool show_dontaudit = false;  // the policy tells what its dontaudit rules hide
};

struct Artifact {
    // "tar", "ext4", "manifest", "module", "kernel", "initramfs", or a launch file's
    std::string kind;
    std::filesystem::path path; // of a kernel: its bundle's directory
    std::uint64_t size = 0;
};

// What the denial logs brought.
struct DenialSummary {
    std::uint64_t records = 0; // the same event once
    std::uint64_t malformed = 0;
    std::vector<std::pair<std::string, std::uint64_t>> verdicts; // "already allowed": unique
    std::vector<std::string> added;   // rules as they stand in the module now
    std::vector<std::string> refused; // "foo_t (unknown type), web.log:12"
    std::filesystem::path module;     // the recipe's file
    bool updated = false;             // it was written
};

struct Result {
    std::string name;
    std::filesystem::path output;
    bool up_to_date = false; // nothing had changed; nothing was written
    std::vector<Artifact> artifacts;
    std::uint64_t packages = 0;
    std::uint64_t files = 0; // inodes, all labelled
    std::uint64_t label_types = 0;
    std::string policy; // "default, version 33, permissive"
    std::uint64_t local_rules = 0;
    std::optional<DenialSummary> denials; // when the recipe has logs
    std::vector<std::string> warnings;
    std::vector<std::string> next; // commands worth running now
    std::chrono::milliseconds elapsed{0};
};

// Makes everything that the recipe asks for in OPTIONS.output, or says that it is there already.
// Artifacts appear together at the end, when each was read back and compared.
Result build(const recipe::Recipe& recipe, const Options& options, const Context& context);

} // namespace selns::pipeline
