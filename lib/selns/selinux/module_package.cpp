#include "selns/selinux/module_package.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

extern "C" {
#include <sepol/module.h>
#include <sepol/module_to_cil.h>
}

namespace selns::selinux {

namespace {

template <auto Free>
struct Deleter {
    template <typename T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};

struct FileCloser {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

using ModulePackage = std::unique_ptr<sepol_module_package_t, Deleter<sepol_module_package_free>>;
using File = std::unique_ptr<std::FILE, FileCloser>;

Error unreadable(const std::string& name) {
    return Error(ErrorKind::invalid_input, "not a policy module package that libsepol can read")
        .at({name})
        .hint("a .pp file is made by semodule_package from checkmodule's output; "
              "CIL modules are named .cil");
}

File opened(int package) {
    Fd copy(::fcntl(package, F_DUPFD_CLOEXEC, 0));
    File file(copy ? ::fdopen(copy.get(), "rb") : nullptr);
    if (!file)
        throw system_error("cannot read a module package", errno);
    copy.release();
    std::rewind(file.get());
    return file;
}

} // namespace

std::string module_package_to_cil(int package, const std::string& name) {
    const File input = opened(package);
    sepol_module_package_t* raw = nullptr;
    if (sepol_ppfile_to_module_package(input.get(), &raw) != 0)
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
