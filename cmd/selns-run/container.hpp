#pragma once

#include "selns-run/cgroup.hpp"
#include "selns-run/image.hpp"
#include "selns-run/launch_file.hpp"
#include "selns-run/mounts.hpp"
#include "selns-run/options.hpp"
#include "selns-run/registry.hpp"
#include "selns-run/selinux_namespace.hpp"
#include "selns-run/streams.hpp"

#include <optional>

namespace selns::run {

// Units by name, with their texts.
using Units = std::vector<std::pair<std::string, std::string>>;

// What is to be launched.
struct Container {
    std::string name;
    std::string hostname;
    bool private_network = true;
    MoreCalls more_calls;
    SelinuxUse selinux = SelinuxUse::required; // as decide() says
    SelinuxState before;                       // of this process
    std::optional<bool> enforcing;             // else as the image says
    LaunchFile launch;
    std::vector<std::string> command; // none: the image's init
    std::vector<std::string> init_arguments;
    Units units;
    bool kernel_log = false; // /dev/kmsg is there
    std::string context;     // of the command; empty: as if the init executed it
    std::string terminal;    // TERM
    // Which of the standard streams are the console, a bit each; all of them are for an init.
    unsigned terminals = 7;
};

// As OPTIONS have it, and LAUNCH_FILE if SELinux is made use of. Changes nothing.
Container describe(Kernel& kernel, const Options& options, const std::string& launch_file);

// The units in DIRECTORY.
Units read_units(const std::string& directory);

// Puts UNITS below /run/systemd/system of ROOT, where systemd wants them with its default target.
// Their labels are those that the directory hands down.
void place_units(Kernel& kernel, int root, const Units& units);

// What a loaded policy leaves to be done.
struct LoadedPolicy {
    Handle selinuxfs;         // none: SELinux is not made use of
    bool enforcing = false;   // which the container is to be, once all is ready
    std::string init_context; // what the image's init gets; empty: it has none
    std::string sha256;       // of the policy; empty: SELinux is not made use of
};

// Gives this process the policy of the image below ROOT, in an SELinux namespace of its own if
// CONTAINER says so. All mounts of the container are there; what is made or opened before has no
// label in the policy. PROCFS shows this process.
LoadedPolicy load_selinux(Kernel& kernel, int root, int procfs, const Container& container);

// The process between the launcher and the container. It prepares the container's mounts, leaves
// the host for them, has the SELinux namespace, starts the container's first process, and then
// serves `exec`. It stays out of the container's pid namespace, so that nothing in there sees it.
class Worker {
  public:
    // CHANNEL gets "ready" with a further channel and the socket of `exec`, not bound yet; that
    // channel gets "up", the first process's PID and the policy's hash, with the pidfd of that
    // process and the other ends of its streams.
    Worker(Kernel& kernel, const Container& container, const Source& source, const Cgroup& cgroup,
           int channel)
        : kernel_(kernel), container_(container), source_(source), cgroup_(cgroup),
          first_channel_(channel) {}

    void setup();
    // Returns how the container ended: the status of its first process as a shell has it.
    int serve();

  private:
    void enter_namespaces();
    Handle open_namespace(const std::string& name);
    void mount_root();
    void renew_channels();
    void start();
    void hand_over();

    Kernel& kernel_;
    const Container& container_;
    const Source& source_;
    const Cgroup& cgroup_;
    int first_channel_;

    Handle channel_;
    Handle listener_;
    Handle procfs_; // of the host's pid namespace, attached nowhere
    Handle host_cgroups_;
    Handle root_;
    Streams streams_;
    LoadedPolicy policy_;
    Handle devpts_;
    Handle pid_namespace_;
    Kernel::Process first_;
};

// A container that has been started, as its launcher has it: all that was made for it goes with the
// object, or with the exception that the constructor throws.
class Launch {
  public:
    // IMAGE as in open_source(). CONTAINER has to outlive the object.
    Launch(Kernel& kernel, const Container& container, const std::string& image, bool read_only);

    const Kernel::Process& worker() const { return worker_; }
    const Cgroup& cgroup() const { return cgroup_; }
    // How the worker has started the container. Waits for it.
    struct Up {
        Handle first; // pidfd of the first process
        OuterStreams streams;
    };
    Up wait_until_up(); // and tells it to who asks

  private:
    Kernel& kernel_;
    const Container& container_;
    Source source_;
    Registration registration_;
    Cgroup cgroup_;
    Handle channel_;
    Kernel::Process worker_;
    Handle worker_pidfd_;
};

// The first process of the container, in its own pid namespace: what is left to be done there.
void become_first(Kernel& kernel, const Container& container, int root, const InnerStreams& streams,
                  const LoadedPolicy& policy);
// Reaps what the command of a container leaves; returns its status.
int reap_until_command_ends();

} // namespace selns::run
