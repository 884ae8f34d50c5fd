// Access that no log opens by itself: by Debian's policy, by small ones of others' names.

#include "selns/base/text.hpp"
#include "selns/verdict/guard.hpp"
#include "selns/verdict/verdict.hpp"
#include "support/catch.hpp"
#include "support/cil_policy.hpp"
#include "support/fake_policy.hpp"
#include "support/host_policy.hpp"

#include <algorithm>
#include <memory>

using namespace selns::log;
using namespace selns::verdict;
using namespace selns::test;

namespace {

struct GuardedPolicy {
    explicit GuardedPolicy(const std::string& image, std::vector<LabelledPath> paths = {})
        : db(selns::selinux::PolicyDb::read(image, "policy")), decisions(db),
          base(db, decisions, nullptr, {db, paths}) {}

    selns::selinux::PolicyDb db;
    selns::selinux::Decisions decisions;
    BasePolicy base;
};

std::unique_ptr<GuardedPolicy> debian() {
    const std::string image = host_policy();
    if (image.empty())
        WARN("selinux-policy-default is not installed");
    return image.empty() ? nullptr : std::make_unique<GuardedPolicy>(image);
}

// "SOURCE TARGET:CLASS PERMISSION...": the permissions that a log would turn into a rule.
std::string offered(const Policy& policy, const std::string& access, bool domain_target = false) {
    const auto words = selns::split_words(access);
    const auto colon = words.at(1).find(':');
    std::string target(words[1].substr(0, colon));
    if (target == "self")
        target = words[0];
    Denial denial;
    denial.scontext = process_context(std::string(words[0]));
    denial.tcontext =
        domain_target || target == words[0] ? process_context(target) : object_context(target);
    denial.tclass = words[1].substr(colon + 1);
    denial.permissions.assign(words.begin() + 2, words.end());
    std::string text;
    for (const Judgement& judgement : judge(policy, {}, {}, denial))
        if (judgement.verdict == Verdict::allow)
            for (const std::string& permission : judgement.permissions)
                text += (text.empty() ? "" : " ") + permission;
    return text;
}

// As small_cil(), with more classes and a domain that may do nothing.
std::string guard_cil(const std::string& more) {
    std::string text = small_cil();
    const auto exchange = [&text](const std::string& from, const std::string& to) {
        text.replace(text.find(from), from.size(), to);
    };
    exchange("(class process (transition dyntransition signal))",
             "(class process (transition dyntransition signal ptrace))"
             "(class security (load_policy)) (class system (module_load))"
             "(class capability (sys_admin)) (class service (start))");
    exchange("(class file (read write ioctl relabelfrom relabelto))",
             "(class file (read write ioctl relabelfrom relabelto entrypoint execute open))");
    exchange("(classorder (process file dir))",
             "(classorder (process file dir security system capability service))");
    return text +
           "(type weak_t) (type strong_t) (type thing_t) (type other_t)"
           "(roletype user_r weak_t) (roletype user_r strong_t)"
           "(roletype object_r thing_t) (roletype object_r other_t)" +
           more;
}

std::optional<std::string> why(const Policy& policy, const std::string& source,
                               const std::string& target, const char* tclass,
                               const char* permission) {
    const auto found = Guards(policy, source, target, tclass).why(permission);
    return found ? std::optional<std::string>(*found) : std::nullopt;
}

} // namespace

