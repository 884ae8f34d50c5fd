#pragma once

// The subcommands that there are, for list.cpp.

#include "selns-build/commands/subcommand.hpp"

namespace selns::cmd {

extern const Subcommand build_command;
extern const Subcommand check_command;
extern const Subcommand plan_command;
extern const Subcommand show_command;
extern const Subcommand label_list_command;
extern const Subcommand label_verify_command;
extern const Subcommand label_apply_command;
extern const Subcommand label_explain_command;
extern const Subcommand denials_merge_command;
extern const Subcommand denials_explain_command;
extern const Subcommand denials_prune_command;
extern const Subcommand denials_import_command;
extern const Subcommand boot_command;
extern const Subcommand converge_command;
extern const Subcommand kernel_list_command;
extern const Subcommand kernel_build_command;
extern const Subcommand kernel_check_command;
extern const Subcommand doctor_command;
extern const Subcommand cache_list_command;
extern const Subcommand cache_clean_command;
extern const Subcommand schema_command;
extern const Subcommand version_command;

} // namespace selns::cmd
