#pragma once

#include "selns-run/kernel.hpp"

namespace selns::run {

// The cgroup of a container, in the cgroup v2 hierarchy wherever that is mounted:
//
//     selns-run-NAME            which devices there are, is decided here
//     selns-run-NAME/payload    the container, which takes it for the root
//     selns-run-NAME/launcher   the process that serves `exec`
//
// below the cgroup of the launcher's unit if that was delegated (Delegate=yes), else in the root.
// Removed, with all that is in it, when the object goes; so the launcher itself is never in it, but
// moves to a neighbour, supervisor-NAME, unless DelegateSubgroup= has given it one.
class Cgroup {
  public:
    Cgroup(Kernel& kernel, const std::string& name);
    ~Cgroup();
    Cgroup(const Cgroup&) = delete;
    Cgroup& operator=(const Cgroup&) = delete;

    // Ends and removes what a killed launcher of NAME left below BASE, the path of base().
    static void clear_away(Kernel& kernel, const std::string& name, const std::string& base);

    // The cgroup in which it is, as this process sees it: "/system.slice/web.service".
    const std::string& base() const { return base_path_; }

    int payload() const { return payload_.get(); }
    // A process of the payload that writes "0" to it leaves for the launcher's. To be opened while
    // it still sees the launcher's: the kernel asks the namespace of then.
    Handle way_out_of_payload() const;
    // From now on, the launcher's cgroup included.
    void restrict_devices(bool kernel_log) const;
    // Ends every process of the container.
    void kill() const;

  private:
    struct Left {};
    Cgroup(Kernel& kernel, const std::string& name, Left)
        : kernel_(kernel), name_("selns-run-" + name), supervisor_("supervisor-" + name) {}

    void find_base();
    void remove() noexcept;
    void give_controllers() const;

    Kernel& kernel_;
    std::string name_;
    std::string supervisor_;
    bool moves_ = false; // the launcher, to the supervisor's
    std::string base_path_ = "/";
    Handle base_;
    Handle own_;
    Handle payload_;
    Handle launcher_;
};

} // namespace selns::run
