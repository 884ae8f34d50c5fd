// Logs: whatever the bytes are, what comes out fits into a module.

#include "selns/base/error.hpp"
#include "selns/denials/log.hpp"
#include "selns/denials/merge.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

// Knows every name and allows nothing, so that every denial is put into a rule.
class OpenPolicy final : public selns::denials::Policy {
  public:
    bool has_type(std::string_view) const override { return true; }
    bool has_class(std::string_view) const override { return true; }
    bool has_permission(std::string_view, std::string_view) const override { return true; }
    bool valid_context(const std::string&) const override { return true; }
    std::vector<std::string> denied(const std::string&, const std::string&, const std::string&,
                                    const std::vector<std::string>& permissions) const override {
        return permissions;
    }
};

selns::denials::Denials read(std::string_view text) {
    selns::denials::LogReader reader;
    try {
        reader.read_text(text, "fuzz.log");
    } catch (const selns::Error&) {
        return {};
    }
    return reader.finish();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto module = selns::denials::merge_denials(read(text), {}, OpenPolicy()).module;
    const std::string written = module.str();
    const auto again = selns::denials::LocalModule::parse(written, "fuzz.cil");
    if (again.str() != written || again.rules() != module.rules())
        std::abort();
    return 0;
}
