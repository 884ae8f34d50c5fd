// CIL: a module that is taken in says the same when it is written, and stays the same from then on.

#include "module_properties.hpp"
#include "selns/selinux/plain_rules.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

void check_places(const selns::selinux::CilNode& node, std::size_t begin, std::size_t end) {
    selns::fuzz::require(node.begin >= begin && node.end <= end && node.begin < node.end &&
                         node.line >= 1);
    for (const auto& item : node.items)
        check_places(item, node.begin, node.end);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto module = selns::fuzz::read_module(text, "m.cil");
    if (!module)
        return 0;
    for (const auto& node : selns::selinux::parse_cil(text, "m.cil"))
        check_places(node, 0, text.size());
    if (const auto rules = selns::selinux::plain_rules(text, "m.cil"))
        for (const auto& rule : *rules)
            selns::fuzz::require(rule.permissions.empty() != rule.commands.empty());
    selns::fuzz::check_module(*module, "m.cil");
    selns::fuzz::check_import(text, selns::module::Format::cil, "m.cil");
    return 0;
}
