#include "selns/verdict/meaning_names.hpp"

#include <array>

namespace selns::verdict {

using namespace meaning;

std::span<const NamedMeaning> named_types() {
    static constexpr std::array list = {
        NamedMeaning{powers, "kernel_t init_t initrc_t unconfined_t sysadm_t"},
        NamedMeaning{changes_policy | writes_programs, "load_policy_t semanage_t setfiles_t"},
        NamedMeaning{runs_in_kernel, "udev_t kmod_t insmod_t"},
        NamedMeaning{writes_programs, "apt_t dpkg_t dpkg_script_t rpm_t rpm_script_t"},
        NamedMeaning{changes_identity, "crond_t sshd_t local_login_t"},
        NamedMeaning{keeps_passwords, "passwd_t useradd_t"},
        NamedMeaning{uses_raw_disks | administers, "mount_t fsadm_t lvm_t"},
        NamedMeaning{controls_audit, "auditd_t auditctl_t audisp_t audisp_remote_t"},
        NamedMeaning{init, "init_t"},
        NamedMeaning{program, "bin_t shell_exec_t lib_t ld_so_t ld_so_cache_t textrel_shlib_t "
                              "usr_t init_exec_t initrc_exec_t httpd_modules_t"},
        NamedMeaning{unit, "systemd_unit_t systemd_unit_file_t systemd_transient_unit_t "
                           "systemd_generator_exec_t systemd_conf_t systemd_tmpfiles_conf_t "
                           "initctl_t"},
        NamedMeaning{boot, "boot_t modules_object_t modules_dep_t modules_conf_t "
                           "bootloader_etc_t firmware_t"},
        NamedMeaning{device_rule, "udev_rules_t udev_etc_t"},
        NamedMeaning{schedule, "cron_spool_t system_cron_spool_t user_cron_spool_t"},
        NamedMeaning{ssh, "ssh_home_t"},
        NamedMeaning{configuration, "etc_t root_t passwd_file_t policykit_var_lib_t dbusd_etc_t "
                                    "lvm_etc_t lvm_metadata_t cert_t"},
        NamedMeaning{user_database, "systemd_userdbd_runtime_t"},
        NamedMeaning{package, "dpkg_var_lib_t apt_var_lib_t apt_var_cache_t rpm_var_lib_t "
                              "rpm_var_cache_t"},
        NamedMeaning{policy_file, "default_context_t file_context_t policy_config_t policy_src_t "
                                  "selinux_config_t selinux_login_config_t semanage_store_t "
                                  "semanage_tmp_t semanage_read_lock_t semanage_trans_lock_t"},
        NamedMeaning{secret, "shadow_t shadow_history_t shadow_lock_t sshd_key_t"},
        NamedMeaning{kernel_interface,
                     "proc_t sysfs_t debugfs_t tracefs_t securityfs_t security_t cgroup_t bpf_t "
                     "efivarfs_t binfmt_misc_fs_t configfs_t usermodehelper_t sysctl_t "
                     "sysctl_dev_t sysctl_fs_t sysctl_hotplug_t sysctl_kernel_t sysctl_modprobe_t "
                     "sysctl_vm_t mtrr_device_t"},
        NamedMeaning{kernel_memory, "proc_kcore_t swapfile_t"},
        NamedMeaning{raw_device, "device_t fixed_disk_device_t removable_device_t memory_device_t "
                                 "nvram_device_t scsi_generic_device_t cpu_device_t crash_device_t "
                                 "mtrr_device_t lvm_control_t loop_control_device_t vfio_device_t "
                                 "uhid_device_t userio_device_t event_device_t dax_device_t "
                                 "agp_device_t mptctl_device_t usb_device_t usbmon_device_t "
                                 "sysdig_device_t"},
        NamedMeaning{kernel_log, "kmsg_device_t proc_kmsg_t"},
        NamedMeaning{audit_log, "auditd_log_t auditd_etc_t audit_spool_t systemd_journal_t "
                                "auditd_t syslogd_t"},
        NamedMeaning{data, "user_home_t systemd_conf_home_t container_file_t "
                           "svirt_sandbox_file_t tmp_t"},
    };
    return list;
}

std::span<const NamedMeaning> named_attributes() {
    static constexpr std::array list = {
        NamedMeaning{powers, "unconfined_domain_type unconfined_domain kern_unconfined "
                             "files_unconfined_type selinux_unconfined_type "
                             "devices_unconfined_type storage_unconfined_type admindomain "
                             "sysadm_usertype"},
        NamedMeaning{changes_policy, "can_load_policy can_setenforce can_setsecparam"},
        NamedMeaning{writes_programs, "can_write_binary_policy can_relabelto_binary_policy "
                                      "files_relabel_all"},
        NamedMeaning{administers, "can_system_change"},
        NamedMeaning{runs_in_kernel, "can_load_kernmodule memory_raw_write memory_raw_read "
                                     "can_dump_kernel"},
        NamedMeaning{uses_raw_disks, "fixed_disk_raw_write scsi_generic_write"},
        NamedMeaning{changes_identity,
                     "can_change_process_identity can_change_process_role set_curr_context "
                     "can_change_object_identity process_uncond_exempt sudodomain "
                     "ssh_server cron_source_domain login_pgm"},
        NamedMeaning{keeps_passwords, "can_write_shadow_passwords can_relabelto_shadow_passwords "
                                      "can_read_shadow_passwords"},
        NamedMeaning{program, "exec_type entry_type application_exec_type init_script_file_type "
                              "direct_init_entry base_ro_file_type sysadm_entry"},
        NamedMeaning{unit, "systemdunit systemd_unit_file_type systemd_unit_type "
                           "systemd_tmpfiles_conf_type"},
        NamedMeaning{schedule, "cron_spool_type"},
        NamedMeaning{policy_file, "selinux_file_type"},
        NamedMeaning{kernel_interface, "sysctl_type proc_type sysfs_types boolean_type"},
        NamedMeaning{data, "user_home_content_type user_home_type tmpfile tmpfsfile lockfile "
                           "httpdcontent virt_image_type svirt_image_type"},
    };
    return list;
}

std::span<const NamedMeaning> named_endings() {
    static constexpr std::array list = {
        NamedMeaning{program, "_exec_t"},
        NamedMeaning{unit, "_unit_t _unit_file_t"},
        NamedMeaning{schedule, "_cron_spool_t"},
    };
    return list;
}

std::span<const NamedMeaning> named_places() {
    static constexpr std::array list = {
        NamedMeaning{unit, "/usr/lib/systemd/ /lib/systemd/ /etc/systemd/ /run/systemd/system "
                           "/run/systemd/transient /run/systemd/generator /usr/lib/tmpfiles.d "
                           "/etc/tmpfiles.d /etc/init.d /etc/rc.d"},
        NamedMeaning{device_rule, "/etc/udev /usr/lib/udev /lib/udev"},
        NamedMeaning{boot, "/boot /efi /usr/lib/modules /lib/modules /etc/modprobe /etc/modules "
                           "/usr/lib/firmware /lib/firmware"},
        NamedMeaning{program, "/bin /sbin /lib /usr/bin /usr/sbin /usr/lib /usr/libexec "
                              "/usr/local/bin /usr/local/sbin /usr/local/lib /etc/ld.so"},
        NamedMeaning{schedule, "/etc/cron /etc/anacrontab /var/spool/cron /var/spool/at"},
        NamedMeaning{policy_file, "/etc/selinux /var/lib/selinux /usr/share/selinux"},
        NamedMeaning{secret, "/etc/shadow /etc/gshadow /etc/tcb /etc/security/opasswd "
                             "/etc/ssh/ssh_host"},
        NamedMeaning{ssh, "/root/.ssh"},
        NamedMeaning{configuration, "/etc/passwd /etc/group /etc/sudoers /etc/doas /etc/pam.d "
                                    "/etc/security /etc/dbus-1 /etc/polkit-1 /etc/profile"},
        NamedMeaning{package, "/var/lib/dpkg /var/lib/rpm /var/lib/apt /var/cache/apt "
                              "/var/lib/dnf /var/cache/dnf /var/cache/yum"},
        NamedMeaning{audit_log, "/etc/audit /var/log/audit /var/log/journal /run/log/journal"},
    };
    return list;
}

std::span<const std::string_view> kernel_file_systems() {
    static constexpr std::array<std::string_view, 15> list = {
        "binfmt_misc", "bpf",        "cgroup",    "cgroup2", "configfs",
        "cpuset",      "debugfs",    "efivarfs",  "proc",    "pstore",
        "resctrl",     "securityfs", "selinuxfs", "sysfs",   "tracefs"};
    return list;
}

} // namespace selns::verdict
