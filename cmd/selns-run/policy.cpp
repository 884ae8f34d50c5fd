#include "selns-run/policy.hpp"

#include "selns-run/launch_file.hpp"
#include "selns-run/mounts.hpp"
#include "selns-run/selinux_namespace.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <nettle/sha2.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>

namespace selns::run {

namespace {

constexpr std::size_t most_config = std::size_t{64} << 10U;
constexpr std::size_t most_policy = std::size_t{256} << 20U;
constexpr unsigned oldest_version = 15;

// The regular file PATH below ROOT, whose links are not followed.
long read_regular(Kernel& kernel, int root, const std::string& path, std::string& content,
                  std::size_t limit) {
    struct stat status {};
    const Handle file(kernel, open_regular(kernel, root, path, O_RDONLY | O_NONBLOCK,
                                           RESOLVE_NO_SYMLINKS, status));
    if (!file)
        return file.get();
    if (status.st_size < 0 || static_cast<std::uint64_t>(status.st_size) > limit)
        return -EFBIG;
    return read_all(kernel, file.get(), content, limit);
}

std::string value_of(std::string_view text, std::string_view key) {
    std::string value;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        line.remove_prefix(std::min(line.size(), line.find_first_not_of(" \t")));
        if (!line.starts_with(key) || line.substr(key.size(), 1) != "=")
            continue;
        line.remove_prefix(key.size() + 1);
        value = line.substr(0, line.find_first_of(" \t\r"));
    }
    return value;
}

std::string place_of(const std::string& type) {
    return "/etc/selinux/" + type;
}

} // namespace

PolicyChoice read_config(Kernel& kernel, int root) {
    std::string text;
    must(read_regular(kernel, root, "/etc/selinux/config", text, most_config),
         "read /etc/selinux/config of the image", "a regular file, and no link on the way to it");
    PolicyChoice choice{value_of(text, "SELINUXTYPE"), false};
    const std::string mode = value_of(text, "SELINUX");
    if (mode != "permissive" && mode != "enforcing")
        throw refusal("/etc/selinux/config of the image has SELINUX=" + printable(mode),
                      "permissive or enforcing is needed");
    choice.enforcing = mode == "enforcing";
    if (!is_container_name(choice.type)) // a plain name as well
        throw refusal("/etc/selinux/config of the image has SELINUXTYPE=" + printable(choice.type));
    return choice;
}

std::string read_policy(Kernel& kernel, int root, const std::string& type, unsigned newest) {
    const std::string prefix = place_of(type) + "/policy/policy.";
    std::string policy;
    for (unsigned version = newest; version >= oldest_version; --version) {
        const std::string path = prefix + std::to_string(version);
        const long done = read_regular(kernel, root, path, policy, most_policy);
        if (done == -ENOENT)
            continue;
        const std::string what = "read " + path + " of the image";
        if (done == -EFBIG)
            throw failure(what, done, "the limit is 256 MiB");
        must(done, what, "a regular file is needed, and no link on the way to it");
        return policy;
    }
    throw refusal("the image has no policy that this kernel takes: no " + prefix + "N up to " +
                      std::to_string(newest),
                  "a newer kernel, or a policy compiled for an older one");
}

