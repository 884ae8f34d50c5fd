#include "selns/doctor/doctor.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/boot/accelerator.hpp"
#include "selns/bootstrap/distribution.hpp"
#include "selns/kernel/build.hpp"
#include "selns/kernel/check.hpp"
#include "selns/kernel/recipe.hpp"
#include "selns/kernel/tools.hpp"
#include "selns/sandbox/sandbox.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>

namespace selns::doctor {

namespace {

const sandbox::Worker probe("probe", sandbox::Rights::files, {.root = 1U << 20U},
                            [](sandbox::Inside&) { return std::string("yes"); });

using recipe::LaunchMode;

// The first program of PROGRAMS (with their packages) that is not there decides.
struct Program {
    std::string_view name;
    std::string_view package;
};

std::string text_of(const std::filesystem::path& file) {
    try {
        return read_file(file);
    } catch (const Error&) {
        return {};
    }
}

class Examiner {
  public:
    Examiner(const Host& host, const recipe::Recipe* recipe, const Context& context)
        : host_(host), recipe_(recipe), context_(context) {}

    std::vector<Finding> run() {
        for (const recipe::Source& source : recipe::sources())
            add({"bootstrap", std::string(source.key), State::yes, {}, {}, is_made_from(source)},
                maker_of(source));
        add({"policy", "modules and labels", State::yes, {}, {}, recipe_ != nullptr}, policy());
        add({"policy", "modules in .te", State::yes, {}, {}, has_te_module()},
            programs({{"checkmodule", "checkpolicy"}, {"semodule_package", "semodule-utils"}}));
        for (const image::Format* format : image::formats())
            add({"image", std::string(format->name), State::yes, {}, {}, wants(*format)},
                writer_of(*format));
        const bool vm = recipe_ != nullptr && recipe_->launch.mode == LaunchMode::vm;
        const bool namespaced = recipe_ != nullptr && !vm;
        add({"launch", "virtual machine", State::yes, {}, {}, vm}, virtual_machine());
        add({"launch", "own SELinux namespace", State::yes, {}, {}, namespaced}, own_namespace());
        add({"launch", "patched systemd-nspawn", State::yes, {}, {}, false}, patched_nspawn());
        for (const kernel::Recipe& shipped : kernel::shipped_recipes())
            add({"kernel",
                 shipped.name,
                 State::yes,
                 {},
                 {},
                 vm && recipe_->launch.kernel == shipped.name},
                kernel_of(shipped));
        add({"denials", "this host's journal", State::yes, {}, {}, false},
            programs({{"journalctl", "systemd"}}));
        return std::move(findings_);
    }

  private:
    // What was found out of one thing; yes unless it says otherwise.
    struct Answer {
        State works = State::yes;
        std::string detail = {};
        std::string fix = {};
    };

    void add(Finding finding, Answer answer) {
        finding.works = answer.works;
        finding.detail = std::move(answer.detail);
        finding.fix = std::move(answer.fix);
        findings_.push_back(std::move(finding));
    }

    bool is_made_from(const recipe::Source& source) const {
        return recipe_ != nullptr && recipe_->from.key == source.key;
    }

    bool wants(const image::Format& format) const {
        return recipe_ != nullptr &&
               std::ranges::find(recipe_->images, &format, &recipe::Image::format) !=
                   recipe_->images.end();
    }

    Answer writer_of(const image::Format& format) const {
        const image::Tool& tool = format.tool;
        return tool.name.empty() ? Answer() : programs({{tool.name, tool.package}});
    }

    bool has_te_module() const {
        if (recipe_ == nullptr)
            return false;
        const auto is_te = [](const recipe::Located<recipe::Path>& module) {
            return recipe::module_ending(module.value) == ".te";
        };
        const recipe::Selinux& selinux = recipe_->selinux;
        return (selinux.denials.module && is_te(*selinux.denials.module)) ||
               std::ranges::any_of(selinux.modules, is_te);
    }

    Answer programs(const std::vector<Program>& wanted) const {
        std::vector<std::string> names;
        std::vector<std::string> packages;
        for (const Program& program : wanted)
            if (!context_.runner.find(std::string(program.name))) {
                names.emplace_back(program.name);
                packages.emplace_back(program.package);
            }
        if (names.empty())
            return {};
        return {State::no, join(names, ", ") + " not installed",
                "apt-get install " + join(packages, " ")};
    }

    Answer maker_of(const recipe::Source& source) const {
        switch (source.kind) {
        case recipe::SourceKind::apt:
            return with_keys(mmdebstrap(), source);
        case recipe::SourceKind::dnf:
            return dnf();
        case recipe::SourceKind::archive:
        case recipe::SourceKind::oci:
        case recipe::SourceKind::directory:
            break;
        }
        // What is changed in such a root, mmdebstrap's namespaces are for.
        const bool changed =
            is_made_from(source) && !(recipe_->packages.empty() &&
                                      recipe_->local_packages.empty() && recipe_->commands.empty());
        return changed ? mmdebstrap() : Answer{};
    }

    // Of the recipe's own distribution: others' keys may be named by their recipes.
    Answer with_keys(Answer answer, const recipe::Source& source) const {
        if (answer.works == State::no || !is_made_from(source))
            return answer;
        const auto keys = bootstrap::keyring_of(recipe_->from);
        if (!keys || std::filesystem::exists(host_.root / keys->file.substr(1)))
            return answer;
        return {State::no, "the keys of its archives are not on this host",
                "apt-get install " + std::string(keys->package)};
    }

