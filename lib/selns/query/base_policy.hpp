#pragma once

#include "selns/pipeline/pipeline.hpp"
#include "selns/pipeline/verdict_base.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace selns::query {

// What verdicts are made against: the base policy of a recipe, or that of a root file system, an
// archive or image, or a kernel policy's file. Of an image, the local module is taken away first.
struct PolicyChoice {
    const recipe::Recipe* recipe = nullptr; // else PATH
    std::filesystem::path path;
};

// MODULE is the local module's name in the store. What verdicts need of a recipe's base policy or
// of an image's file is kept in the cache, so that only the first run commits a policy, or reads
// an image.
std::unique_ptr<pipeline::VerdictBase> open_base(const PolicyChoice& choice,
                                                 const std::string& module, const Context& context);

} // namespace selns::query
