#include "selns/bootstrap/apt_request.hpp"

#include "selns/base/error.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/bootstrap/hooks.hpp"

#include <fmt/format.h>

#include <set>

namespace selns::bootstrap {

namespace {

constexpr std::string_view name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.:~=/_*^@-";
// '@' and '_' only dnf knows, in a root that exists already.
constexpr std::string_view first_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@_";

[[noreturn]] void reject(const Location& at, const std::string& what, const std::string& value) {
    throw Error(ErrorKind::invalid_input, what + " \"" + printable(value) + "\"").at(at);
}

void check_package(const recipe::Located<std::string>& package) {
    const std::string& name = package.value;
    if (name.empty() || name.find_first_not_of(name_characters) != name.npos ||
        name.find_first_of(first_characters) != 0)
        reject(package.at, "not the name of a package:", name);
}

// A word of a sources file.
void check_word(const std::string& word, const char* what, const Location& at) {
    bool good = !word.empty() && word.front() != '-' && word.front() != '#';
    for (const char c : word)
        good = good && static_cast<unsigned char>(c) > ' ' && c != 0x7f && c != '[' && c != ']' &&
               c != '"' && c != '\'';
    if (!good)
        reject(at, fmt::format("not {}:", what), word);
}

void check(const recipe::Recipe& recipe, const recipe::Release& release) {
    const Location file{recipe.file.string(), 0, 0};
    check_word(release.name, "a release", file);
    if (release.mirror)
        check_word(*release.mirror, "a URI", file);
    for (const std::string& component : release.components)
        check_word(component, "a component", file);
}

void check_changes(const recipe::Recipe& recipe) {
    for (const recipe::Repository& repository : recipe.repositories) {
        check_word(repository.uri, "a URI", repository.at);
        check_word(repository.suite, "a suite", repository.at);
        for (const std::string& component : repository.components)
            check_word(component, "a component", repository.at);
    }
    for (const auto& package : recipe.packages)
        check_package(package);
}

std::vector<std::string> all_packages(const recipe::Recipe& recipe) {
    std::set<std::string> names;
    for (const auto& package : recipe.packages)
        names.insert(package.value);
    if (const auto policy = policy_package(recipe.from.source(), recipe.selinux.policy))
        names.insert(*policy);
    return {names.begin(), names.end()};
}

// The release's sources with the recipe's key in them, which the image keeps.
std::string keyed_source(const recipe::Release& release, const AptArchives& archives,
                         const AptHost& host, const std::string& key) {
    std::vector<std::string> stanzas;
    for (const std::string& line : apt_sources(release, archives, host.sources, std::nullopt)) {
        const auto words = split_words(line); // "deb URI SUITE COMPONENT..."
        recipe::Repository repository;
        repository.uri = words.at(1);
        repository.suite = words.at(2);
        repository.components.assign(words.begin() + 3, words.end());
        stanzas.push_back(repository_source(repository, key));
    }
    if (stanzas.empty())
        throw Error(ErrorKind::invalid_input,
                    fmt::format("a key needs a mirror: this host's apt has no sources of {}",
                                archives.origin))
            .at(release.key->at);
    return join(stanzas, "\n");
}

void add_inputs_of_changes(const AptRequest& request, const Ingredients& ingredients,
                           cache::Inputs& inputs) {
    inputs.emplace_back("packages", join(request.packages, " "));
    for (const std::string& repository : request.repositories)
        inputs.emplace_back("repository", repository);
    add_inputs(inputs, request.changes, ingredients);
}

// A policy package of a certain version, or of another place, goes on top.
std::vector<std::string> base_packages(const recipe::Recipe& recipe) {
    const auto policy = policy_package(recipe.from.source(), recipe.selinux.policy);
    if (!policy || !recipe.repositories.empty())
        return {};
    for (const auto& package : recipe.packages)
        if (package.value != *policy &&
            package.value.substr(0, package.value.find_first_of("=/:")) == *policy)
            return {};
    return {*policy};
}

cache::Inputs release_inputs(const AptRequest& request, const AptHost& host) {
    return {{"distribution", request.distribution},
            {"release", request.release},
            {"architecture", host.architecture},
            {"components", join(request.components, " ")},
            {"sources", request.keyed_source      ? *request.keyed_source
                        : request.sources.empty() ? "mmdebstrap's default"
                                                  : join(request.sources, "\n")}};
}

void add_inputs_of_run(cache::Inputs& inputs, const AptHost& host,
                       std::optional<std::int64_t> epoch) {
    inputs.emplace_back("SOURCE_DATE_EPOCH", epoch ? std::to_string(*epoch) : "not set");
    inputs.emplace_back("tools", host.tools);
    inputs.emplace_back("scripts",
                        Fingerprint("scripts").add(setup_hook()).add(customize_hook()).hex());
}

std::vector<std::string> arguments_to_install(const std::vector<std::string>& packages) {
    std::vector<std::string> arguments = {"--variant=minbase"};
    if (!packages.empty())
        arguments.push_back("--include=" + join(packages, ","));
    return arguments;
}

std::string to_install(const AptRequest& request, const std::filesystem::path& run) {
    std::string lines;
    for (const std::string& package : request.packages)
        lines += package + "\n";
    for (const auto& package : uploaded_packages(request.changes, run))
        lines += package.string() + "\n";
    return lines;
}

void add_local_packages(std::vector<std::string>& arguments, const AptRequest& request,
                        const std::filesystem::path& run) {
    for (const auto& package : uploaded_packages(request.changes, run))
        arguments.push_back("--include=" + package.string());
}

void add_target(std::vector<std::string>& arguments, const AptRequest& request,
                const std::filesystem::path& run, const std::string& target) {
    if (request.keyed_source) {
        arguments.insert(arguments.end(),
                         {"--", request.release, target, (run / "release.sources").string()});
        return;
    }
    if (request.sources.empty())
        arguments.push_back("--components=" + join(request.components, ","));
    arguments.insert(arguments.end(), {"--", request.release, target});
    for (const std::string& source : request.sources)
        arguments.push_back(with_copied_packages(source));
}

} // namespace

AptRequest change_request(const recipe::Recipe& recipe, const Ingredients& ingredients) {
    check_changes(recipe);
    AptRequest request;
    request.changes = changes_of(recipe, ingredients);
    request.distribution = recipe.from.key;
    request.packages = all_packages(recipe);
    for (const auto& package : recipe.packages)
        // apt's messages leave out =VERSION, /RELEASE and :ARCHITECTURE.
        request.places.emplace(package.value.substr(0, package.value.find_first_of("=/:")),
                               package.at);
    for (std::size_t i = 0; i < recipe.repositories.size(); ++i) {
        const recipe::Repository& repository = recipe.repositories[i];
        request.repositories.push_back(repository_source(repository, ingredients.keys.at(i)));
        request.repository_places.emplace_back(repository.uri, repository.at);
    }
    add_inputs_of_changes(request, ingredients, request.inputs);
    return request;
}

AptRequest apt_request(const recipe::Recipe& recipe, const AptArchives& archives,
                       const AptHost& host, const Ingredients& ingredients,
                       std::optional<std::int64_t> epoch) {
    const recipe::Release& release = recipe.from.release();
    check(recipe, release);
    AptRequest request = change_request(recipe, ingredients);
    request.release = release.name;
    request.components = release.components;
    if (release.key && ingredients.key)
        request.keyed_source = keyed_source(release, archives, host, *ingredients.key);
    else
        request.sources = apt_sources(release, archives, host.sources, host.keyring);
    if (!ingredients.key && !host.keyring)
        request.missing_keyring = archives.keyring_package;
    request.base = base_packages(recipe);
    request.source_inputs = release_inputs(request, host);
    request.base_inputs = request.source_inputs;
    request.base_inputs.emplace_back("packages", join(request.base, " "));
    add_inputs_of_run(request.base_inputs, host, epoch);
    request.inputs = request.source_inputs;
    add_inputs_of_changes(request, ingredients, request.inputs);
    add_inputs_of_run(request.inputs, host, epoch);
    return request;
}

std::map<std::string, std::string> run_files(const AptRequest& request,
                                             const std::filesystem::path& run,
                                             const std::string& apt_options) {
    std::map<std::string, std::string> files = {{"hooks/setup", setup_hook()},
                                                {"hooks/customize", customize_hook()},
                                                {"apt.conf", apt_options},
                                                {"install", to_install(request, run)}};
    if (request.keyed_source) {
        // mmdebstrap puts its number before the name.
        files["release.sources"] = with_copied_packages(*request.keyed_source);
        files["image/sources.list.d/0000release.sources"] = *request.keyed_source;
    }
    if (!request.sources.empty())
        files["image/sources.list"] = join(request.sources, "\n") + "\n";
    for (std::size_t i = 0; i < request.repositories.size(); ++i) {
        const std::string name = fmt::format("repository-{}.sources", i + 1);
        files["repositories/" + name] = with_copied_packages(request.repositories[i]);
        files["image/sources.list.d/" + name] = request.repositories[i];
    }
    add_run_files(files, request.changes);
    return files;
}

std::vector<std::string> build_arguments(const AptRequest& request, Mode mode, Beginning beginning,
                                         const std::filesystem::path& run,
                                         const std::filesystem::path& output) {
    // The custom variant installs nothing.
    auto arguments = beginning == Beginning::base ? std::vector<std::string>{"--variant=custom"}
                                                  : arguments_to_install(request.base);
    arguments.insert(arguments.end(), {mode_argument(mode), "--verbose", "--format=tar"});
    arguments.push_back("--setup-hook=" + (run / "hooks/setup").string());
    arguments.push_back("--customize-hook=" + (run / "hooks/customize").string());
    add_target(arguments, request, run, output.string());
    return arguments;
}

std::vector<std::string> simulate_arguments(const AptRequest& request, Mode mode,
                                            const std::filesystem::path& run,
                                            const std::string& apt_options) {
    auto arguments = arguments_to_install(request.packages);
    add_local_packages(arguments, request, run);
    arguments.insert(arguments.end(),
                     {mode_argument(mode), "--verbose", "--simulate", "--format=null"});
    // No hook runs in a simulation, and no image is left for the options to stay in.
    for (const std::string_view option : split(trim(apt_options), '\n'))
        arguments.push_back("--aptopt=" + std::string(option));
    if (!request.repositories.empty())
        arguments.push_back("--aptopt=Dir::Etc::SourceParts \"" + (run / "repositories").string() +
                            "\";");
    add_target(arguments, request, run, "/dev/null");
    return arguments;
}

} // namespace selns::bootstrap