std::string digest_of(const std::string& policy) {
    constexpr const char* digits = "0123456789abcdef";
    sha256_ctx context{};
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
    ::sha256_init(&context);
    ::sha256_update(&context, policy.size(), reinterpret_cast<const std::uint8_t*>(policy.data()));
    ::sha256_digest(&context, digest.size(), digest.data());
    std::string text;
    for (const std::uint8_t byte : digest) {
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

Handle mount_selinuxfs(Kernel& kernel, int root) {
    Handle mount = new_mount(kernel, "selinuxfs", {}, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    attach(kernel, mount, root, "/sys/fs/selinux");
    return mount;
}

void load_policy(Kernel& kernel, int selinuxfs, const std::string& policy) {
    const std::string what = "load the image's policy";
    const Handle load(kernel,
                      must(kernel.openat2(selinuxfs, "load", O_RDWR | O_CLOEXEC, 0, 0), what));
    const long written = must(kernel.write(load.get(), policy.data(), policy.size()), what,
                              "the kernel's log says why it does not take it");
    if (static_cast<std::size_t>(written) != policy.size())
        throw refusal("cannot load the image's policy: the kernel took a part of it");
}

void set_enforcing(Kernel& kernel, int selinuxfs, bool enforcing) {
    must(write_setting(kernel, selinuxfs, "enforce", enforcing ? "1" : "0"),
         enforcing ? "switch to enforcing" : "switch to permissive");
}

namespace {

// The context of an open file; empty when it has none.
std::string label_of(Kernel& kernel, int file) {
    std::string label(longest_context, '\0');
    const long size = kernel.fgetxattr(file, "security.selinux", label.data(), label.size());
    label.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return label.c_str(); // with or without a NUL at its end
}

// What the policy behind SELINUXFS answers by its file NAME about SOURCE, TARGET and CLASS.
long ask(Kernel& kernel, int selinuxfs, const std::string& name, const std::string& source,
         const std::string& target, const std::string& tclass, std::string& answer) {
    const std::string number = read_setting(kernel, selinuxfs, "class/" + tclass + "/index");
    const Handle file(kernel, kernel.openat2(selinuxfs, name, O_RDWR | O_CLOEXEC, 0, 0));
    if (!file)
        return file.get();
    const std::string question = source + " " + target + " " + number;
    const long written = kernel.write(file.get(), question.data(), question.size());
    if (written < 0)
        return written;
    const long got = read_all(kernel, file.get(), answer, longest_context);
    answer = answer.c_str();
    return got;
}

// The context of a new object of CLASS; empty when there is no answer.
std::string new_context(Kernel& kernel, int selinuxfs, const std::string& source,
                        const std::string& target, const std::string& tclass) {
    std::string context;
    return ask(kernel, selinuxfs, "create", source, target, tclass, context) < 0 ? "" : context;
}

bool may_use_terminal(Kernel& kernel, int selinuxfs, const std::string& source,
                      const std::string& target) {
    std::string
        answer; // "allowed decided auditallow auditdeny ...", the first a hexadecimal number
    if (ask(kernel, selinuxfs, "access", source, target, "chr_file", answer) < 0)
        return false;
    const unsigned long allowed = std::strtoul(answer.c_str(), nullptr, 16);
    const auto has = [&](const char* permission) {
        const std::string bit =
            read_setting(kernel, selinuxfs, std::string("class/chr_file/perms/") + permission);
        const unsigned long number = std::strtoul(bit.c_str(), nullptr, 10);
        return number >= 1 && number <= 32 && (allowed >> (number - 1) & 1U) != 0;
    };
    return has("read") && has("write");
}

} // namespace

std::string init_context(Kernel& kernel, int root, int selinuxfs, const std::string& own) {
    const std::string what = "ask the policy for the init's context";
    const Handle init(kernel, open_below(kernel, root, "/sbin/init", O_RDONLY | O_NONBLOCK));
    if (init.get() == -ENOENT)
        return {};
    must(init.get(), "open /sbin/init of the image");
    const std::string label = label_of(kernel, init.get());
    if (label.empty())
        throw refusal("cannot read the label of /sbin/init: it has none",
                      "the image's files have to be labelled");
    // A host without a policy does not take labels in that are written to files it has in memory.
    if (label == read_setting(kernel, selinuxfs, "initial_contexts/unlabeled").c_str())
        throw refusal("/sbin/init of the image is unlabelled",
                      "files that a host without a policy has unpacked get their labels when it "
                      "reads them anew: `echo 3 > /proc/sys/vm/drop_caches`");
    std::string context;
    must(ask(kernel, selinuxfs, "create", own, label, "process", context), what);
    return context;
}

std::string terminal_context(Kernel& kernel, int selinuxfs, int terminal, int program,
                             const std::string& init, const std::string& given,
                             const std::vector<std::string>& known) {
    const std::string domain =
        given.empty() ? new_context(kernel, selinuxfs, init, label_of(kernel, program), "process")
                      : given;
    if (domain.empty())
        return {};
    std::vector<std::string> candidates = {
        new_context(kernel, selinuxfs, domain, label_of(kernel, terminal), "chr_file")};
    candidates.insert(candidates.end(), known.begin(), known.end());
    for (const std::string& candidate : candidates)
        if (!candidate.empty() && may_use_terminal(kernel, selinuxfs, domain, candidate))
            return candidate;
    return {};
}

namespace {

// Since Linux 6.8.
long set_by_call(Kernel& kernel, ContextOf what, const std::string& context) {
    constexpr unsigned attribute_current = 100;
    constexpr unsigned attribute_exec = 101;
    LsmAttribute attribute;
    if (context.size() >= attribute.context.size())
        return -EINVAL;
    attribute.id = selinux_id;
    attribute.context_length = context.size() + 1;
    attribute.length = LsmAttribute::header_size + attribute.context_length;
    context.copy(attribute.context.data(), context.size());
    return kernel.lsm_set(what == ContextOf::current ? attribute_current : attribute_exec,
                          &attribute, static_cast<std::uint32_t>(attribute.length));
}

// The container may have put anything on its /proc: it has to be the real one, and nothing may be
// mounted on the way.
long set_by_file(Kernel& kernel, ContextOf what, const std::string& context, int procfs) {
    const Handle proc(kernel, procfs >= 0
                                  ? kernel.openat2(procfs, ".", O_PATH | O_CLOEXEC, 0, 0)
                                  : kernel.openat2(AT_FDCWD, "/proc", O_PATH | O_CLOEXEC, 0, 0));
    struct stat status {};
    if (!proc || kernel.file_system(proc.get()) != PROC_SUPER_MAGIC ||
        kernel.stat(proc.get(), status) < 0 || status.st_ino != 1)
        return -EXDEV;
    const Handle file(
        kernel, kernel.openat2(proc.get(),
                               what == ContextOf::current ? "self/attr/current" : "self/attr/exec",
                               O_WRONLY | O_CLOEXEC, 0, RESOLVE_BENEATH | RESOLVE_NO_XDEV));
    return file ? kernel.write(file.get(), context.data(), context.size()) : file.get();
}

} // namespace

long set_context(Kernel& kernel, ContextOf what, const std::string& context, int procfs) {
    const long done = set_by_call(kernel, what, context);
    return done == -ENOSYS ? set_by_file(kernel, what, context, procfs) : done;
}

void go_to_domain(Kernel& kernel, const std::string& init, int procfs) {
    must(set_context(kernel, ContextOf::current, init, procfs),
         "go to the domain of the init, " + init,
         "the image's policy has to allow process:dyntransition to it");
}

} // namespace selns::run
