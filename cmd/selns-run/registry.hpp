#pragma once

#include "selns-run/kernel.hpp"

#include <optional>

namespace selns::run {

// Running containers are known by /run/selns-run/NAME: `lock`, which the launcher holds and in
// which its PID and the image's path are; `cgroup`, where its cgroup is; `state`, what it says when
// the container is up; `exec`, the socket of `selns-run exec`. The directory is also where the
// container's root is mounted, in its own namespace. Whoever takes a name, or clears one away,
// holds a lock on /run/selns-run meanwhile.
inline const std::string registry = "/run/selns-run";

// What the launcher says of a container that is up.
struct State {
    pid_t first = 0;               // its first process
    bool command = false;          // which waits for a command, its child; else it is the init
    std::string selinux_namespace; // whose the policy is in: container, machine or none
    std::string policy_type;       // empty: none was loaded
    std::string policy_sha256;     // of what was loaded
};

// This launcher's entry; removed with the object.
class Registration {
  public:
    Registration(Kernel& kernel, const std::string& name, const std::string& image);
    ~Registration();
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

    // SOCKET becomes that of `exec`.
    void listen(int socket);
    void tell_cgroup(const std::string& base); // see Cgroup::base()
    void tell(const State& state);

  private:
    void lock();
    void write(const std::string& name, const std::string& text);
    void remove() noexcept;

    Kernel& kernel_;
    std::string name_;
    Handle parent_;
    Handle directory_;
    Handle lock_;
};

struct Running {
    std::string name;
    std::string image;
    pid_t launcher = 0;
    std::optional<State> state; // none: it is not up yet
};
std::vector<Running> running_containers(Kernel& kernel);
// What launchers left that were killed: entries and empty cgroups.
void clear_dead_containers(Kernel& kernel);
// Throws when there is none of that name.
Running running_container(Kernel& kernel, const std::string& name);

} // namespace selns::run
