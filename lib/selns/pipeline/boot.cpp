#include "selns/pipeline/boot.hpp"

#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/boot/accelerator.hpp"
#include "selns/boot/initramfs.hpp"
#include "selns/boot/scratch.hpp"
#include "selns/cache/run_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace selns::pipeline {

namespace {

using boot::Observation;
using Clock = std::chrono::steady_clock;

// The files of one machine, in a directory of their own.
class Setup {
  public:
    Setup(const BootSubject& subject, const BootRequest& request, const Context& context)
        : directory_(context.cache.register_directory()) {
        boot::Initramfs initramfs;
        for (std::size_t i = 0; i < subject.launch.workloads.size(); ++i) {
            auto unit = launch::workload_unit(subject.launch.workloads[i], i + 1);
            units_.push_back(unit.name);
            initramfs.units.push_back({std::move(unit.name), std::move(unit.content)});
        }
        initramfs.modules =
            boot::needed_modules(subject.kernel.modules.value_or(std::filesystem::path()),
                                 boot::root_modules(subject.file_system));
        if (request.container)
            initramfs.launch_json = launch_file_of(subject);
        machine.initramfs = path("initramfs");
        write_file(machine.initramfs, boot::make_initramfs(initramfs));
        machine.container = request.container;
        machine.own_namespace =
            request.container && request.own_namespace.value_or(subject.launch.own_namespace);
        machine.disk = subject.image;
        machine.file_system = subject.file_system;
        machine.scratch = subject.draft || !request.persist;
        if (!subject.draft && !request.persist) {
            machine.disk = path("disk");
            boot::copy_disk(subject.image, machine.disk);
        }
        machine.accelerator = boot::probe_accelerator(context.runner, context.cache);
        machine.kernel = subject.kernel.vmlinuz;
        machine.memory = subject.launch.memory;
        machine.cpus = subject.launch.cpus;
        machine.console_log = path("console.log");
        machine.kernel_log = path("kernel.log");
        machine.monitor = path("monitor");
    }

    // In their order.
    const std::vector<std::string>& units() const { return units_; }

    boot::Machine machine;

  private:
    std::filesystem::path path(const char* name) const { return directory_.path() / name; }

    static const std::string& launch_file_of(const BootSubject& subject) {
        if (subject.launch_json.empty())
            throw Error(ErrorKind::invalid_input, "there is no " + subject.launch.name +
                                                      ".launch.json beside it, which "
                                                      "tells what a container needs")
                .at({subject.image.string()})
                .hint("boot an image where its build left it");
        return subject.launch_json;
    }

    cache::RunDirectory directory_;
    std::vector<std::string> units_;
};

std::string seconds(const Observation::Time& time) {
    return fmt::format("{:.1f} s", static_cast<double>(time->count()) / 1000);
}

// What it does right now, for the one line of a progress bar.
std::string stage_of(const Observation& seen) {
    std::string text = seen.target   ? seen.default_target + " after " + seconds(seen.target)
                       : seen.policy ? "policy loaded, starting services"
                       : seen.root   ? "root file system mounted"
                       : seen.kernel ? "kernel started"
                                     : "starting";
    if (seen.denials > 0)
        text += fmt::format(", {} denial record{}", human_count(seen.denials),
                            seen.denials == 1 ? "" : "s");
    return text;
}

// Printable, each cut off where a screen would be.
std::vector<std::string> last_lines(const std::filesystem::path& log) {
    constexpr std::size_t most = 10;
    constexpr std::uint64_t enough = 8192;
    constexpr std::size_t longest = 160;
    const Fd fd = open_read(log, Input::disk);
    const std::uint64_t size = std::filesystem::file_size(log);
    std::string end(std::min(size, enough), '\0');
    pread_all(fd.get(), end.data(), end.size(), size - end.size());
    std::vector<std::string> lines;
    for (const std::string_view line : split(trim(end), '\n'))
        if (!trim(line).empty())
            lines.push_back(printable(trim(line).substr(0, longest)));
    lines.erase(lines.begin(),
                lines.end() - static_cast<std::ptrdiff_t>(std::min(lines.size(), most)));
    return lines;
}

class Boot {
  public:
    Boot(BootSubject subject, const BootRequest& request, const Context& context)
        : request_(request), context_(context), subject_(std::move(subject)),
          setup_(subject_, request, context) {}

