// The language of checkmodule: the same as for CIL.

#include "module_properties.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto module = selns::fuzz::read_module(text, "m.te");
    if (!module)
        return 0;
    selns::fuzz::check_module(*module, "m.te");
    selns::fuzz::check_import(text, selns::module::Format::te, "m.te");
    return 0;
}
