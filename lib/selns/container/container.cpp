#include "selns/container/container.hpp"

#include "selns/base/text.hpp"
#include "selns/container/units.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace selns::container {

namespace {

// The type that refpolicy and Fedora's policy give PID 1.
constexpr std::string_view init_type = "init_t";
// And their terminals: a user's, a service script's.
constexpr std::array<std::string_view, 2> terminal_types = {"user_devpts_t", "initrc_devpts_t"};

struct Known {
    std::string_view path;
    std::uint32_t type;
};

// What the launcher mounts, makes, or finds in what it mounts.
constexpr std::array<Known, 25> prepared = {
    {{"/dev", S_IFDIR},         {"/dev/console", S_IFCHR},  {"/dev/core", S_IFLNK},
     {"/dev/fd", S_IFLNK},      {"/dev/full", S_IFCHR},     {"/dev/hugepages", S_IFDIR},
     {"/dev/kmsg", S_IFCHR},    {"/dev/mqueue", S_IFDIR},   {"/dev/net", S_IFDIR},
     {"/dev/net/tun", S_IFCHR}, {"/dev/null", S_IFCHR},     {"/dev/ptmx", S_IFLNK},
     {"/dev/pts", S_IFDIR},     {"/dev/pts/ptmx", S_IFCHR}, {"/dev/random", S_IFCHR},
     {"/dev/shm", S_IFDIR},     {"/dev/stderr", S_IFLNK},   {"/dev/stdin", S_IFLNK},
     {"/dev/stdout", S_IFLNK},  {"/dev/tty", S_IFCHR},      {"/dev/urandom", S_IFCHR},
     {"/dev/zero", S_IFCHR},    {"/run", S_IFDIR},          {"/sys/fs/cgroup", S_IFDIR},
     {"/tmp", S_IFDIR}}};

struct KnownDirectory {
    std::string_view path;
    unsigned mode = 0755;
};

// What PID 1 and the first services make or expect; parents first.
constexpr std::array<KnownDirectory, 20> expected = {{{"/run/dbus"},
                                                      {"/run/lock", 01777},
                                                      {"/run/log"},
                                                      {"/run/log/journal"},
                                                      {"/run/systemd"},
                                                      {"/run/systemd/ask-password"},
                                                      {"/run/systemd/inaccessible"},
                                                      {"/run/systemd/inhibit"},
                                                      {"/run/systemd/journal"},
                                                      {"/run/systemd/machines"},
                                                      {"/run/systemd/netif"},
                                                      {"/run/systemd/seats"},
                                                      {"/run/systemd/sessions"},
                                                      {"/run/systemd/system"},
                                                      {"/run/systemd/transient"},
                                                      {"/run/systemd/units"},
                                                      {"/run/systemd/userdb"},
                                                      {"/run/systemd/users"},
                                                      {"/run/udev"},
                                                      {"/run/user"}}};

// What PID 1 makes for itself, whatever the units say.
constexpr std::array<Known, 7> made_by_init = {
    {{"/run/initctl", S_IFIFO},
     {"/run/systemd/io.system.ManagedOOM", S_IFSOCK},
     {"/run/systemd/journal/syslog", S_IFSOCK},
     {"/run/systemd/notify", S_IFSOCK},
     {"/run/systemd/private", S_IFSOCK},
     {"/run/systemd/userdb/io.systemd.DynamicUser", S_IFSOCK},
     {"/run/utmp", S_IFREG}}};

std::string context_of(const label::Matcher& matcher, std::string_view path, std::uint32_t type) {
    const label::Specification* found = matcher.find(path, type);
    return found == nullptr ? std::string() : found->context;
}

// CONTEXT with another type; empty when it has none.
std::string with_type(std::string context, std::string_view type) {
    const std::size_t role = context.find(':');
    const std::size_t begin = role == std::string::npos ? role : context.find(':', role + 1);
    if (begin == std::string::npos)
        return {};
    const std::size_t end = std::min(context.size(), context.find(':', begin + 1));
    return context.replace(begin + 1, end - begin - 1, type);
}

bool in_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

// As a name that CIL takes without being read as anything else; nothing for all others.
std::optional<std::string> word(std::string_view text) {
    if (text.empty() || !std::ranges::all_of(text, in_word))
        return {};
    return std::string(text);
}

// The type of the file PATH.
std::optional<std::string> type_of(const label::Matcher& matcher, std::string_view path,
                                   std::uint32_t type) {
    const std::string context = context_of(matcher, path, type);
    const auto fields = split(std::string_view(context), ':');
    return fields.size() < 3 ? std::nullopt : word(fields[2]);
}

std::string_view class_of(std::uint32_t type) {
    switch (type) {
    case S_IFSOCK:
        return "sock_file";
    case S_IFIFO:
        return "fifo_file";
    case S_IFDIR:
        return "dir";
    default:
        return "file";
    }
}

void append(PolicyModule& module, const std::string& statement) {
    module.text += statement + "\n";
    module.statements.push_back(statement);
}

// Statements that the policy has all the names of, or none of them.
void append_optional(PolicyModule& module, const std::string& name,
                     const std::vector<std::string>& statements) {
    module.text += fmt::format("(optional {}_{}\n    {})\n", PolicyModule::name, name,
                               join(statements, "\n    "));
    module.statements.insert(module.statements.end(), statements.begin(), statements.end());
}

// Named type transitions of PID 1: to what a file that it makes belongs, by the type of the
// directory, the class and the name.
class Transitions {
  public:
    explicit Transitions(const label::Matcher& matcher) : matcher_(matcher) {}

