#include "selns/policy/place.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/policy/android.hpp"
#include "selns/policy/semanage_conf.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

namespace selns::policy {

namespace {

std::string config_file(const tree::Tree& rootfs) {
    return selinux_directory(rootfs) + "/config";
}

std::string strip_trailing_slash(std::string path) {
    while (path.size() > 1 && path.back() == '/')
        path.pop_back();
    return path;
}

// The number of "policy.NN"; nothing for another name.
std::optional<unsigned> policy_number(std::string_view name) {
    if (!name.starts_with("policy."))
        return std::nullopt;
    name.remove_prefix(7);
    unsigned number = 0;
    const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (failed != std::errc() || end != name.data() + name.size())
        return std::nullopt;
    return number;
}

[[noreturn]] void no_policy(const std::string& type, const std::string& missing) {
    throw Error(ErrorKind::invalid_input,
                "the image has no policy \"" + type + "\": " + missing + " is missing")
        .hint("install a package that brings it (Debian: selinux-policy-" + type +
              "), or name another with selinux.policy");
}

std::string value_of(std::string_view text, std::string_view key) {
    std::string value;
    for (const std::string_view line : split(text, '\n'))
        if (const auto trimmed = trim(line);
            trimmed.starts_with(key) && trimmed.substr(key.size()).starts_with('='))
            value = trim(trimmed.substr(key.size() + 1));
    return value;
}

std::string with_value(std::string_view text, std::string_view key, std::string_view value) {
    std::string result;
    bool set = false;
    auto lines = split(text, '\n');
    if (!lines.empty() && lines.back().empty())
        lines.pop_back();
    for (const std::string_view line : lines) {
        const auto trimmed = trim(line);
        if (trimmed.starts_with(key) && trimmed.substr(key.size()).starts_with('=')) {
            result.append(key).append("=").append(value);
            set = true;
        } else {
            result.append(line);
        }
        result += '\n';
    }
    if (!set)
        result.append(key).append("=").append(value).append("\n");
    return result;
}

} // namespace

std::string selinux_directory(const tree::Tree& rootfs) {
    constexpr const char* usual = "/etc/selinux";
    constexpr const char* of_ostree = "/usr/etc/selinux";
    return !rootfs.find(usual) && rootfs.find(of_ostree) ? of_ostree : usual;
}

std::string store_root(const tree::Tree& rootfs) {
    const std::string conf = image_semanage_conf(rootfs);
    for (const auto& [key, value] : settings_in(conf))
        if (key == "store-root" && value.starts_with('/') && value.find("..") == value.npos)
            return strip_trailing_slash(std::string(value));
    return "/var/lib/selinux";
}

bool valid_type(std::string_view name) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    return !name.empty() && name.size() <= 64 && name.front() != '.' && name.front() != '-' &&
           name.find_first_not_of(allowed) == std::string_view::npos;
}

Place find_policy(const tree::Tree& rootfs, const std::string& type) {
    if (!valid_type(type))
        throw Error(ErrorKind::invalid_input,
                    "not a policy name that can be used: \"" + printable(type) + "\"");
    if (type == android_type && is_android(rootfs))
        return find_android(rootfs);
    Place place;
    place.type = type;
    place.config = rootfs.real_path(selinux_directory(rootfs) + "/" + type);
    place.store = rootfs.real_path(store_root(rootfs) + "/" + type);
    place.contexts = place.config + "/contexts/files/file_contexts";
    const auto policies = rootfs.find(place.config + "/policy");
    if (!policies || rootfs.inode(*policies).type != tree::FileType::directory)
        no_policy(type, place.config + "/policy");
    for (const tree::Name& entry : rootfs.names(*policies))
        if (const auto number = policy_number(entry.name); number && *number >= place.version) {
            place.version = *number;
            place.policy = place.config + "/policy/" + entry.name;
        }
    if (place.policy.empty())
        no_policy(type, place.config + "/policy/policy.NN");
    return place;
}

bool has_store(const tree::Tree& rootfs, const Place& place) {
    return !place.store.empty() && rootfs.find(place.store + "/active/modules").has_value();
}

Place find_place(const tree::Tree& rootfs, const std::string& type) {
    Place place = find_policy(rootfs, type);
    if (!has_store(rootfs, place))
        no_policy(type, place.store + "/active/modules");
    return place;
}

std::optional<Config> read_config(const tree::Tree& rootfs) {
    const auto text = rootfs.read(config_file(rootfs), 1U << 20U);
    if (!text)
        return std::nullopt;
    Config config{value_of(*text, "SELINUXTYPE"), value_of(*text, "SELINUX")};
    if (!valid_type(config.type))
        return std::nullopt;
    return config;
}

void write_config(tree::Tree& rootfs, const Config& config, tree::Timestamp mtime) {
    const std::string file = config_file(rootfs);
    const auto before = rootfs.read(file, 1U << 20U);
    const std::string after = with_value(with_value(before.value_or(""), "SELINUX", config.mode),
                                         "SELINUXTYPE", config.type);
    if (before == after)
        return;
    const auto existing = rootfs.find(file);
    tree::Inode inode = existing ? rootfs.inode(*existing) : tree::Inode{};
    inode.content = tree::Content::bytes(after);
    inode.mtime = mtime;
    rootfs.put(rootfs.real_path(file), std::move(inode));
}

std::vector<InstalledModule> installed_modules(const tree::Tree& rootfs, const Place& place) {
    std::vector<InstalledModule> result;
    const std::string modules = place.store + "/active/modules";
    const auto directory = rootfs.find(modules);
    if (!directory)
        return result;
    const auto is_directory = [&](tree::InodeId id) {
        return rootfs.inode(id).type == tree::FileType::directory;
    };
    for (const tree::Name& priority : rootfs.names(*directory)) {
        unsigned number = 0;
        const auto [end, failed] = std::from_chars(
            priority.name.data(), priority.name.data() + priority.name.size(), number);
        if (failed != std::errc() || *end != '\0' || !is_directory(priority.inode))
            continue;
        for (const tree::Name& module : rootfs.names(priority.inode)) {
            const std::string path = modules + "/" + priority.name + "/" + module.name;
            const auto language = rootfs.read(path + "/lang_ext", 64);
            result.push_back({module.name, number, std::string(trim(language.value_or("cil"))),
                              !rootfs.find(modules + "/disabled/" + module.name)});
        }
    }
    std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
        return std::tie(a.name, a.priority) < std::tie(b.name, b.priority);
    });
    return result;
}

} // namespace selns::policy