TEST_CASE("no log opens a way to root with the policy of Debian 12") {
    const auto policy = debian();
    if (!policy)
        return;
    for (const char* domain :
         {"load_policy_t", "semanage_t", "setfiles_t", "sysadm_t", "initrc_t", "udev_t", "kmod_t",
          "dpkg_t", "apt_t", "passwd_t", "mount_t", "fsadm_t", "systemd_nspawn_t", "crond_t",
          "sshd_t", "unconfined_execmem_t", "init_t", "kernel_t"}) {
        INFO(domain);
        const std::string target = std::string("ntpd_t ") + domain;
        CHECK(offered(policy->base, target + ":process transition ptrace noatsecure share", true)
                  .empty());
        CHECK(offered(policy->base, target + ":process2 nnp_transition nosuid_transition", true)
                  .empty());
        CHECK(offered(policy->base, target + ":key read write search link setattr", true).empty());
    }
    for (const char* type : {"systemd_unit_t",
                             "systemd_transient_unit_t",
                             "systemd_generator_exec_t",
                             "init_exec_t",
                             "bin_t",
                             "lib_t",
                             "ld_so_t",
                             "ld_so_cache_t",
                             "boot_t",
                             "modules_object_t",
                             "modules_conf_t",
                             "udev_rules_t",
                             "system_cron_spool_t",
                             "cron_spool_t",
                             "etc_t",
                             "ssh_home_t",
                             "sshd_exec_t",
                             "initrc_exec_t",
                             "sysctl_kernel_t",
                             "sysctl_hotplug_t",
                             "sysctl_fs_t",
                             "sysctl_vm_t",
                             "sysctl_t",
                             "sysctl_modprobe_t",
                             "sysfs_t",
                             "debugfs_t",
                             "tracefs_t",
                             "binfmt_misc_fs_t",
                             "cgroup_t",
                             "efivarfs_t",
                             "proc_t",
                             "auditd_log_t",
                             "auditd_etc_t",
                             "systemd_journal_t",
                             "policy_src_t",
                             "semanage_tmp_t",
                             "shadow_lock_t",
                             "dpkg_var_lib_t",
                             "security_t"}) {
        INFO(type);
        CHECK(offered(policy->base, std::string("ntpd_t ") + type +
                                        ":file write append create open relabelto setattr unlink "
                                        "rename")
                  .empty());
        CHECK(offered(policy->base, std::string("ntpd_t ") + type + ":dir mounton").empty());
    }
    for (const char* access :
         {"ntpd_t device_t:blk_file create open read write",
          "ntpd_t self:capability mknod",
          "ntpd_t tmp_t:blk_file create open read write",
          "ntpd_t device_t:chr_file create",
          "ntpd_t self:bpf map_create prog_load prog_run",
          "ntpd_t self:perf_event open cpu read",
          "ntpd_t init_t:io_uring override_creds",
          "ntpd_t self:io_uring sqpoll",
          "ntpd_t kernel_t:kernel_service use_as_override create_files_as",
          "ntpd_t init_t:binder impersonate call transfer",
          "ntpd_t self:capability setfcap audit_control audit_write dac_read_search sys_boot",
          "ntpd_t self:capability2 perfmon checkpoint_restore syslog audit_read bpf",
          "ntpd_t self:process execmem execheap execstack",
          "ntpd_t lib_t:file execmod",
          "ntpd_t fs_t:filesystem mount remount unmount",
          "ntpd_t root_t:dir mounton",
          "ntpd_t etc_t:file mounton",
          "ntpd_t kmsg_device_t:chr_file write open append",
          "ntpd_t self:netlink_audit_socket create nlmsg_write nlmsg_relay write",
          "ntpd_t shadow_t:file mounton entrypoint execute ioctl execmod open map",
          "init_t tmp_t:file entrypoint",
          "sysadm_t tmp_t:file entrypoint",
          "ntpd_t init_t:system start enable",
          "ntpd_t bin_t:lnk_file create write"}) {
        INFO(access);
        CHECK(offered(policy->base, access).empty());
    }
    for (const char* access :
         {"ntpd_t modules_object_t:system module_load", "ntpd_t security_t:security load_policy"})
        CHECK(offered(policy->base, access).empty());
}

TEST_CASE("everyday denials stay rules with the policy of Debian 12") {
    const auto policy = debian();
    if (!policy)
        return;
    const auto stays = [&](const std::string& access) {
        INFO(access);
        const auto words = selns::split_words(access);
        const std::string rule = offered(policy->base, access);
        CHECK(selns::split_words(rule).size() == words.size() - 2);
    };
    for (const char* access :
         {"httpd_t var_log_t:file append", "getty_t user_home_t:file getattr open read",
          "httpd_t getty_log_t:file read", "httpd_t httpd_config_t:file append",
          "httpd_t var_t:file open read", "udev_t sysctl_fs_t:file getattr ioctl open read",
          "getty_t self:capability2 checkpoint_restore",             // which sys_admin has anyway
          "systemd_tmpfiles_t etc_t:lnk_file relabelfrom relabelto", // it may do so with files
          "ntpd_t nsfs_t:file open read", "httpd_t user_home_t:file create write",
          "httpd_t tmp_t:sock_file create write unlink", "getty_t nfs_t:file create write open",
          "ntpd_t kvm_device_t:chr_file read write open ioctl",
          "ntpd_t self:capability net_raw linux_immutable", "ntpd_t self:packet_socket create read",
          "system_dbusd_t self:rawip_socket create", "httpd_t self:process setexec"})
        stays(access);
}

TEST_CASE("a walk of rules that look innocent meets a guard") {
    const auto policy = debian();
    if (!policy)
        return;
    // A file that anybody may write, a helper that starts it, the helper's rights.
    CHECK(offered(policy->base, "ntpd_t var_lib_t:file create write") == "create write");
    CHECK(offered(policy->base, "logrotate_t var_lib_t:file execute execute_no_trans").empty());
    CHECK(offered(policy->base, "ntpd_t logrotate_t:process transition", true).empty());
}

