#include "selns/verdict/guard_list.hpp"

#include <algorithm>
#include <array>

namespace selns::verdict {

namespace {

using namespace meaning;
using When = Guard::When;

constexpr std::string_view files = "file dir lnk_file chr_file blk_file fifo_file sock_file";
constexpr std::string_view tree = "file dir lnk_file";
constexpr std::string_view changes =
    "add_name append create link mounton relabelfrom relabelto remove_name rename reparent rmdir "
    "setattr unlink write";
constexpr std::string_view all_but_looks =
    "add_name append create entrypoint execmod execute execute_no_trans ioctl link lock map "
    "mounton open read relabelfrom relabelto remove_name rename reparent rmdir setattr swapon "
    "unlink write";
constexpr std::string_view domains = "process process2";
constexpr std::string_view rights =
    "nnp_transition noatsecure nosuid_transition ptrace share transition";
// What changes a directory of sockets, but not who speaks to one.
constexpr std::string_view name_changes = "add_name create link relabelfrom relabelto remove_name "
                                          "rename reparent rmdir setattr unlink";
constexpr Meanings administering = changes_policy | runs_in_kernel | uses_raw_disks | administers |
                                   writes_programs | controls_others;

// By what is done, whoever it is done to.
constexpr std::array by_class = {
    Guard{"security", "load_policy setbool setcheckreqprot setenforce setsecparam", When::always, 0,
          "changes the policy itself"},
    Guard{"process2", "unshare_selinuxns", When::always, 0,
          "leaves the policy for a namespace of its own"},
    Guard{"process", "dyntransition setcurrent", When::always, 0,
          "takes another domain's rights without starting its program"},
    Guard{"process", "execheap execmem execstack", When::always, 0,
          "runs code from memory that can be written, so that a bug becomes foreign code"},
    Guard{files, "execmod", When::always, 0,
          "runs code of a file after changing it in memory, so that a bug becomes foreign code"},
    Guard{"memprotect", "mmap_zero", When::always, 0,
          "puts memory where broken kernel code looks for its own"},
    Guard{"capability cap_userns", "sys_admin sys_module sys_ptrace sys_rawio", When::always, 0,
          "is as good as root without a policy"},
    Guard{"capability2 cap2_userns", "mac_admin mac_override", When::always, 0,
          "is as good as root without a policy"},
    Guard{"capability cap_userns", "setfcap", When::unless_trusted, 0,
          "gives programs root's capabilities"},
    Guard{"capability cap_userns", "audit_control audit_write", When::unless_trusted, 0,
          "writes the audit log or switches it off, so that the next log can be forged"},
    Guard{"capability cap_userns", "dac_read_search", When::unless_trusted, 0,
          "opens files by number, past every directory that hides them"},
    Guard{"capability cap_userns", "sys_boot", When::unless_trusted, 0,
          "reboots the machine, or starts another kernel"},
    Guard{"capability cap_userns", "mknod", When::unless_trusted, 0,
          "makes device nodes, and so disks and memory to read and write"},
    Guard{"capability2 cap2_userns", "bpf checkpoint_restore perfmon syslog",
          When::unless_administrator, 0,
          "runs programs in the kernel, looks into it, or takes up other processes"},
    Guard{"capability2 cap2_userns", "audit_read", When::unless_trusted, 0,
          "reads the audit log of everybody"},
    Guard{"bpf", "*", When::unless_trusted, 0, "runs programs in the kernel"},
    Guard{"perf_event", "*", When::unless_trusted, 0, "watches the kernel and every other process"},
    Guard{"io_uring", "*", When::unless_trusted, 0,
          "lets the kernel work with another domain's rights, or past what watches system calls"},
    Guard{"kernel_service", "*", When::unless_trusted, 0,
          "lets the kernel work with another domain's rights"},
    Guard{"binder", "*", When::unless_trusted, 0,
          "speaks to services as another domain, or in place of the one that they trust"},
    Guard{"lockdown", "*", When::unless_trusted, 0, "changes the running kernel, or reads it"},
    Guard{"system",
          "firmware_load kexec_image_load kexec_initramfs_load module_load policy_load "
          "x509_certificate_load",
          When::unless_trusted, 0, "runs code in the kernel"},
    Guard{"system", "disable enable halt reboot start", When::unless_trusted, 0,
          "tells init what to run, which is any program as root"},
    Guard{"passwd", "chsh crontab passwd", When::unless_trusted, 0,
          "changes passwords, shells or cron jobs of others"},
    Guard{"system", "syslog_mod", When::unless_trusted, 0,
          "clears the kernel's log, or switches it off"},
    Guard{"filesystem", "mount relabelfrom relabelto remount unmount", When::unless_trusted, 0,
          "puts other files where programs expect theirs, or takes away what hides some"},
    Guard{files, "mounton", When::unless_trusted, 0,
          "puts other files where programs expect theirs"},
    Guard{"blk_file", all_but_looks, When::unless_trusted, 0,
          "reads or writes a disk below every label"},
    Guard{"chr_file", "create", When::unless_trusted, 0,
          "makes device nodes, and so memory and ports to read and write"},
    Guard{"netlink_audit_socket",
          "append create nlmsg_readpriv nlmsg_relay nlmsg_tty_audit nlmsg_write write",
          When::unless_trusted, 0, "writes to the audit log, so that the next one can be forged"},
};

// By what the other side is.
constexpr std::array by_meaning = {
    Guard{domains, rights, When::on_stronger, powers,
          "gets the rights of a domain that may do more"},
    Guard{domains, rights, When::on_stronger, starts_strong,
          "gets the rights of a domain that may start one that changes the policy or the kernel"},
    Guard{domains, rights, When::on_stronger, controls_audit,
          "gets the rights of a domain that writes the audit log or switches it off"},
    Guard{"key", "*", When::on_stronger, strong, "uses the keys of a domain that may do more"},
    Guard{"shm", "create destroy lock read setattr unix_write write", When::on_stronger, strong,
          "reads or changes memory of a domain that may do more"},
    Guard{tree, changes, When::on_stronger, strong,
          "writes into the process of a domain that may do more"},
    Guard{"process", "setrlimit sigkill signal sigstop", When::on_other, audit_log,
          "stops who writes the log, so that what follows is not seen"},
    Guard{"process", "setcap setrlimit sigkill signal sigstop", When::on_other, init,
          "stops or hinders init, and with it the machine"},
    Guard{"file", "entrypoint", When::by_strong, strong,
          "starts a domain that may do much from a file that is no program of the system"},
    Guard{"file", "entrypoint", When::by_any, 0,
          "starts a domain from a file that is no program of the system"},
    Guard{"file", "execute execute_no_trans", When::by_strong, administering,
          "lets a domain that may do much run a file that is no program of the system"},
    Guard{tree, all_but_looks, When::on_secret, secret,
          "reads or changes password hashes or keys, or gets at them another way"},
    Guard{tree, changes, When::on_object, policy_file,
          "changes the installed policy or its labels"},
    Guard{files, changes, When::on_object, program,
          "changes programs or libraries that others run"},
    Guard{files, changes, When::on_object, unit, "changes what init runs, as root"},
    Guard{tree, changes, When::on_object, boot,
          "changes the kernel, its modules or what starts it"},
    Guard{tree, changes, When::on_object, device_rule, "names programs that udev runs, as root"},
    Guard{tree, changes, When::on_object, schedule, "names programs that cron runs, as anybody"},
    Guard{tree, changes, When::on_object, ssh, "lets others log in, by their keys"},
    Guard{tree, changes, When::on_object, configuration,
          "changes users, their rights or what programs of root read (/etc)"},
    Guard{"dir lnk_file sock_file", name_changes, When::on_object, user_database,
          "answers in place of the service that tells who users are"},
    Guard{tree, changes, When::on_object, package,
          "changes what the package manager installs or runs, as root"},
    Guard{tree, "append map open read write", When::on_secret, kernel_memory,
          "reads or changes memory of the kernel and of every process"},
    Guard{tree, changes, When::on_object, kernel_interface,
          "changes how the kernel works, or names programs that it runs"},
    Guard{"chr_file", all_but_looks, When::on_secret, raw_device,
          "reads or writes hardware, memory or a disk below every label"},
    Guard{"dir lnk_file", changes, When::on_secret, raw_device,
          "puts other devices, or links to them, where programs expect theirs"},
    Guard{"file chr_file", all_but_looks, When::on_secret, kernel_log,
          "reads the kernel's log, takes lines from it or forges them"},
    Guard{tree, changes, When::on_object, audit_log,
          "changes the audit log or the journal, so that the next log can be forged"},
};

} // namespace

std::span<const Guard> guard_list() {
    static const auto list = [] {
        std::array<Guard, by_class.size() + by_meaning.size()> all;
        auto* const rest = std::copy(by_meaning.begin(), by_meaning.end(), all.begin());
        std::copy(by_class.begin(), by_class.end(), rest);
        return all;
    }();
    return list;
}

} // namespace selns::verdict
