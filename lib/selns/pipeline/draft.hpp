#pragma once

#include "selns/cache/run_directory.hpp"
#include "selns/kernel/bundle.hpp"
#include "selns/pipeline/boot_subject.hpp"
#include "selns/pipeline/pipeline.hpp"

namespace selns::pipeline {

struct DraftRequest {
    const cache::RunDirectory& place; // where it is written, for this user alone
    kernel::Bundle kernel;            // that it is booted with
    bool show_dontaudit = false;      // see Options
};

// An image that is booted once and thrown away. The first of the recipe's images that a kernel
// boots, or one of the default size, with the bits that build() gives it, but neither read back nor
// hashed nor brought to the disk. Logs that the recipe has are not looked at.
BootSubject make_draft(const recipe::Recipe& given, const DraftRequest& request,
                       const Context& context);

} // namespace selns::pipeline
