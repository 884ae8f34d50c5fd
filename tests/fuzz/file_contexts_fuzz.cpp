// Specification files and paths of any shape: refused with an Error or matched, never a crash.
#include "selns/base/error.hpp"
#include "selns/label/label.hpp"

#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

using namespace selns;

namespace {

// The input is three parts with a NUL between them: specifications, substitutions, a path.
std::string_view next_part(std::string_view& input) {
    const auto end = input.find('\0');
    const auto part = input.substr(0, end);
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
    return part;
}

void look_up(const label::Matcher& matcher, std::string_view path) {
    constexpr std::array<std::uint32_t, 3> types = {S_IFREG, S_IFDIR, 0};
    for (const auto type : types) {
        try {
            matcher.find(path, type);
        } catch (const Error&) { // a match limit; the other types may still end
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    label::Specifications specifications;
    specifications.files.push_back({"file_contexts", std::string(next_part(input))});
    specifications.subs = label::SpecificationFile{"subs", std::string(next_part(input))};
    try {
        const label::Matcher matcher(specifications);
        look_up(matcher, input);
        look_up(matcher, "/usr/lib/x86_64-linux-gnu/libc.so.6");
        for (const auto& specification : matcher.specifications())
            if (&specification - matcher.specifications().data() < 8)
                look_up(matcher, specification.regex);
    } catch (const Error&) { // refused, as it should be
    }
    return 0;
}
