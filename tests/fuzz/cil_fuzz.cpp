// CIL: a module that is taken in says the same when it is written, and stays the same from then on.

#include "selns/base/error.hpp"
#include "selns/denials/module.hpp"
#include "selns/selinux/cil.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace {

void check_places(const selns::selinux::CilNode& node, std::size_t begin, std::size_t end) {
    if (node.begin < begin || node.end > end || node.begin >= node.end || node.line < 1)
        std::abort();
    for (const auto& item : node.items)
        check_places(item, node.begin, node.end);
}

// What was written must be read again, so no Error is swallowed here.
void check_round_trip(const selns::denials::LocalModule& module) {
    using selns::denials::LocalModule;
    const std::string written = module.str();
    auto again = LocalModule::parse(written, "again.cil");
    if (again.str() != written || !again.same_statements(module))
        std::abort();
    again.merge({{{"a", "a", "c"}, {"p"}}, {{"a", "b", "c"}, {"p", "q"}}});
    const std::string grown = again.str();
    if (LocalModule::parse(grown, "grown.cil").str() != grown)
        std::abort();
}

std::optional<selns::denials::LocalModule> read(std::string_view text) {
    try {
        for (const auto& node : selns::selinux::parse_cil(text, "fuzz.cil"))
            check_places(node, 0, text.size());
        return selns::denials::LocalModule::parse(text, "fuzz.cil");
    } catch (const selns::Error&) {
        return {};
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (const auto module = read({reinterpret_cast<const char*>(data), size}))
        check_round_trip(*module);
    return 0;
}
