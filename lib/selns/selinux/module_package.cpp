#include "selns/selinux/module_package.hpp"

#include "selns/base/error.hpp"
#include "selns/selinux/sepol.hpp"

#include <cstdlib>
extern "C" {
#include <sepol/module_to_cil.h>
}

namespace selns::selinux {

namespace {

Error unreadable(const std::string& name) {
    return Error(ErrorKind::invalid_input, "not a policy module package that libsepol can read")
        .at({name})
        .hint("a .pp file is made by semodule_package from checkmodule's output; "
              "CIL modules are named .cil");
}

} // namespace

std::string module_package_to_cil(std::string_view package, const std::string& name) {
    const File input(::fmemopen(const_cast<char*>(package.data()), package.size(), "rb"));
    sepol_module_package_t* raw = nullptr;
    if (package.empty() || !input || sepol_ppfile_to_module_package(input.get(), &raw) != 0)
        throw unreadable(name);
    const ModulePackage module(raw);
    char* text = nullptr;
    std::size_t size = 0;
    File output(::open_memstream(&text, &size));
    const bool converted = output && sepol_module_package_to_cil(output.get(), raw) == 0;
    output.reset(); // flushes
    const std::unique_ptr<char, Deleter<std::free>> owned(text);
    if (!converted || text == nullptr)
        throw unreadable(name);
    return {text, size};
}

} // namespace selns::selinux
