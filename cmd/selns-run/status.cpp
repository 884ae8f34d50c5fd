#include "selns-run/policy.hpp"
#include "selns-run/registry.hpp"
#include "selns-run/run.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace selns::run {

namespace {

using Values = nlohmann::ordered_json;

// For people: a line for each value that there is.
void print(const Values& values) {
    for (const auto& [name, value] : values.items()) {
        const std::string text = value.is_null()     ? ""
                                 : value.is_string() ? value.get<std::string>()
                                                     : value.dump();
        if (!text.empty())
            std::printf("%-18s %s\n", name.c_str(), printable(text).c_str());
    }
}

void show(const Values& values, bool as_json) {
    if (as_json)
        std::printf("%s\n", values.dump(2).c_str());
    else
        print(values);
}

Values number(const std::string& text) {
    return text.empty() ? Values() : Values(std::strtoul(text.c_str(), nullptr, 10));
}

Values text_or_null(const std::string& text) {
    return text.empty() ? Values() : Values(printable(text));
}

Values own_status(Kernel& kernel) {
    const SelinuxState state = look_at_selinux(kernel);
    if (!state.present)
        return {{"selinux", "off: not in this kernel, or switched off"}};
    // With a policy, the kernel does not tell an own namespace from the first one.
    const char* const place = state.fresh ? "own, without a policy yet"
                              : state.policy && (state.namespaces || state.refused)
                                  ? "initial, or own with its policy loaded"
                                  : "initial";
    return {{"selinux", "on"},
            {"namespaces", state.namespaces   ? "can be made"
                           : state.refused    ? "not allowed here"
                           : state.old_kernel ? "none: the kernel is older than Linux 6.8"
                                              : "none in this kernel"},
            {"namespace", place},
            {"policy", state.policy ? "loaded" : "none"},
            {"mode", state.enforcing ? "enforcing" : "permissive"},
            {"context", state.context},
            {"policyvers", number(state.policy_versions)},
            {"maxns", number(state.most_namespaces)},
            {"maxnsdepth", number(state.most_nested)}};
}

// The child of process PID that was started first; empty when there is none.
std::string first_child(Kernel& kernel, const std::string& pid) {
    const std::string children =
        read_setting(kernel, AT_FDCWD, "/proc/" + pid + "/task/" + pid + "/children");
    return children.substr(0, children.find(' '));
}

// What the kernel says of process PID. The mode is that of the selinuxfs that it sees, which shows
// the namespace of whoever mounted it.
void add_process(Kernel& kernel, const std::string& pid, Values& values) {
    const Handle directory(kernel,
                           must(kernel.openat2(AT_FDCWD, "/proc/" + pid, O_PATH | O_CLOEXEC, 0, 0),
                                "look at process " + pid));
    values["context"] = text_or_null(read_setting(kernel, directory.get(), "attr/current"));
    const Handle root(kernel,
                      must(kernel.openat2(directory.get(), "root", O_PATH | O_CLOEXEC, 0, 0),
                           "look at the root of process " + pid, "root is needed"));
    const Handle fs(kernel,
                    open_below(kernel, root.get(), "/sys/fs/selinux", O_PATH | O_DIRECTORY));
    const bool shown = fs && kernel.file_system(fs.get()) == selinuxfs_magic;
    values["selinuxfs"] = shown ? "mounted" : "none is mounted for it";
    values["mode"] = !shown                                             ? Values()
                     : read_setting(kernel, fs.get(), "enforce") == "1" ? Values("enforcing")
                                                                        : Values("permissive");
    values["policyvers"] = shown ? number(read_setting(kernel, fs.get(), "policyvers")) : Values();
}

// The path of the container's cgroup, in which process PID is; empty when that is another one's.
std::string cgroup_of(Kernel& kernel, const std::string& name, const std::string& pid) {
    const std::string cgroups = read_setting(kernel, AT_FDCWD, "/proc/" + pid + "/cgroup");
    const std::string own = "/selns-run-" + name;
    const std::size_t begin = cgroups.rfind("0::");
    const std::size_t end = cgroups.find(own + "/", begin == std::string::npos ? 0 : begin);
    if (begin == std::string::npos || end == std::string::npos)
        return {};
    return cgroups.substr(begin + 3, end + own.size() - begin - 3);
}

Values container_status(Kernel& kernel, const Running& running) {
    Values values = {{"name", running.name},
                     {"image", printable(running.image)},
                     {"launcher", running.launcher},
                     {"state", running.state ? "up" : "starting"}};
    if (!running.state)
        return values;
    const State& state = *running.state;
    const std::string first = std::to_string(state.first);
    const std::string cgroup = cgroup_of(kernel, running.name, first);
    if (cgroup.empty()) { // what it said last is still being carried to its reader
        values["state"] = "ended";
        return values;
    }
    // The first process of a command is the launcher's, which waits for it.
    const std::string command = state.command ? first_child(kernel, first) : std::string();
    const std::string process = command.empty() ? first : command;
    values["process"] = number(process);
    values["selinux_namespace"] = state.selinux_namespace;
    values["policy"] = text_or_null(state.policy_type);
    values["policy_sha256"] = text_or_null(state.policy_sha256);
    add_process(kernel, process, values);
    // Bytes; null where the host does not count them.
    values["memory"] =
        number(read_setting(kernel, AT_FDCWD, "/sys/fs/cgroup" + cgroup + "/memory.current"));
    return values;
}

// One that ended meanwhile is left out.
std::vector<Values> all_containers(Kernel& kernel) {
    std::vector<Values> all;
    for (const Running& running : running_containers(kernel))
        try {
            all.push_back(container_status(kernel, running));
        } catch (const Error&) {
            continue;
        }
    return all;
}

// "own, enforcing"
std::string selinux_of(const Values& container) {
    const std::string place = container.value("selinux_namespace", "");
    if (place.empty())
        return container.at("state");
    if (place == "none")
        return "no SELinux";
    const Values& mode = container.at("mode");
    return (place == "container" ? "own" : "machine's") +
           (mode.is_string() ? ", " + mode.get<std::string>() : std::string());
}

} // namespace

int list_containers(Kernel& kernel, const Options& options) {
    clear_dead_containers(kernel);
    const std::vector<Values> all = all_containers(kernel);
    if (options.json) {
        std::printf("%s\n", Values(all).dump(2).c_str());
        return 0;
    }
    for (const Values& container : all)
        std::printf("%-20s %8d  %-22s %s\n", container.at("name").get<std::string>().c_str(),
                    container.at("launcher").get<int>(), selinux_of(container).c_str(),
                    container.at("image").get<std::string>().c_str());
    return 0;
}

int show_status(Kernel& kernel, const Options& options) {
    if (options.what.empty()) {
        const Values own = own_status(kernel);
        show(own, options.json);
        return own.at("selinux") == "on" ? 0 : 1;
    }
    // `list` tells a container by its name and its launcher: what is asked about is the container.
    for (const Running& running : running_containers(kernel))
        if (running.name == options.what || std::to_string(running.launcher) == options.what) {
            show(container_status(kernel, running), options.json);
            return 0;
        }
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!std::ranges::all_of(options.what, is_digit) || options.what.size() > 9)
        throw refusal("there is no container " + printable(options.what),
                      "`selns-run list` shows them; a number is the PID of a process");
    Values values = {{"process", number(options.what)}};
    add_process(kernel, options.what, values);
    show(values, options.json);
    return 0;
}

} // namespace selns::run
