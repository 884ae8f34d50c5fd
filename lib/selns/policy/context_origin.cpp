#include "selns/policy/context_origin.hpp"

#include "selns/archive/decompress.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file_type.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/program.hpp"
#include "selns/base/text.hpp"
#include "selns/cache/derived.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace selns::policy {

namespace {

constexpr std::uint64_t most_bytes = 64U << 20U; // of one module

// How CIL says which kind of file a specification is about.
struct FileKind {
    std::string_view cil;
    std::uint32_t type;
};
constexpr std::array<FileKind, 8> kinds = {{{"any", 0},
                                            {"file", S_IFREG},
                                            {"dir", S_IFDIR},
                                            {"symlink", S_IFLNK},
                                            {"char", S_IFCHR},
                                            {"block", S_IFBLK},
                                            {"pipe", S_IFIFO},
                                            {"socket", S_IFSOCK}}};

// A context as it is kept: a line feed, the mark, a blank, the regular expression, a NUL, and the
// number of the module, which ends at the next line feed.
std::string head_of(std::string_view mark, std::string_view regex) {
    return fmt::format("\n{} {}{}", mark, regex, '\0');
}

// The contexts that the modules say, each as head_of() and the module's number.
class Contexts {
  public:
    // What module NUMBER is in its LANGUAGE: CIL, or a package.
    void add(std::size_t number, std::string_view text, bool cil) {
        number_ = number;
        if (cil)
            add_cil(text);
        else
            add_package(text);
    }
    const std::string& text() const { return text_; }

  private:
    void add_cil(std::string_view text) {
        constexpr std::string_view statement = "(filecon \"";
        for (std::size_t at = text.find(statement); at != text.npos;
             at = text.find(statement, at + 1)) {
            const std::string_view rest = text.substr(at + statement.size());
            const std::size_t end = rest.find_first_of(std::string_view("\"\n\0", 3));
            if (end == rest.npos || !rest.substr(end).starts_with("\" "))
                continue;
            const std::string_view word = rest.substr(end + 2);
            const auto* kind =
                std::ranges::find(kinds, word.substr(0, word.find_first_of(" )")), &FileKind::cil);
            if (kind != kinds.end())
                put(type_mark(kind->type), rest.substr(0, end));
        }
    }

    // It has its file contexts as the lines that they were written in.
    void add_package(std::string_view text) {
        for (std::string_view line : split(text, '\n')) {
            if (const auto nul = line.rfind('\0'); nul != line.npos)
                line.remove_prefix(nul + 1);
            const auto words = split_words(line);
            if (words.size() == 2)
                put("", words[0]);
            else if (words.size() == 3 && marked_type(words[1]))
                put(words[1], words[0]);
        }
    }

    void put(std::string_view mark, std::string_view regex) {
        text_ += head_of(mark, regex) + std::to_string(number_);
        if (text_.size() > most_bytes)
            throw Error(ErrorKind::invalid_input, "its policy has too many file contexts");
    }

    std::size_t number_ = 0;
    std::string text_;
};

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

std::vector<InstalledModule> modules_in_use(const tree::Tree& rootfs, const Place& place) {
    std::vector<InstalledModule> modules = installed_modules(rootfs, place);
    std::erase_if(modules, [](const InstalledModule& module) { return !module.enabled; });
    std::ranges::stable_sort(modules, std::ranges::greater(), &InstalledModule::priority);
    return modules;
}

std::string unpack(const std::vector<std::string>& packed, const std::vector<bool>& cil) {
    Contexts contexts;
    archive::decompress_each(packed, most_bytes, [&](std::size_t i, const std::string& text) {
        contexts.add(i, text, cil[i]);
        return true;
    });
    return contexts.text();
}

} // namespace

ContextOrigins::ContextOrigins(const tree::Tree& rootfs, const Place& place,
                               const cache::Store* cache)
    : modules_(modules_in_use(rootfs, place)) {
    std::vector<std::string> packed;
    std::vector<bool> cil;
    Fingerprint hash("modules");
    for (const InstalledModule& module : modules_) {
        PackedText text = text_in(rootfs, fmt::format("{}/active/modules/{}/{}", place.store,
                                                      module.priority, module.name));
        hash.add(text.cil ? "cil" : "hll").add(text.bytes);
        packed.push_back(std::move(text.bytes));
        cil.push_back(text.cil);
    }
    cache::Inputs inputs = {{"program", program_identity()}, {"modules", hash.hex()}};
    const auto make = [&] { return unpack(packed, cil); };
    contexts_ = cache == nullptr
                    ? make()
                    : cache::derived(*cache, "contexts", {place.type, std::move(inputs)}, make);
}

std::optional<InstalledModule> ContextOrigins::find(std::string_view regex,
                                                    std::uint32_t type) const {
    const std::string head = head_of(type_mark(type), regex);
    const std::size_t at = contexts_.find(head);
    if (at == contexts_.npos)
        return {};
    std::size_t number = 0;
    const char* const begin = contexts_.data() + at + head.size();
    std::from_chars(begin, contexts_.data() + contexts_.size(), number);
    return number < modules_.size() ? std::optional(modules_[number]) : std::nullopt;
}

} // namespace selns::policy
