#include "selns/kernel/package.hpp"

namespace selns::kernel {

namespace {

constexpr const char* kind = "kernel-package";
constexpr const char* file_name = "package.deb";

} // namespace

Package::Package(const std::string& name, std::string_view prefix, bool refresh,
                 progress::Step& step, const Context& context)
    : context_(context), run_(context.cache.register_directory(), cache::remove_plain),
      apt_(context.runner, run_.make("apt")), file_(apt_.resolve(name, prefix, refresh, step)) {}

std::filesystem::path Package::fetch(progress::Step& step) const {
    const cache::Inputs inputs = {
        {"name", file_.name}, {"version", file_.version}, {"sha256", file_.sha256}};
    const auto entry = context_.cache.make(kind, cache::key_of(kind, inputs), {file_.name, inputs},
                                           [&](const std::filesystem::path& staging) {
                                               std::filesystem::copy_file(
                                                   apt_.download(file_, step), staging / file_name);
                                           });
    return entry.directory / file_name;
}

} // namespace selns::kernel
