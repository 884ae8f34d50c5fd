#include "selns-build/commands/list.hpp"

#include <array>

namespace selns::cmd {

std::span<const Subcommand* const> subcommands() {
    static constexpr std::array all = {&build_command,         &check_command,
                                       &plan_command,          &show_command,
                                       &label_list_command,    &label_verify_command,
                                       &label_apply_command,   &label_explain_command,
                                       &denials_merge_command, &denials_explain_command,
                                       &denials_prune_command, &denials_import_command,
                                       &boot_command,          &converge_command,
                                       &kernel_list_command,   &kernel_build_command,
                                       &kernel_check_command,  &doctor_command,
                                       &cache_list_command,    &cache_clean_command,
                                       &schema_command,        &version_command};
    return all;
}

} // namespace selns::cmd
