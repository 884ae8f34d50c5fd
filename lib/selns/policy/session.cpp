#include "selns/policy/session.hpp"

#include "selns/archive/reader.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/policy/check.hpp"
#include "selns/policy/image_tools.hpp"
#include "selns/policy/neverallow.hpp"
#include "selns/policy/noop.hpp"
#include "selns/policy/semanage_conf.hpp"
#include "selns/policy/staging.hpp"
#include "selns/selinux/cil.hpp"
#include "selns/selinux/module_package.hpp"
#include "selns/selinux/policydb.hpp"
#include "selns/selinux/store.hpp"
#include "selns/tree/archive.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <map>
#include <optional>

namespace selns::policy {

namespace {

tree::Tree staged_files(const sandbox::Inside& inside) {
    const std::string name = "the staged policy";
    Fd tar(::fcntl(inside.descriptor(0), F_DUPFD_CLOEXEC, 0));
    archive::Reader reader = archive::Reader::in_this_process(std::move(tar), name);
    return tree::read_archive(reader, name);
}

void lay_out(tree::Tree staged, const Place& place, const std::string& image_conf) {
    const auto put = [&staged](const std::string& path, std::string content, std::uint16_t mode) {
        tree::Inode inode;
        inode.mode = mode;
        inode.content = tree::Content::bytes(std::move(content));
        staged.put(path, std::move(inode));
    };
    put("/etc/selinux/semanage.conf",
        sanitised_semanage_conf(image_conf, place.version, selinux::newest_committed_version(),
                                noop_program_path),
        0644);
    // Users come from the staged /etc/passwd and from nowhere else.
    put("/etc/nsswitch.conf", "passwd: files\ngroup: files\n", 0644);
    put(noop_program_path, std::string(noop_program()), 0755);
    const Fd root(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    tree::extract(staged, {"/"}, root.get());
}

// A file of BYTES without a name, in the sandbox's root.
Fd file_of(std::string_view bytes) {
    constexpr const char* name = "/selns-package";
    Fd file(::open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file || ::unlink(name) != 0)
        throw system_error("cannot write in the sandbox", errno);
    write_all(file.get(), bytes);
    return file;
}

std::string package_as_cil(std::string_view package, const std::string& name) {
    const Fd file = file_of(package);
    return selinux::module_package_to_cil(file.get(), name);
}

// Packages become CIL here, where their readers cannot do harm.
Changes with_cil_modules(Changes changes) {
    for (Module& module : changes.modules)
        if (module.language == "pp") {
            module.content = package_as_cil(module.content, module.at.file);
            module.language = "cil";
        }
    return changes;
}

selinux::PolicyDb staged_policy(const Place& place) {
    const std::string file =
        staged_config(place) + "/policy/policy." + std::to_string(place.version);
    return selinux::PolicyDb::read(read_file(file), place.policy);
}

void check_names(const Changes& changes, const Place& place, const selinux::Store& store) {
    auto unknown = unknown_names(changes, staged_policy(place));
    for (const selinux::ModuleInfo& module : store.modules()) {
        if (unknown.empty())
            return;
        if (module.enabled)
            remove_declared(unknown, store.module_cil(module));
    }
    Diagnostics diagnostics;
    for (const UnknownName& name : unknown)
        diagnostics.add(name.at, name.message);
    diagnostics.throw_if_any();
}

// "... at /var/lib/selinux/TYPE/tmp/modules/400/NAME/cil:3" in CIL's words.
std::optional<Location> place_in_module(std::string_view said, const Changes& changes) {
    for (const Module& module : changes.modules) {
        const std::string mark = "/400/" + module.name + "/cil:";
        const auto at = said.find(mark);
        if (at == std::string_view::npos)
            continue;
        const std::string_view digits = said.substr(at + mark.size());
        Location location = module.at;
        std::from_chars(digits.data(), digits.data() + digits.size(), location.line);
        return location;
    }
    return std::nullopt;
}

// libsemanage: "invalid context CONTEXT specified for REGEX [...]"
std::optional<Location> place_in_file_contexts(std::string_view said, const Changes& changes) {
    for (const FileContext& entry : changes.file_contexts)
        if (said.find("specified for " + entry.regex + " ") != std::string_view::npos)
            return entry.at;
    return std::nullopt;
}

[[noreturn]] void explain(const Error& error, const Changes& changes) {
    auto where = place_in_module(error.hint(), changes);
    if (!where)
        where = place_in_file_contexts(error.hint(), changes);
    if (!where)
        throw error;
    throw Error(ErrorKind::invalid_input, "the policy cannot be built with this")
        .at(*where)
        .hint(error.hint());
}

void emit_result(const Place& place, sandbox::Inside& inside) {
    tree::Tree result;
    for (const std::string& path : {staged_config(place), staged_store(place) + "/active"}) {
        const tree::Tree part = tree::read_directory(path, {});
        copy_below(part, "/", result, path);
    }
    tree::write_tar(result, [&](std::string_view piece) { inside.emit(piece); });
}

void commit_by_host(const Request& request, const Changes& changes, sandbox::Inside& inside) {
    selinux::Store store(request.place.type);
    for (const std::string& name : changes.removed)
        store.remove(name);
    for (const Module& module : changes.modules)
        store.install_cil(module.name, module.content);
    for (const Boolean& boolean : changes.booleans)
        store.set_boolean(boolean.name, boolean.value);
    for (const FileContext& entry : changes.file_contexts)
        store.add_file_context(entry.regex, entry.type, entry.context);
    if (changes.show_dontaudit)
        store.disable_dontaudit();
    inside.say(changes.modules.empty() && changes.removed.empty() ? "writing the policy"
                                                                  : "compiling the policy");
    store.commit(false);
}

void commit_by_image(const Request& request, const Changes& changes, sandbox::Inside& inside) {
    inside.say("compiling the policy by the image's own semodule");
    ImageTools::commit(request.place, changes, request.image_conf, inside);
}

using Commit = void (*)(const Request& request, const Changes& changes, sandbox::Inside& inside);

template <Commit commit>
std::string commit_work(sandbox::Inside& inside) {
    const Request request = decode_request(inside.request());
    lay_out(staged_files(inside), request.place, request.image_conf);
    const Changes changes = with_cil_modules(request.changes);
    check_names(changes, request.place, selinux::Store(request.place.type));
    try {
        commit(request, changes, inside);
    } catch (const Error& error) {
        explain(error, changes);
    }
    emit_result(request.place, inside);
    return {};
}

std::string neverallow_work(sandbox::Inside& inside) {
    const Request request = decode_request(inside.request());
    lay_out(staged_files(inside), request.place, request.image_conf);
    const selinux::Store store(request.place.type);
    // Of modules with one name, the one with the highest priority counts.
    std::map<std::string, selinux::ModuleInfo> active;
    for (const selinux::ModuleInfo& module : store.modules())
        if (module.enabled &&
            (!active.contains(module.name) || active[module.name].priority < module.priority))
            active[module.name] = module;
    std::vector<ModuleText> modules;
    inside.say("reading " + std::to_string(active.size()) + " modules");
    for (const auto& [name, module] : active)
        modules.push_back({name, store.module_cil(module)});
    inside.emit(collect_neverallows(modules, staged_policy(request.place)));
    return {};
}

std::string package_work(sandbox::Inside& inside) {
    const std::string& request = inside.request();
    const auto end = request.find('\n');
    return package_as_cil(std::string_view(request).substr(end + 1), request.substr(0, end));
}

// A commit of Debian's policy takes 190 MiB and 5 s.
constexpr sandbox::Limits commit_limits = {.memory = std::uint64_t{1} << 30U,
                                           .cpu = std::chrono::seconds(60),
                                           .time = std::chrono::minutes(10),
                                           .root = std::uint64_t{1} << 30U};
constexpr sandbox::Limits package_limits = {.memory = std::uint64_t{1} << 30U,
                                            .cpu = std::chrono::seconds(20),
                                            .time = std::chrono::minutes(2),
                                            .root = 64U << 20U};

} // namespace

const sandbox::Worker commit_worker("policy-commit", sandbox::Rights::files, commit_limits,
                                    commit_work<commit_by_host>);
const sandbox::Worker image_commit_worker("policy-commit-by-image", sandbox::Rights::programs,
                                          commit_limits, commit_work<commit_by_image>);
const sandbox::Worker neverallow_worker("policy-neverallow", sandbox::Rights::files, commit_limits,
                                        neverallow_work);
const sandbox::Worker package_worker("module-package", sandbox::Rights::files, package_limits,
                                     package_work);

} // namespace selns::policy
