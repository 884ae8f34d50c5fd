#include "selns/kernel/package.hpp"

#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/kernel/apt_state.hpp"

#include <fmt/format.h>

#include <charconv>

namespace selns::kernel {

namespace {

constexpr const char* kind = "kernel-package";
constexpr const char* file_name = "package.deb";
constexpr const char* answer_kind = "apt-answer";
constexpr const char* answer_name = "package";

void write_answer(const std::filesystem::path& file, const PackageFile& package) {
    write_file(file, fmt::format("{}\n{}\n{}\n{}\n", package.name, package.version, package.sha256,
                                 package.size));
}

PackageFile read_answer(const std::filesystem::path& file) {
    const std::string text = read_file(file);
    auto lines = split(text, '\n');
    lines.resize(4);
    PackageFile package{std::string(lines[0]), std::string(lines[1]), std::string(lines[2]), 0};
    std::from_chars(lines[3].data(), lines[3].data() + lines[3].size(), package.size);
    return package;
}

} // namespace

Package::Package(const std::string& name, std::string_view prefix, bool refresh,
                 progress::Step& step, const Context& context)
    : context_(context), run_(context.cache.register_directory(), cache::remove_plain),
      apt_(context.runner, run_.make("apt")), file_(resolve(name, prefix, refresh, step)) {}

PackageFile Package::resolve(const std::string& name, std::string_view prefix, bool refresh,
                             progress::Step& step) {
    if (refresh)
        return apt_.resolve(name, prefix, true, step);
    const cache::Inputs inputs = {
        {"package", name}, {"prefix", std::string(prefix)}, {"apt", apt_state(context_.runner)}};
    const std::string key = cache::key_of(answer_kind, inputs);
    if (const auto known = context_.cache.find(answer_kind, key))
        return read_answer(known->directory / answer_name);
    const PackageFile found = apt_.resolve(name, prefix, false, step);
    // Lists that were fetched are gone with this run: others may be there tomorrow.
    if (!apt_.has_own_lists())
        context_.cache.make(answer_kind, key, {name, inputs},
                            [&](const std::filesystem::path& staging) {
                                write_answer(staging / answer_name, found);
                            });
    return found;
}

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
