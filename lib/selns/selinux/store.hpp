#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace selns::selinux {

// Where modules are installed: semodule's default.
constexpr std::uint16_t local_priority = 400;

// The newest version of a kernel policy that a commit can write: what this host's libsepol can.
unsigned newest_committed_version();

// One module of a policy store.
struct ModuleInfo {
    std::string name;
    std::string language; // "cil", "pp"
    std::uint16_t priority = 0;
    bool enabled = true;
};

// A transaction on the policy store of this process's root, through libsemanage. libsemanage obeys
// /etc/selinux/semanage.conf and reads /etc/passwd: only use it where these are known to be
// harmless (lib/selns/policy does it in a sandbox).
//
// Every failure is an Error whose hint holds what libsemanage and CIL said.
class Store {
  public:
    explicit Store(const std::string& type); // SELINUXTYPE; begins the transaction
    ~Store();                                // without commit(): nothing changes
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    std::vector<ModuleInfo> modules() const;
    // An installed module as CIL.
    std::string module_cil(const ModuleInfo& module) const;

    // Replaces a module of the same name and local_priority.
    void install_cil(const std::string& name, std::string_view cil);
    // Of local_priority; nothing happens when there is none.
    void remove(const std::string& name);
    // FILE_TYPE holds S_IFMT bits, 0 for any; an empty context is <<none>>.
    void add_file_context(const std::string& regex, std::uint32_t file_type,
                          const std::string& context);
    void set_boolean(const std::string& name, bool value);
    // Leaves dontaudit rules out of the policy, from now on.
    void disable_dontaudit();

    // Writes the policy and everything that is made from it. Modules are compiled again only if
    // one was installed or REBUILD asks for it. Ends the transaction.
    void commit(bool rebuild);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace selns::selinux
