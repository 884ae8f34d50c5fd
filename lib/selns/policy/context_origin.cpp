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

// What a module's directory has in a language of its own: "cil", or "hll" for what it was made
// from.
struct PackedText {
    std::string bytes;
    bool cil = false;
};

PackedText text_in(const tree::Tree& rootfs, const std::string& directory) {
    if (auto cil = rootfs.read(directory + "/cil", most_bytes))
        return {std::move(*cil), true};
    return {rootfs.read(directory + "/hll", most_bytes).value_or(""), false};
}

bool has_context(std::string_view text, bool cil, std::string_view regex, const FileKind& kind) {
    if (cil)
        return text.find(fmt::format("(filecon \"{}\" {} ", regex, kind.cil)) !=
               std::string_view::npos;
    return has_line(text, regex, kind);
}

} // namespace

std::optional<InstalledModule> module_of_context(const tree::Tree& rootfs, const Place& place,
                                                 std::string_view regex, std::uint32_t type) {
    const auto* kind = std::ranges::find(kinds, type, &FileKind::type);
    if (kind == kinds.end())
        return {};
    std::vector<InstalledModule> modules = installed_modules(rootfs, place);
    std::erase_if(modules, [](const InstalledModule& module) { return !module.enabled; });
    std::ranges::stable_sort(modules, std::ranges::greater(), &InstalledModule::priority);
    std::vector<std::string> packed;
    std::vector<bool> cil;
    for (const InstalledModule& module : modules) {
        PackedText text = text_in(rootfs, fmt::format("{}/active/modules/{}/{}", place.store,
                                                      module.priority, module.name));
        packed.push_back(std::move(text.bytes));
        cil.push_back(text.cil);
    }
    std::optional<InstalledModule> found;
    archive::decompress_each(packed, most_bytes, [&](std::size_t i, const std::string& text) {
        if (has_context(text, cil[i], regex, *kind))
            found = modules[i];
        return !found;
    });
    return found;
}

} // namespace selns::policy
