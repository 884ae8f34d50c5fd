#pragma once

#include "selns-build/look.hpp"
#include "selns/kernel/build.hpp"
#include "selns/kernel/check.hpp"

#include <optional>
#include <string>
#include <vector>

namespace selns::cmd {

// A shipped kernel recipe and, when there is one, the newest bundle made of it.
struct KernelItem {
    kernel::Recipe recipe;
    std::optional<kernel::Bundle> bundle;
};

std::string kernels_text(const std::vector<KernelItem>& kernels, const Look& look);
std::string kernels_json(const std::vector<KernelItem>& kernels);

std::string built_text(const kernel::Built& built, const Look& look);
std::string built_json(const kernel::Built& built);

std::string examination_text(const kernel::Examination& examination, const Look& look);
std::string examination_json(const kernel::Examination& examination);

} // namespace selns::cmd
