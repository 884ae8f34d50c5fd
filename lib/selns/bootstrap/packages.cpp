#include "selns/bootstrap/packages.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <string>

namespace selns::bootstrap {

namespace {

constexpr std::uint64_t status_limit = 256U << 20U;
constexpr std::string_view status_file = "/var/lib/dpkg/status";
constexpr std::string_view status_directory = "/var/lib/dpkg/status.d";

std::string_view value_of(std::string_view line, std::string_view field) {
    if (!line.starts_with(field) || line.substr(field.size(), 1) != ":")
        return {};
    return trim(line.substr(field.size() + 1));
}

} // namespace

std::string listing(const std::vector<Package>& packages) {
    std::string text;
    for (const Package& package : packages)
        text += package.name + " " + package.version + " " + package.architecture + "\n";
    return text;
}

std::vector<Package> parse_listing(std::string_view text) {
    std::vector<Package> packages;
    for (const std::string_view line : split(text, '\n'))
        if (const auto words = split_words(line); words.size() == 3)
            packages.push_back(
                {std::string(words[0]), std::string(words[1]), std::string(words[2])});
    return packages;
}

std::vector<Package> parse_status(std::string_view text, bool installed_only) {
    std::vector<Package> result;
    Package package;
    bool installed = !installed_only;
    const auto finish = [&] {
        if (installed && !package.name.empty())
            result.push_back(package);
        package = {};
        installed = !installed_only;
    };
    for (const std::string_view line : split(text, '\n')) {
        if (trim(line).empty())
            finish();
        else if (const auto name = value_of(line, "Package"); !name.empty())
            package.name = name;
        else if (const auto version = value_of(line, "Version"); !version.empty())
            package.version = version;
        else if (const auto architecture = value_of(line, "Architecture"); !architecture.empty())
            package.architecture = architecture;
        else if (const auto status = value_of(line, "Status"); !status.empty())
            installed = installed || status.ends_with(" installed");
    }
    finish();
    std::sort(result.begin(), result.end());
    return result;
}

std::vector<Package> packages(const tree::Tree& tree) {
    std::vector<Package> result;
    if (const auto status = tree.read(status_file, status_limit))
        result = parse_status(*status, true);
    const auto directory = tree.find(status_directory);
    if (directory && tree.inode(*directory).type == tree::FileType::directory) {
        for (const auto& [name, inode] : tree.names(*directory)) {
            if (name.ends_with(".md5sums") || tree.inode(inode).type != tree::FileType::regular)
                continue;
            for (Package& package :
                 parse_status(tree.inode(inode).content.str(status_limit), false))
                result.push_back(std::move(package));
        }
    }
    std::sort(result.begin(), result.end());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
}

bool has_rpm_database(const tree::Tree& tree) {
    for (const std::string folder : {"/usr/lib/sysimage/rpm", "/var/lib/rpm"})
        for (const char* name : {"rpmdb.sqlite", "Packages.db", "Packages"})
            if (tree.find(folder + "/" + name))
                return true;
    return false;
}

} // namespace selns::bootstrap
