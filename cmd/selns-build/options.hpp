#pragma once

#include "selns/recipe/recipe.hpp"

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace selns::cmd {

enum class ProgressMode { automatic, bar, plain, json, none };

struct BuildOptions {
    std::vector<std::filesystem::path> recipes;
    std::filesystem::path output; // empty: build/NAME
    std::vector<recipe::Override> overrides;
    unsigned jobs = 1; // at the same time
    bool keep_going = false;
    bool update = false;
    bool locked = false;
    bool refresh = false;
    ProgressMode progress = ProgressMode::automatic;
};

struct CheckOptions {
    std::vector<std::filesystem::path> recipes;
    std::vector<recipe::Override> overrides;
};

struct PlanOptions {
    std::filesystem::path recipe;
    std::filesystem::path output; // empty: build/NAME
    std::vector<recipe::Override> overrides;
    bool json = false;
};

struct ShowOptions {
    std::filesystem::path what;
    bool all = false;
    bool json = false;
};

struct DoctorOptions {
    std::filesystem::path recipe; // may be empty
    std::vector<recipe::Override> overrides;
    bool json = false;
};

struct SchemaOptions {};

// What the commands of denials take their policy from: one of the two.
struct PolicyOptions {
    std::filesystem::path recipe;
    std::filesystem::path policy;
    std::vector<recipe::Override> overrides;
};

struct LogOptions {
    std::vector<std::filesystem::path> logs;
    bool journal = false;
    std::string since;
    std::string until;
};

struct DenialsMergeOptions {
    PolicyOptions policy;
    LogOptions logs;
    std::filesystem::path module;
    bool extended = false;
    bool dry_run = false;
    bool json = false;
    ProgressMode progress = ProgressMode::automatic;
};

struct DenialsExplainOptions {
    PolicyOptions policy;
    LogOptions logs;
    std::filesystem::path module;
    bool all = false;
    bool json = false;
    ProgressMode progress = ProgressMode::automatic;
};

struct DenialsPruneOptions {
    PolicyOptions policy;
    std::filesystem::path module;
    bool dry_run = false;
    ProgressMode progress = ProgressMode::automatic;
};

struct DenialsImportOptions {
    PolicyOptions policy;
    std::filesystem::path module;
    std::filesystem::path other;
    bool dry_run = false;
};

struct LabelListOptions {
    std::filesystem::path what;
    std::vector<std::filesystem::path> paths;
    std::vector<std::string> types;
    bool json = false;
};

struct LabelVerifyOptions {
    std::filesystem::path what;
    std::vector<std::filesystem::path> paths;
    std::vector<std::string> types;
    bool json = false;
    ProgressMode progress = ProgressMode::automatic;
};

struct LabelApplyOptions {
    std::filesystem::path root;
    bool dry_run = false;
    bool json = false;
    ProgressMode progress = ProgressMode::automatic;
};

struct LabelExplainOptions {
    std::filesystem::path what;
    std::vector<std::filesystem::path> paths;
    bool json = false;
};

struct BootOptions {
    std::filesystem::path what;
    std::string kernel;
    std::filesystem::path output;
    bool console = false;
    bool persist = false;
    bool container = false;
    std::optional<bool> own_namespace; // nothing: as launch.json says
    unsigned limit = 300; // seconds
    unsigned quiet = 5;
    bool json = false;
    ProgressMode progress = ProgressMode::automatic;
};

struct ConvergeOptions {
    std::filesystem::path recipe;
    std::filesystem::path output; // empty: build/NAME
    std::vector<recipe::Override> overrides;
    std::string kernel;
    unsigned rounds = 8;
    bool show_dontaudit = false;
    std::optional<bool> own_namespace; // nothing: as the recipe says
    unsigned limit = 300; // seconds, of each boot
    unsigned quiet = 5;
    bool json = false;
    ProgressMode progress = ProgressMode::automatic;
};

struct KernelListOptions {
    bool json = false;
};

struct KernelBuildOptions {
    std::filesystem::path kernel; // a shipped one's name, or a file
    std::filesystem::path output; // empty: build/kernel/NAME
    std::filesystem::path source;
    unsigned jobs = 0; // 0: as many as there are processors
    bool config_only = false;
    bool refresh = false;
    bool json = false;
    ProgressMode progress = ProgressMode::automatic;
};

struct KernelCheckOptions {
    std::filesystem::path what;
    std::filesystem::path recipe;
    bool running = false;
    bool json = false;
};

struct CacheListOptions {
    bool json = false;
};

struct CacheCleanOptions {
    unsigned unused_days = 0; // 0: however long
    bool dry_run = false;
    bool json = false;
};

// --help and --version.
struct TextOptions {
    std::string text;
};

using Command = std::variant<BuildOptions, CheckOptions, PlanOptions, ShowOptions, SchemaOptions,
                             DoctorOptions, DenialsMergeOptions, DenialsExplainOptions,
                             DenialsPruneOptions, DenialsImportOptions, LabelListOptions,
                             LabelVerifyOptions, LabelApplyOptions, LabelExplainOptions,
                             BootOptions, ConvergeOptions, KernelListOptions, KernelBuildOptions,
                             KernelCheckOptions, CacheListOptions, CacheCleanOptions, TextOptions>;

} // namespace selns::cmd
