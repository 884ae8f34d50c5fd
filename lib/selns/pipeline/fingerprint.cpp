#include "selns/pipeline/fingerprint.hpp"

#include "selns/base/hash.hpp"
#include "selns/bootstrap/tree_digest.hpp"

namespace selns::pipeline {

std::string fingerprint(const recipe::Recipe& recipe, const std::vector<InputFile>& inputs,
                        const tree::Tree& overlay, const bootstrap::Status& bootstrap,
                        const std::string& kernel, const Options& options, const Context& context) {
    Fingerprint result("output 1");
    result.add("kernel bundle", kernel);
    if (options.show_dontaudit)
        result.add("dontaudit rules", "left out");
    result.add("epoch", context.epoch ? std::to_string(*context.epoch) : "");
    result.add("bootstrap", bootstrap.key);
    if (bootstrap.entry)
        result.add(bootstrap::generation_of(*bootstrap.entry));
    result.add("files", bootstrap::tree_digest(overlay));
    for (const auto& [name, value] : recipe_values(recipe))
        result.add(name, value);
    for (const InputFile& input : inputs)
        result.add(input.path.string(), input.sha256);
    return result.hex();
}

} // namespace selns::pipeline
