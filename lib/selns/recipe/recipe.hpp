#pragma once

#include "selns/base/error.hpp"
#include "selns/image/format.hpp"
#include "selns/recipe/source.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace selns::recipe {

// A value and where the recipe says so.
template <typename T>
struct Located {
    T value{};
    Location at;
};

using Path = std::filesystem::path; // absolute; a recipe's paths are relative to its folder

// from.debian, from.fedora, ...: a release of a distribution, made of its packages.
struct Release {
    std::string name;                    // bookworm, stable, 43, rawhide, 9.4, ...
    std::optional<std::string> mirror;   // a URI; by default what this host's apt or dnf has
    std::vector<std::string> components; // of apt's archives
    std::optional<Located<Path>> key;    // OpenPGP; by default the distribution's own keys
    Location at;
};

// from.archive: a tar of a root file system, in any compression.
struct RootArchive {
    Located<Path> file;             // on this machine
    std::optional<std::string> url; // instead; https
    std::optional<std::string> sha256;
};

// from.oci: an image in an OCI layout.
struct OciImage {
    Located<Path> path;                  // the layout's directory, or an archive of it
    std::optional<std::string> ref;      // its name there; may be left out when there is only one
    std::optional<std::string> platform; // "linux/arm64"; this machine's by default
};

// from.directory: the root of a file system on this machine.
struct RootDirectory {
    Located<Path> path;
};

// What the image is made from.
struct From {
    std::string key = "debian"; // of sources()
    std::variant<Release, RootArchive, OciImage, RootDirectory> what;

    const Source& source() const { return recipe::source(key); }
    const Release& release() const { return std::get<Release>(what); }
    Release& release() { return std::get<Release>(what); }
};

// A package repository besides the distribution's.
struct Repository {
    std::string uri;
    std::string suite;                   // apt's only, like components
    std::vector<std::string> components; // empty for a flat repository (suite ends in "/")
    Located<Path> key;                   // OpenPGP, armored or binary
    Location at;
};

struct RootPassword {
    enum class Kind { locked, empty, hash } kind = Kind::locked;
    std::string hash; // crypt(5)
};

struct File {
    std::optional<Located<Path>> source; // a file or a directory
    std::optional<std::string> content;  // or the content itself
    std::string target;                  // absolute, in the image
    std::optional<std::uint16_t> mode;   // of a single file; by default the source's, or 0644
    Location at;
};

enum class Mode { permissive, enforcing };

// What a finding of a kind does.
enum class Severity { strict, warn, off };
struct LabelPolicy {
    Severity unmatched = Severity::strict; // no specification, or <<none>>
    Severity invalid = Severity::strict;   // a context that the policy does not define
    Severity hardlink = Severity::strict;  // one inode, two contexts
};

// Which denials of the logs count.
struct Select {
    std::optional<Located<std::string>> since; // as written: "2026-11-01", "boot"
    std::optional<Located<std::string>> until;
    std::vector<std::string> exclude_source; // types
    std::vector<std::string> exclude_target;
    std::vector<std::string> exclude_device;
    std::vector<std::string> exclude_program;
};

struct Denials {
    std::optional<Located<Path>> module;    // CIL or .te; need not exist yet
    std::vector<Located<std::string>> logs; // absolute glob patterns
    Select select;
    bool trust = false;                       // lines count that their carrier does not vouch for
    std::vector<Located<std::string>> refuse; // "SOURCE TARGET:CLASS PERMISSION"
    std::vector<Located<std::string>> accept;
    std::vector<Located<std::string>> tolerate;
    std::vector<Located<std::string>> silence;
};

// selinux.policy_from: where an image gets its policy from. One of these.
struct PolicyFrom {
    std::optional<Located<Path>> archive;       // of a root file system that has one
    std::optional<Located<Path>> directory;     // likewise
    std::vector<Located<std::string>> packages; // to be installed in the image
};

struct Selinux {
    // SELINUXTYPE; the distribution's own unless given. Empty: what the image's own configuration
    // says, when it is not made from packages.
    std::string policy = "default";
    std::optional<PolicyFrom> policy_from;
    // The image's own policy tools may run, in a sandbox, where this host's are too old for its
    // policy; those of a distribution's packages may anyway.
    bool image_tools = false;
    Mode mode = Mode::permissive;
    std::vector<Located<Path>> modules; // .cil, .te or .pp, also compressed
    std::map<std::string, Located<bool>> booleans;
    std::vector<Located<std::string>> file_contexts; // "PATH_REGEX [TYPE] CONTEXT"
    Denials denials;
    LabelPolicy label;
};

struct Image {
    const image::Format* format = nullptr; // never null in a recipe
    std::optional<std::uint64_t>
        size; // bytes, of a format that is sized; by default from the content
    Location at;
};

// A command that the booted image runs, for its denials.
struct Workload {
    std::string command; // for a shell
    std::string context; // empty: what the image's policy gives it
    Location at;
};

struct Boot {
    std::vector<Workload> run; // one after the other
};

enum class LaunchMode { vm, namespaced };

struct Launch {
    LaunchMode mode = LaunchMode::vm;
    // A container that gets no SELinux namespace of its own is not started, also where the policy
    // could go into the machine's.
    bool own_namespace = false;
    std::string kernel = "selinuxns"; // the name of a kernel recipe
    std::uint64_t memory = 1U << 30U; // bytes
    unsigned cpus = 1;
};

struct Recipe {
    Path file;                           // the recipe itself
    std::vector<Located<Path>> included; // files that it includes, and those that they do
    std::string name;
    std::string hostname; // the name unless given
    From from;
    std::vector<Repository> repositories;
    std::vector<Located<std::string>> packages; // names, as apt or dnf takes them
    std::vector<Located<Path>> local_packages;  // .deb or .rpm files
    RootPassword root_password;
    std::vector<File> files;
    std::vector<Located<std::string>> commands;
    Selinux selinux;
    std::vector<Image> images; // one of each format unless given
    Boot boot;
    Launch launch;
    // Where the recipe says what it says, by dotted path ("selinux.mode"); lists and what is in
    // them have their places beside their values.
    std::map<std::string, Location> places;
};

// KEY=VALUE of --set: a dotted path ("selinux.mode") and YAML text, put over the recipe's own.
struct Override {
    std::string key;
    std::string value;
};

// Reads and checks a recipe. Everything that is wrong is reported at once, in one invalid_input
// Error of lines "file:line:col: path.to.key: expected ..., got ...". Files that the recipe names
// must exist, except the local module and what log patterns match.
Recipe load(const Path& file, const std::vector<Override>& overrides = {});

// The same from text; NAME stands for the file in messages, its folder for relative paths.
Recipe parse(const std::string& text, const Path& name,
             const std::vector<Override>& overrides = {});

// JSON Schema (draft 2020-12) of recipes, made from the definitions that load() checks with.
std::string json_schema();

// A module is called like its FILE, without the ending (".pp", which module_ending() gives) and
// that of a compression behind it.
std::string module_name(const Path& file);
std::string module_ending(const Path& file);

// Whether libsemanage takes NAME for a module. It would tell after seconds, and a store that has
// another one cannot be listed.
bool is_module_name(std::string_view name);
constexpr std::string_view module_name_rule =
    "its name is no policy module's: expected letters, digits, '_' and '-', single dots between "
    "them, a letter first";

} // namespace selns::recipe
