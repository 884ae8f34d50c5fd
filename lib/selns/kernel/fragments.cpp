#include "selns/kernel/fragments.hpp"

#include "selns/base/file.hpp"
#include "selns/base/text.hpp"

#include <set>

namespace selns::kernel {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kconfig_limit = 16U << 20U; // of one file

// Takes those off SYMBOLS ("CONFIG_X") that a Kconfig file defines.
void take_defined(const fs::path& file, std::set<std::string>& symbols) {
    const std::string text = read_file(file, kconfig_limit);
    for (const std::string_view line : split(text, '\n')) {
        const auto words = split_words(line);
        if (words.size() == 2 && (words[0] == "config" || words[0] == "menuconfig"))
            symbols.erase("CONFIG_" + std::string(words[1]));
    }
}

// Those of SYMBOLS that no Kconfig file of the source in TREE defines.
std::set<std::string> unknown_symbols(const fs::path& tree, std::set<std::string> symbols) {
    std::error_code failed;
    fs::recursive_directory_iterator at(tree, failed);
    for (const fs::recursive_directory_iterator end; !failed && at != end; at.increment(failed)) {
        if (symbols.empty())
            break;
        if (at->path().filename().string().starts_with("Kconfig") && at->is_regular_file() &&
            !at->is_symlink())
            take_defined(at->path(), symbols);
    }
    return symbols;
}

} // namespace

Config merge_fragments(const std::vector<TextFile>& fragments) {
    Diagnostics problems;
    Config merged;
    for (const TextFile& fragment : fragments)
        for (auto& [symbol, setting] :
             parse_config(fragment.text, printable(fragment.name), problems))
            merged.insert_or_assign(symbol, setting);
    problems.throw_if_any();
    return merged;
}

std::string merged_text(std::string_view base, const Config& wanted) {
    Diagnostics ignored;
    std::string text;
    for (const auto& [symbol, setting] : parse_config(base, "", ignored))
        if (!wanted.contains(symbol))
            text += config_line(symbol, setting.value);
    for (const auto& [symbol, setting] : wanted)
        text += config_line(symbol, setting.value);
    return text;
}

void check_survived(const Config& wanted, const Config& result, const fs::path& tree) {
    std::set<std::string> lost;
    for (const auto& [symbol, setting] : wanted)
        if (value_of(result, symbol) != setting.value)
            lost.insert(symbol);
    if (lost.empty())
        return;
    const auto unknown = unknown_symbols(tree, lost);
    Diagnostics problems;
    for (const std::string& symbol : lost) {
        const Setting& setting = wanted.find(symbol)->second;
        std::string became = unknown.contains(symbol) ? "this source has no such symbol"
                                                      : "not set; something it depends on is not";
        if (result.contains(symbol))
            became = "came out as " + std::string(value_of(result, symbol));
        problems.add(setting.at, symbol + "=" + setting.value + ": " + became);
    }
    try {
        problems.throw_if_any();
    } catch (Error& error) {
        throw error.hint("`make menuconfig` in the source, and / there, tells what a symbol "
                         "depends on");
    }
}

} // namespace selns::kernel
