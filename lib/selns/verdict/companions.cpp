#include "selns/verdict/companions.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

namespace selns::verdict {

namespace {

struct Companions {
    std::string_view permission;
    std::string_view others; // with blanks between them
};

constexpr std::array<Companions, 9> of_files = {{{"open", "getattr"},
                                                 {"read", "open getattr"},
                                                 {"write", "append open getattr"},
                                                 {"append", "open getattr"},
                                                 {"create", "open getattr write append"},
                                                 {"execute", "read open getattr map"},
                                                 {"execute_no_trans", "execute"},
                                                 {"unlink", "getattr"},
                                                 {"setattr", "getattr"}}};

constexpr std::array<Companions, 8> of_directories = {{{"open", "getattr"},
                                                       {"search", "getattr"},
                                                       {"read", "open getattr search"},
                                                       {"write", "search getattr open"},
                                                       {"add_name", "write search"},
                                                       {"remove_name", "write search"},
                                                       {"create", "getattr"},
                                                       {"rmdir", "getattr"}}};

constexpr std::array<Companions, 2> of_links = {{{"read", "getattr"}, {"unlink", "getattr"}}};

std::span<const Companions> table_for(std::string_view tclass) {
    static constexpr std::array<std::string_view, 4> files = {"file", "fifo_file", "chr_file",
                                                              "blk_file"};
    if (tclass == "dir")
        return of_directories;
    if (tclass == "lnk_file")
        return of_links;
    if (std::ranges::find(files, tclass) != files.end())
        return of_files;
    return {};
}

} // namespace

Permissions companions_of(std::string_view tclass, const Permissions& permissions) {
    const auto table = table_for(tclass);
    Permissions found;
    std::vector<std::string> ahead(permissions.begin(), permissions.end());
    while (!ahead.empty()) {
        const std::string permission = std::move(ahead.back());
        ahead.pop_back();
        for (const Companions& entry : table)
            if (entry.permission == permission)
                for (const std::string_view other : split_words(entry.others))
                    if (!permissions.contains(std::string(other)) && found.emplace(other).second)
                        ahead.emplace_back(other);
    }
    return found;
}

} // namespace selns::verdict
