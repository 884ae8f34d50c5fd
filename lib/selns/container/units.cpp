#include "selns/container/units.hpp"

#include "selns/base/text.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>

namespace selns::container {

namespace {

constexpr std::uint64_t unit_limit = 1U << 20U; // bytes of one unit file

// systemd.unit(5): where an image has its units.
constexpr std::array<std::string_view, 3> unit_directories = {
    "/usr/lib/systemd/system", "/lib/systemd/system", "/etc/systemd/system"};

struct Setting {
    std::string_view key;
    std::uint32_t type;
    std::string_view below; // what its values are relative to; empty: they are absolute
};

// systemd.socket(5), systemd.exec(5)
constexpr std::array<Setting, 8> settings = {{{"ListenStream", S_IFSOCK, ""},
                                              {"ListenDatagram", S_IFSOCK, ""},
                                              {"ListenSequentialPacket", S_IFSOCK, ""},
                                              {"ListenFIFO", S_IFIFO, ""},
                                              {"RuntimeDirectory", S_IFDIR, "/run/"},
                                              {"StateDirectory", S_IFDIR, "/var/lib/"},
                                              {"CacheDirectory", S_IFDIR, "/var/cache/"},
                                              {"LogsDirectory", S_IFDIR, "/var/log/"}}};

// The path that WORD stands for; nothing for an address, an abstract socket, or a name that is
// only known when the unit starts.
std::optional<std::string> path_of(std::string_view word, const Setting& setting) {
    std::string text(word.substr(0, setting.below.empty() ? word.size() : word.find(':')));
    if (text.starts_with("%t/"))
        text.replace(0, 2, "/run");
    if (text.empty() || text.find('%') != std::string::npos ||
        text.starts_with('/') != setting.below.empty())
        return {};
    const std::filesystem::path path(std::string(setting.below) + text);
    if (std::ranges::count(path, "..") > 0)
        return {};
    // /var/run is a symlink to /run.
    std::string result = path.lexically_normal().string();
    if (result.starts_with("/var/run/"))
        result.erase(0, std::string_view("/var").size());
    return result.ends_with('/') ? std::nullopt : std::optional(std::move(result));
}

void read_unit(std::string_view text, std::set<UnitFile>& files) {
    for (const std::string_view line : split(text, '\n')) {
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos)
            continue;
        const auto* setting =
            std::ranges::find(settings, trim(line.substr(0, equals)), &Setting::key);
        if (setting == settings.end())
            continue;
        for (const std::string_view word : split_words(line.substr(equals + 1)))
            if (auto path = path_of(word, *setting))
                files.insert({*std::move(path), setting->type});
    }
}

bool is_wanted(std::string_view name) {
    return name.ends_with(".socket") || name.ends_with(".service");
}

} // namespace

std::vector<UnitFile> files_of_units(const tree::Tree& rootfs) {
    std::set<UnitFile> files;
    for (const std::string_view directory : unit_directories) {
        const auto found = rootfs.find(directory);
        if (!found || rootfs.inode(*found).type != tree::FileType::directory)
            continue;
        for (const tree::Name& entry : rootfs.names(*found)) {
            const std::string path = std::string(directory) + "/" + std::string(entry.name);
            const auto unit = is_wanted(entry.name) ? rootfs.find(path) : std::nullopt;
            if (unit && rootfs.inode(*unit).type == tree::FileType::regular &&
                rootfs.inode(*unit).content.size() <= unit_limit)
                read_unit(rootfs.inode(*unit).content.str(), files);
        }
    }
    return {files.begin(), files.end()};
}

} // namespace selns::container
