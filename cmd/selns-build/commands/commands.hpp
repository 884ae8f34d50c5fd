#pragma once

#include "selns-build/options.hpp"

namespace selns::cmd {

class Declaration;
struct Session;

// One pair for each subcommand, in a file of its name.

void declare(Declaration& declaration, BuildOptions& options);
void declare(Declaration& declaration, CheckOptions& options);
void declare(Declaration& declaration, PlanOptions& options);
void declare(Declaration& declaration, ShowOptions& options);
void declare(Declaration& declaration, SchemaOptions& options);
void declare(Declaration& declaration, DoctorOptions& options);
void declare(Declaration& declaration, DenialsMergeOptions& options);
void declare(Declaration& declaration, DenialsExplainOptions& options);
void declare(Declaration& declaration, DenialsPruneOptions& options);
void declare(Declaration& declaration, DenialsImportOptions& options);
void declare(Declaration& declaration, LabelListOptions& options);
void declare(Declaration& declaration, LabelVerifyOptions& options);
void declare(Declaration& declaration, LabelApplyOptions& options);
void declare(Declaration& declaration, LabelExplainOptions& options);
void declare(Declaration& declaration, BootOptions& options);
void declare(Declaration& declaration, ConvergeOptions& options);
void declare(Declaration& declaration, KernelListOptions& options);
void declare(Declaration& declaration, KernelBuildOptions& options);
void declare(Declaration& declaration, KernelCheckOptions& options);
void declare(Declaration& declaration, CacheListOptions& options);
void declare(Declaration& declaration, CacheCleanOptions& options);

// Writes results to the session's standard output. Returns the exit status, or throws.
int run(const BuildOptions& options, Session& session);
int run(const CheckOptions& options, Session& session);
int run(const PlanOptions& options, Session& session);
int run(const ShowOptions& options, Session& session);
int run(const SchemaOptions& options, Session& session);
int run(const DoctorOptions& options, Session& session);
int run(const DenialsMergeOptions& options, Session& session);
int run(const DenialsExplainOptions& options, Session& session);
int run(const DenialsPruneOptions& options, Session& session);
int run(const DenialsImportOptions& options, Session& session);
int run(const LabelListOptions& options, Session& session);
int run(const LabelVerifyOptions& options, Session& session);
int run(const LabelApplyOptions& options, Session& session);
int run(const LabelExplainOptions& options, Session& session);
int run(const BootOptions& options, Session& session);
int run(const ConvergeOptions& options, Session& session);
int run(const KernelListOptions& options, Session& session);
int run(const KernelBuildOptions& options, Session& session);
int run(const KernelCheckOptions& options, Session& session);
int run(const CacheListOptions& options, Session& session);
int run(const CacheCleanOptions& options, Session& session);

} // namespace selns::cmd