TEST_CASE("a walk to root in steps meets a guard at the first") {
    const auto policy = debian();
    if (!policy)
        return;
    for (const char* domain : {"inetd_t", "dhcpc_t", "NetworkManager_t", "system_dbusd_t",
                               "certmonger_t", "auditd_t", "auditctl_t", "audisp_t"}) {
        INFO(domain);
        const std::string access = std::string("ntpd_t ") + domain;
        CHECK(offered(policy->base, access + ":process transition ptrace share", true).empty());
        CHECK(offered(policy->base, std::string(domain) + " ntpd_tmp_t:file entrypoint").empty());
        CHECK(offered(policy->base, std::string(domain) + " var_log_t:file entrypoint").empty());
    }
    CHECK(offered(policy->base, "chronyd_t ntpd_tmp_t:file entrypoint").empty());
    CHECK(offered(policy->base, "chronyd_t bin_t:file entrypoint") == "entrypoint");
}

TEST_CASE("no log stops who keeps the log, or init") {
    const auto policy = debian();
    if (!policy)
        return;
    for (const char* access : {"ntpd_t auditd_t:process sigkill sigstop signal setrlimit",
                               "ntpd_t syslogd_t:process signal",
                               "ntpd_t init_t:process sigkill sigstop signal setrlimit setcap"}) {
        INFO(access);
        CHECK(offered(policy->base, access, true).empty());
    }
    CHECK(offered(policy->base, "ntpd_t auditd_t:process signull getattr", true) ==
          "getattr signull");
}

TEST_CASE("memory, devices and names that others trust are guarded") {
    const auto policy = debian();
    if (!policy)
        return;
    for (const char* access :
         {"ntpd_t swapfile_t:file open read write", "ntpd_t dax_device_t:chr_file open read write",
          "ntpd_t agp_device_t:chr_file open read write map",
          "ntpd_t mptctl_device_t:chr_file open read write ioctl",
          "ntpd_t usb_device_t:chr_file open write", "ntpd_t usbmon_device_t:chr_file open read",
          "ntpd_t sysdig_device_t:chr_file open read",
          "ntpd_t device_t:dir write add_name remove_name", "ntpd_t device_t:lnk_file create",
          "ntpd_t systemd_userdbd_runtime_t:sock_file create unlink",
          "ntpd_t systemd_userdbd_runtime_t:dir add_name remove_name",
          "ntpd_t initctl_t:fifo_file write", "ntpd_t lvm_etc_t:file write",
          "ntpd_t lvm_metadata_t:file write", "ntpd_t httpd_modules_t:file write",
          "ntpd_t cert_t:file write"}) {
        INFO(access);
        CHECK(offered(policy->base, access).empty());
    }
    CHECK(offered(policy->base, "ntpd_t unconfined_t:shm read write unix_write", true).empty());
}

TEST_CASE("domains that start strong ones are known by any number of steps") {
    const GuardedPolicy policy(
        compile_cil(guard_cil("(type far_t) (type near_t)"
                              "(allow strong_t other_t (security (load_policy)))"
                              "(allow near_t strong_t (process (transition)))"
                              "(allow far_t near_t (process (ptrace)))")));
    CHECK(why(policy.base, "weak_t", "near_t", "process", "transition"));
    CHECK(why(policy.base, "weak_t", "far_t", "process", "transition"));
    CHECK_FALSE(why(policy.base, "weak_t", "thing_t", "process", "transition"));
    CHECK_FALSE(why(policy.base, "far_t", "near_t", "process", "transition"));
}

