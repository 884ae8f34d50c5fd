#include "selns/policy/context_origin.hpp"

#include "selns/archive/decompress.hpp"
#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

namespace selns::policy {

namespace {

constexpr std::uint64_t most_bytes = 64U << 20U; // of one module

// How a specification's kind of file is written in CIL and in file_contexts.
struct FileKind {
    std::uint32_t type;
    std::string_view cil;
    std::string_view mark;
};
constexpr std::array<FileKind, 8> kinds = {{{0, "any", ""},
                                            {S_IFREG, "file", "--"},
                                            {S_IFDIR, "dir", "-d"},
                                            {S_IFLNK, "symlink", "-l"},
                                            {S_IFCHR, "char", "-c"},
                                            {S_IFBLK, "block", "-b"},
                                            {S_IFIFO, "pipe", "-p"},
                                            {S_IFSOCK, "socket", "-s"}}};

// A package (.pp) has its file contexts as the lines that they were written in.
bool has_line(std::string_view package, std::string_view regex, const FileKind& kind) {
    for (std::size_t at = package.find(regex); at != std::string_view::npos;
         at = package.find(regex, at + 1)) {
        if (at > 0 && package[at - 1] != '\n' && package[at - 1] != '\0')
            continue;
        const std::string_view rest = package.substr(at + regex.size());
        const auto words = split_words(rest.substr(0, rest.find('\n')));
        const std::string_view mark = words.size() == 2 ? words[0] : std::string_view();
        if ((rest.starts_with(' ') || rest.starts_with('\t')) && mark == kind.mark)
            return true;
    }
    return false;
}

std::string read(const tree::Tree& rootfs, const std::string& path) {
    const auto bytes = rootfs.read(path, most_bytes);
    if (!bytes)
        return {};
    try {
        return archive::decompress(*bytes, most_bytes);
    } catch (Error& error) {
        throw error.at({printable(path)});
    }
}

bool has_context(const tree::Tree& rootfs, const std::string& directory, std::string_view regex,
                 const FileKind& kind) {
    const std::string cil = read(rootfs, directory + "/cil");
    if (!cil.empty())
        return cil.find(fmt::format("(filecon \"{}\" {} ", regex, kind.cil)) != std::string::npos;
    return has_line(read(rootfs, directory + "/hll"), regex, kind);
}

} // namespace

std::optional<InstalledModule> module_of_context(const tree::Tree& rootfs, const Place& place,
                                                 std::string_view regex, std::uint32_t type) {
    const auto* kind = std::ranges::find(kinds, type, &FileKind::type);
    std::vector<InstalledModule> modules = installed_modules(rootfs, place);
    std::ranges::stable_sort(modules, std::ranges::greater(), &InstalledModule::priority);
    for (const InstalledModule& module : modules)
        if (kind != kinds.end() && module.enabled &&
            has_context(
                rootfs,
                fmt::format("{}/active/modules/{}/{}", place.store, module.priority, module.name),
                regex, *kind))
            return module;
    return {};
}

} // namespace selns::policy
