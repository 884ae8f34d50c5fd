#include "selns/selinux/module_package.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"

#include <sys/mman.h>

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

// libsepol wants to know the file's size from its descriptor, which fmemopen() has none of.
File file_with(std::string_view content) {
    Fd fd(::memfd_create("package", MFD_CLOEXEC));
    if (!fd)
        throw system_error("memfd_create", errno);
    write_all(fd.get(), content);
    File file(::fdopen(fd.get(), "rb"));
    if (!file)
        throw system_error("fdopen", errno);
    fd.release();
    std::rewind(file.get());
    return file;
}

} // namespace

std::string module_package_to_cil(std::string_view package, const std::string& name) {
    const File input = file_with(package);
    sepol_module_package_t* raw = nullptr;
    if (package.empty() || sepol_ppfile_to_module_package(input.get(), &raw) != 0)
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
