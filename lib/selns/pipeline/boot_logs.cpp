#include "selns/pipeline/boot_logs.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/boot/audit_log.hpp"
#include "selns/image/image.hpp"
#include "selns/log/log.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace selns::pipeline {

namespace {

// False when the machine did not come so far as to make it; the copy is empty then.
bool keep(const std::filesystem::path& from, const std::filesystem::path& to) {
    AtomicFile file(to);
    std::error_code failed;
    const bool there = std::filesystem::exists(from, failed);
    if (failed)
        throw system_error("cannot read " + from.string(), failed.value());
    if (there)
        copy_all(open_read(from).get(), from.string(), file.fd());
    file.commit();
    return there;
}

class Keeper {
  public:
    Keeper(const boot::Machine& machine, const boot::Run& run, const Context& context,
           BootLogs& logs)
        : machine_(machine), seen_(run.seen), context_(context), logs_(logs),
          events_(seen_.events) {}

    // To FILE. Where systemd started no daemon, a log on the disk is of another machine.
    void keep_audit_log(const std::filesystem::path& file) {
        if (is_systemd() && !seen_.audit_daemon)
            return;
        try {
            if (auto log = boot::find_audit_log(tree()))
                copy(*log, file);
            else if (seen_.audit_daemon || boot::has_audit_daemon(tree()))
                add_gap("an audit daemon got the denials, and there is no log of it on the disk",
                        "see to write_logs and log_file in auditd.conf, and to space: below "
                        "admin_space_left it writes nothing (images: [{ ext4: { size: 2G } }])");
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::invalid_input)
                throw;
            add_gap("an audit daemon's log cannot be read: " + printable(error.message()),
                    "boot again; e2fsck -fn tells of damage");
        }
    }

    void find_unit_lines() {
        if (seen_.failed_units.empty())
            return;
        try {
            logs_.unit_lines = boot::last_messages(tree(), seen_.failed_units, context_.interrupt);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::invalid_input)
                throw; // the machine may have been stopped amid a write
        }
    }

    void count_denials() {
        log::LogReader reader;
        reader.read_file(logs_.kernel, context_.interrupt);
        if (logs_.audit)
            reader.read_file(*logs_.audit, context_.interrupt);
        const auto found = reader.finish();
        logs_.records = found.records;
        logs_.unique = found.unique.size();
        add_remarks(found.incomplete, "boot again with a larger audit_backlog_limit, or with fewer "
                                      "audit rules in the image");
        add_remarks(found.malformed, "look at the line: it may have been a denial");
    }

    void compare_events() {
        if (auto gap = boot::gap_of(events_))
            logs_.gaps.push_back(*std::move(gap));
    }

  private:
    // What is on the machine's disk.
    const tree::Tree& tree() {
        if (!tree_)
            tree_ = image::format(machine_.file_system).read(machine_.disk, nullptr);
        context_.interrupt.check();
        return *tree_;
    }

    // It tells what it starts.
    bool is_systemd() const { return !seen_.default_target.empty(); }

    void copy(boot::AuditLog& log, const std::filesystem::path& path) {
        AtomicFile file(path);
        boot::read_audit_log(
            log, [&](std::string_view piece) { write_all(file.fd(), piece); }, events_,
            context_.interrupt);
        file.commit();
        logs_.audit = path;
        std::ranges::move(log.gaps, std::back_inserter(logs_.gaps));
    }

    void add_remarks(const log::Remarks& remarks, const char* advice) {
        if (remarks.count == 0)
            return;
        const log::Remark& first = remarks.first.front();
        std::string more =
            remarks.count > 1 ? fmt::format(", and {} more", human_count(remarks.count - 1)) : "";
        add_gap(fmt::format("{} ({}:{}{})", first.reason,
                            std::filesystem::path(first.at.file).filename().string(), first.at.line,
                            more),
                advice);
    }

    void add_gap(std::string reason, std::string advice) {
        logs_.gaps.push_back({std::move(reason), std::move(advice)});
    }

    const boot::Machine& machine_;
    const boot::Observation& seen_;
    const Context& context_;
    BootLogs& logs_;
    boot::EventNumbers events_; // of the kernel's messages, then of both
    std::optional<tree::Tree> tree_;
};

} // namespace

BootLogs keep_logs(const boot::Machine& machine, const boot::Run& run, std::chrono::seconds limit,
                   const std::filesystem::path& directory, const Context& context) {
    BootLogs logs;
    logs.kernel = directory / "kernel.log";
    logs.console = directory / "console.log";
    const bool heard = keep(machine.kernel_log, logs.kernel);
    keep(machine.console_log, logs.console);
    logs.gaps = boot::gaps_of(run, limit);
    if (!heard)
        logs.gaps.push_back({"the machine made no log of its kernel's messages",
                             "boot again; console.log may tell why"});
    Keeper keeper(machine, run, context, logs);
    const auto audit = directory / "audit.log";
    std::error_code ignored;
    std::filesystem::remove(audit, ignored);
    if (run.clean)
        keeper.keep_audit_log(audit);
    keeper.find_unit_lines();
    keeper.count_denials();
    if (run.clean)
        keeper.compare_events();
    return logs;
}

} // namespace selns::pipeline
