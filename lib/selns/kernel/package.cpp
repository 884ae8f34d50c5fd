#include "selns/kernel/package.hpp"

#include "selns/apt/answers.hpp"
#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/bootstrap/debian_sources.hpp"

#include <fmt/format.h>

#include <charconv>

namespace selns::kernel {

namespace {

constexpr const char* package_kind = "kernel-package";
constexpr const char* file_name = "package.deb";
std::string to_text(const PackageFile& package) {
    return fmt::format("{}\n{}\n{}\n{}\n", package.name, package.version, package.sha256,
                       package.size);
}

PackageFile from_text(const std::string& text) {
    auto lines = split(text, '\n');
    lines.resize(4);
    PackageFile package{std::string(lines[0]), std::string(lines[1]), std::string(lines[2]), 0};
    std::from_chars(lines[3].data(), lines[3].data() + lines[3].size(), package.size);
    return package;
}

std::vector<std::string> sources_of(const std::optional<std::string>& release,
                                    const Context& context) {
    if (!release)
        return {};
    auto sources = bootstrap::debian_sources(*release, apt::Answers(context.cache, context.runner));
    if (sources.empty())
        throw Error(ErrorKind::invalid_input, "this host's apt has no sources of Debian")
            .hint("without `release`, the package comes from the sources that it has");
    return sources;
}

} // namespace

Package::Package(const std::string& name, const std::optional<std::string>& release,
                 std::string_view prefix, bool refresh, progress::Step& step,
                 const Context& context)
    : context_(context), run_(context.cache.register_directory(), cache::remove_plain),
      apt_(context.runner, run_.make("apt"), sources_of(release, context)),
      file_(resolve(name, prefix, refresh || release, step)) {}

PackageFile Package::resolve(const std::string& name, std::string_view prefix, bool refresh,
                             progress::Step& step) {
    if (refresh)
        return apt_.resolve(name, prefix, true, step);
    const apt::Answers answers(context_.cache, context_.runner);
    return from_text(
        answers.get(fmt::format("package {}, prefix {}", name, prefix), [&]() -> apt::Answer {
            const PackageFile found = apt_.resolve(name, prefix, false, step);
            // Lists that were fetched are gone with this run: others may be there tomorrow.
            return {to_text(found), !apt_.has_own_lists()};
        }));
}

std::filesystem::path Package::fetch(progress::Step& step) const {
    const cache::Inputs inputs = {
        {"name", file_.name}, {"version", file_.version}, {"sha256", file_.sha256}};
    const auto entry = context_.cache.make(
        package_kind, cache::key_of(package_kind, inputs), {file_.name, inputs},
        [&](const std::filesystem::path& staging) {
            std::filesystem::copy_file(apt_.download(file_, step), staging / file_name);
        });
    return entry.directory / file_name;
}

} // namespace selns::kernel
