// Any bytes as a recipe: an answer or an Error, never a crash, a hang or a flood of memory.
#include "selns/base/error.hpp"
#include "selns/recipe/recipe.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    try {
        selns::recipe::parse(text, "/nonexistent/recipe.yaml");
    } catch (const selns::Error&) {
        return 0; // Refused, as most inputs should be.
    }
    return 0;
}