    Booted run() {
        std::error_code ignored;
        output_ = request_.output.empty()
                      ? subject_.image.parent_path() / (subject_.launch.name + ".boot")
                      : request_.output;
        std::filesystem::create_directories(output_, ignored);
        result_.name = subject_.launch.name;
        result_.image = subject_.image;
        result_.kernel = subject_.kernel.name + " " + subject_.kernel.version;
        result_.accelerator = setup_.machine.accelerator;
        progress::Step step(context_.sink, "boot", subject_.launch.name + " on " + result_.kernel);
        watch(step);
        result_.logs = keep_logs(setup_.machine, result_.run, request_.limit, output_, context_);
        find_failed_workloads();
        result_.failure = boot::failure_of(result_.run, request_.limit);
        if (!result_.failure.empty())
            result_.last_lines = last_lines(logs().kernel);
        if (result_.failure.empty() && !result_.failed_workloads.empty())
            result_.failure = "the workload failed: " + printable(result_.failed_workloads.front());
        if (result_.failure.empty())
            step.finish(describe());
        else
            step.fail(result_.failure);
        suggest_next();
        return std::move(result_);
    }

  private:
    void watch(progress::Step& step) {
        boot::RunOptions options;
        options.units = {setup_.units().begin(), setup_.units().end()};
        options.limit = request_.limit;
        options.quiet = request_.quiet;
        std::string said;
        std::optional<Clock::time_point> asked; // to stop
        options.on_change = [&](const Observation& seen) {
            if (seen.stop_asked && !asked)
                asked = Clock::now();
            std::string stage = asked ? shutdown_stage(*asked) : stage_of(seen);
            if (stage != said)
                step.detail(said = std::move(stage));
        };
        result_.run = boot::run(setup_.machine, options, context_.runner);
    }

    std::string shutdown_stage(Clock::time_point asked) const {
        const auto waited =
            std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - asked).count();
        return fmt::format("waiting for shutdown, {} of {} s", waited, request_.limit.count());
    }

    void find_failed_workloads() {
        const auto& failed = result_.run.seen.failed_units;
        for (std::size_t i = 0; i < setup_.units().size(); ++i)
            if (std::ranges::find(failed, setup_.units()[i]) != failed.end())
                result_.failed_workloads.push_back(subject_.launch.workloads[i].command);
    }

    std::string describe() const {
        const Observation& seen = result_.run.seen;
        return fmt::format("{} after {}, {}{}, {} denial{}{}",
                           seen.target ? seen.default_target : "login prompt",
                           seconds(seen.target ? seen.target : seen.login), name_of(seen.selinux),
                           seen.selinux_namespace == boot::SelinuxNamespace::container
                               ? " in a namespace of its own"
                               : "",
                           human_count(logs().records), logs().records == 1 ? "" : "s",
                           logs().gaps.empty() ? "" : ", not known whether that is all");
    }

    const BootLogs& logs() const { return result_.logs; }

    void suggest_next() {
        if (logs().unique > 0) {
            // The image's policy has the local module; the recipe's base policy has it not.
            const std::filesystem::path recipe = recipe_of(subject_);
            std::vector<std::string> explain = {"selns-build",
                                                "denials",
                                                "explain",
                                                recipe.empty() ? "--policy" : "--recipe",
                                                recipe.empty() ? result_.image.string()
                                                               : recipe.string(),
                                                logs().kernel.string()};
            if (logs().audit)
                explain.push_back(logs().audit->string());
            result_.next.push_back(process::display(explain));
        }
        if (!result_.failure.empty())
            result_.next.push_back(process::display({"less", logs().console.string()}));
    }

    const BootRequest& request_;
    const Context& context_;
    BootSubject subject_;
    Setup setup_;
    std::filesystem::path output_;
    Booted result_;
};

// Whoever asks for a console wants to log in.
void tell_if_locked(const BootSubject& subject, const Context& context) {
    const tree::Tree rootfs = image::format(subject.file_system).read(subject.image, nullptr);
    const std::string shadow = rootfs.read("/etc/shadow").value_or("");
    for (const std::string_view line : split(shadow, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() > 1 && fields[0] == "root" &&
            (fields[1].starts_with('!') || fields[1].starts_with('*')))
            context.sink.note("root is locked, so nobody can log in as root; to open it, put "
                              "`root_password: { empty: true }` into the recipe, or `{ hash: ... "
                              "}` of `openssl passwd -6`, and build again");
    }
}

} // namespace

Booted boot_image(const BootRequest& request, const Context& context) {
    return boot_image(find_subject(request.what, request.kernel, context), request, context);
}

Booted boot_image(BootSubject subject, const BootRequest& request, const Context& context) {
    return Boot(std::move(subject), request, context).run();
}

void boot_console(const BootRequest& request, const Context& context) {
    const BootSubject subject = find_subject(request.what, request.kernel, context);
    Setup setup(subject, request, context);
    tell_if_locked(subject, context);
    setup.machine.interactive = true;
    boot::run_interactive(setup.machine, context.runner);
}

} // namespace selns::pipeline