    void add(const std::filesystem::path& path, std::uint32_t type) {
        const auto parent = type_of(matcher_, path.parent_path().string(), S_IFDIR);
        const auto target = type_of(matcher_, path.string(), type);
        const auto name = word(path.filename().string());
        if (parent && target && name && *parent != *target)
            types_[{*parent, class_of(type), *name}].insert(*target);
    }

    // A directory may have to be made with its parents, up to /run, /var/lib and so on.
    void add_directories(const std::filesystem::path& path) {
        const std::filesystem::path above = path.parent_path();
        if (above == "/" || above == "/var" || !above.has_relative_path())
            return;
        add_directories(above);
        add(path, S_IFDIR);
    }

    void write(PolicyModule& module) const {
        for (const auto& [from, targets] : types_) {
            if (targets.size() > 1)
                continue; // the name alone does not tell
            const auto& [parent, tclass, name] = from;
            append_optional(module, fmt::format("transition_{}", module.statements.size() + 1),
                            {fmt::format("(typetransition {} {} {} \"{}\" {})", init_type, parent,
                                         tclass, name, *targets.begin())});
        }
    }

  private:
    const label::Matcher& matcher_;
    std::map<std::tuple<std::string, std::string_view, std::string>, std::set<std::string>> types_;
};

// /run/systemd/container tells systemd's programs that they are in one. It would have the type of
// its directory, and hardly any domain reads files of that: on other systems the file is not there.
void write_container_file(const label::Matcher& matcher, PolicyModule& module) {
    const auto parent = type_of(matcher, "/run/systemd", S_IFDIR);
    if (!parent)
        return;
    constexpr std::string_view type = "selns_container_runtime_t";
    append(module, fmt::format("(type {})", type));
    append(module, fmt::format("(roletype object_r {})", type));
    append_optional(
        module, "file",
        {fmt::format("(typeattributeset file_type ({}))", type),
         fmt::format("(typetransition {} {} file \"container\" {})", init_type, *parent, type),
         fmt::format("(allow {} tmpfs_t (filesystem (associate)))", type),
         fmt::format(
             "(allow {} {} (file (append create getattr ioctl lock open read rename setattr "
             "unlink write)))",
             init_type, type),
         fmt::format("(allow domain {} (file (getattr ioctl open read)))", type)});
}

// A container's console is a terminal of its devpts, which few types may be on.
void write_console(const label::Matcher& matcher, PolicyModule& module) {
    const auto console = type_of(matcher, "/dev/console", S_IFCHR);
    const auto terminals = type_of(matcher, "/dev/pts", S_IFDIR);
    if (console && terminals)
        append_optional(
            module, "console",
            {fmt::format("(allow {} {} (filesystem (associate)))", *console, *terminals)});
}

// Once the policy is loaded, and before it enforces, the launcher's worker hands the new sockets on
// by one from before, which has no label in it where the host has a policy.
void write_handing_over(PolicyModule& module) {
    append_optional(module, "launch",
                    {"(dontaudit kernel_t unlabeled_t (fd (use)))",
                     "(dontaudit kernel_t unlabeled_t (unix_stream_socket (write)))"});
}

} // namespace

LabelTable label_table(const label::Matcher& matcher, const label::Validator& valid) {
    LabelTable table;
    for (const std::string_view type : terminal_types) {
        std::string context = with_type(context_of(matcher, "/dev/tty", S_IFCHR), type);
        if (!context.empty() && valid(context))
            table.terminals.push_back(std::move(context));
    }
    for (const Known& known : prepared)
        if (std::string context = context_of(matcher, known.path, known.type); !context.empty())
            table.labels.push_back({std::string(known.path), std::move(context)});
    for (const KnownDirectory& known : expected)
        if (std::string context = context_of(matcher, known.path, S_IFDIR); !context.empty())
            table.directories.push_back({std::string(known.path), known.mode, std::move(context)});
    return table;
}

PolicyModule policy_module(const label::Matcher& matcher, const tree::Tree& rootfs) {
    Transitions transitions(matcher);
    for (const Known& known : made_by_init)
        transitions.add(known.path, known.type);
    for (const UnitFile& file : files_of_units(rootfs)) {
        const std::filesystem::path path(file.path);
        transitions.add_directories(file.type == S_IFDIR ? path : path.parent_path());
        if (file.type != S_IFDIR)
            transitions.add(path, file.type);
    }
    PolicyModule module;
    module.text = "; What PID 1 needs in a container, where it labels nothing itself: from the\n"
                  "; image's file contexts and units.\n";
    transitions.write(module);
    write_container_file(matcher, module);
    write_console(matcher, module);
    write_handing_over(module);
    return module;
}

} // namespace selns::container
