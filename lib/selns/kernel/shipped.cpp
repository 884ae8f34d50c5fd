#include "selns/kernel/shipped.hpp"

namespace selns::kernel {

const ShippedFile* find_shipped(std::string_view name) {
    for (const ShippedFile& file : shipped_files)
        if (file.name == name)
            return &file;
    return nullptr;
}

std::vector<std::string_view> shipped_fragments() {
    constexpr std::string_view folder = "kernel/fragments/";
    constexpr std::string_view suffix = ".config";
    std::vector<std::string_view> names;
    for (const ShippedFile& file : shipped_files)
        if (file.name.starts_with(folder) && file.name.ends_with(suffix))
            names.push_back(
                file.name.substr(folder.size(), file.name.size() - folder.size() - suffix.size()));
    return names;
}

} // namespace selns::kernel
