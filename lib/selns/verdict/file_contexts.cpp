#include "selns/verdict/file_contexts.hpp"

#include "selns/log/names.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <utility>

namespace selns::verdict {

namespace {

// Where everybody's files are.
constexpr std::array<std::string_view, 22> common_places = {
    "/etc",     "/usr",       "/usr/bin",   "/usr/sbin", "/usr/lib",   "/usr/share",
    "/usr/src", "/usr/local", "/opt",       "/srv",      "/var",       "/var/lib",
    "/var/log", "/var/cache", "/var/spool", "/var/opt",  "/var/local", "/var/tmp",
    "/tmp",     "/run",       "/home",      "/mnt"};

constexpr std::string_view nobodys_name = "/selns-build-knows-no-such-file";

} // namespace

std::uint32_t mode_of(std::string_view tclass) {
    static constexpr std::array<std::pair<std::string_view, std::uint32_t>, 7> modes = {
        {{"file", S_IFREG},
         {"dir", S_IFDIR},
         {"lnk_file", S_IFLNK},
         {"chr_file", S_IFCHR},
         {"blk_file", S_IFBLK},
         {"fifo_file", S_IFIFO},
         {"sock_file", S_IFSOCK}}};
    const auto* found =
        std::ranges::find(modes, tclass, [](const auto& entry) { return entry.first; });
    return found == modes.end() ? 0 : found->second;
}

std::string_view common_place(std::string_view path) {
    std::string_view deepest;
    for (const std::string_view place : common_places)
        if (place.size() > deepest.size() && place.size() < path.size() &&
            path.starts_with(place) && path[place.size()] == '/')
            deepest = place;
    return deepest;
}

bool is_catch_all(const label::Specification& specification) {
    static constexpr std::array<std::string_view, 4> all = {"/.*", ".*", "(/.*)?", "/(.*)?"};
    return specification.type == 0 && std::ranges::find(all, specification.regex) != all.end();
}

FileContexts::FileContexts(const label::Matcher& matcher) : matcher_(&matcher) {
    for (const label::Specification& specification : matcher.specifications())
        if (is_catch_all(specification) && !specification.context.empty())
            default_type_ = log::context_type(specification.context);
    generic_ = {default_type_};
    const auto add = [&](const std::string& path, std::uint32_t type) {
        const label::Specification* found = matcher.find(path, type);
        if (found != nullptr && !found->context.empty())
            generic_.emplace(log::context_type(found->context));
    };
    for (const std::string_view place : common_places) {
        add(std::string(place), S_IFDIR);
        add(std::string(place).append(nobodys_name), S_IFREG);
    }
}

} // namespace selns::verdict
