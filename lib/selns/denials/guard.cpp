#include "selns/denials/guard.hpp"

#include <utility>

namespace selns::denials {

const std::vector<Guard>& guard_list() {
    static const std::vector<Guard> list = [] {
        const std::vector<std::pair<std::string, std::string>> entries = {
            {"* *:security { load_policy setenforce setbool setsecparam setcheckreqprot }",
             "changes the policy itself"},
            {"* *:process2 unshare_selinuxns", "leaves the policy for a namespace of its own"},
            {"* *:process { dyntransition setcurrent }", "takes another domain's rights"},
            {"* { init_t kernel_t unconfined_t }:process { ptrace transition }",
             "takes a stronger domain's rights"},
            {"init_t *:process { execheap execmem execstack }",
             "lets init run code that is no file's"},
            {"* { default_context_t file_context_t policy_config_t selinux_config_t "
             "semanage_store_t }:{ dir file lnk_file } { add_name append create link mounton "
             "relabelfrom relabelto remove_name rename reparent rmdir setattr unlink write }",
             "changes the installed policy or its labels"},
            {"* *:{ capability cap_userns } { sys_admin sys_module sys_ptrace sys_rawio }",
             "is as good as root without a policy"},
            {"* *:{ capability2 cap2_userns } { bpf mac_admin mac_override }",
             "is as good as root without a policy"},
            {"* *:system module_load", "runs code in the kernel"},
            {"* { fixed_disk_device_t memory_device_t nvram_device_t scsi_generic_device_t "
             "}:{ blk_file chr_file } { append create ioctl map open read relabelfrom relabelto "
             "setattr write }",
             "reads or writes below every label"},
            {"* proc_kcore_t:file { open read }", "reads the kernel's memory"},
            {"* { sysctl_modprobe_t usermodehelper_t }:file { append open write }",
             "names programs that the kernel runs"},
            {"* shadow_t:file { append create link map open read relabelfrom relabelto rename "
             "setattr unlink write }",
             "reads or changes password hashes"},
        };
        std::vector<Guard> guards;
        for (const auto& [pattern, why] : entries)
            guards.push_back({AccessPattern::parse(pattern), why});
        return guards;
    }();
    return list;
}

} // namespace selns::denials
