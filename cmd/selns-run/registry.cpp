#include "selns-run/registry.hpp"

#include "selns-run/cgroup.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>

namespace selns::run {

namespace {

constexpr std::uint64_t own_directory_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;

// Nobody but root may have made it, or look into it.
Handle make_private(Kernel& kernel, int parent, const std::string& name) {
    const std::string what = "make " + name;
    const long made = kernel.mkdirat(parent, name, 0700);
    if (made != -EEXIST)
        must(made, what, "root is needed");
    Handle directory(kernel, must(kernel.openat2(parent, name, own_directory_flags, 0, 0), what));
    struct stat status {};
    must(kernel.stat(directory.get(), status), what);
    if (status.st_uid != 0 || (status.st_mode & 077U) != 0)
        throw refusal(name + " is not root's alone");
    return directory;
}

// Nothing as long as it is not there, or not wholly.
std::optional<State> read_state(Kernel& kernel, int parent, const std::string& name) {
    std::string text;
    const Handle file(kernel, kernel.openat2(parent, name + "/state", O_RDONLY | O_CLOEXEC, 0,
                                             RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH));
    if (!file || read_all(kernel, file.get(), text, 8192) < 0)
        return std::nullopt;
    const auto json = nlohmann::ordered_json::parse(text, nullptr, false);
    if (!json.is_object())
        return std::nullopt;
    return State{json.value("first", 0), json.value("command", false),
                 json.value("selinux_namespace", ""), json.value("policy_type", ""),
                 json.value("policy_sha256", "")};
}

// What the launcher of NAME wrote, if it is alive: it holds the lock.
std::optional<Running> look_at(Kernel& kernel, int parent, const std::string& name) {
    const Handle lock(kernel, kernel.openat2(parent, name + "/lock", O_RDONLY | O_CLOEXEC, 0,
                                             RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH));
    if (!lock || kernel.flock(lock.get(), LOCK_SH | LOCK_NB) != -EWOULDBLOCK)
        return std::nullopt;
    std::string text;
    if (read_all(kernel, lock.get(), text, 8192) < 0)
        return std::nullopt;
    Running running{name, {}, static_cast<pid_t>(std::strtol(text.c_str(), nullptr, 10)), {}};
    if (running.launcher <= 0)
        return std::nullopt;
    running.image = text.substr(std::min(text.size(), text.find(' ') + 1));
    while (running.image.ends_with('\n'))
        running.image.pop_back();
    running.state = read_state(kernel, parent, name);
    return running;
}

// Nobody else takes a name or clears one away as long as the result is open.
Handle take_turn(Kernel& kernel, const Handle& parent) {
    Handle turn(kernel, must(kernel.openat2(parent.get(), ".", own_directory_flags, 0, 0),
                             "open " + registry));
    must(kernel.flock(turn.get(), LOCK_EX), "lock " + registry);
    return turn;
}

void remove_files(Kernel& kernel, int directory, std::initializer_list<const char*> files) {
    for (const char* file : files)
        kernel.unlinkat(directory, file, 0);
}

// None when no container has been started since the machine was.
Handle open_registry(Kernel& kernel) {
    Handle directory(kernel, kernel.openat2(AT_FDCWD, registry, own_directory_flags, 0, 0));
    if (directory.get() != -ENOENT)
        must(directory.get(), "open " + registry, "root is needed");
    return directory;
}

std::vector<std::string> names_in(Kernel& kernel, const Handle& directory) {
    std::vector<std::string> names;
    if (directory)
        must(kernel.list_directories(directory.get(), names), "list " + registry);
    std::ranges::sort(names);
    return names;
}

} // namespace

Registration::Registration(Kernel& kernel, const std::string& name, const std::string& image)
    : kernel_(kernel), name_(name) {
    parent_ = make_private(kernel, AT_FDCWD, registry);
    try {
        const Handle turn = take_turn(kernel, parent_);
        lock();
        remove_files(kernel_, directory_.get(), {"exec", "state", "cgroup"}); // a killed launcher's
        const std::string text = std::to_string(::getpid()) + " " + image + "\n";
        must(kernel.write(lock_.get(), text.data(), text.size()), "write the container's lock");
    } catch (...) {
        remove();
        throw;
    }
}

Registration::~Registration() {
    remove();
}

void Registration::listen(int socket) {
    must(kernel_.listen_at(socket, registry + "/" + name_ + "/exec"),
         "make the socket of `selns-run exec`");
}

void Registration::tell_cgroup(const std::string& base) {
    write("cgroup", base);
}

void Registration::tell(const State& state) {
    const nlohmann::ordered_json json = {{"first", state.first},
                                         {"command", state.command},
                                         {"selinux_namespace", state.selinux_namespace},
                                         {"policy_type", state.policy_type},
                                         {"policy_sha256", state.policy_sha256}};
    write("state", json.dump());
}

void Registration::write(const std::string& name, const std::string& text) {
    const std::string what = "write the container's " + name;
    const Handle file(
        kernel_,
        must(kernel_.openat2(directory_.get(), name,
                             O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600, 0),
             what));
    must(kernel_.write(file.get(), text.data(), text.size()), what);
}

void Registration::lock() {
    const std::string what = "lock the container's name";
    // A launcher that ends removes the file, perhaps after we opened it.
    for (int tries = 0; tries < 10; ++tries) {
        directory_ = make_private(kernel_, parent_.get(), name_);
        Handle file(kernel_, kernel_.openat2(directory_.get(), "lock",
                                             O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600, 0));
        if (file.get() == -ENOENT)
            continue;
        must(file.get(), what);
        const long locked = kernel_.flock(file.get(), LOCK_EX | LOCK_NB);
        if (locked == -EWOULDBLOCK)
            throw refusal("a container " + name_ + " is running already",
                          "--name gives this one another name; `selns-run list` shows them");
        lock_ = std::move(file);
        must(locked, what);
        struct stat status {};
        must(kernel_.stat(lock_.get(), status), what);
        if (status.st_nlink == 0) {
            lock_.reset(); // what has the name now is another's
            continue;
        }
        must(kernel_.ftruncate(lock_.get()), what);
        return;
    }
    throw refusal("cannot " + what + ": others start and end it all the time");
}

// Only what this object has locked: else it is another launcher's. A directory that is one's is not
// empty.
void Registration::remove() noexcept {
    if (lock_) {
        remove_files(kernel_, directory_.get(), {"exec", "state", "cgroup", "lock"});
    }
    kernel_.unlinkat(parent_.get(), name_, AT_REMOVEDIR);
}

std::vector<Running> running_containers(Kernel& kernel) {
    std::vector<Running> result;
    const Handle parent = open_registry(kernel);
    for (const std::string& name : names_in(kernel, parent))
        if (const auto running = look_at(kernel, parent.get(), name))
            result.push_back(*running);
    return result;
}

void clear_dead_containers(Kernel& kernel) {
    const Handle parent = open_registry(kernel);
    if (!parent)
        return;
    const Handle turn = take_turn(kernel, parent);
    for (const std::string& name : names_in(kernel, parent)) {
        const Handle directory(kernel,
                               kernel.openat2(parent.get(), name, own_directory_flags, 0, 0));
        const Handle lock(
            kernel, kernel.openat2(directory.get(), "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0, 0));
        if (!directory || (lock && kernel.flock(lock.get(), LOCK_EX | LOCK_NB) < 0))
            continue;
        std::string base;
        const Handle told(kernel, kernel.openat2(directory.get(), "cgroup",
                                                 O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0, 0));
        if (!told || read_all(kernel, told.get(), base, 4096) < 0 || base.empty())
            base = "/"; // killed before it was told; a unit's goes with the unit
        Cgroup::clear_away(kernel, name, base);
        remove_files(kernel, directory.get(), {"exec", "state", "cgroup", "lock"});
        kernel.unlinkat(parent.get(), name, AT_REMOVEDIR);
    }
}

Running running_container(Kernel& kernel, const std::string& name) {
    for (Running& running : running_containers(kernel))
        if (running.name == name)
            return running;
    throw refusal("there is no container " + printable(name), "`selns-run list` shows them");
}

} // namespace selns::run
