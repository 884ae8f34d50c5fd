#include "selns/bootstrap/dnf_request.hpp"

#include "selns/base/error.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/bootstrap/dnf_files.hpp"
#include "selns/bootstrap/hooks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace selns::bootstrap {

namespace {

void check_line(const std::string& word, const char* what, const Location& at) {
    bool good = !word.empty() && word.front() != '-';
    for (const char c : word)
        good = good && static_cast<unsigned char>(c) > ' ' && c != 0x7f;
    if (!good)
        throw Error(ErrorKind::invalid_input, fmt::format("not {}: \"{}\"", what, printable(word)))
            .at(at);
}

void check(const recipe::Recipe& recipe) {
    const recipe::Release& release = recipe.from.release();
    check_line(release.name, "a release", release.at);
    if (release.mirror)
        check_line(*release.mirror, "a URI", release.at);
    for (const recipe::Repository& repository : recipe.repositories)
        check_line(repository.uri, "a URI", repository.at);
    for (const auto& package : recipe.packages)
        check_line(package.value, "the name of a package", package.at);
}

// The recipe's, what makes it the distribution, and what this program itself needs in the root: a
// shell and a few programs for it.
std::vector<std::string> all_packages(const recipe::Recipe& recipe, const DnfRelease& release,
                                      bool overlay) {
    std::set<std::string> names = {"bash", "filesystem"};
    bool named = false;  // another package of the same release, such as fedora-release-container
    bool single = false; // coreutils in one program
    for (const auto& package : recipe.packages) {
        names.insert(package.value);
        named = named || package.value.starts_with(release.release_package + "-");
        single = single || package.value == "coreutils-single";
    }
    if (!named)
        names.insert(release.release_package);
    if (!single)
        names.insert("coreutils");
    if (overlay)
        names.insert("tar"); // unpacks the files before the commands
    if (const auto policy = policy_package(recipe.from.source(), recipe.selinux.policy))
        names.insert(*policy);
    return {names.begin(), names.end()};
}

std::string recipe_repository_id(std::size_t index) {
    return fmt::format("repository-{}", index + 1);
}

std::string key_name(std::size_t index) {
    return fmt::format("dnf/keys/{}.asc", index + 1);
}

cache::Inputs inputs_of(const DnfRequest& request, const DnfHost& host,
                        const Ingredients& ingredients, std::optional<std::int64_t> epoch) {
    cache::Inputs inputs = {{"distribution", request.distribution},
                            {"release", request.releasever},
                            {"architecture", host.architecture},
                            {"packages", join(request.packages, " ")}};
    for (std::size_t i = 0; i < request.repositories.size(); ++i)
        inputs.emplace_back(
            "repository", repository_section(request.repositories[i],
                                             request.keys[i].empty()
                                                 ? std::string("unknown")
                                                 : Fingerprint("key").add(request.keys[i]).hex()));
    for (const auto& [name, value] : request.variables)
        inputs.emplace_back("variable", name + "=" + value);
    add_inputs(inputs, request.changes, ingredients);
    inputs.emplace_back("SOURCE_DATE_EPOCH", epoch ? std::to_string(*epoch) : "not set");
    inputs.emplace_back("tools", host.tools);
    inputs.emplace_back("scripts", Fingerprint("scripts")
                                       .add(dnf_hook())
                                       .add(dnf_configuration(request, "RUN"))
                                       .add(rpm_macros(request))
                                       .hex());
    return inputs;
}

void add_repositories(DnfRequest& request, const recipe::Recipe& recipe, const DnfHost& host,
                      const Ingredients& ingredients) {
    const auto& mirror = recipe.from.release().mirror;
    request.repositories = release_repositories(request.release, mirror, host.repositories);
    request.own_repositories = request.repositories.size();
    request.keys.assign(request.own_repositories, ingredients.key.value_or(host.keys.value_or("")));
    for (std::size_t i = 0; i < recipe.repositories.size(); ++i) {
        const recipe::Repository& repository = recipe.repositories[i];
        const std::string id = recipe_repository_id(i);
        request.repositories.push_back({id, {{"name", id}, {"baseurl", repository.uri}}});
        request.keys.push_back(ingredients.keys.at(i));
        request.repository_places.emplace(id, repository.at);
    }
    for (const DnfRepository& repository : request.repositories)
        for (const auto& [name, value] : repository.options)
            for (const auto& [variable, content] : host.variables)
                if (value.find("$" + variable) != value.npos ||
                    value.find("${" + variable + "}") != value.npos)
                    request.variables[variable] = content;
}

// The recipe's repositories, as the image keeps them.
void add_image_files(std::map<std::string, std::string>& files, const DnfRequest& request) {
    for (std::size_t i = request.own_repositories; i < request.repositories.size(); ++i) {
        const std::string& id = request.repositories[i].id;
        files["image/etc/yum.repos.d/" + id + ".repo"] = repository_section(
            request.repositories[i], file_uri("/etc/pki/rpm-gpg/RPM-GPG-KEY-" + id));
        files["image/etc/pki/rpm-gpg/RPM-GPG-KEY-" + id] = request.keys[i];
    }
}

std::vector<std::string> common_arguments(const DnfRequest& request,
                                          const std::filesystem::path& run) {
    std::vector<std::string> arguments = {"--config=" + (run / "dnf/dnf.conf").string(),
                                          "--releasever=" + request.releasever, "--assumeyes"};
    // dnf5 would take its configuration from the new root.
    if (request.program == "dnf5")
        arguments.emplace_back("--use-host-config");
    return arguments;
}

} // namespace