    Answer dnf() const {
        std::vector<Program> wanted = {{"rpm", "rpm"}};
        if (!context_.runner.find("dnf5"))
            wanted.insert(wanted.begin(), {"dnf", "dnf"});
        Answer answer = programs(wanted);
        return answer.works == State::yes ? mmdebstrap() : answer;
    }

    Answer mmdebstrap() const {
        if (host_.user == 0) {
            Answer answer = programs({{"mmdebstrap", "mmdebstrap"}});
            return answer.works == State::yes ? Answer{State::yes, "as root"} : answer;
        }
        Answer answer = programs({{"mmdebstrap", "mmdebstrap"}, {"newuidmap", "uidmap"}});
        if (answer.works == State::no)
            return answer;
        if (!may_unshare())
            return without_user_namespaces();
        for (const char* file : {"etc/subuid", "etc/subgid"})
            if (!has_subordinate_ids(file))
                return {State::no, "no subordinate ids in /" + std::string(file),
                        "as root: usermod --add-subuids 100000-165535 --add-subgids "
                        "100000-165535 " +
                            (host_.user_name.empty() ? std::string("USER") : host_.user_name)};
        return {State::yes, "rootless"};
    }

    // subuid(5): NAME:FIRST:COUNT, or the user's number in the place of the name.
    bool has_subordinate_ids(const char* file) const {
        const std::string text = text_of(host_.root / file);
        const std::string number = std::to_string(host_.user);
        return std::ranges::any_of(split(std::string_view(text), '\n'), [&](std::string_view line) {
            const auto fields = split(line, ':');
            return fields.size() == 3 && (fields[0] == host_.user_name || fields[0] == number) &&
                   fields[2].size() >= std::string_view("65536").size();
        });
    }

    bool may_unshare() const {
        const auto setting = [&](const char* file) {
            return std::string(trim(text_of(host_.root / file)));
        };
        return setting("proc/sys/kernel/unprivileged_userns_clone") != "0" &&
               setting("proc/sys/user/max_user_namespaces") != "0";
    }

    static Answer without_user_namespaces() {
        return {State::no, "the kernel refuses user namespaces to ordinary users",
                "as root: sysctl kernel.unprivileged_userns_clone=1 "
                "user.max_user_namespaces=10000; or build as root"};
    }

    Answer policy() const {
        if (host_.sandbox)
            return {State::yes, host_.user == 0 ? "as root" : "rootless"};
        if (host_.user != 0)
            return without_user_namespaces();
        return {State::no, "no sandbox can be made here: namespaces are refused",
                "give this container CAP_SYS_ADMIN"};
    }

    Answer virtual_machine() const {
        Answer answer = programs({{"qemu-system-x86_64", "qemu-system-x86"}});
        if (answer.works == State::no)
            return answer;
        const auto accelerator = boot::probe_accelerator(context_.runner, context_.cache);
        return {State::yes, accelerator == boot::Accelerator::kvm
                                ? "with KVM"
                                : "emulated: /dev/kvm is missing, not for this user, or hangs"};
    }

    Answer own_namespace() const {
        const auto examination = kernel::examine_running(host_.root);
        const auto verdict = std::ranges::find(examination.verdicts, kernel::Mode::namespaced,
                                               &kernel::Verdict::mode);
        if (verdict->works == kernel::State::no)
            return {State::no, "this kernel: " + join(verdict->reasons, ", "),
                    "start a kernel with namespaces: selns-build kernel build selinuxns; or try it "
                    "in a virtual machine: selns-build boot --container"};
        if (host_.user != 0)
            return {State::no, "only root may start containers", "run selns-run as root"};
        return {verdict->works == kernel::State::unknown ? State::unknown : State::yes,
                join(verdict->reasons, ", ")};
    }

    Answer patched_nspawn() const {
        if (!context_.runner.find("systemd-nspawn"))
            return {State::no, "systemd-nspawn not installed",
                    "use selns-run, which needs no patch"};
        process::Command ask;
        ask.argv = {"systemd-nspawn", "--help", "--no-pager"};
        ask.package = "systemd-container";
        std::string said;
        ask.on_output = [&said](std::string_view piece) { said.append(piece); };
        context_.runner.run(ask);
        if (said.find("--selinux-namespace") == std::string::npos)
            return {State::no, "this one does not know --selinux-namespace",
                    "use selns-run, which needs no patch"};
        return {};
    }

    Answer kernel_of(const kernel::Recipe& shipped) const {
        if (const auto bundle = kernel::find_bundle(context_.cache, shipped.name))
            return {State::yes, bundle->version + ", built"};
        try {
            kernel::require_tools(shipped, kernel::Purpose::build, context_.runner);
        } catch (const Error& error) {
            return {State::no, error.message(), error.hint()};
        }
        return {State::yes, "can be built: selns-build kernel build " + shipped.name};
    }

    const Host& host_;
    const recipe::Recipe* recipe_;
    const Context& context_;
    std::vector<Finding> findings_;
};

} // namespace

const char* name_of(State state) {
    return state == State::no ? "no" : state == State::yes ? "yes" : "unknown";
}

Host this_host(const Interrupt& interrupt) {
    Host host;
    host.user = ::geteuid();
    if (const passwd* entry = ::getpwuid(host.user))
        host.user_name = entry->pw_name;
    try {
        host.sandbox = sandbox::run(probe, {.interrupt = &interrupt}) == "yes";
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted)
            throw;
    }
    return host;
}

std::vector<Finding> examine(const Host& host, const recipe::Recipe* recipe,
                             const Context& context) {
    return Examiner(host, recipe, context).run();
}

bool is_missing(const std::vector<Finding>& findings) {
    return std::ranges::any_of(
        findings, [](const Finding& found) { return found.needed && found.works == State::no; });
}

} // namespace selns::doctor
