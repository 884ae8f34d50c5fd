#include "selns/bootstrap/dnf_host.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/bootstrap/openpgp.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <system_error>

namespace selns::bootstrap {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t file_limit = 1U << 20U;
constexpr std::array<const char*, 3> repository_folders = {"etc/yum.repos.d", "etc/yum/repos.d",
                                                           "etc/distro.repos.d"};
constexpr std::array<const char*, 2> variable_folders = {"etc/yum/vars", "etc/dnf/vars"};

// Nothing when it cannot be read.
std::optional<std::string> text_of(const fs::path& file) {
    try {
        return read_file(file, file_limit);
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::vector<fs::path> files_of(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder, failed))
        if (entry.is_regular_file(failed))
            files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

std::vector<DnfRepository> host_repositories(const fs::path& root) {
    std::vector<DnfRepository> all;
    for (const char* folder : repository_folders)
        for (const fs::path& file : files_of(root / folder))
            if (file.extension() == ".repo")
                for (DnfRepository& repository : parse_repositories(text_of(file).value_or("")))
                    all.push_back(std::move(repository));
    return all;
}

std::map<std::string, std::string> host_variables(const fs::path& root) {
    std::map<std::string, std::string> all;
    for (const char* folder : variable_folders)
        for (const fs::path& file : files_of(root / folder))
            if (const auto text = text_of(file))
                all[file.filename().string()] = split(std::string_view(*text), '\n').front();
    return all;
}

std::optional<std::string> host_keys(const fs::path& root, const DnfRelease& release) {
    for (const fs::path& folder :
         {root / "etc/pki/rpm-gpg", root / "usr/share/distribution-gpg-keys" / release.key_folder})
        for (const std::string& name : release.keys)
            if (const auto text = text_of(folder / name))
                if (auto keys = armored_keys(*text))
                    return keys;
    return std::nullopt;
}

std::string tools_of(const apt::Answers& answers, const std::string& program) {
    const std::string debian = answers.output_of(
        {"dpkg-query", "-W", "-f", "${Package} ${Version} ", "mmdebstrap", "rpm", program});
    if (!trim(debian).empty())
        return std::string(trim(debian));
    std::string own =
        answers.output_of({"rpm", "--version"}) + answers.output_of({program, "--version"});
    std::ranges::replace(own, '\n', ' ');
    return own;
}

} // namespace

DnfHost dnf_host(const apt::Answers& answers, const process::Runner& runner,
                 const DnfRelease& release, const fs::path& root) {
    DnfHost host;
    utsname kernel = {};
    if (::uname(&kernel) == 0)
        host.architecture = static_cast<const char*>(kernel.machine);
    host.program = runner.find("dnf5") ? "dnf5" : "dnf";
    host.tools = tools_of(answers, host.program);
    host.repositories = host_repositories(root);
    host.variables = host_variables(root);
    host.keys = host_keys(root, release);
    return host;
}

} // namespace selns::bootstrap