DnfRequest dnf_request(const recipe::Recipe& recipe, DnfRelease release, const DnfHost& host,
                       const Ingredients& ingredients, std::optional<std::int64_t> epoch) {
    check(recipe);
    DnfRequest request;
    request.changes = changes_of(recipe, ingredients);
    request.release = std::move(release);
    request.releasever = recipe.from.release().name;
    request.program = host.program;
    request.distribution = recipe.from.key;
    request.from = recipe.from.release().at;
    request.packages = all_packages(recipe, request.release, request.changes.overlay);
    for (const auto& package : recipe.packages)
        request.places.emplace(package.value, package.at);
    add_repositories(request, recipe, host, ingredients);
    request.inputs = inputs_of(request, host, ingredients, epoch);
    return request;
}

std::map<std::string, std::string> run_files(const DnfRequest& request,
                                             const std::filesystem::path& run) {
    std::map<std::string, std::string> files = {
        {"hooks/setup", dnf_hook()},
        {"dnf/dnf.conf", dnf_configuration(request, run)},
        {"dnf/database", request.release.database + "\n"},
        {"dnf/arguments", join(install_arguments(request, run), "\n") + "\n"},
        {"home/.rpmmacros", rpm_macros(request)}};
    std::string sections;
    for (std::size_t i = 0; i < request.repositories.size(); ++i) {
        sections +=
            repository_section(request.repositories[i], file_uri((run / key_name(i)).string())) +
            "\n";
        files[key_name(i)] = request.keys[i];
    }
    files["dnf/repositories/selns-build.repo"] = sections;
    for (const auto& [name, value] : request.variables)
        files["dnf/variables/" + name] = value + "\n";
    add_image_files(files, request);
    add_run_files(files, request.changes);
    return files;
}

std::vector<std::string> install_arguments(const DnfRequest& request,
                                           const std::filesystem::path& run) {
    std::vector<std::string> arguments = {request.program};
    for (const std::string& argument : common_arguments(request, run))
        arguments.push_back(argument);
    arguments.emplace_back("install");
    arguments.insert(arguments.end(), request.packages.begin(), request.packages.end());
    for (const auto& package : uploaded_packages(request.changes, run))
        arguments.push_back(package.string());
    return arguments;
}

std::vector<std::string> query_arguments(const DnfRequest& request,
                                         const std::filesystem::path& run,
                                         const std::filesystem::path& root) {
    std::vector<std::string> arguments = {request.program, "--installroot=" + root.string()};
    for (const std::string& argument : common_arguments(request, run))
        arguments.push_back(argument);
    for (const char* argument : {"--quiet", "repoquery", "--available", "--latest-limit=1",
                                 "--queryformat=%{name} %{evr} %{arch}\\n"})
        arguments.emplace_back(argument);
    return arguments;
}

} // namespace selns::bootstrap
