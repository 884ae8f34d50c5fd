#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::selinux {

struct KernelPolicy;

// Where the files of a file system have their labels from.
struct FileSystem {
    enum class Labels {
        stored,     // fs_use_xattr: with the file
        of_creator, // fs_use_trans: by type transitions, else TYPE
        of_task,    // fs_use_task: the creator's own
        of_policy   // genfscon: TYPE, whatever anybody does
    };
    std::string name; // "ext4"
    Labels labels = Labels::stored;
    std::string type; // else of the file system itself; never empty
};

// A kernel policy (policy.NN). Immutable once read, safe to use from several threads.
class PolicyDb {
  public:
    // Keeps nothing of IMAGE; NAME stands for the file in errors. A policy that is damaged, or of
    // another version than oldest_policy_version to newest_policy_version, is an invalid_input
    // Error.
    static PolicyDb read(std::string_view image, const std::string& name);
    ~PolicyDb();
    PolicyDb(PolicyDb&&) noexcept;
    PolicyDb& operator=(PolicyDb&&) noexcept;

    unsigned version() const;
    bool mls() const;
    // What the kernel does with classes and permissions that it knows and the policy does not:
    // "allow", "deny" or "reject".
    std::string handle_unknown() const;

    // Whether user, role, type and, in an MLS policy, the level exist and go together: what
    // libsepol's sepol_context_check() says.
    bool valid_context(const std::string& context) const;

    bool has_type(std::string_view name) const;      // or an alias of one
    bool has_attribute(std::string_view name) const; // kernel policies keep only some of them
    bool has_attribute(std::string_view type, std::string_view attribute) const; // the type has it
    bool has_class(std::string_view name) const;
    bool has_permission(std::string_view tclass, std::string_view permission) const;
    // Of a class, its common's among them, sorted; none when there is no such class.
    std::vector<std::string> permissions(std::string_view tclass) const;
    std::vector<std::string> types() const;
    std::vector<std::string> attributes() const;
    // The types that have the attribute, sorted; none when the policy does not keep it.
    std::vector<std::string> attribute_members(std::string_view attribute) const;
    // NAME, or the type that it is an alias of; nothing when it is neither.
    std::optional<std::string> type_of(std::string_view name) const;
    // The type of the initial SID for what has no valid label; empty when the policy has none.
    std::string unlabeled_type() const;
    // What fs_use and genfscon say; a name may come several times. Some types are in several.
    std::vector<FileSystem> file_systems() const;
    std::vector<std::string> users() const;
    std::vector<std::string> roles() const;
    std::map<std::string, bool> booleans() const; // and their default values

  private:
    explicit PolicyDb(std::unique_ptr<const KernelPolicy> policy);
    std::unique_ptr<const KernelPolicy> policy_;
    friend class Decisions;
    friend class TypeMarks;
};

// The versions that are read, whatever this host's libsepol reads. For what it writes see
// newest_committed_version().
unsigned oldest_policy_version();
unsigned newest_policy_version();

} // namespace selns::selinux