TEST_CASE("attributes of Fedora's policy and the reference policy tell who is strong") {
    for (const char* attribute :
         {"unconfined_domain_type", "can_load_policy", "can_setenforce", "can_load_kernmodule",
          "set_curr_context", "can_change_object_identity", "can_write_shadow_passwords",
          "memory_raw_write", "fixed_disk_raw_write", "kern_unconfined"}) {
        INFO(attribute);
        const std::string name = attribute;
        const GuardedPolicy policy(compile_cil(
            guard_cil("(typeattribute " + name + ") (typeattributeset " + name +
                      " (strong_t base_t))" + "(allow " + name + " other_t (file (read)))")));
        CHECK(why(policy.base, "weak_t", "strong_t", "process", "transition"));
        CHECK(why(policy.base, "weak_t", "strong_t", "process", "ptrace"));
        CHECK(why(policy.base, "strong_t", "thing_t", "file", "entrypoint"));
        CHECK_FALSE(why(policy.base, "weak_t", "other_t", "process", "transition"));
        CHECK(why(policy.base, "weak_t", "thing_t", "file", "entrypoint") !=
              why(policy.base, "strong_t", "thing_t", "file", "entrypoint"));
    }
    for (const char* attribute : {"exec_type", "entry_type", "base_ro_file_type", "systemdunit",
                                  "systemd_unit_file_type", "sysctl_type", "cron_spool_type"}) {
        INFO(attribute);
        const std::string name = attribute;
        const GuardedPolicy policy(compile_cil(
            guard_cil("(typeattribute " + name + ") (typeattributeset " + name +
                      " (thing_t base_t))" + "(allow base_t " + name + " (file (read)))")));
        CHECK(why(policy.base, "weak_t", "thing_t", "file", "write"));
        CHECK_FALSE(why(policy.base, "weak_t", "other_t", "file", "write"));
        CHECK_FALSE(why(policy.base, "weak_t", "thing_t", "file", "read"));
    }
}

TEST_CASE("what the policy allows tells who is strong, and what starts them") {
    for (const char* rule : {"(allow strong_t other_t (security (load_policy)))",
                             "(allow strong_t self (system (module_load)))",
                             "(allow strong_t self (capability (sys_admin)))",
                             "(boolean on true) (booleanif on (true (allow strong_t self "
                             "(capability (sys_admin)))))"}) {
        INFO(rule);
        const GuardedPolicy policy(compile_cil(
            guard_cil(std::string(rule) + "(allow strong_t thing_t (file (entrypoint)))")));
        CHECK(why(policy.base, "weak_t", "strong_t", "process", "transition"));
        CHECK(why(policy.base, "weak_t", "thing_t", "file", "write"));
        CHECK_FALSE(why(policy.base, "weak_t", "other_t", "file", "write"));
    }
    const GuardedPolicy off(compile_cil(guard_cil("(boolean on false) (booleanif on (true (allow "
                                                  "strong_t self (capability (sys_admin)))))")));
    CHECK_FALSE(why(off.base, "weak_t", "strong_t", "process", "transition"));
    const GuardedPolicy units(compile_cil(guard_cil("(allow strong_t thing_t (service (start)))")));
    CHECK(why(units.base, "weak_t", "thing_t", "file", "write"));
}

TEST_CASE("genfscon and file contexts tell what files are") {
    const GuardedPolicy kernel(
        compile_cil(guard_cil("(genfscon proc /sys/new (user_u object_r thing_t (low low)))"
                              "(genfscon vfat / (user_u object_r other_t (low low)))")));
    CHECK(why(kernel.base, "weak_t", "thing_t", "file", "write"));
    CHECK_FALSE(why(kernel.base, "weak_t", "other_t", "file", "write"));

    const std::string image = compile_cil(guard_cil(""));
    const GuardedPolicy placed(image, {{R"(/etc/udev/rules\.d(/.*)?)", "thing_t"},
                                       {"/usr/lib/strange(/.*)?", "other_t"},
                                       {"/var/lib/strange(/.*)?", "other_t"}});
    CHECK(why(placed.base, "weak_t", "thing_t", "file", "write"));
    CHECK_FALSE(why(placed.base, "weak_t", "other_t", "file", "write")); // not only there
}

TEST_CASE("who may change the policy anyway is not guarded against itself") {
    const GuardedPolicy policy(
        compile_cil(guard_cil("(type etc_t) (allow strong_t other_t (security (load_policy)))"
                              "(allow base_t etc_t (file (write)))")));
    CHECK(why(policy.base, "weak_t", "etc_t", "file", "relabelto"));
    CHECK_FALSE(why(policy.base, "strong_t", "etc_t", "file", "relabelto"));
    CHECK_FALSE(why(policy.base, "base_t", "etc_t", "file", "relabelto")); // may write there
    CHECK(why(policy.base, "strong_t", "strong_t", "process", "execmem"));
}

TEST_CASE("names of the guard list that a policy does not have are told") {
    const GuardedPolicy policy(compile_cil(guard_cil("(type etc_t)")));
    const auto& lacking = policy.base.type_meanings().lacking();
    CHECK(std::ranges::binary_search(lacking, "usermodehelper_t"));
    CHECK_FALSE(std::ranges::binary_search(lacking, "etc_t"));
}

TEST_CASE("open is guarded in the record of what is") {
    const auto policy = debian();
    if (!policy)
        return;
    CHECK(offered(policy->base, "ntpd_t sysctl_hotplug_t:file write open").empty());
    CHECK(offered(policy->base, "ntpd_t sysctl_hotplug_t:file read open") == "open read");
}
