#include "selns-run/container.hpp"

#include "selns-run/confine.hpp"
#include "selns-run/exec.hpp"
#include "selns-run/socket.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>

#include <csignal>
#include <cstdlib>
#include <sstream>
#include <utility>

namespace selns::run {

Container describe(Kernel& kernel, const Options& options, const std::string& launch_file) {
    Container container;
    container.before = look_at_selinux(kernel);
    container.selinux = decide(options.selinux, container.before);
    if (container.selinux != SelinuxUse::off)
        container.launch = read_launch_file(kernel, launch_file);
    else if (!options.context.empty() || options.enforcing)
        throw refusal("without SELinux there is neither a context nor a mode");
    container.private_network = !options.host_network;
    container.more_calls = options.more_calls;
    container.enforcing = options.enforcing;
    container.command = options.command;
    container.context = options.context;
    const char* term = std::getenv("TERM");
    container.terminal = term == nullptr ? "" : printable(term);
    return container;
}

Launch::Launch(Kernel& kernel, const Container& container, const std::string& image, bool read_only)
    : kernel_(kernel), container_(container), source_(open_source(kernel, image, read_only)),
      registration_(kernel, container.name, image), cgroup_(kernel, container.name) {
    registration_.tell_cgroup(cgroup_.base());
    std::array<int, 2> ends{};
    must(kernel.socket_pair(ends), "make a pair of sockets");
    channel_ = Handle(kernel, ends[0]);
    const Handle theirs(kernel, ends[1]);
    Worker worker(kernel, container, source_, cgroup_, theirs.get());
    worker_ = kernel.spawn(
        cgroup_.payload(), [&] { worker.setup(); }, [&] { return worker.serve(); });
    worker_pidfd_ = Handle(kernel, worker_.pidfd);
}

namespace {

Message next_message(const Handle& channel) {
    Message message = receive(channel.get(), 256);
    if (message.fds.size() < 2)
        throw refusal("the container's launch ended unexpectedly");
    return message;
}

State state_of(const Container& container, const std::string& up) {
    State state;
    std::istringstream(up.substr(2)) >> state.first >> state.policy_sha256;
    state.command = !container.command.empty();
    state.selinux_namespace = owner_of(container.selinux);
    if (container.selinux != SelinuxUse::off)
        state.policy_type = container.launch.policy_type;
    return state;
}

} // namespace

Launch::Up Launch::wait_until_up() {
    Message ready = next_message(channel_);
    channel_ = std::move(ready.fds[0]);
    registration_.listen(ready.fds[1].get());
    Message up = next_message(channel_);
    must(kernel_.send(channel_.get(), "listening", {}), "answer the container's worker");
    registration_.tell(state_of(container_, up.data));
    Handle first = std::move(up.fds[0]);
    up.fds.erase(up.fds.begin());
    return {std::move(first),
            OuterStreams::received(std::move(up.fds), container_.terminals, true)};
}

// The order is explained in docs/run.md.
void Worker::setup() {
    must(kernel_.set_parent_death_signal(SIGTERM), "be told when the launcher ends");
    // What is to be in the container must not have the host's terminal, by /dev/tty.
    must(kernel_.setsid(), "start a session");
    enter_namespaces();
    mount_root();
    leave_host(kernel_, root_.get());
    cgroup_.restrict_devices(container_.kernel_log); // the image's own device is mounted by now
    const bool selinux = container_.selinux != SelinuxUse::off;
    if (selinux)
        policy_ = load_selinux(kernel_, root_.get(), procfs_.get(), container_);
    else
        enter_container_domain(kernel_, procfs_.get(), container_.before.context);
    renew_channels();
    streams_ = make_streams(
        kernel_,
        {devpts_.get(), container_.command.empty() ? "" : policy_.init_context, procfs_.get()},
        container_.terminals, true);
    mount_console(kernel_, root_.get(), streams_.inner.terminal.get());
    if (selinux)
        label_container(kernel_, root_.get(), container_.launch);
    place_units(kernel_, root_.get(), container_.units);
    start();
    try {
        hand_over();
    } catch (...) { // nobody else would end it
        kernel_.send_signal(first_.pidfd, SIGKILL);
        throw;
    }
}

// The container is up: this process becomes what serves it.
void Worker::hand_over() {
    std::vector<int> up = streams_.outer.descriptors();
    up.insert(up.begin(), first_.pidfd);
    const std::string said = "up " + std::to_string(first_.pid) + " " + policy_.sha256;
    must(kernel_.send(channel_.get(), said, up), "tell the launcher");
    const Handle null(kernel_, must(open_below(kernel_, root_.get(), "/dev/null", O_RDWR),
                                    "open /dev/null of the container"));
    for (int stream = 0; stream < 3; ++stream)
        must(kernel_.dup2(null.get(), stream), "leave the launcher's streams");
    streams_ = {};
    // Processes that go into the container begin as copies of this one: it keeps no more than they
    // may have. The image stays locked until the container has ended, whatever becomes of the
    // launcher.
    must(kernel_.close_others({pid_namespace_.get(), devpts_.get(), root_.get(), listener_.get(),
                               channel_.get(), procfs_.get(), policy_.selinuxfs.get(), first_.pidfd,
                               source_.file.get()}),
         "close the host's files");
    drop_capabilities(kernel_, container_.private_network);
    filter_system_calls(kernel_, container_.more_calls);
}

// What speaks to the launcher is made anew, since the sockets from before the policy have no label
// in it.
void Worker::renew_channels() {
    std::array<int, 2> ends{};
    must(kernel_.socket_pair(ends), "make a pair of sockets");
    channel_ = Handle(kernel_, ends[0]);
    const Handle launchers(kernel_, ends[1]);
    listener_ = Handle(kernel_, must(kernel_.socket(), "make the socket of `selns-run exec`"));
    must(kernel_.send(first_channel_, "ready", {launchers.get(), listener_.get()}),
         "tell the launcher");
}

void Worker::enter_namespaces() {
    const int network = container_.private_network ? CLONE_NEWNET : 0;
    procfs_ = new_mount(kernel_, "proc", {}, 0);
    host_cgroups_ = open_namespace("cgroup");
    const Handle way_out = cgroup_.way_out_of_payload();
    // The cgroup that this process is in becomes the root that the container sees.
    must(kernel_.unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP | network),
         "make namespaces", "root is needed");
    must(kernel_.write(way_out.get(), "0", 1), "leave the payload's cgroup");
    const Handle host(kernel_,
                      must(kernel_.openat2(AT_FDCWD, "/", O_PATH | O_CLOEXEC, 0, 0), "open /"));
    // The host's unmounts come here, and nothing of here goes there.
    must(kernel_.mount_setattr(host.get(), true, 0, 0, MS_SLAVE), "keep mounts from the host");
    must(kernel_.sethostname(container_.hostname), "set the host name");
}

