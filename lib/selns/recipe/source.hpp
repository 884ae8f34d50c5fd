#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::recipe {

struct From;

// What makes a root of a source.
enum class SourceKind { apt, dnf, archive, oci, directory };

// What an image can be made from: one key of `from`.
struct Source {
    std::string_view key;   // "debian"
    std::string_view words; // "Debian"
    SourceKind kind = SourceKind::apt;
    // Of a distribution:
    std::string_view release;                 // an example of one, for messages
    std::string_view releases;                // which ones there may be, as a pattern
    std::vector<std::string_view> components; // apt's: unless the recipe names others
    // The SELINUXTYPEs that packages selinux-policy-TYPE bring, the default first.
    std::vector<std::string_view> policies;

    // It is made of packages; else it has a root file system already.
    bool is_distribution() const { return kind == SourceKind::apt || kind == SourceKind::dnf; }
};

// All of them, in the order of the schema.
const std::vector<Source>& sources();
const Source& source(std::string_view key); // std::logic_error for another one

// The package that has the policy of this SELINUXTYPE, when one has.
std::optional<std::string> policy_package(const Source& source, const std::string& selinux_type);

// The program that makes a root of it: "mmdebstrap", "dnf"; empty when it has one already.
std::string_view maker(const Source& source);

// "bookworm", "rootfs.tar.xz": what a user calls it, without the folder.
std::string name_of(const From& from);
// "Debian bookworm", "archive rootfs.tar.xz"
std::string describe(const From& from);

// One thing that a recipe says of its source, or the default in its place.
struct Fact {
    std::string name;  // "release"
    std::string value; // "bookworm"
    std::string key;   // "from.debian.release"
};
std::vector<Fact> facts(const From& from);

} // namespace selns::recipe