// Of this process.
Handle Worker::open_namespace(const std::string& name) {
    return {kernel_,
            must(kernel_.openat2(procfs_.get(), "self/ns/" + name, O_RDONLY | O_CLOEXEC, 0, 0),
                 "open the namespace " + name)};
}

void Worker::mount_root() {
    const Handle mount = mount_source(kernel_, source_);
    const Handle place(
        kernel_, must(kernel_.openat2(AT_FDCWD, registry + "/" + container_.name,
                                      O_PATH | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS),
                      "open the place for the container's root"));
    must(kernel_.move_mount(mount.get(), place.get()), "mount the container's root");
    root_ = Handle(kernel_, must(open_below(kernel_, mount.get(), "/", O_PATH | O_DIRECTORY),
                                 "open the container's root"));
    if (container_.command.empty())
        find_program(kernel_, root_.get(), "/sbin/init");
    mount_api(kernel_, root_.get(), container_.kernel_log);
    devpts_ =
        Handle(kernel_, must(open_below(kernel_, root_.get(), "/dev/pts", O_PATH | O_DIRECTORY),
                             "open /dev/pts"));
}

void Worker::start() {
    const Handle host_pids = open_namespace("pid");
    const Handle cgroups = open_namespace("cgroup");
    const auto enter_cgroups = [&](const Handle& which) {
        must(kernel_.setns(which.get(), CLONE_NEWCGROUP), "change the cgroup namespace");
    };
    // Where cgroup2 is mounted with nsdelegate, as by systemd, nothing is born beyond the borders
    // of the caller's namespace, and this process is in a neighbour of the payload.
    enter_cgroups(host_cgroups_);
    must(kernel_.unshare(CLONE_NEWPID), "make a pid namespace");
    first_ = kernel_.spawn(
        cgroup_.payload(),
        [&] {
            enter_cgroups(cgroups);
            become_first(kernel_, container_, root_.get(), streams_.inner, policy_);
        },
        reap_until_command_ends);
    // Back outside: only what is to be in the container enters it.
    pid_namespace_ = open_namespace("pid_for_children");
    must(kernel_.setns(host_pids.get(), CLONE_NEWPID), "stay out of the pid namespace");
    enter_cgroups(cgroups);
    host_cgroups_.reset();
}

int Worker::serve() {
    receive(channel_.get(), 16); // until somebody listens on the socket, nobody can be accepted
    channel_.reset();
    const ExecService service{pid_namespace_.get(), devpts_.get(),
                              root_.get(),          procfs_.get(),
                              listener_.get(),      policy_.selinuxfs.get(),
                              policy_.init_context, container_.launch.terminals};
    return serve_exec(kernel_, service, first_);
}

} // namespace selns::run
